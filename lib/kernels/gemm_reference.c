/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_reference.c - the matrix product as three loops. */
#include "kernels/finish.h"

static gn_real element(const gn__matrix *x, int64_t i, int64_t j)
{
    return x->numbers[x->transposed ? j * x->stride + i : i * x->stride + j];
}

gn_status gn__gemm_reference(gn_context *context, const gn__product *t)
{
    (void)context;
    for (int64_t i = 0; i < t->m; i++)
        for (int64_t j = 0; j < t->n; j++) {
            gn_real sum = 0;
            for (int64_t p = 0; p < t->k; p++)
                sum += element(&t->a, i, p) * element(&t->b, p, j);
            t->c[i * t->c_stride + j] = t->begin == NULL ? sum : t->begin[i * t->begin_stride + j] + sum;
        }
    for (int64_t i = 0; i < t->m; i++)
        gn__finish_reference(t->finish, 1, t->n, t->c + i * t->c_stride);
    return GN_OK;
}
