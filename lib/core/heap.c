/* SPDX-License-Identifier: MIT */
/* lib/core/heap.c - memory whose blocks are given back one by one. */
#include "core/heap.h"

#include "core/allocator.h"
#include "core/red_zone.h"

#include <string.h>

void gn__heap_open(gn__heap *heap, gn_context *context, size_t chunk)
{
    *heap = (gn__heap){.context = context, .chunk = chunk};
}

static void delete_chunk(gn__heap *heap, size_t index)
{
    unsigned char *const memory = heap->chunks[index].memory;
    if (memory != NULL)
        gn__set_readable(memory, heap->chunks[index].size, true);
    gn__delete_aligned(heap->context, memory, heap->chunks[index].size);
    heap->chunks[index].memory = NULL;
}

void gn__heap_close(gn__heap *heap)
{
    for (size_t i = 0; i < heap->chunk_count; i++)
        delete_chunk(heap, i);
    gn__delete(heap->context, heap->chunks, heap->chunk_capacity * sizeof *heap->chunks);
    gn__delete(heap->context, heap->holes, heap->hole_capacity * sizeof *heap->holes);
    *heap = (gn__heap){.context = heap->context};
}

void *gn__heap_memory(const gn__heap *heap, gn__block block)
{
    return heap->chunks[block.chunk].memory + block.first;
}

/* --- holes -------------------------------------------------------------------------------------------------------- */

static bool is_small(const gn__heap *heap, size_t size)
{
    return size <= heap->chunk / 2;
}

/* Small blocks that live long would break up the places of large ones. */
static bool belongs(const gn__heap *heap, gn__block hole, size_t size)
{
    return hole.size >= size && heap->chunks[hole.chunk].shared == is_small(heap, size);
}

static bool touch(gn__block a, gn__block b)
{
    return a.chunk == b.chunk && (a.first + a.size == b.first || b.first + b.size == a.first);
}

/* The number of the smallest or largest hole that has room and does not touch `apart` (or NULL); hole_count: there is
 * none. */
static size_t find_hole(const gn__heap *heap, size_t size, bool smallest, const gn__block *apart)
{
    size_t best = heap->hole_count;
    for (size_t i = 0; i < heap->hole_count; i++)
        if (belongs(heap, heap->holes[i], size) && (apart == NULL || !touch(heap->holes[i], *apart)) &&
            (best == heap->hole_count ||
             (smallest ? heap->holes[i].size < heap->holes[best].size : heap->holes[i].size > heap->holes[best].size)))
            best = i;
    return best;
}

static void remove_hole(gn__heap *heap, size_t index)
{
    heap->hole_count--;
    memmove(heap->holes + index, heap->holes + index + 1, (heap->hole_count - index) * sizeof *heap->holes);
}

static bool comes_before(gn__block a, gn__block b)
{
    return a.chunk < b.chunk || (a.chunk == b.chunk && a.first < b.first);
}

/* There is room for one more hole than blocks and chunks can make. */
static void add_hole(gn__heap *heap, gn__block hole)
{
    size_t at = heap->hole_count;
    for (; at > 0 && comes_before(hole, heap->holes[at - 1]); at--)
        heap->holes[at] = heap->holes[at - 1];
    heap->holes[at] = hole;
    heap->hole_count++;
    if (at + 1 < heap->hole_count && touch(hole, heap->holes[at + 1])) {
        heap->holes[at].size += heap->holes[at + 1].size;
        remove_hole(heap, at + 1);
    }
    if (at > 0 && touch(heap->holes[at - 1], hole)) {
        heap->holes[at - 1].size += heap->holes[at].size;
        remove_hole(heap, at);
    }
}

/* --- chunks ------------------------------------------------------------------------------------------------------- */

/* Gives back chunks that stand empty and are too small for what is wanted. */
static void delete_smaller(gn__heap *heap, size_t size)
{
    for (size_t i = heap->hole_count; i-- > 0;) {
        const gn__block hole = heap->holes[i];
        if (hole.size != heap->chunks[hole.chunk].size || hole.size >= size)
            continue;
        delete_chunk(heap, hole.chunk);
        remove_hole(heap, i);
    }
}

/* A place in the table of chunks; chunk_count when memory is out. */
static size_t find_place(gn__heap *heap)
{
    for (size_t i = 0; i < heap->chunk_count; i++)
        if (heap->chunks[i].memory == NULL)
            return i;
    void *chunks = gn__grow(heap->context, heap->chunks, sizeof *heap->chunks, &heap->chunk_capacity,
                            heap->chunk_count + 1);
    if (chunks == NULL)
        return heap->chunk_count;
    heap->chunks = chunks;
    heap->chunks[heap->chunk_count].memory = NULL;
    return heap->chunk_count++;
}

/* A chunk with a hole for a block. */
static bool add_chunk(gn__heap *heap, size_t block)
{
    const size_t size = is_small(heap, block) ? heap->chunk : block;
    delete_smaller(heap, size);
    const size_t place = find_place(heap);
    if (place == heap->chunk_count)
        return false;
    unsigned char *const memory = gn__new_aligned(heap->context, size);
    if (memory == NULL)
        return false;
    gn__set_readable(memory, size, false);
    heap->chunks[place].memory = memory;
    heap->chunks[place].size = size;
    heap->chunks[place].shared = is_small(heap, block);
    add_hole(heap, (gn__block){place, 0, size});
    return true;
}

/* Room for all holes that there can be after one more block and chunk. */
static bool reserve_holes(gn__heap *heap)
{
    gn__block *holes = gn__grow(heap->context, heap->holes, sizeof *heap->holes, &heap->hole_capacity,
                                heap->taken + heap->chunk_count + 4);
    if (holes == NULL)
        return false;
    heap->holes = holes;
    return true;
}

/* --- blocks ------------------------------------------------------------------------------------------------------- */

bool gn__heap_has_room(const gn__heap *heap, size_t size)
{
    return find_hole(heap, gn__whole_size(size), true, NULL) < heap->hole_count;
}

/* A block at the beginning of a hole. */
static gn__block place_block(gn__heap *heap, size_t found, size_t size)
{
    const size_t whole = gn__whole_size(size);
    gn__block *const hole = &heap->holes[found];
    const gn__block block = {hole->chunk, hole->first, whole};
    hole->first += whole;
    hole->size -= whole;
    if (hole->size == 0)
        remove_hole(heap, found);
    heap->taken++;
    gn__set_readable(gn__heap_memory(heap, block), size, true);
    return block;
}

bool gn__heap_take(gn__heap *heap, size_t size, bool kept, gn__block *block)
{
    size = size == 0 ? 1 : size; /* no two blocks may stand in one place */
    const size_t whole = gn__whole_size(size);
    if (!reserve_holes(heap) || (!gn__heap_has_room(heap, size) && !add_chunk(heap, whole)))
        return false;
    *block = place_block(heap, find_hole(heap, whole, kept, NULL), size);
    return true;
}

void gn__heap_give(gn__heap *heap, gn__block block)
{
    gn__set_readable(gn__heap_memory(heap, block), block.size, false);
    add_hole(heap, block);
    heap->taken--;
}

/* The hole that a block would leave. */
static size_t room_left_by(const gn__heap *heap, gn__block block)
{
    size_t room = block.size;
    for (size_t i = 0; i < heap->hole_count; i++)
        room += touch(heap->holes[i], block) ? heap->holes[i].size : 0;
    return room;
}

bool gn__heap_move(gn__heap *heap, size_t size, gn__block *block, size_t room)
{
    const size_t found = find_hole(heap, block->size, true, block), wanted = gn__whole_size(room);
    if (found == heap->hole_count || heap->chunks[block->chunk].shared != is_small(heap, wanted) ||
        room_left_by(heap, *block) < wanted)
        return false;
    const gn__block moved = place_block(heap, found, size);
    memcpy(gn__heap_memory(heap, moved), gn__heap_memory(heap, *block), size);
    gn__heap_give(heap, *block);
    *block = moved;
    return true;
}

void gn__heap_reset(gn__heap *heap)
{
    heap->hole_count = heap->taken = 0;
    for (size_t i = 0; i < heap->chunk_count; i++)
        if (heap->chunks[i].memory != NULL) {
            gn__set_readable(heap->chunks[i].memory, heap->chunks[i].size, false);
            add_hole(heap, (gn__block){i, 0, heap->chunks[i].size});
        }
}
