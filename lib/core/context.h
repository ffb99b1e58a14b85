/* SPDX-License-Identifier: MIT */
/* lib/core/context.h - the context's inside, for the library's own files. */
#ifndef GN_CORE_CONTEXT_H
#define GN_CORE_CONTEXT_H

#include "core/allocator.h"
#include "core/parallel.h"
#include "core/region.h"

#include <gannet/context.h>
#include <stdarg.h>

struct gn__file_operations; /* lib/io/file.h */
struct gn__kernels;         /* the table of kernels, lib/kernels/kernels.h */

enum { GN__MESSAGE_SIZE = 512 };

/* Memory that a kernel uses while it runs: grows to the largest request and stays. */
typedef struct gn__scratch_memory {
    void *memory;
    size_t size;
} gn__scratch_memory;

struct gn_context {
    gn__allocator allocator;
    gn__pool *pool;
    const struct gn__kernels *kernels;
    const struct gn__file_operations *files; /* NULL: the system's; tests put failing ones here */
    gn__scratch_memory scratch, worker_scratch;
    gn__region *region; /* that tensors are put into; NULL: the next one opens it */
    uint64_t seed;
    uint64_t init_stream; /* streams handed out to initialisers so far */
    uint64_t parameters;  /* made so far: each has a number of its own */
    bool freed;           /* by its owner, while things made under it still lived: the last of them takes it along */
    gn_log_function log;
    void *log_user;
    gn_status status;
    char message[GN__MESSAGE_SIZE];
    uint64_t failures; /* so far: has a function that was called left a message of its own? */
};

/* A context without kernels, and its end: gn_context_new, on the floor of the kernels, adds those. */
gn_context *gn__context_open(const gn_context_options *options);
void gn__context_close(gn_context *context);

/* After something was freed: the end of a context that waited for it. */
void gn__context_let_go(gn_context *context);

/* Memory for one kernel call, 64-byte aligned, not zeroed, valid until the next request. NULL, with GN_ERROR_MEMORY
 * recorded, when it cannot be had. */
void *gn__scratch(gn_context *context, size_t size);

/* The same of `count` floats for each worker, valid beside it: the first worker's, the next one's *stride floats behind.
 * A worker's begin at the same place for every kernel, unless one needs more than any before: what a kernel leaves in
 * the worker's cache is there for the next. */
float *gn__worker_scratch(gn_context *context, int64_t count, int64_t *stride);

/* As vsnprintf with GN__MESSAGE_SIZE, but a text that is too long loses its middle: a path's, rather than the cause
 * that stands behind it. */
GN_PRINTF(2, 0)
void gn__format_message(char *message, const char *format, va_list arguments);

/* gn_context_fail for what gives a pointer. Returns NULL. */
void *gn__fail(gn_context *context, gn_status status, const char *format, ...) GN_PRINTF(3, 4);

/* Fails with "<format> is NULL". The last failure may be why: its status is taken, and its message put behind. Without
 * one it is GN_ERROR_ARGUMENT. */
gn_status gn__context_fail_null(gn_context *context, const char *format, ...) GN_PRINTF(2, 3);

/* Sends a message to the user's log function, if there is one. */
void gn__log(const gn_context *context, gn_log_level level, const char *format, ...) GN_PRINTF(3, 4);

/* The last failure, to be put back when a later one is none to the caller. */
typedef struct gn__failure {
    gn_status status;
    char message[GN__MESSAGE_SIZE];
} gn__failure;

gn__failure gn__context_failure(const gn_context *context);
void gn__context_put_back(gn_context *context, const gn__failure *failure);

#endif
