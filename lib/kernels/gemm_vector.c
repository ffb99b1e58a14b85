/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_vector.c - products of vectors. */
#include "kernels/gemm_vector.h"

#include "core/processor.h"

/* A vector anywhere in an array of floats. */
typedef float loose_vector __attribute__((vector_size(32), aligned(4), may_alias));

GN__INLINE void add_products(gn__lanes *lanes, int64_t count, const float *x, const float *y)
{
    enum { VECTORS = GN__LANES / GN__VECTOR };
    gn__vector sum[VECTORS];
    int64_t i = 0;
    for (int j = 0; j < VECTORS; j++)
        sum[j] = lanes->sum[j];
    for (; i + GN__LANES <= count; i += GN__LANES)
        for (int j = 0; j < VECTORS; j++)
            sum[j] += *(const loose_vector *)(x + i + j * GN__VECTOR) * *(const loose_vector *)(y + i + j * GN__VECTOR);
    for (int j = 0; j < VECTORS; j++)
        lanes->sum[j] = sum[j];
    for (int j = 0; i < count; i++, j++)
        lanes->sum[j / GN__VECTOR][j % GN__VECTOR] += x[i] * y[i];
}

GN__INLINE void add_scaled(int64_t count, float a, const float *restrict x, float *restrict y)
{
    for (int64_t i = 0; i < count; i++)
        y[i] += a * x[i];
}

static void add_products_plain(gn__lanes *lanes, int64_t count, const float *x, const float *y)
{
    add_products(lanes, count, x, y);
}

GN__AVX2 static void add_products_avx2(gn__lanes *lanes, int64_t count, const float *x, const float *y)
{
    add_products(lanes, count, x, y);
}

static void add_scaled_plain(int64_t count, float a, const float *x, float *y)
{
    add_scaled(count, a, x, y);
}

GN__AVX2 static void add_scaled_avx2(int64_t count, float a, const float *x, float *y)
{
    add_scaled(count, a, x, y);
}

void gn__add_products(gn__lanes *lanes, int64_t count, const float *x, const float *y)
{
    (gn__has_avx2() ? add_products_avx2 : add_products_plain)(lanes, count, x, y);
}

float gn__sum_lanes(const gn__lanes *lanes)
{
    const gn__vector v = (lanes->sum[0] + lanes->sum[1]) + (lanes->sum[2] + lanes->sum[3]);
    return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}

void gn__add_scaled(int64_t count, float a, const float *x, float *y)
{
    (gn__has_avx2() ? add_scaled_avx2 : add_scaled_plain)(count, a, x, y);
}
