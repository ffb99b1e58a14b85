/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_reference.c - the three directions of a convolution as plain loops.
 *
 * Each visits every pair of a large and a small pixel that a tap of the window joins, and differs only in what it adds
 * to what. */
#include "kernels/finish.h"

#include <stddef.h>

/* A small pixel and a tap, counted together, and where their parts begin: [C] in large, [C,K] in kernel, [K] in
 * small. */
typedef struct pair {
    int64_t index, large, kernel, small;
} pair;

/* Moves on to the first pair at or after p->index whose large pixel lies inside the image. False when there is none. */
static bool find(const gn__conv_shape *s, pair *p)
{
    const int64_t taps = s->kh * s->kw, pixels = s->n * s->oh * s->ow;
    for (; p->index < pixels * taps; p->index++) {
        const int64_t tap = p->index % taps, pixel = p->index / taps;
        const int64_t ox = pixel % s->ow, oy = pixel / s->ow % s->oh, n = pixel / s->ow / s->oh;
        const int64_t y = oy * s->stride_h + tap / s->kw * s->dilation_h - s->top;
        const int64_t x = ox * s->stride_w + tap % s->kw * s->dilation_w - s->left;
        if (y < 0 || y >= s->h || x < 0 || x >= s->w)
            continue;
        p->large = ((n * s->h + y) * s->w + x) * s->c;
        p->kernel = tap * s->c * s->k;
        p->small = pixel * s->k;
        return true;
    }
    return false;
}

/* Every pixel starts as the bias, or as zeros. */
static void fill(gn_real *image, int64_t pixels, int64_t channels, const gn_real *bias)
{
    for (int64_t i = 0; i < pixels * channels; i++)
        image[i] = bias != NULL ? bias[i % channels] : 0;
}

gn_status gn__conv2d_reference(gn_context *context, const gn__conv_shape *s, const gn_real *large,
                               const gn_real *kernel, const gn_real *bias, const gn__finish *finish, gn_real *small)
{
    (void)context;
    fill(small, s->n * s->oh * s->ow, s->k, bias);
    for (pair p = {0}; find(s, &p); p.index++)
        for (int64_t c = 0; c < s->c; c++)
            for (int64_t k = 0; k < s->k; k++)
                small[p.small + k] += large[p.large + c] * kernel[p.kernel + c * s->k + k];
    gn__finish_reference(finish, s->n * s->oh * s->ow, s->k, small);
    return GN_OK;
}

gn_status gn__conv_transpose2d_reference(gn_context *context, const gn__conv_shape *s, const gn_real *small,
                                         const gn_real *kernel, const gn_real *bias, const gn__finish *finish,
                                         gn_real *large)
{
    (void)context;
    fill(large, s->n * s->h * s->w, s->c, bias);
    for (pair p = {0}; find(s, &p); p.index++)
        for (int64_t c = 0; c < s->c; c++)
            for (int64_t k = 0; k < s->k; k++)
                large[p.large + c] += small[p.small + k] * kernel[p.kernel + c * s->k + k];
    gn__finish_reference(finish, s->n * s->h * s->w, s->c, large);
    return GN_OK;
}

gn_status gn__conv2d_kernel_gradient_reference(gn_context *context, const gn__conv_shape *s, const gn_real *large,
                                               const gn_real *small, gn_real *kernel)
{
    (void)context;
    fill(kernel, s->kh * s->kw, s->c * s->k, NULL);
    for (pair p = {0}; find(s, &p); p.index++)
        for (int64_t c = 0; c < s->c; c++)
            for (int64_t k = 0; k < s->k; k++)
                kernel[p.kernel + c * s->k + k] += large[p.large + c] * small[p.small + k];
    return GN_OK;
}
