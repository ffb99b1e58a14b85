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

/* Shorter runs are copied side by side, so that a block is worth multiplying. */
enum { LONG_RUN = 64 };

static int64_t run_width(const gn__patches *p)
{
    return gn__patch_run_taps(p) * p->channels;
}

int64_t gn__patch_blocks(const gn__patches *p)
{
    const int64_t width = run_width(p), all = gn__patch_width(p);
    if (width < LONG_RUN)
        return gn__ceiling(all, GN__BLOCK_DEPTH);
    return all / width * gn__ceiling(width, GN__BLOCK_DEPTH);
}

gn__patch_block gn__patch_block_at(const gn__patches *p, int64_t index)
{
    const int64_t width = run_width(p) < LONG_RUN ? gn__patch_width(p) : run_width(p);
    const int64_t in_run = gn__ceiling(width, GN__BLOCK_DEPTH), run = index / in_run, part = index % in_run;
    const int64_t size = gn__ceiling(width, in_run), first = part * size;
    return (gn__patch_block){run * width + first, gn__smaller(size, width - first)};
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

/* One row of a block that is part of a run. */
static const float *point_to(const gn__patches *p, gn__run run, int64_t begin, int64_t end, float *buffer)
{
    if (run.first <= begin && end <= run.last)
        return p->image + (run.offset + begin);
    copy_run(p->image, run, begin, end, buffer);
    return buffer;
}

static void copy_rows(const gn__patches *p, gn__patch_block block, gn__patch_row at, int64_t count, float *buffer,
                      const float **rows)
{
    const int64_t taps = gn__patch_run_taps(p), width = run_width(p), in_row = p->x.taps / taps,
                  last = block.column + block.columns;
    for (int64_t i = 0; i < count; i++, buffer += GN__BLOCK_DEPTH, gn__patch_row_next(p, &at)) {
        rows[i] = buffer;
        for (int64_t run = block.column / width; run * width < last; run++) {
            const int64_t begin = gn__larger(block.column - run * width, 0),
                          end = gn__smaller(last - run * width, width);
            copy_run(p->image, gn__patch_run(p, &at, run / in_row, run % in_row * taps), begin, end,
                     buffer + (run * width + begin - block.column));
        }
    }
}

void gn__patch_rows(const gn__patches *p, gn__patch_block block, int64_t row, int64_t count, float *buffer,
                    const float **rows)
{
    gn__patch_row at = gn__patch_row_at(p, row);
    if (run_width(p) < LONG_RUN) {
        copy_rows(p, block, at, count, buffer, rows);
        return;
    }
    const int64_t taps = gn__patch_run_taps(p), width = run_width(p), in_row = p->x.taps / taps;
    const int64_t run = block.column / width, begin = block.column % width;
    for (int64_t i = 0; i < count; i++, gn__patch_row_next(p, &at))
        rows[i] = point_to(p, gn__patch_run(p, &at, run / in_row, run % in_row * taps), begin, begin + block.columns,
                           buffer + i * GN__BLOCK_DEPTH);
}
