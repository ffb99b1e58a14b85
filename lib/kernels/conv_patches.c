/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_patches.c - blocks of the matrix of an image's patches (im2row). */
#include "kernels/conv_patches.h"
#include <string.h>

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

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
    return p->x.tap_step == 1 ? p->x.taps : smaller(p->x.taps, 1);
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
    const int64_t first = larger(0, -x), last = smaller(gn__patch_run_taps(p), p->x.size - x);
    if (y < 0 || y >= p->y.size || first >= last)
        return (gn__run){0, 0, 0};
    return (gn__run){row->image + (y * p->x.size + x) * p->channels, first * p->channels, last * p->channels};
}

static void clear(float *out, int64_t count)
{
    if (count > 0)
        memset(out, 0, (size_t)count * sizeof *out);
}

/* Elements begin .. end-1 of a run. */
static void copy_run(const float *image, gn__run run, int64_t begin, int64_t end, float *out)
{
    const int64_t first = smaller(larger(run.first, begin), end), last = larger(smaller(run.last, end), first);
    clear(out, first - begin);
    memcpy(out + (first - begin), image + (run.offset + first), (size_t)(last - first) * sizeof *out);
    clear(out + (last - begin), end - last);
}

void gn__patch_block(const gn__patches *p, int64_t row, int64_t rows, int64_t column, int64_t columns, float *out,
                     int64_t stride)
{
    const int64_t taps = gn__patch_run_taps(p), width = taps * p->channels, runs_in_row = p->x.taps / taps;
    const gn__patch_row first = gn__patch_row_at(p, row);
    for (int64_t run = column / width; run * width < column + columns; run++) {
        const int64_t begin = larger(column - run * width, 0), end = smaller(column + columns - run * width, width);
        const int64_t tap_y = run / runs_in_row, tap_x = run % runs_in_row * taps;
        float *target = out + (run * width + begin - column);
        gn__patch_row at = first;
        for (int64_t i = 0; i < rows; i++, target += stride, gn__patch_row_next(p, &at))
            copy_run(p->image, gn__patch_run(p, &at, tap_y, tap_x), begin, end, target);
    }
}
