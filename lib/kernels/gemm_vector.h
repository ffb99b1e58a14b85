/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_vector.h - products of vectors, for matrices of a few columns, and of a matrix with a vector. */
#ifndef GN_KERNELS_GEMM_VECTOR_H
#define GN_KERNELS_GEMM_VECTOR_H

#include "kernels/kernels.h"

/* A sum of products under way: GN__LANES of them side by side, whatever the width of the processor's vectors. */
typedef float gn__vector __attribute__((vector_size(32)));
enum { GN__LANES = 32, GN__VECTOR = 8 };
typedef struct gn__lanes {
    gn__vector sum[GN__LANES / GN__VECTOR];
} gn__lanes;

/* Adds x[i] y[i] to lane i % GN__LANES. */
void gn__add_products(gn__lanes *lanes, int64_t count, const float *x, const float *y);

/* The same for GN__ABREAST vectors x, `stride` apart, each with lanes of its own: y is read once for them. */
enum { GN__ABREAST = 4 };
void gn__add_products_abreast(gn__lanes *lanes, int64_t count, const float *x, int64_t stride, const float *y);

float gn__sum_lanes(const gn__lanes *lanes);

/* y[i] += a x[i]. */
void gn__add_scaled(int64_t count, float a, const float *x, float *y);

/* For m or n of 1. Every output is summed in one order, whatever the number of threads. */
gn__gemm_function gn__gemm_vector;

#endif
