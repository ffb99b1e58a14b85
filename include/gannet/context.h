/* SPDX-License-Identifier: MIT */
/* gannet/context.h - everything that would otherwise be global.
 *
 * A context holds the allocator, the worker threads, the random seed, the kernels in use and the message of the last
 * error. Every other object is made from a context. A context and what is made from it belong to one thread at a time;
 * different contexts may be used by different threads at once. The caller's functions that the library calls must
 * return normally, not by longjmp or a C++ exception. */
#ifndef GANNET_CONTEXT_H
#define GANNET_CONTEXT_H

#include <gannet/api.h>
#include <gannet/status.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What all other objects are made from; see the head of this file. */
typedef struct gn_context gn_context;

/* One function for all heap memory, after Lua's lua_Alloc: pointer NULL allocates new_size bytes, new_size 0 frees,
 * otherwise the block is resized. old_size is the size the block was asked for with (0 for NULL). Returns NULL when
 * it cannot, and then leaves the old block as it was. Blocks are aligned as malloc aligns them. */
typedef void *(*gn_allocate_function)(void *user, void *pointer, size_t old_size, size_t new_size);

/* How serious a message is. */
typedef enum gn_log_level { GN_LOG_INFO, GN_LOG_WARNING, GN_LOG_ERROR } gn_log_level;

/* Receives one message, without a line end. Must not call back into the library. */
typedef void (*gn_log_function)(void *user, gn_log_level level, const char *message);

/* Which loops compute. */
typedef enum gn_kernels {
    GN_KERNELS_FAST = 0,  /* the library's vectorised loops; of a CBLAS large matrix products only, if it has one */
    GN_KERNELS_REFERENCE, /* the plain loops that the fast ones are tested against; slow */
} gn_kernels;

/* Zero in a field means its default. */
typedef struct gn_context_options {
    uint64_t seed;                 /* of every random number drawn under this context */
    int threads;                   /* 0: as many as the process may use, at most 64 */
    gn_kernels kernels;            /* default GN_KERNELS_FAST */
    gn_allocate_function allocate; /* NULL: malloc, realloc, free */
    void *allocate_user;
    gn_log_function log; /* NULL: warnings are dropped */
    void *log_user;
} gn_context_options;

/* Makes a context. options may be NULL for all defaults. Returns NULL when memory, threads or the BLAS's buffers cannot
 * be had, when threads is outside 0..64, or when kernels is not one of gn_kernels; the reason goes to `log`. The caller
 * frees it with gn_context_free. */
GN_API gn_context *gn_context_new(const gn_context_options *options);

/* Stops the threads and frees the context. NULL is fine. Objects that were made from it may be freed before or after
 * it, in any order. As long as one of them is left the context's memory stays, and `allocate` and `log` may still be
 * called; a call that would make something new fails. Called from a function that runs on the context's threads (a data
 * set's item, say) it does nothing but log an error. */
GN_API void gn_context_free(gn_context *context);

/* The status of the last call that failed under this context, GN_OK when none did since the last clear.
 * A NULL context (what a failed gn_context_new leaves) answers GN_ERROR_MEMORY. */
GN_API gn_status gn_context_status(const gn_context *context);

/* The message of the last call that failed; "" when none did. Owned by the context, valid until the next failure. */
GN_API const char *gn_context_message(const gn_context *context);

/* Forgets the last failure. */
GN_API void gn_context_clear(gn_context *context);

/* Records a failure: the message is formatted as printf does; of more than 511 bytes it loses the middle. For code that
 * adds its own ops or layers, called on the thread that uses the context. (A data set's item, which any thread may
 * call, must not: it returns a status alone.) Returns status, so that it can end a function. A NULL context is fine. */
GN_API gn_status gn_context_fail(gn_context *context, gn_status status, const char *format, ...) GN_PRINTF(3, 4);

/* Frees a text that a function gave to its caller. context is the one that the text came from, and the text must be as
 * it was: its length says how much there is to free. NULL is fine. */
GN_API void gn_text_free(gn_context *context, char *text);

/* Number of threads that share the work, the calling one included. */
GN_API int gn_context_threads(const gn_context *context);

/* The seed given to gn_context_new. */
GN_API uint64_t gn_context_seed(const gn_context *context);

/* Bytes now allocated through the context's allocator, the most there ever were, and calls that asked for memory. */
typedef struct gn_memory_use {
    size_t bytes, peak_bytes;
    uint64_t allocations;
} gn_memory_use;
GN_API gn_memory_use gn_context_memory(const gn_context *context);

#ifdef __cplusplus
}
#endif
#endif
