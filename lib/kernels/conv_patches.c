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

static int64_t run_taps(const gn__patches *p)
{
    return p->x.tap_step == 1 ? p->x.taps : 1;
}

int64_t gn__patch_runs(const gn__patches *p)
{
    return p->x.taps == 0 ? 0 : p->y.taps * p->x.taps / run_taps(p);
}

int64_t gn__patch_run_width(const gn__patches *p)
{
    return run_taps(p) * p->channels;
}

gn__run gn__patch_run(const gn__patches *p, int64_t row, int64_t run)
{
    const int64_t taps = run_taps(p), runs_in_row = p->x.taps / taps;
    const int64_t grid_x = row % p->x.grid, rest = row / p->x.grid, grid_y = rest % p->y.grid, n = rest / p->y.grid;
    const int64_t y = p->y.first + grid_y * p->y.grid_step + run / runs_in_row * p->y.tap_step;
    const int64_t x = p->x.first + grid_x * p->x.grid_step + run % runs_in_row * p->x.tap_step;
    const int64_t first = larger(0, -x), last = smaller(taps, p->x.size - x);
    if (y < 0 || y >= p->y.size || first >= last)
        return (gn__run){0, 0, 0};
    return (gn__run){((n * p->y.size + y) * p->x.size + x) * p->channels, first * p->channels, last * p->channels};
}

/* Elements begin .. end-1 of a run. */
static void copy_run(const float *image, gn__run run, int64_t begin, int64_t end, float *out)
{
    const int64_t first = smaller(larger(run.first, begin), end), last = larger(smaller(run.last, end), first);
    memset(out, 0, (size_t)(first - begin) * sizeof *out);
    memcpy(out + (first - begin), image + (run.offset + first), (size_t)(last - first) * sizeof *out);
    memset(out + (last - begin), 0, (size_t)(end - last) * sizeof *out);
}

void gn__patch_block(const gn__patches *p, int64_t row, int64_t rows, int64_t column, int64_t columns, float *out,
                     int64_t stride)
{
    const int64_t width = gn__patch_run_width(p);
    for (int64_t run = column / width; run * width < column + columns; run++) {
        const int64_t begin = larger(column - run * width, 0), end = smaller(column + columns - run * width, width);
        float *const target = out + (run * width + begin - column);
        for (int64_t i = 0; i < rows; i++)
            copy_run(p->image, gn__patch_run(p, row + i, run), begin, end, target + i * stride);
    }
}
