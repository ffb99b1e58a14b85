/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_kernel.c - the gradient of a convolution's kernel as a product with the transposed matrix of
 * patches.
 *
 * kernel [KH KW C, K] = patches(large)' [KH KW C, pixels] x small [pixels, K], pixels = N OH OW. It is cut into groups
 * of its rows, so that the sums of one stay in the cache while the pixels go by, and where these are few also into
 * parts of the pixels, whose sums are added in their order at the end. */
#include "core/context.h"
#include "kernels/conv_patches.h"
#include "kernels/conv_winograd.h"
#include "kernels/gemm_kernel.h"
#include "kernels/gemm_vector.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"

#include <string.h>

enum {
    DEPTH = 128,        /* pixels in a block */
    MOST_SUMS = 131072, /* in a group */
    ENOUGH_TILES = 16,
    STRETCH = 4096,
    PACKED_ROWS = (GN__BLOCK_DEPTH + GN__TILE_ROWS - 1) / GN__TILE_ROWS * GN__TILE_ROWS, /* of a block, padded */
    MANY_OUTPUTS = 96, /* from here on packing the patches pays */
    FEW_OUTPUTS = 4,   /* with so few columns a tile of registers would be mostly padding */
};

typedef struct gradient {
    gn__patches patches;
    const float *small;
    float *kernel;
    int64_t rows, columns, pixels; /* KH KW C, K, N OH OW */
    int64_t groups, group;         /* number of groups; blocks of the patches in each */
    int64_t parts, part;           /* number of parts; pixels of each, a multiple of DEPTH */
    float *sums;                   /* [parts, rows, columns], or [parts, columns, rows] for few outputs */
    bool packs;                    /* are patches packed too? */
    float *blocks;       /* for each worker a block of patches, the same in panels, and small pixels in panels */
    int64_t worker_size; /* floats */
} gradient;

/* Small pixels pixel + where[0 .. count-1] in panels. */
static void pack(const gradient *t, int64_t pixel, const int *where, int64_t count, float *panels)
{
    for (int64_t i = 0; i < count; i++) {
        const float *const line = t->small + (pixel + where[i]) * t->columns;
        for (int64_t j = 0; j < t->columns; j += GN__TILE_COLUMNS)
            gn__pack_line(gn__smaller(GN__TILE_COLUMNS, t->columns - j), line + j,
                          panels + j * count + i * GN__TILE_COLUMNS);
    }
}

/* Adds what `count` pixels give to the sums of a block. */
static void multiply_pixels(const gradient *t, gn__patch_block block, int64_t pixel, int64_t count, float *buffer,
                            float *sums)
{
    float *const packed = buffer + DEPTH * GN__BLOCK_DEPTH, *const panels = packed + DEPTH * PACKED_ROWS;
    const float *a[DEPTH];
    float *lines[GN__BLOCK_DEPTH];
    int where[DEPTH];
    const int64_t inside = gn__patch_rows(&t->patches, block, pixel, count, buffer, a, where);
    gn__point_to_rows(sums + block.column * t->columns, block.columns, t->columns, lines);
    if (t->packs)
        gn__pack_columns(block.columns, inside, a, packed);
    pack(t, pixel, where, inside, panels);
    gn__multiply_packed(t->packs ? GN__IN_PANELS : GN__BY_COLUMNS, block.columns, t->columns, inside, a, panels,
                        inside * GN__TILE_COLUMNS, true, lines);
}

/* The sums of one group over one part of the pixels. */
static void multiply_tile(void *argument, int64_t index, int worker)
{
    const gradient *t = argument;
    const int64_t part = index / t->groups, pixel = part * t->part, end = gn__smaller(pixel + t->part, t->pixels);
    const int64_t first = index % t->groups * t->group,
                  last = gn__smaller(first + t->group, gn__patch_blocks(&t->patches));
    float *const sums = t->sums + part * t->rows * t->columns;
    for (int64_t i = first; i < last; i++) {
        const gn__patch_block block = gn__patch_block_at(&t->patches, i);
        memset(sums + block.column * t->columns, 0, (size_t)(block.columns * t->columns) * sizeof *sums);
    }
    for (int64_t p = pixel; p < end; p += DEPTH)
        for (int64_t i = first; i < last; i++)
            multiply_pixels(t, gn__patch_block_at(&t->patches, i), p, gn__smaller(DEPTH, end - p),
                            t->blocks + worker * t->worker_size, sums);
}

/* Few outputs: each small pixel adds its runs, scaled, to columns that stay in the cache. */
static void add_tile(void *argument, int64_t part, int worker)
{
    const gradient *t = argument;
    const int64_t first = part * t->part, last = gn__smaller(first + t->part, t->pixels);
    const int64_t taps = gn__patch_run_taps(&t->patches);
    float *const sums = t->sums + part * t->rows * t->columns;
    (void)worker;
    memset(sums, 0, (size_t)(t->rows * t->columns) * sizeof *sums);
    gn__patch_row at = gn__patch_row_at(&t->patches, first);
    for (int64_t pixel = first; pixel < last; pixel++, gn__patch_row_next(&t->patches, &at))
        for (int64_t y = 0; y < t->patches.y.taps; y++)
            for (int64_t x = 0; x < t->patches.x.taps; x += taps) {
                const gn__run run = gn__patch_run(&t->patches, &at, y, x);
                float *const row = sums + (y * t->patches.x.taps + x) * t->patches.channels + run.first;
                for (int64_t j = 0; j < t->columns; j++)
                    gn__add_scaled(run.last - run.first, t->small[pixel * t->columns + j],
                                   t->patches.image + (run.offset + run.first), row + j * t->rows);
            }
}

/* Adds a stretch of all parts in their order. */
static void add_parts(void *argument, int64_t index, int worker)
{
    const gradient *t = argument;
    const int64_t size = t->rows * t->columns, first = index * STRETCH, count = gn__smaller(STRETCH, size - first);
    float *const out = t->kernel + first;
    (void)worker;
    memcpy(out, t->sums + first, (size_t)count * sizeof *out);
    for (int64_t part = 1; part < t->parts; part++)
        gn__add_scaled(count, 1, t->sums + part * size + first, out);
}

static void add_few_parts(const gradient *t)
{
    const int64_t size = t->rows * t->columns;
    for (int64_t i = 0; i < size; i++) {
        float sum = 0;
        for (int64_t part = 0; part < t->parts; part++)
            sum += t->sums[part * size + i];
        t->kernel[i % t->rows * t->columns + i / t->rows] = sum;
    }
}

static void cut(gradient *t, bool few)
{
    const int64_t blocks = gn__ceiling(t->pixels, DEPTH);
    t->group = gn__larger(MOST_SUMS / (t->columns * gn__patch_block_at(&t->patches, 0).columns), 1);
    t->groups = few ? 1 : gn__ceiling(gn__patch_blocks(&t->patches), t->group);
    t->part = gn__ceiling(blocks, gn__smaller(blocks, gn__ceiling(ENOUGH_TILES, t->groups))) * DEPTH;
    t->parts = gn__ceiling(t->pixels, t->part);
    t->worker_size = few ? 0 : DEPTH * (GN__BLOCK_DEPTH + PACKED_ROWS + gn__whole_columns(t->columns));
}

gn_status gn__conv2d_kernel_fast(gn_context *context, const gn__conv_shape *s, const float *large, const float *small,
                                 float *kernel)
{
    if (gn__conv2d_winograd_suits(s))
        return gn__conv2d_kernel_winograd(context, s, large, small, kernel);
    const bool few = s->k <= FEW_OUTPUTS;
    gradient t = {
        .patches = gn__large_patches(s, large),
        .small = small,
        .kernel = kernel,
        .rows = s->kh * s->kw * s->c,
        .columns = s->k,
        .pixels = s->n * s->oh * s->ow,
        .packs = s->k >= MANY_OUTPUTS,
    };
    cut(&t, few);
    const bool direct = t.parts == 1 && !few;
    const int64_t sums_size = direct ? 0 : gn__ceiling(t.parts * t.rows * t.columns, 16) * 16;
    const int64_t blocks_size = t.worker_size * gn__pool_threads(context->pool);
    float *const memory = gn__scratch(context, sizeof(float) * (size_t)(sums_size + blocks_size));
    if (memory == NULL)
        return GN_ERROR_MEMORY;
    t.sums = direct ? kernel : memory;
    t.blocks = memory + sums_size;
    gn__parallel_for(context->pool, t.groups * t.parts, few ? add_tile : multiply_tile, &t);
    if (few)
        add_few_parts(&t);
    else if (!direct)
        gn__parallel_for(context->pool, gn__ceiling(t.rows * t.columns, STRETCH), add_parts, &t);
    return GN_OK;
}
