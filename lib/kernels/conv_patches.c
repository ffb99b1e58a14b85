/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_patches.c - blocks of the matrix of an image's patches (im2row). */
#include "kernels/conv_patches.h"

#include "kernels/sizes.h"

#include <string.h>

gn__patches gn__large_patches(const gn__conv_shape *s, const float *large)
{
    return (gn__patches){
        .image = large,
        .channels = s->c,
        .y = {s->h, s->oh, s->kh, -s->top, s->stride_h, s->dilation_h},
        .x = {s->w, s->ow, s->kw, -s->left, s->stride_w, s->dilation_w},
    };
}

int64_t gn__patch_width(const gn__patches *p)
{
    return p->y.taps * p->x.taps * p->channels;
}

int64_t gn__patch_run_taps(const gn__patches *p)
{
    return p->x.tap_step == 1 ? p->x.taps : gn__smaller(p->x.taps, 1);
}

gn__patch_row gn__patch_row_at(const gn__patches *p, int64_t row)
{
    const int64_t line = row / p->x.grid, n = line / p->y.grid;
    const int64_t grid_y = line - n * p->y.grid, grid_x = row - line * p->x.grid;
    return (gn__patch_row){
        .image = n * p->y.size * p->x.size * p->channels,
        .y = p->y.first + grid_y * p->y.grid_step,
        .x = p->x.first + grid_x * p->x.grid_step,
        .grid_y = grid_y,
        .grid_x = grid_x,
    };
}

void gn__patch_row_next(const gn__patches *p, gn__patch_row *row)
{
    row->x += p->x.grid_step;
    if (++row->grid_x < p->x.grid)
        return;
    row->grid_x = 0;
    row->x = p->x.first;
    row->y += p->y.grid_step;
    if (++row->grid_y < p->y.grid)
        return;
    row->grid_y = 0;
    row->y = p->y.first;
    row->image += p->y.size * p->x.size * p->channels;
}

gn__run gn__patch_run(const gn__patches *p, const gn__patch_row *row, int64_t tap_y, int64_t tap_x)
{
    const int64_t y = row->y + tap_y * p->y.tap_step, x = row->x + tap_x * p->x.tap_step;
    const int64_t first = gn__larger(0, -x), last = gn__smaller(gn__patch_run_taps(p), p->x.size - x);
    if (y < 0 || y >= p->y.size || first >= last)
        return (gn__run){0, 0, 0};
    return (gn__run){row->image + (y * p->x.size + x) * p->channels, first * p->channels, last * p->channels};
}

/* Where blocks end: after each tap, or after each run if taps have few channels; if these have few too, runs are copied
 * side by side. So that a block is worth multiplying. */
typedef enum block_end { TAP, RUN, COPY } block_end;

enum { ENOUGH_COLUMNS = 48 };

static block_end end_of(const gn__patches *p)
{
    const int64_t run = gn__patch_run_taps(p) * p->channels;
    return p->channels >= ENOUGH_COLUMNS ? TAP : run >= ENOUGH_COLUMNS && run <= GN__BLOCK_DEPTH ? RUN : COPY;
}

static int64_t part_width(const gn__patches *p)
{
    const block_end end = end_of(p);
    return end == TAP ? p->channels : end == RUN ? gn__patch_run_taps(p) * p->channels : gn__patch_width(p);
}

int64_t gn__patch_blocks(const gn__patches *p)
{
    const int64_t width = part_width(p);
    return width == 0 ? 0 : gn__patch_width(p) / width * gn__ceiling(width, GN__BLOCK_DEPTH);
}

gn__patch_block gn__patch_block_at(const gn__patches *p, int64_t index)
{
    const int64_t width = part_width(p);
    const int64_t in_width = gn__ceiling(width, GN__BLOCK_DEPTH), tap = index / in_width, part = index % in_width;
    const int64_t size = gn__ceiling(width, in_width), first = part * size;
    return (gn__patch_block){tap * width + first, gn__smaller(size, width - first)};
}

/* Has every grid pixel a part of these taps, which are neighbours, in the image? */
static bool always_inside(const gn__patch_side *s, int64_t tap, int64_t taps)
{
    const int64_t first = s->first + tap * s->tap_step;
    return first + (taps - 1) * s->tap_step >= 0 && first + (s->grid - 1) * s->grid_step < s->size;
}

int64_t gn__patch_whole_block(const gn__patches *p)
{
    const block_end end = end_of(p);
    const int64_t blocks = gn__patch_blocks(p), taps = end == RUN ? gn__patch_run_taps(p) : 1;
    for (int64_t i = 0; i < blocks && end != COPY; i++) {
        const int64_t tap = gn__patch_block_at(p, i).column / p->channels;
        if (always_inside(&p->y, tap / p->x.taps, 1) && always_inside(&p->x, tap % p->x.taps, taps))
            return i;
    }
    return blocks;
}

static void clear(float *out, int64_t count)
{
    if (count > 0)
        memset(out, 0, (size_t)count * sizeof *out);
}

/* Elements begin .. end-1 of a run. */
static void copy_run(const float *image, gn__run run, int64_t begin, int64_t end, float *out)
{
    const int64_t first = gn__smaller(gn__larger(run.first, begin), end),
                  last = gn__larger(gn__smaller(run.last, end), first);
    clear(out, first - begin);
    memcpy(out + (first - begin), image + (run.offset + first), (size_t)(last - first) * sizeof *out);
    clear(out + (last - begin), end - last);
}

static bool all_inside(const gn__patch_side *s, int64_t first)
{
    return first >= 0 && first + (s->taps - 1) * s->tap_step < s->size;
}

/* Where the block's elements stand in the image, from the first tap of a row on. */
static void find_elements(const gn__patches *p, gn__patch_block block, int64_t *offsets)
{
    for (int64_t i = 0; i < block.columns; i++) {
        const int64_t tap = (block.column + i) / p->channels, channel = (block.column + i) % p->channels;
        offsets[i] = (tap / p->x.taps * p->y.tap_step * p->x.size + tap % p->x.taps * p->x.tap_step) * p->channels +
                     channel;
    }
}

/* Runs are too short to be copied one by one where that can be helped. */
static int64_t copy_rows(const gn__patches *p, gn__patch_block block, gn__patch_row at, int64_t count, float *buffer,
                         const float **rows, int *where)
{
    const int64_t taps = gn__patch_run_taps(p), width = taps * p->channels, in_row = p->x.taps / taps,
                  last = block.column + block.columns;
    int64_t offsets[GN__BLOCK_DEPTH];
    find_elements(p, block, offsets);
    for (int64_t i = 0; i < count; i++, buffer += GN__BLOCK_DEPTH, gn__patch_row_next(p, &at)) {
        rows[i] = buffer;
        where[i] = (int)i;
        if (all_inside(&p->y, at.y) && all_inside(&p->x, at.x)) {
            const float *const first = p->image + (at.image + (at.y * p->x.size + at.x) * p->channels);
            for (int64_t j = 0; j < block.columns; j++)
                buffer[j] = first[offsets[j]];
            continue;
        }
        for (int64_t run = block.column / width; run * width < last; run++) {
            const int64_t begin = gn__larger(block.column - run * width, 0),
                          end = gn__smaller(last - run * width, width);
            copy_run(p->image, gn__patch_run(p, &at, run / in_row, run % in_row * taps), begin, end,
                     buffer + (run * width + begin - block.column));
        }
    }
    return count;
}

/* A block is part of a tap here: it stands in the image, or outside as a whole. */
static int64_t point_to_rows(const gn__patches *p, gn__patch_block block, gn__patch_row at, int64_t count,
                             const float **rows, int *where)
{
    const int64_t tap = block.column / p->channels, channel = block.column % p->channels;
    const int64_t down = tap / p->x.taps * p->y.tap_step, right = tap % p->x.taps * p->x.tap_step;
    int64_t inside = 0;
    for (int64_t i = 0; i < count; i++, gn__patch_row_next(p, &at)) {
        const int64_t y = at.y + down, x = at.x + right;
        if (y < 0 || y >= p->y.size || x < 0 || x >= p->x.size)
            continue;
        rows[inside] = p->image + (at.image + (y * p->x.size + x) * p->channels + channel);
        where[inside++] = (int)i;
    }
    return inside;
}

/* A block is a run here: it stands in the image, outside as a whole, or partly so and is copied then. */
static int64_t point_to_runs(const gn__patches *p, gn__patch_block block, gn__patch_row at, int64_t count,
                             float *buffer, const float **rows, int *where)
{
    int64_t inside = 0;
    for (int64_t i = 0; i < count; i++, gn__patch_row_next(p, &at)) {
        const gn__run run = gn__patch_run(p, &at, block.column / block.columns, 0);
        if (run.first == run.last)
            continue;
        rows[inside] = p->image + run.offset;
        if (run.last - run.first < block.columns) {
            copy_run(p->image, run, 0, block.columns, buffer);
            rows[inside] = buffer;
            buffer += GN__BLOCK_DEPTH;
        }
        where[inside++] = (int)i;
    }
    return inside;
}

int64_t gn__patch_rows(const gn__patches *p, gn__patch_block block, int64_t row, int64_t count, float *buffer,
                       const float **rows, int *where)
{
    const gn__patch_row at = gn__patch_row_at(p, row);
    switch (end_of(p)) {
    case TAP:
        return point_to_rows(p, block, at, count, rows, where);
    case RUN:
        return point_to_runs(p, block, at, count, buffer, rows, where);
    case COPY:
        break;
    }
    return copy_rows(p, block, at, count, buffer, rows, where);
}
