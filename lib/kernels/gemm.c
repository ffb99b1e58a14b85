/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm.c - the matrix product: tiles of C by the BLAS, or by our own where the build has none. */
#include "core/context.h"
#include "kernels/blas.h"
#include "kernels/fast.h"
#include "kernels/gemm_builtin.h"
#include <stdlib.h>

enum { TILE_ROWS = 512, TILE_COLUMNS = 256 };

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

typedef struct product {
    bool transpose_a, transpose_b;
    int64_t m, n, k, lda, ldb, ldc, column_tiles;
    const float *a, *b;
    float alpha, beta, *c;
} product;

static void multiply_tile(void *argument, int64_t tile, int worker)
{
    const product *t = argument;
    const int64_t row = tile / t->column_tiles * TILE_ROWS, column = tile % t->column_tiles * TILE_COLUMNS;
    (void)worker;
    gn__blas_gemm(t->transpose_a, t->transpose_b, smaller(TILE_ROWS, t->m - row), smaller(TILE_COLUMNS, t->n - column), t->k,
                  t->alpha, t->a + row * (t->transpose_a ? 1 : t->lda), t->lda,
                  t->b + column * (t->transpose_b ? t->ldb : 1), t->ldb, t->beta, t->c + row * t->ldc + column, t->ldc);
}

gn_status gn__gemm_fast(gn_context *context, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
                        const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc)
{
    if (getenv("BUILTIN"))
        return gn__gemm_builtin(context, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    product t = {transpose_a, transpose_b, m, n, k, lda, ldb, ldc, (n + TILE_COLUMNS - 1) / TILE_COLUMNS, a, b, alpha, beta, c};
    gn__parallel_for(context->pool, (m + TILE_ROWS - 1) / TILE_ROWS * t.column_tiles, multiply_tile, &t);
    return GN_OK;
}
