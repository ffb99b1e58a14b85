/* SPDX-License-Identifier: MIT */
/* lib/core/heap.h - memory whose blocks are given back one by one.
 *
 * Memory comes from the context in chunks: small blocks share some, each large block that finds no room gets one of its
 * size. A chunk stays until the heap is closed, or stands empty while a larger one is wanted. Where a block comes to
 * stand depends on what was taken and given back before, not on addresses. Blocks are 64-byte aligned. Under the
 * address sanitizer the unused parts are poisoned and a red zone follows each block. */
#ifndef GN_CORE_HEAP_H
#define GN_CORE_HEAP_H

#include <gannet/context.h>
#include <stdbool.h>

/* Bytes first .. first+size-1 of a chunk. */
typedef struct gn__block {
    size_t chunk, first, size;
} gn__block;

typedef struct gn__heap {
    gn_context *context;
    size_t chunk; /* the size of those that small blocks share */
    struct {
        unsigned char *memory; /* NULL: the place is free */
        size_t size;
        bool shared; /* by small blocks */
    } * chunks;
    size_t chunk_count, chunk_capacity;
    gn__block *holes; /* free memory, in order; two that touch are one */
    size_t hole_count, hole_capacity;
    size_t taken; /* blocks */
} gn__heap;

void gn__heap_open(gn__heap *heap, gn_context *context, size_t chunk);
void gn__heap_close(gn__heap *heap);

/* Is there a hole for a block? If not, taking it adds a chunk. */
bool gn__heap_has_room(const gn__heap *heap, size_t size);

/* A block from a hole that has room, or from a new chunk; not zeroed. False, recorded, when memory is out. What is kept
 * gets the smallest hole; what may be given back as soon as room is wanted the largest, which is then whole again. */
bool gn__heap_take(gn__heap *heap, size_t size, bool kept, gn__block *block);
void gn__heap_give(gn__heap *heap, gn__block block);

/* Moves a block of `size` bytes, with what is in it, to a hole that does not touch it, if it leaves one of `room`
 * bytes. Returns whether it moved. */
bool gn__heap_move(gn__heap *heap, size_t size, gn__block *block, size_t room);

void *gn__heap_memory(const gn__heap *heap, gn__block block);

/* Takes every block back, keeps the chunks. */
void gn__heap_reset(gn__heap *heap);

#endif
