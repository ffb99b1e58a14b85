/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_winograd.h - convolutions with fewer multiplications, for windows of 2 or 3 taps for each step of
 * the stride: 3x3 by 1, 4x4 by 2. */
#ifndef GN_KERNELS_CONV_WINOGRAD_H
#define GN_KERNELS_CONV_WINOGRAD_H

#include "kernels/kernels.h"

/* Can a geometry be computed so, and is it the better way? With few images, not for the gradient of the kernel. */
bool gn__conv2d_winograd_suits(const gn__conv_shape *s);
bool gn__conv2d_kernel_gradient_winograd_suits(const gn__conv_shape *s);
bool gn__conv_transpose2d_winograd_suits(const gn__conv_shape *s);

/* As gn__kernels.conv2d and .conv_transpose2d. */
gn_status gn__conv2d_winograd(gn_context *context, const gn__conv_shape *s, const float *large, const float *kernel,
                              const float *bias, const gn__finish *finish, float *small);
gn_status gn__conv_transpose2d_winograd(gn_context *context, const gn__conv_shape *s, const float *small,
                                        const float *kernel, const float *bias, const gn__finish *finish, float *large);

#endif
