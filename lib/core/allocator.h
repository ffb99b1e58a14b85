/* SPDX-License-Identifier: MIT */
/* lib/core/allocator.h - all heap memory of the library goes through here. */
#ifndef GN_CORE_ALLOCATOR_H
#define GN_CORE_ALLOCATOR_H

#include <gannet/context.h>
#include <stdbool.h>

/* Of the blocks of tensors and kernels: a line of the cache. */
enum { GN__ALIGNMENT = 64 };

/* The user's function (or malloc's family) and what has been asked of it. */
typedef struct gn__allocator {
    gn_allocate_function allocate;
    void *user;
    size_t blocks; /* that are in use */
    gn_memory_use use;
} gn__allocator;

/* Sizes are those asked for; freeing passes the size again. Zeroed. NULL when memory is out (no message: gn__new
 * records one). */
void *gn__allocate(gn__allocator *allocator, size_t size);
void gn__free(gn__allocator *allocator, void *pointer, size_t size);

/* As gn__allocate, aligned to GN__ALIGNMENT and not zeroed. */
void *gn__allocate_aligned(gn__allocator *allocator, size_t size);
void gn__free_aligned(gn__allocator *allocator, void *pointer, size_t size);

/* Enters a block that came from elsewhere into the books, and takes it out. */
void gn__allocator_count(gn__allocator *allocator, size_t size);
void gn__allocator_discount(gn__allocator *allocator, size_t size);

/* The same under a context: a failure is recorded as GN_ERROR_MEMORY with the size in its message. */
void *gn__new(gn_context *context, size_t size);
void *gn__new_aligned(gn_context *context, size_t size);
void gn__delete(gn_context *context, void *pointer, size_t size);
void gn__delete_aligned(gn_context *context, void *pointer, size_t size);

/* Resizes an array, keeping its start; the new part is zeroed. Returns NULL, leaving the old block, on failure. */
void *gn__resize(gn_context *context, void *pointer, size_t old_size, size_t new_size);

/* Room for so many elements in an array that grows: gives the array, perhaps moved, and sets its capacity, by which it
 * is freed. Returns NULL, leaving both as they were, on failure. */
void *gn__grow(gn_context *context, void *array, size_t element_size, size_t *capacity, size_t needed);

/* A copy of a text; freed by gn_text_free. NULL in, NULL out. */
char *gn__copy_text(gn_context *context, const char *text);

/* "parent.name"; freed by gn_text_free. */
char *gn__join_path(gn_context *context, const char *parent, const char *name);

#endif
