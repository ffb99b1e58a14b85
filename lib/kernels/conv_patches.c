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

/* Taps of fewer channels are copied side by side, so that a block is worth multiplying. */
enum { MANY_CHANNELS = 48 };

static bool by_taps(const gn__patches *p)
{
    return p->channels >= MANY_CHANNELS;
}

int64_t gn__patch_blocks(const gn__patches *p)
{
    const int64_t all = gn__patch_width(p);
    return by_taps(p) ? all / p->channels * gn__ceiling(p->channels, GN__BLOCK_DEPTH)
                      : gn__ceiling(all, GN__BLOCK_DEPTH);
}

gn__patch_block gn__patch_block_at(const gn__patches *p, int64_t index)
{
    const int64_t width = by_taps(p) ? p->channels : gn__patch_width(p);
    const int64_t in_width = gn__ceiling(width, GN__BLOCK_DEPTH), tap = index / in_width, part = index % in_width;
    const int64_t size = gn__ceiling(width, in_width), first = part * size;
    return (gn__patch_block){tap * width + first, gn__smaller(size, width - first)};
}

static bool always_inside(const gn__patch_side *s, int64_t tap)
{
    const int64_t first = s->first + tap * s->tap_step;
    return first >= 0 && first + (s->grid - 1) * s->grid_step < s->size;
}

int64_t gn__patch_whole_block(const gn__patches *p)
{
    const int64_t blocks = gn__patch_blocks(p);
    int64_t i = 0;
    for (; i < blocks && by_taps(p); i++) {
        const int64_t tap = gn__patch_block_at(p, i).column / p->channels;
        if (always_inside(&p->y, tap / p->x.taps) && always_inside(&p->x, tap % p->x.taps))
            break;
    }
    return i;
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

static int64_t copy_rows(const gn__patches *p, gn__patch_block block, gn__patch_row at, int64_t count, float *buffer,
                         const float **rows, int *where)
{
    const int64_t taps = gn__patch_run_taps(p), width = taps * p->channels, in_row = p->x.taps / taps,
                  last = block.column + block.columns;
    for (int64_t i = 0; i < count; i++, buffer += GN__BLOCK_DEPTH, gn__patch_row_next(p, &at)) {
        rows[i] = buffer;
        where[i] = (int)i;
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

int64_t gn__patch_rows(const gn__patches *p, gn__patch_block block, int64_t row, int64_t count, float *buffer,
                       const float **rows, int *where)
{
    const gn__patch_row at = gn__patch_row_at(p, row);
    return by_taps(p) ? point_to_rows(p, block, at, count, rows, where)
                      : copy_rows(p, block, at, count, buffer, rows, where);
}
