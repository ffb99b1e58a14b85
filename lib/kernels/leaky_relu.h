/* SPDX-License-Identifier: MIT */
/* lib/kernels/leaky_relu.h - the leaky ReLU of what has just been computed, while it is in the nearest caches. */
#ifndef GN_KERNELS_LEAKY_RELU_H
#define GN_KERNELS_LEAKY_RELU_H

#include <stdint.h>

/* y[i][0 .. columns-1] = f(the same) for i < rows, as GN__LEAKY_RELU: u > 0 ? u : slope u, 0 for slope 0, and NaN
 * stays. */
void gn__leaky_relu_rows(float slope, int64_t rows, int64_t columns, float *const *y);

#endif
