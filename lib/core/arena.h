/* SPDX-License-Identifier: MIT */
/* lib/core/arena.h - a growable arena: blocks are handed out and forgotten all at once.
 *
 * Memory comes from the context in chunks that stay until the arena is freed. A reset marks all chunks as empty. Blocks
 * are 64-byte aligned. Under the address sanitizer the unused parts are poisoned and a red zone follows each block. */
#ifndef GN_CORE_ARENA_H
#define GN_CORE_ARENA_H

#include <gannet/context.h>
#include <stdbool.h>

typedef struct gn__chunk {
    unsigned char *memory;
    size_t size, used;
    size_t marked; /* what was used at the last mark */
} gn__chunk;

typedef struct gn__arena {
    gn_context *context;
    gn__chunk *chunks;
    size_t count, capacity;
    size_t chunk; /* their size, but for larger blocks */
} gn__arena;

void gn__arena_open(gn__arena *arena, gn_context *context, size_t chunk);
void gn__arena_close(gn__arena *arena);

/* A block from the first chunk that has room, or from a new one. Not zeroed. NULL, recorded, when memory is out. */
void *gn__arena_take(gn__arena *arena, size_t size);

/* Forgets every block, keeps the chunks. */
void gn__arena_reset(gn__arena *arena);

/* Remembers the present state, and forgets the blocks taken since then. There is one mark, the last; a reset removes
 * it. */
void gn__arena_mark(gn__arena *arena);
void gn__arena_rewind(gn__arena *arena);

#endif
