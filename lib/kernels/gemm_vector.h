/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_vector.h - products of vectors, for matrices of a few columns. */
#ifndef GN_KERNELS_GEMM_VECTOR_H
#define GN_KERNELS_GEMM_VECTOR_H

#include <stdint.h>

/* The sum of x[i] y[i], in an order that depends on count alone. */
float gn__dot(int64_t count, const float *x, const float *y);

/* y[i] += a x[i]. */
void gn__add_scaled(int64_t count, float a, const float *x, float *y);

#endif
