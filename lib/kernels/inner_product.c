/* SPDX-License-Identifier: MIT */
/* lib/kernels/inner_product.c - the inner product, with the same bits on every machine. */
#include "kernels/inner_product.h"

#include "core/processor.h"

/* Several sums side by side, so that additions need not wait for one another. */
enum { LANES = 16 };

GN__INLINE double lanes(const gn_real *a, const gn_real *b, int64_t count)
{
    double lane[LANES] = {0};
    const int64_t whole = count - count % LANES;
    for (int64_t i = 0; i < whole; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane[j] += (double)a[i + j] * (double)b[i + j];
    double sum = 0;
    for (int j = 0; j < LANES; j++)
        sum += lane[j];
    for (int64_t i = whole; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Of a square, the compiler converts each number once. */
GN__INLINE double product(const gn_real *a, const gn_real *b, int64_t count)
{
    return a == b ? lanes(a, a, count) : lanes(a, b, count);
}

static double lanes_plain(const gn_real *a, const gn_real *b, int64_t count)
{
    return product(a, b, count);
}

GN__AVX2 static double lanes_avx2(const gn_real *a, const gn_real *b, int64_t count)
{
    return product(a, b, count);
}

GN__AVX512 static double lanes_avx512(const gn_real *a, const gn_real *b, int64_t count)
{
    return product(a, b, count);
}

double gn__inner_product(const gn_real *a, const gn_real *b, int64_t count)
{
    return (gn__has_avx512() ? lanes_avx512 : gn__has_avx2() ? lanes_avx2 : lanes_plain)(a, b, count);
}
