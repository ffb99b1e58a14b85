/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_kernel_gradient_winograd.h - the gradient of a convolution's kernel with fewer multiplications. */
#ifndef GN_KERNELS_CONV_KERNEL_GRADIENT_WINOGRAD_H
#define GN_KERNELS_CONV_KERNEL_GRADIENT_WINOGRAD_H

#include "kernels/kernels.h"

/* As gn__kernels.conv2d_kernel_gradient, for what gn__conv2d_kernel_gradient_winograd_suits (conv_winograd.h). */
gn_status gn__conv2d_kernel_gradient_winograd(gn_context *context, const gn__conv_shape *s, const float *large,
                                              const float *small, float *kernel);

#endif
