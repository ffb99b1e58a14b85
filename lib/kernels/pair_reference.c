/* SPDX-License-Identifier: MIT */
/* lib/kernels/pair_reference.c - distances of all pairs of rows as plain loops. */
#include "kernels/kernels.h"

static gn_real sign_of(gn_real x)
{
    return (gn_real)((x > 0) - (x < 0));
}

void gn__pair_distances_reference(gn_context *context, int64_t n, int64_t dimensions, int64_t inner, const gn_real *v,
                                  const gn_real *m, gn_real *z)
{
    (void)context;
    const int64_t row = dimensions * inner;
    for (int64_t i = 0; i < n * n * inner; i++) {
        const int64_t first = i / inner / n * row + i % inner, second = i / inner % n * row + i % inner;
        double sum = 0;
        for (int64_t d = 0; d < row; d += inner)
            sum += (double)(sign_of(m[first + d] - m[second + d]) * (v[first + d] - v[second + d]));
        z[i] = (gn_real)sum;
    }
}

void gn__pair_sums_reference(gn_context *context, int64_t n, int64_t dimensions, int64_t inner, const gn_real *z,
                             const gn_real *m, gn_real *v)
{
    (void)context;
    const int64_t row = dimensions * inner;
    for (int64_t at = 0; at < n * row; at++) {
        const int64_t i = at / row, b = at % inner;
        double sum = 0;
        for (int64_t j = 0; j < n; j++)
            sum += (double)(sign_of(m[at] - m[j * row + at % row]) *
                            (z[(i * n + j) * inner + b] + z[(j * n + i) * inner + b]));
        v[at] = (gn_real)sum;
    }
}
