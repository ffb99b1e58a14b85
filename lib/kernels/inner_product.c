/* SPDX-License-Identifier: MIT */
/* lib/kernels/inner_product.c - the inner product and the sum of squares, with the same bits on every machine. */
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

/* Sums of squares side by side, and what they gather in their own type at most: 64 numbers each. */
enum { SQUARES = 64, BLOCK = 64 * SQUARES };

GN__INLINE double block_squares(const gn_real *a, int64_t count)
{
    gn_real lane[SQUARES] = {0};
    const int64_t whole = count - count % SQUARES;
    for (int64_t i = 0; i < whole; i += SQUARES)
        for (int j = 0; j < SQUARES; j++)
            lane[j] += a[i + j] * a[i + j];
    for (int64_t i = whole; i < count; i++)
        lane[i - whole] += a[i] * a[i];
    double sum = 0;
    for (int j = 0; j < SQUARES; j++)
        sum += (double)lane[j];
    return sum;
}

GN__INLINE double squares(const gn_real *a, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i += BLOCK)
        sum += block_squares(a + i, count - i < BLOCK ? count - i : BLOCK);
    return sum;
}

static double squares_plain(const gn_real *a, int64_t count)
{
    return squares(a, count);
}

GN__AVX2 static double squares_avx2(const gn_real *a, int64_t count)
{
    return squares(a, count);
}

GN__AVX512 static double squares_avx512(const gn_real *a, int64_t count)
{
    return squares(a, count);
}

double gn__sum_squares(const gn_real *a, int64_t count)
{
    static const double low = 1e-20, high = 1e30;
    const double sum = (gn__has_avx512() ? squares_avx512 : gn__has_avx2() ? squares_avx2 : squares_plain)(a, count);
    return sum > low && sum < high ? sum : gn__inner_product(a, a, count);
}
