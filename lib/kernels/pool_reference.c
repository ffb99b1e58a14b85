/* SPDX-License-Identifier: MIT */
/* lib/kernels/pool_reference.c - pooling and up-sampling as plain loops. */
#include "kernels/kernels.h"

#include <tgmath.h>

/* The part of a small pixel's window that lies inside the image: rows y0 .. y1-1 and columns x0 .. x1-1 of image n. */
typedef struct window {
    int64_t n, y0, y1, x0, x1;
} window;

static window window_of(const gn__conv_shape *s, int64_t pixel)
{
    const int64_t y = pixel / s->ow % s->oh * s->stride_h - s->top, x = pixel % s->ow * s->stride_w - s->left;
    return (window){
        .n = pixel / s->ow / s->oh,
        .y0 = y < 0 ? 0 : y,
        .y1 = y + s->kh > s->h ? s->h : y + s->kh,
        .x0 = x < 0 ? 0 : x,
        .x1 = x + s->kw > s->w ? s->w : x + s->kw,
    };
}

/* Pixels of the window that lie inside; 0 when it lies outside. */
static int64_t area(window at)
{
    return at.y1 > at.y0 && at.x1 > at.x0 ? (at.y1 - at.y0) * (at.x1 - at.x0) : 0;
}

static int64_t offset(const gn__conv_shape *s, int64_t n, int64_t y, int64_t x, int64_t c)
{
    return ((n * s->h + y) * s->w + x) * s->c + c;
}

void gn__max_pool2d_reference(gn_context *context, const gn__conv_shape *s, const gn_real *large, gn_real *small,
                              int64_t *where)
{
    (void)context;
    for (int64_t i = 0; i < s->n * s->oh * s->ow * s->c; i++) {
        const window at = window_of(s, i / s->c);
        int64_t best = -1;
        for (int64_t y = at.y0; y < at.y1; y++)
            for (int64_t x = at.x0; x < at.x1; x++) {
                const int64_t here = offset(s, at.n, y, x, i % s->c);
                if (best < 0 || large[here] > large[best] || (isnan(large[here]) && !isnan(large[best])))
                    best = here;
            }
        small[i] = best < 0 ? 0 : large[best];
        where[i] = best;
    }
}

void gn__avg_pool2d_reference(gn_context *context, const gn__conv_shape *s, const gn_real *large, gn_real *small)
{
    (void)context;
    for (int64_t i = 0; i < s->n * s->oh * s->ow * s->c; i++) {
        const window at = window_of(s, i / s->c);
        gn_real sum = 0;
        for (int64_t y = at.y0; y < at.y1; y++)
            for (int64_t x = at.x0; x < at.x1; x++)
                sum += large[offset(s, at.n, y, x, i % s->c)];
        small[i] = area(at) == 0 ? 0 : sum / (gn_real)area(at);
    }
}

void gn__avg_pool2d_gradient_reference(gn_context *context, const gn__conv_shape *s, const gn_real *small,
                                       gn_real *large)
{
    (void)context;
    for (int64_t i = 0; i < s->n * s->h * s->w * s->c; i++)
        large[i] = 0;
    for (int64_t i = 0; i < s->n * s->oh * s->ow * s->c; i++) {
        const window at = window_of(s, i / s->c);
        for (int64_t y = at.y0; y < at.y1; y++)
            for (int64_t x = at.x0; x < at.x1; x++)
                large[offset(s, at.n, y, x, i % s->c)] += small[i] / (gn_real)area(at);
    }
}

void gn__upsample_nearest2d_reference(gn_context *context, int64_t n, int64_t h, int64_t w, int64_t c, int64_t factor,
                                      const gn_real *x, gn_real *y)
{
    (void)context;
    for (int64_t row = 0; row < n * h * factor; row++)
        for (int64_t column = 0; column < w * factor; column++)
            for (int64_t channel = 0; channel < c; channel++)
                *y++ = x[(row / factor * w + column / factor) * c + channel];
}
