/* SPDX-License-Identifier: MIT */
/* lib/nn/inner_product.c - the inner product, with the same bits on every machine. */
#include "nn/inner_product.h"

/* Several sums side by side, so that additions need not wait for one another. */
enum { LANES = 8 };

double gn__inner_product(const gn_real *a, const gn_real *b, int64_t count)
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
