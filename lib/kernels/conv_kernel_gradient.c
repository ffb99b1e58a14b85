/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_kernel_gradient.c - the gradient of a convolution's kernel as a product with the transposed matrix
 * of patches.
 *
 * kernel [KH KW C, K] = patches(large)' [KH KW C, pixels] x small [pixels, K], pixels = N OH OW. It is cut into groups
 * of its rows, so that the sums of one stay in the cache while the pixels go by, and where these are few also into
 * parts of the pixels, whose sums are added in their order as soon as they are there. */
#include "core/context.h"
#include "kernels/conv_kernel_gradient_winograd.h"
#include "kernels/conv_patches.h"
#include "kernels/conv_winograd.h"
#include "kernels/gemm_microkernel.h"
#include "kernels/gemm_vector.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

enum {
    DEPTH = 128,       /* pixels in a block */
    MAX_SUMS = 131072, /* in a group */
    ENOUGH_TILES = 16,
    PACKED_ROWS = (GN__BLOCK_DEPTH + GN__TILE_ROWS - 1) / GN__TILE_ROWS * GN__TILE_ROWS, /* of a block, padded */
    MANY_OUTPUTS = 96, /* from here on packing the patches pays */
    FEW_OUTPUTS = 4,   /* with so few columns a tile of registers would be mostly padding */
};

typedef struct gradient {
    gn__patches patches;
    const float *small;
    float *kernel;
    int64_t rows, columns, pixels;  /* KH KW C, K, N OH OW */
    int64_t groups, group;          /* number of groups; blocks of the patches in each */
    int64_t parts, part;            /* number of parts; pixels of each, a multiple of DEPTH */
    float *sums;                    /* of each part [columns, rows], to go by runs */
    atomic_int added[ENOUGH_TILES]; /* for each group the parts that are in the kernel */
    bool packs;                     /* are patches packed too? */
    float *own;     /* for each worker a block of patches, the same in panels, small pixels in panels, and its sums */
    int64_t stride; /* floats from one worker's to the next one's */
} gradient;

/* Small pixels pixel + where[0 .. count-1] in panels, which they may be already. */
static const float *find_panels(const gradient *t, int64_t pixel, const int *where, int64_t count, float *panels)
{
    if (t->columns == GN__TILE_COLUMNS && where[count - 1] - where[0] == count - 1)
        return t->small + (pixel + where[0]) * t->columns;
    for (int64_t i = 0; i < count; i++) {
        const float *const line = t->small + (pixel + where[i]) * t->columns;
        for (int64_t j = 0; j < t->columns; j += GN__TILE_COLUMNS)
            gn__pack_line(gn__smaller(GN__TILE_COLUMNS, t->columns - j), line + j,
                          panels + j * count + i * GN__TILE_COLUMNS);
    }
    return panels;
}

/* Adds what `count` pixels give to the sums of a block. */
static void multiply_pixels(const gradient *t, gn__patch_block block, int64_t pixel, int64_t count, float *buffer,
                            float *sums)
{
    float *const packed = buffer + DEPTH * GN__BLOCK_DEPTH;
    const float *a[DEPTH];
    float *lines[GN__BLOCK_DEPTH];
    int where[DEPTH];
    int64_t offsets[GN__BLOCK_DEPTH + GN__TILE_ROWS];
    const int64_t inside = gn__patch_rows(&t->patches, block, pixel, count, buffer, a, where);
    if (inside == 0)
        return;
    gn__point_to_rows(sums, block.columns, t->columns, lines);
    gn__operand columns = {GN__BY_COLUMNS, a, gn__patch_offsets(&t->patches, block, offsets)};
    if (t->packs && columns.offsets == NULL) {
        gn__pack_columns(block.columns, inside, a, packed);
        columns.layout = GN__IN_PANELS;
    }
    const float *const panels = find_panels(t, pixel, where, inside, packed + DEPTH * PACKED_ROWS);
    gn__multiply_packed(&columns, block.columns, t->columns, inside, panels, inside * GN__TILE_COLUMNS,
                        gn__begin_with(true, lines), lines);
}

/* The blocks first .. last-1 of a group, and what their sums are in the kernel. */
typedef struct stretch {
    int64_t first, last, offset, count;
} stretch;

static stretch group_at(const gradient *t, int64_t group)
{
    const int64_t first = group * t->group, last = gn__smaller(first + t->group, gn__patch_blocks(&t->patches));
    const gn__patch_block begin = gn__patch_block_at(&t->patches, first),
                          end = gn__patch_block_at(&t->patches, last - 1);
    return (stretch){first, last, begin.column * t->columns, (end.column + end.columns - begin.column) * t->columns};
}

/* Adds a part to the kernel when the one before it is there. Tiles are begun in their order: somebody is at it. */
static void add_part(gradient *t, int64_t group, int64_t part, stretch at, const float *sums)
{
    float *const out = t->kernel + at.offset;
    while (atomic_load(&t->added[group]) != (int)part)
        sched_yield();
    if (part == 0)
        memcpy(out, sums, (size_t)at.count * sizeof *out);
    else
        gn__add_scaled(at.count, 1, sums, out);
    atomic_store(&t->added[group], (int)part + 1);
}

static int64_t blocks_size(const gradient *t)
{
    return DEPTH * (GN__BLOCK_DEPTH + PACKED_ROWS + gn__whole_columns(t->columns));
}

/* The sums of one group over one part of the pixels. */
static void multiply_tile(void *argument, int64_t index, int worker)
{
    gradient *t = argument;
    const int64_t part = index / t->groups, pixel = part * t->part, end = gn__smaller(pixel + t->part, t->pixels);
    const stretch at = group_at(t, index % t->groups);
    const bool direct = t->parts == 1;
    float *const own = t->own + worker * t->stride, *const sums = direct ? t->kernel + at.offset : own + blocks_size(t);
    memset(sums, 0, (size_t)at.count * sizeof *sums);
    for (int64_t p = pixel; p < end; p += DEPTH)
        for (int64_t i = at.first; i < at.last; i++) {
            const gn__patch_block block = gn__patch_block_at(&t->patches, i);
            multiply_pixels(t, block, p, gn__smaller(DEPTH, end - p), own,
                            sums + block.column * t->columns - at.offset);
        }
    if (!direct)
        add_part(t, index % t->groups, part, at, sums);
}

/* Few outputs, or few pixels inside: each small pixel adds its runs, scaled, to columns that stay in the cache. */
static void add_tile(void *argument, int64_t part, int worker)
{
    const gradient *t = argument;
    const int64_t first = part * t->part, last = gn__smaller(first + t->part, t->pixels);
    const int64_t taps = gn__patch_run_taps(&t->patches);
    float *const sums = t->sums + part * t->rows * t->columns;
    (void)worker;
    memset(sums, 0, (size_t)(t->rows * t->columns) * sizeof *sums);
    gn__patch_row at = gn__patch_row_at(&t->patches, first);
    for (int64_t pixel = first; pixel < last; pixel++, gn__patch_row_next(&t->patches, &at)) {
        gn__patch_fetch(&t->patches, &at, 1);
        for (int64_t y = 0; y < t->patches.y.taps; y++)
            for (int64_t x = 0; x < t->patches.x.taps; x += taps) {
                const gn__run run = gn__patch_run(&t->patches, &at, y, x);
                float *const row = sums + (y * t->patches.x.taps + x) * t->patches.channels + run.first;
                for (int64_t j = 0; j < t->columns; j++)
                    gn__add_scaled(run.last - run.first, t->small[pixel * t->columns + j],
                                   t->patches.image + (run.offset + run.first), row + j * t->rows);
            }
    }
}

static void add_runs(const gradient *t)
{
    const int64_t size = t->rows * t->columns;
    for (int64_t i = 0; i < size; i++) {
        float sum = 0;
        for (int64_t part = 0; part < t->parts; part++)
            sum += t->sums[part * size + i];
        t->kernel[i % t->rows * t->columns + i / t->rows] = sum;
    }
}

static void cut(gradient *t, bool runs)
{
    const int64_t blocks = gn__ceiling(t->pixels, DEPTH);
    t->group = gn__larger(MAX_SUMS / (t->columns * gn__patch_block_at(&t->patches, 0).columns), 1);
    t->groups = runs ? 1 : gn__ceiling(gn__patch_blocks(&t->patches), t->group);
    t->part = gn__ceiling(blocks, gn__smaller(blocks, gn__ceiling(ENOUGH_TILES, t->groups))) * DEPTH;
    t->parts = gn__ceiling(t->pixels, t->part);
}

static gn_status sum_runs(gn_context *context, gradient *t)
{
    t->sums = gn__scratch(context, sizeof(float) * (size_t)(t->parts * t->rows * t->columns));
    if (t->sums == NULL)
        return GN_ERROR_MEMORY;
    gn__parallel_for(context->pool, t->parts, add_tile, t);
    add_runs(t);
    return GN_OK;
}

static gn_status multiply(gn_context *context, gradient *t)
{
    float *const padded = gn__scratch(context, sizeof(float) * (size_t)gn__patch_padding(&t->patches));
    t->own = gn__worker_scratch(context, blocks_size(t) + (t->parts > 1 ? group_at(t, 0).count : 0), &t->stride);
    if (padded == NULL || t->own == NULL)
        return GN_ERROR_MEMORY;
    gn__patch_pad(context, &t->patches, padded);
    (t->parts > 1 ? gn__parallel_in_order : gn__parallel_for)(context->pool, t->groups * t->parts, multiply_tile, t);
    return GN_OK;
}

gn_status gn__conv2d_kernel_gradient_fast(gn_context *context, const gn__conv_shape *s, const float *large,
                                          const float *small, float *kernel)
{
    if (gn__conv2d_kernel_gradient_winograd_suits(s))
        return gn__conv2d_kernel_gradient_winograd(context, s, large, small, kernel);
    gradient t = {
        .patches = gn__large_patches(s, large),
        .small = small,
        .kernel = kernel,
        .rows = s->kh * s->kw * s->c,
        .columns = s->k,
        .pixels = s->n * s->oh * s->ow,
        .packs = s->k >= MANY_OUTPUTS,
    };
    const bool runs = s->k <= FEW_OUTPUTS || gn__patch_is_mostly_zeros(&t.patches);
    cut(&t, runs);
    return (runs ? sum_runs : multiply)(context, &t);
}
