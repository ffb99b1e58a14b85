/* SPDX-License-Identifier: MIT */
/* lib/kernels/reduce_reference.c - sums, maxima and softmax as plain loops. */
#include "kernels/kernels.h"

#include <tgmath.h>

gn_status gn__sum_reference(gn_context *context, int64_t outer, int64_t middle, int64_t inner, const gn_real *x,
                            gn_real *y)
{
    (void)context;
    for (int64_t i = 0; i < outer * inner; i++) {
        const gn_real *first = x + i / inner * middle * inner + i % inner;
        double sum = 0;
        for (int64_t j = 0; j < middle; j++)
            sum += (double)first[j * inner];
        y[i] = (gn_real)sum;
    }
    return GN_OK;
}

void gn__max_reference(gn_context *context, int64_t outer, int64_t middle, int64_t inner, const gn_real *x, gn_real *y,
                       int64_t *where)
{
    (void)context;
    for (int64_t i = 0; i < outer * inner; i++) {
        int64_t best = i / inner * middle * inner + i % inner;
        for (int64_t j = 1, at = best + inner; j < middle; j++, at += inner)
            if (x[at] > x[best] || (isnan(x[at]) && !isnan(x[best])))
                best = at;
        y[i] = x[best];
        where[i] = best;
    }
}

static gn_real largest(int64_t count, const gn_real *x)
{
    gn_real best = x[0];
    for (int64_t j = 1; j < count; j++)
        best = x[j] > best || isnan(x[j]) ? x[j] : best;
    return best;
}

/* The sum of exp(x - shift). */
static gn_real exponential_sum(int64_t count, const gn_real *x, gn_real shift)
{
    gn_real sum = 0;
    for (int64_t j = 0; j < count; j++)
        sum += exp(x[j] - shift);
    return sum;
}

void gn__softmax_reference(gn_context *context, int64_t rows, int64_t columns, const gn_real *x, gn_real *y)
{
    (void)context;
    for (int64_t i = 0; i < rows; i++, x += columns, y += columns) {
        const gn_real shift = largest(columns, x), sum = exponential_sum(columns, x, shift);
        for (int64_t j = 0; j < columns; j++)
            y[j] = exp(x[j] - shift) / sum;
    }
}

void gn__log_softmax_reference(gn_context *context, int64_t rows, int64_t columns, const gn_real *x, gn_real *y)
{
    (void)context;
    for (int64_t i = 0; i < rows; i++, x += columns, y += columns) {
        const gn_real shift = largest(columns, x), sum = exponential_sum(columns, x, shift);
        for (int64_t j = 0; j < columns; j++)
            y[j] = x[j] - shift - log(sum);
    }
}
