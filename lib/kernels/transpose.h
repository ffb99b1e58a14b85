/* SPDX-License-Identifier: MIT */
/* lib/kernels/transpose.h - the transpose of a matrix. */
#ifndef GN_KERNELS_TRANSPOSE_H
#define GN_KERNELS_TRANSPOSE_H

#include <stdint.h>

/* to [n,m] = from [m,n]', whose rows are `to_stride` and `from_stride` apart. */
void gn__transpose(int64_t m, int64_t n, const float *from, int64_t from_stride, float *to, int64_t to_stride);

#endif
