/* SPDX-License-Identifier: MIT */
/* lib/kernels/pool.c - pooling and up-sampling, shared by the threads by rows of pixels; channels are the inner
 * loops. */
#include "core/context.h"
#include "core/processor.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"

#include <string.h>

typedef struct pool_job {
    const gn__conv_shape *s;
    const float *from;
    float *to;
    int64_t *where;
} pool_job;

/* The part of a small pixel's window inside the image: rows y0 .. y1-1, columns x0 .. x1-1. */
typedef struct window {
    int64_t y0, y1, x0, x1;
} window;

static window window_of(const gn__conv_shape *s, int64_t oy, int64_t ox)
{
    const int64_t y = oy * s->stride_h - s->top, x = ox * s->stride_w - s->left;
    return (window){gn__larger(y, 0), gn__smaller(y + s->kh, s->h), gn__larger(x, 0), gn__smaller(x + s->kw, s->w)};
}

/* 1 over the window's pixels; 0 when there are none. */
static float share_of(window at)
{
    return at.y1 > at.y0 && at.x1 > at.x0 ? 1.0f / (float)((at.y1 - at.y0) * (at.x1 - at.x0)) : 0;
}

enum { STRIP = 64 }; /* channels that are compared side by side */

/* A strip of channels of one window, whose first pixel is `first`: the largest values, and their pixels counted from
 * the first one in int32_t, which fills as many lanes as a float. The first NaN is the largest of all. */
GN__INLINE void max_strip(const gn__conv_shape *s, window at, const float *first, int64_t count, float *restrict best,
                          int32_t *restrict pixel)
{
    const bool empty = at.y1 <= at.y0 || at.x1 <= at.x0;
    for (int64_t c = 0; c < count; c++) {
        best[c] = empty ? 0 : first[c];
        pixel[c] = empty ? -1 : 0;
    }
    for (int64_t y = at.y0; y < at.y1; y++)
        for (int64_t x = at.x0 + (y == at.y0); x < at.x1; x++) {
            const int32_t here = (int32_t)((y - at.y0) * s->w + (x - at.x0));
            const float *const in = first + here * s->c;
            for (int64_t c = 0; c < count; c++) {
                const bool better = !(in[c] <= best[c]) & (best[c] == best[c]);
                best[c] = better ? in[c] : best[c];
                pixel[c] = better ? here : pixel[c];
            }
        }
}

/* One row of small pixels. */
GN__INLINE void max_row(const pool_job *job, int64_t row)
{
    const gn__conv_shape *s = job->s;
    const int32_t channels = (int32_t)s->c; /* the product of two of 32 bits is one instruction */
    int32_t pixel[STRIP];
    for (int64_t ox = 0; ox < s->ow; ox++) {
        const window at = window_of(s, row % s->oh, ox);
        const int64_t first = ((row / s->oh * s->h + at.y0) * s->w + at.x0) * s->c, out = (row * s->ow + ox) * s->c;
        for (int64_t strip = 0; strip < s->c; strip += STRIP) {
            const int64_t count = gn__smaller(STRIP, s->c - strip);
            max_strip(s, at, job->from + first + strip, count, job->to + out + strip, pixel);
            int64_t *const where = job->where + out + strip;
            for (int64_t c = 0; c < count; c++)
                where[c] = pixel[c] < 0 ? -1 : first + (int64_t)pixel[c] * channels + strip + c;
        }
    }
}

static void max_row_plain(const pool_job *job, int64_t row)
{
    max_row(job, row);
}

GN__AVX2 static void max_row_avx2(const pool_job *job, int64_t row)
{
    max_row(job, row);
}

static void max_tile(void *argument, int64_t row, int worker)
{
    (void)worker;
    (gn__has_avx2() ? max_row_avx2 : max_row_plain)(argument, row);
}

static void average_row(void *argument, int64_t row, int worker)
{
    const pool_job *job = argument;
    const gn__conv_shape *s = job->s;
    (void)worker;
    for (int64_t ox = 0; ox < s->ow; ox++) {
        const window at = window_of(s, row % s->oh, ox);
        float *restrict const out = job->to + (row * s->ow + ox) * s->c;
        memset(out, 0, (size_t)s->c * sizeof *out);
        for (int64_t y = at.y0; y < at.y1; y++)
            for (int64_t x = at.x0; x < at.x1; x++) {
                const float *const in = job->from + ((row / s->oh * s->h + y) * s->w + x) * s->c;
                for (int64_t c = 0; c < s->c; c++)
                    out[c] += in[c];
            }
        for (int64_t c = 0; c < s->c; c++)
            out[c] *= share_of(at);
    }
}

/* One image: windows may overlap, and all of its large pixels are written by one tile. */
static void spread_image(void *argument, int64_t n, int worker)
{
    const pool_job *job = argument;
    const gn__conv_shape *s = job->s;
    float *restrict const large = job->to + n * s->h * s->w * s->c;
    (void)worker;
    memset(large, 0, (size_t)(s->h * s->w * s->c) * sizeof *large);
    for (int64_t pixel = 0; pixel < s->oh * s->ow; pixel++) {
        const window at = window_of(s, pixel / s->ow, pixel % s->ow);
        const float *const in = job->from + (n * s->oh * s->ow + pixel) * s->c, share = share_of(at);
        for (int64_t y = at.y0; y < at.y1; y++)
            for (int64_t x = at.x0; x < at.x1; x++)
                for (int64_t c = 0; c < s->c; c++)
                    large[(y * s->w + x) * s->c + c] += in[c] * share;
    }
}

void gn__max_pool2d_fast(gn_context *context, const gn__conv_shape *s, const float *large, float *small, int64_t *where)
{
    pool_job job = {s, large, small, where};
    gn__parallel_for(context->pool, s->n * s->oh, max_tile, &job);
}

void gn__avg_pool2d_fast(gn_context *context, const gn__conv_shape *s, const float *large, float *small)
{
    pool_job job = {s, large, small, NULL};
    gn__parallel_for(context->pool, s->n * s->oh, average_row, &job);
}

void gn__avg_pool2d_gradient_fast(gn_context *context, const gn__conv_shape *s, const float *small, float *large)
{
    pool_job job = {s, small, large, NULL};
    gn__parallel_for(context->pool, s->n, spread_image, &job);
}

typedef struct upsample_job {
    int64_t w, c, factor;
    const float *x;
    float *y;
} upsample_job;

/* One row of pixels becomes factor rows. */
static void upsample_row(void *argument, int64_t row, int worker)
{
    const upsample_job *job = argument;
    const int64_t size = job->w * job->factor * job->c;
    const float *const x = job->x + row * job->w * job->c;
    float *const first = job->y + row * job->factor * size;
    (void)worker;
    for (int64_t column = 0; column < job->w * job->factor; column++)
        memcpy(first + column * job->c, x + column / job->factor * job->c, (size_t)job->c * sizeof *x);
    for (int64_t i = 1; i < job->factor; i++)
        memcpy(first + i * size, first, (size_t)size * sizeof *first);
}

void gn__upsample_nearest2d_fast(gn_context *context, int64_t n, int64_t h, int64_t w, int64_t c, int64_t factor,
                                 const float *x, float *y)
{
    upsample_job job = {w, c, factor, x, y};
    gn__parallel_for(context->pool, n * h, upsample_row, &job);
}
