/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_vector.c - products of vectors. */
#include "kernels/gemm_vector.h"
#include "kernels/processor.h"

/* 16 sums side by side, added up at the end. */
GN__INLINE float dot(int64_t count, const float *x, const float *y)
{
    enum { LANES = 16 };
    float sum[LANES] = {0}, total = 0;
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int j = 0; j < LANES; j++)
            sum[j] += x[i + j] * y[i + j];
    for (; i < count; i++)
        sum[i % LANES] += x[i] * y[i];
    for (int j = 0; j < LANES; j++)
        total += sum[j];
    return total;
}

GN__INLINE void add_scaled(int64_t count, float a, const float *restrict x, float *restrict y)
{
    for (int64_t i = 0; i < count; i++)
        y[i] += a * x[i];
}

static float dot_plain(int64_t count, const float *x, const float *y)
{
    return dot(count, x, y);
}

GN__AVX2 static float dot_avx2(int64_t count, const float *x, const float *y)
{
    return dot(count, x, y);
}

static void add_scaled_plain(int64_t count, float a, const float *x, float *y)
{
    add_scaled(count, a, x, y);
}

GN__AVX2 static void add_scaled_avx2(int64_t count, float a, const float *x, float *y)
{
    add_scaled(count, a, x, y);
}

float gn__dot(int64_t count, const float *x, const float *y)
{
    return gn__has_avx2() ? dot_avx2(count, x, y) : dot_plain(count, x, y);
}

void gn__add_scaled(int64_t count, float a, const float *x, float *y)
{
    if (gn__has_avx2())
        add_scaled_avx2(count, a, x, y);
    else
        add_scaled_plain(count, a, x, y);
}
