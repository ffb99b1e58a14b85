/* SPDX-License-Identifier: MIT */
/* lib/core/allocator.c - all heap memory: the user's function, alignment, and the books. */
#include "core/allocator.h"

#include "core/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *standard_allocate(void *user, void *pointer, size_t old_size, size_t new_size)
{
    (void)user, (void)old_size;
    if (new_size > 0)
        return realloc(pointer, new_size);
    free(pointer);
    return NULL;
}

static gn_allocate_function function_of(const gn__allocator *allocator)
{
    return allocator->allocate != NULL ? allocator->allocate : standard_allocate;
}

void gn__allocator_count(gn__allocator *allocator, size_t size)
{
    allocator->blocks++;
    allocator->use.bytes += size;
    if (allocator->use.bytes > allocator->use.peak_bytes)
        allocator->use.peak_bytes = allocator->use.bytes;
}

void gn__allocator_discount(gn__allocator *allocator, size_t size)
{
    allocator->blocks--;
    allocator->use.bytes -= size;
}

static void *take(gn__allocator *allocator, size_t size)
{
    allocator->use.allocations++;
    void *pointer = function_of(allocator)(allocator->user, NULL, 0, size);
    if (pointer != NULL)
        gn__allocator_count(allocator, size);
    return pointer;
}

static void give_back(gn__allocator *allocator, void *pointer, size_t size)
{
    function_of(allocator)(allocator->user, pointer, size, 0);
    gn__allocator_discount(allocator, size);
}

/* A block of no bytes is one of one byte: NULL means failure alone. */
static size_t at_least_one(size_t size)
{
    return size > 0 ? size : 1;
}

void *gn__allocate(gn__allocator *allocator, size_t size)
{
    void *pointer = take(allocator, at_least_one(size));
    if (pointer != NULL)
        memset(pointer, 0, at_least_one(size));
    return pointer;
}

void gn__free(gn__allocator *allocator, void *pointer, size_t size)
{
    if (pointer != NULL)
        give_back(allocator, pointer, at_least_one(size));
}

/* An aligned block lies inside a larger one, whose address stands just before it. */
static const size_t overhead = GN__ALIGNMENT + sizeof(void *);

void *gn__allocate_aligned(gn__allocator *allocator, size_t size)
{
    if (size > SIZE_MAX - overhead)
        return NULL;
    unsigned char *block = take(allocator, size + overhead);
    if (block == NULL)
        return NULL;
    const uintptr_t first = (uintptr_t)block + sizeof(void *);
    unsigned char *aligned = block + ((first + GN__ALIGNMENT - 1) / GN__ALIGNMENT * GN__ALIGNMENT - (uintptr_t)block);
    memcpy(aligned - sizeof block, &block, sizeof block);
    return aligned;
}

void gn__free_aligned(gn__allocator *allocator, void *pointer, size_t size)
{
    if (pointer == NULL)
        return;
    unsigned char *block;
    memcpy(&block, (unsigned char *)pointer - sizeof block, sizeof block);
    give_back(allocator, block, size + overhead);
}

/* Nothing more is made under a context that waits for its last object, so that the wait ends. */
static void *new_block(gn_context *context, void *(*allocate)(gn__allocator *allocator, size_t size), size_t size)
{
    if (context->freed)
        return gn__fail(context, GN_ERROR_STATE, "the context has been freed");
    void *pointer = allocate(&context->allocator, size);
    if (pointer == NULL)
        return gn__fail(context, GN_ERROR_MEMORY, "out of memory: %zu bytes could not be had", size);
    return pointer;
}

void *gn__new(gn_context *context, size_t size)
{
    return new_block(context, gn__allocate, size);
}

void *gn__new_aligned(gn_context *context, size_t size)
{
    return new_block(context, gn__allocate_aligned, size);
}

void gn__delete(gn_context *context, void *pointer, size_t size)
{
    gn__free(&context->allocator, pointer, size);
    gn__context_let_go(context);
}

void gn__delete_aligned(gn_context *context, void *pointer, size_t size)
{
    gn__free_aligned(&context->allocator, pointer, size);
    gn__context_let_go(context);
}

void *gn__resize(gn_context *context, void *pointer, size_t old_size, size_t new_size)
{
    void *resized = gn__new(context, new_size);
    if (resized == NULL || pointer == NULL)
        return resized;
    memcpy(resized, pointer, old_size < new_size ? old_size : new_size);
    gn__delete(context, pointer, old_size);
    return resized;
}

void *gn__grow(gn_context *context, void *array, size_t element_size, size_t *capacity, size_t needed)
{
    if (needed <= *capacity)
        return array;
    const size_t larger = needed < 8 ? 16 : 2 * needed;
    void *moved = gn__resize(context, array, *capacity * element_size, larger * element_size);
    if (moved != NULL)
        *capacity = larger;
    return moved;
}

char *gn__copy_text(gn_context *context, const char *text)
{
    if (text == NULL)
        return NULL;
    const size_t size = strlen(text) + 1;
    char *copy = gn__new(context, size);
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

char *gn__join_path(gn_context *context, const char *parent, const char *name)
{
    const size_t size = strlen(parent) + strlen(name) + 2;
    char *path = gn__new(context, size);
    if (path != NULL)
        snprintf(path, size, "%s.%s", parent, name);
    return path;
}

void gn_text_free(gn_context *context, char *text)
{
    if (text != NULL)
        gn__delete(context, text, strlen(text) + 1);
}
