/* SPDX-License-Identifier: MIT */
/* lib/core/arena.c - a growable arena with sanitizer red zones. */
#include "core/arena.h"

#include "core/allocator.h"
#include "core/red_zone.h"

void gn__arena_open(gn__arena *arena, gn_context *context, size_t chunk)
{
    *arena = (gn__arena){.context = context, .chunk = chunk};
}

void gn__arena_close(gn__arena *arena)
{
    for (size_t i = 0; i < arena->count; i++) {
        gn__set_readable(arena->chunks[i].memory, arena->chunks[i].size, true);
        gn__delete_aligned(arena->context, arena->chunks[i].memory, arena->chunks[i].size);
    }
    gn__delete(arena->context, arena->chunks, arena->capacity * sizeof *arena->chunks);
    *arena = (gn__arena){.context = arena->context};
}

static gn__chunk *add_chunk(gn__arena *arena, size_t size)
{
    gn__chunk *chunks = gn__grow(arena->context, arena->chunks, sizeof *chunks, &arena->capacity, arena->count + 1);
    if (chunks == NULL)
        return NULL;
    arena->chunks = chunks;
    gn__chunk chunk = {.size = size > arena->chunk ? size : arena->chunk};
    chunk.memory = gn__new_aligned(arena->context, chunk.size);
    if (chunk.memory == NULL)
        return NULL;
    gn__set_readable(chunk.memory, chunk.size, false);
    arena->chunks[arena->count] = chunk;
    return &arena->chunks[arena->count++];
}

static gn__chunk *find_chunk(const gn__arena *arena, size_t size)
{
    for (size_t i = 0; i < arena->count; i++)
        if (arena->chunks[i].size - arena->chunks[i].used >= size)
            return &arena->chunks[i];
    return NULL;
}

void *gn__arena_take(gn__arena *arena, size_t size)
{
    const size_t whole = gn__whole_size(size);
    gn__chunk *chunk = find_chunk(arena, whole);
    if (chunk == NULL)
        chunk = add_chunk(arena, whole);
    if (chunk == NULL)
        return NULL;
    void *block = chunk->memory + chunk->used;
    chunk->used += whole;
    gn__set_readable(block, size, true);
    return block;
}

void gn__arena_mark(gn__arena *arena)
{
    for (size_t i = 0; i < arena->count; i++)
        arena->chunks[i].marked = arena->chunks[i].used;
}

void gn__arena_rewind(gn__arena *arena)
{
    for (size_t i = 0; i < arena->count; i++) {
        gn__chunk *chunk = &arena->chunks[i];
        chunk->used = chunk->marked;
        gn__set_readable(chunk->memory + chunk->used, chunk->size - chunk->used, false);
    }
}

void gn__arena_reset(gn__arena *arena)
{
    for (size_t i = 0; i < arena->count; i++)
        arena->chunks[i].marked = 0;
    gn__arena_rewind(arena);
}
