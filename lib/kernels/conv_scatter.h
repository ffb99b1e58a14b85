/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_scatter.h - the transposed convolution to few channels. */
#ifndef GN_KERNELS_CONV_SCATTER_H
#define GN_KERNELS_CONV_SCATTER_H

#include "kernels/kernels.h"

/* Is this the better way for a geometry? */
bool gn__conv_transpose2d_scatters(const gn__conv_shape *s);

/* As gn__kernels.conv_transpose2d. */
gn_status gn__conv_transpose2d_scatter(gn_context *context, const gn__conv_shape *s, const float *small,
                                       const float *kernel, const float *bias, const gn__finish *finish, float *large);

#endif
