/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_reference.c - the three directions of a convolution as plain loops.
 *
 * Each visits every pair of a large and a small pixel that a tap of the window joins, and differs only in what it adds to what. */
#include "kernels/reference.h"
#include <stddef.h>

/* The large pixel that small pixel (n, oy, ox) sees through tap (ky, kx), as an offset into the large image; -1 outside. */
static int64_t large_offset(const gn__conv_shape *s, int64_t n, int64_t oy, int64_t ox, int64_t ky, int64_t kx)
{
    const int64_t y = oy * s->stride_h + ky * s->dilation_h - s->top;
    const int64_t x = ox * s->stride_w + kx * s->dilation_w - s->left;
    if (y < 0 || y >= s->h || x < 0 || x >= s->w)
        return -1;
    return ((n * s->h + y) * s->w + x) * s->c;
}

/* One pair: [C] of the large image, [K] of the small one, [C,K] of the kernel. */
typedef void pair_function(const gn__conv_shape *s, gn_real *large, gn_real *kernel, gn_real *small);

static void for_each_pair(const gn__conv_shape *s, gn_real *large, gn_real *kernel, gn_real *small, pair_function *pair)
{
    for (int64_t pixel = 0; pixel < s->n * s->oh * s->ow; pixel++)
        for (int64_t tap = 0; tap < s->kh * s->kw; tap++) {
            const int64_t ox = pixel % s->ow, oy = pixel / s->ow % s->oh, n = pixel / s->ow / s->oh;
            const int64_t offset = large_offset(s, n, oy, ox, tap / s->kw, tap % s->kw);
            if (offset >= 0)
                pair(s, large + offset, kernel + tap * s->c * s->k, small + pixel * s->k);
        }
}

static void add_to_small(const gn__conv_shape *s, gn_real *large, gn_real *kernel, gn_real *small)
{
    for (int64_t c = 0; c < s->c; c++)
        for (int64_t k = 0; k < s->k; k++)
            small[k] += large[c] * kernel[c * s->k + k];
}

static void add_to_large(const gn__conv_shape *s, gn_real *large, gn_real *kernel, gn_real *small)
{
    for (int64_t c = 0; c < s->c; c++)
        for (int64_t k = 0; k < s->k; k++)
            large[c] += small[k] * kernel[c * s->k + k];
}

static void add_to_kernel(const gn__conv_shape *s, gn_real *large, gn_real *kernel, gn_real *small)
{
    for (int64_t c = 0; c < s->c; c++)
        for (int64_t k = 0; k < s->k; k++)
            kernel[c * s->k + k] += large[c] * small[k];
}

/* Every pixel starts as the bias, or as zeros. */
static void fill(gn_real *image, int64_t pixels, int64_t channels, const gn_real *bias)
{
    for (int64_t i = 0; i < pixels * channels; i++)
        image[i] = bias != NULL ? bias[i % channels] : 0;
}

gn_status gn__conv2d_reference(gn_context *context, const gn__conv_shape *s, const gn_real *large, const gn_real *kernel,
                               const gn_real *bias, gn_real *small)
{
    (void)context;
    fill(small, s->n * s->oh * s->ow, s->k, bias);
    for_each_pair(s, (gn_real *)(uintptr_t)large, (gn_real *)(uintptr_t)kernel, small, add_to_small);
    return GN_OK;
}

gn_status gn__conv2d_transpose_reference(gn_context *context, const gn__conv_shape *s, const gn_real *small,
                                         const gn_real *kernel, const gn_real *bias, gn_real *large)
{
    (void)context;
    fill(large, s->n * s->h * s->w, s->c, bias);
    for_each_pair(s, large, (gn_real *)(uintptr_t)kernel, (gn_real *)(uintptr_t)small, add_to_large);
    return GN_OK;
}

gn_status gn__conv2d_kernel_reference(gn_context *context, const gn__conv_shape *s, const gn_real *large, const gn_real *small,
                                      gn_real *kernel)
{
    (void)context;
    fill(kernel, s->kh * s->kw, s->c * s->k, NULL);
    for_each_pair(s, (gn_real *)(uintptr_t)large, kernel, (gn_real *)(uintptr_t)small, add_to_kernel);
    return GN_OK;
}
