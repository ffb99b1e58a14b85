/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_vector.h - products of vectors, for matrices of a few columns. */
#ifndef GN_KERNELS_GEMM_VECTOR_H
#define GN_KERNELS_GEMM_VECTOR_H

#include <stdint.h>

/* A sum of products under way: GN__LANES of them side by side, whatever the width of the processor's vectors. */
typedef float gn__vector __attribute__((vector_size(32)));
enum { GN__LANES = 32, GN__VECTOR = 8 };
typedef struct gn__lanes {
    gn__vector sum[GN__LANES / GN__VECTOR];
} gn__lanes;

/* Adds x[i] y[i] to lane i % GN__LANES. */
void gn__add_products(gn__lanes *lanes, int64_t count, const float *x, const float *y);

float gn__sum_lanes(const gn__lanes *lanes);

/* y[i] += a x[i]. */
void gn__add_scaled(int64_t count, float a, const float *x, float *y);

#endif
