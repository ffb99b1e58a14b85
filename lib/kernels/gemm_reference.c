/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_reference.c - the matrix product as three loops. */
#include "kernels/kernels.h"

gn_status gn__gemm_reference(gn_context *context, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                             const gn_real *a, int64_t lda, const gn_real *b, int64_t ldb, const gn_real *begin,
                             int64_t ld_begin, gn_real *c, int64_t ldc)
{
    (void)context;
    const int64_t a_row = transpose_a ? 1 : lda, a_column = transpose_a ? lda : 1;
    const int64_t b_row = transpose_b ? 1 : ldb, b_column = transpose_b ? ldb : 1;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            gn_real sum = 0;
            for (int64_t p = 0; p < k; p++)
                sum += a[i * a_row + p * a_column] * b[p * b_row + j * b_column];
            c[i * ldc + j] = begin == NULL ? sum : begin[i * ld_begin + j] + sum;
        }
    return GN_OK;
}
