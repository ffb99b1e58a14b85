/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_kernel_gradient_winograd.c - the gradient of a convolution's kernel by Winograd's minimal filtering
 * (winograd.h).
 *
 * With the points of all squares (winograd_tiles.h) as matrices, it is one matrix product for every point:
 *
 *     kernel [phases C, K] = large' [phases C, tiles] x small [tiles, K]
 *
 * Points are found for a block of tiles at a time, which stays in the cache. Tiles that need the same points go
 * together. */
#include "kernels/conv_kernel_gradient_winograd.h"

#include "core/context.h"
#include "core/parallel.h"
#include "kernels/gemm_microkernel.h"
#include "kernels/gemm_vector.h"
#include "kernels/sizes.h"
#include "kernels/winograd_tiles.h"

#include <string.h>

enum {
    MAX_GROUP = 64,         /* channels of the large image whose sums a worker keeps */
    ENOUGH_UNITS = 8,       /* with fewer, workers would wait for each other */
    SMALL_KERNEL = 1 << 20, /* numbers: a second one takes 4 MB */
    SQUARE = GN__WINOGRAD_POINTS,
};

/* A kernel's gradient, in units: for one phase a group of channels, for one part of the tiles. */
typedef struct gradient {
    gn__tiling tiling;
    const float *large, *small;
    float *kernel;
    int64_t groups, group; /* number of groups; channels in each */
    int64_t parts, part;   /* number of parts; tiles in each */
    float *copies;         /* what all parts but the first add to the gradient */
    float *own;     /* for each worker the sums of a unit, [points][group, K], and a block's points on both sides */
    int64_t stride; /* floats from one worker's to the next one's */
} gradient;

/* From one point's sums to the next one's. */
static int64_t sums_plane(const gradient *t)
{
    return gn__point_plane(t->group, t->tiling.s->k);
}

static int64_t row_length(const gradient *t)
{
    return t->group + GN__ROW_PADDING;
}

/* Points of a group of channels of the large image by tiles, [points][block][row_length], of the small one in
 * panels, [points][panels][block][GN__TILE_COLUMNS]. */
static void find_both(const gradient *t, int64_t phase, int64_t channel, int64_t channels, const int64_t *tiles,
                      int64_t count, float *rows, float *panels)
{
    const gn__tiling *const w = &t->tiling;
    const int64_t k = w->s->k, plane = gn__point_plane(w->block, gn__whole_columns(k)),
                  side = gn__square_side(GN__SMALL_SQUARE, w->taps);
    const float *large[GN__TILES_COMING][SQUARE], *small[GN__TILES_COMING][SQUARE];
    for (int64_t i = 1 - GN__TILES_COMING, next = 0; i < count; i++, next++) {
        const int64_t now = i % GN__TILES_COMING, then = next % GN__TILES_COMING;
        if (next < count) {
            gn__tile_fetch(w, GN__LARGE_SQUARE, tiles[next], phase, channels, t->large + channel, large[then]);
            gn__tile_fetch(w, GN__SMALL_SQUARE, tiles[next], 0, k, t->small, small[then]);
        }
        if (i >= 0)
            gn__winograd_points(GN__LARGE_SQUARE, w->taps, channels, large[now], rows + i * row_length(t),
                                gn__point_plane(w->block, row_length(t)));
        for (int64_t j = 0; j < k && i >= 0; j += GN__TILE_COLUMNS) {
            gn__winograd_points(GN__SMALL_SQUARE, w->taps, gn__smaller(GN__TILE_COLUMNS, k - j), small[now],
                                panels + j * w->block + i * GN__TILE_COLUMNS, plane);
            for (int64_t p = 0; p < side * side; p++)
                small[now][p] += GN__TILE_COLUMNS;
        }
    }
}

/* sums [channels, K] += rows' x panels, for one point. */
static void add_point(const gradient *t, int64_t channels, int64_t count, const float *rows, const float *panels,
                      bool add, float *sums)
{
    const float *a[GN__BLOCK_TILES];
    float *c[MAX_GROUP];
    for (int64_t i = 0; i < count; i++)
        a[i] = rows + i * row_length(t);
    gn__point_to_rows(sums, channels, t->tiling.s->k, c);
    gn__multiply_packed(&(gn__operand){GN__BY_COLUMNS, a, NULL}, channels, t->tiling.s->k, count, panels,
                        t->tiling.block * GN__TILE_COLUMNS, gn__begin_with(add, c), c);
}

/* What a worker sums at a time. Phases come first, then groups, then parts: of two workers each has some pictures, or
 * channels, in all phases, whose work differs. */
typedef struct unit {
    int64_t phase, channel, channels;
    int64_t first, last; /* tiles */
    float *rows, *panels, *sums, *kernel;
} unit;

static int64_t kernel_size(const gn__conv_shape *s)
{
    return s->kh * s->kw * s->c * s->k;
}

static unit unit_at(const gradient *t, int64_t index, int worker)
{
    const gn__tiling *const w = &t->tiling;
    const int64_t phase = index % w->phases, group = index / w->phases % t->groups,
                  part = index / w->phases / t->groups, channel = group * t->group;
    float *const sums = t->own + worker * t->stride, *const rows = sums + w->points * sums_plane(t);
    return (unit){
        .phase = phase,
        .channel = channel,
        .channels = gn__smaller(t->group, w->s->c - channel),
        .first = part * t->part,
        .last = gn__smaller((part + 1) * t->part, w->tiles),
        .rows = rows,
        .panels = rows + w->points * gn__point_plane(w->block, row_length(t)),
        .sums = sums,
        .kernel = part == 0 ? t->kernel : t->copies + (part - 1) * kernel_size(w->s),
    };
}

/* The next tiles of a unit from *tile on, at most a block of them, which need just these points. */
static int64_t next_tiles(const gradient *t, const unit *u, uint64_t needed, int64_t *tile, int64_t *tiles)
{
    int64_t count = 0;
    for (; *tile < u->last && count < t->tiling.block; ++*tile)
        if (t->tiling.set_count[u->phase] == 1 || gn__tile_needs(&t->tiling, *tile, u->phase) == needed)
            tiles[count++] = *tile;
    return count;
}

/* The tiles of a unit that need just these points; sums go on from what the begun ones are. Gives those begun then. */
static uint64_t sum_tiles(const gradient *t, const unit *u, uint64_t needed, uint64_t begun)
{
    const gn__tiling *const w = &t->tiling;
    const int64_t k = w->s->k;
    int64_t tiles[GN__BLOCK_TILES], tile = u->first;
    for (int64_t count; (count = next_tiles(t, u, needed, &tile, tiles)) > 0; begun |= needed) {
        find_both(t, u->phase, u->channel, u->channels, tiles, count, u->rows, u->panels);
        for (int64_t i = 0; i < w->points; i++)
            if (needed >> i & 1)
                add_point(t, u->channels, count, u->rows + i * gn__point_plane(w->block, row_length(t)),
                          u->panels + i * gn__point_plane(w->block, gn__whole_columns(k)), begun >> i & 1,
                          u->sums + i * sums_plane(t));
    }
    return begun;
}

/* The taps of a unit's channel, the i-th, from its sums. */
static void finish_channel(const gradient *t, const unit *u, int64_t i)
{
    const gn__tiling *const w = &t->tiling;
    const float *begin[GN__WINOGRAD_TAPS * GN__WINOGRAD_TAPS];
    float *values[GN__WINOGRAD_TAPS * GN__WINOGRAD_TAPS];
    for (int64_t tap = 0; tap < w->taps * w->taps; tap++) {
        values[tap] = u->kernel + gn__tiling_tap(w, u->phase, tap, u->channel + i);
        begin[tap] = w->zeros;
    }
    gn__winograd_values(GN__KERNEL_SQUARE, w->taps, w->s->k, u->sums + i * w->s->k, sums_plane(t), begin, values);
}

/* A unit is finished at once, while its sums are in the cache. */
static void sum_unit(void *argument, int64_t index, int worker)
{
    const gradient *t = argument;
    const gn__tiling *const w = &t->tiling;
    const unit u = unit_at(t, index, worker);
    uint64_t begun = 0;
    for (int64_t i = 0; i < w->set_count[u.phase]; i++)
        begun = sum_tiles(t, &u, w->sets[u.phase][i], begun);
    for (int64_t i = 0; i < w->points; i++)
        if ((begun >> i & 1) == 0)
            memset(u.sums + i * sums_plane(t), 0, (size_t)(u.channels * w->s->k) * sizeof *u.sums);
    for (int64_t i = 0; i < u.channels; i++)
        finish_channel(t, &u, i);
}

/* One tap of the window: the parts' in their order. */
static void join_parts(void *argument, int64_t tap, int worker)
{
    const gradient *t = argument;
    const gn__conv_shape *s = t->tiling.s;
    const int64_t size = s->c * s->k;
    (void)worker;
    for (int64_t part = 1; part < t->parts; part++)
        gn__add_scaled(size, 1, t->copies + (part - 1) * kernel_size(s) + tap * size, t->kernel + tap * size);
}

/* Enough units and, where a copy of the gradient is small, two parts: what a worker reads is then its own pictures. */
static int64_t parts_of(const gradient *t)
{
    const gn__tiling *const w = &t->tiling;
    const int64_t blocks = gn__ceiling(w->tiles, w->block), least = kernel_size(w->s) <= SMALL_KERNEL ? 2 : 1;
    return gn__smaller(blocks, gn__larger(least, gn__ceiling(ENOUGH_UNITS, w->phases * t->groups)));
}

gn_status gn__conv2d_kernel_gradient_winograd(gn_context *context, const gn__conv_shape *s, const float *large,
                                              const float *small, float *kernel)
{
    gradient t = {.tiling = gn__tiling_of(s), .large = large, .small = small, .kernel = kernel};
    gn__tiling *const w = &t.tiling;
    t.group = gn__smaller(s->c, MAX_GROUP);
    t.groups = gn__ceiling(s->c, t.group);
    t.part = gn__ceiling(w->tiles, parts_of(&t));
    t.parts = gn__ceiling(w->tiles, t.part);
    const int64_t own = w->points * (sums_plane(&t) + gn__point_plane(w->block, row_length(&t)) +
                                     gn__point_plane(w->block, gn__whole_columns(s->k)));
    const int64_t longest = gn__tiling_zeros(w), copies = (t.parts - 1) * kernel_size(s);
    float *const memory = gn__scratch(context, sizeof(float) * (size_t)(longest + copies));
    t.own = gn__worker_scratch(context, own, &t.stride);
    if (memory == NULL || t.own == NULL)
        return GN_ERROR_MEMORY;
    w->zeros = memset(memory, 0, (size_t)longest * sizeof *memory);
    t.copies = memory + longest;
    gn__parallel_for(context->pool, t.groups * w->phases * t.parts, sum_unit, &t);
    if (t.parts > 1)
        gn__parallel_for(context->pool, s->kh * s->kw, join_parts, &t);
    return GN_OK;
}
