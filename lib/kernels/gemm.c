/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm.c - the matrix product: tiles of C by the BLAS; vectors and thin matrices by our own products, and
 * all where the build has none. */
#include "core/context.h"
#include "kernels/blas.h"
#include "kernels/gemm_builtin.h"
#include "kernels/gemm_vector.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"

#include <string.h>

enum { LARGEST_TILE = 512, SMALLEST_TILE = 64, ENOUGH_TILES = 16, MAX_THIN = 128 };

typedef struct product {
    bool transpose_a, transpose_b;
    int64_t m, n, k;
    const float *a, *b, *begin;
    int64_t lda, ldb, ld_begin, ldc;
    float *c;
    int64_t rows, columns; /* of a tile of C */
} product;

static int64_t tiles(const product *t)
{
    return gn__ceiling(t->m, t->rows) * gn__ceiling(t->n, t->columns);
}

/* Tiles as large as leaves enough of them to share. */
static void cut(product *t)
{
    t->rows = gn__smaller(t->m, LARGEST_TILE);
    t->columns = gn__smaller(t->n, LARGEST_TILE);
    while (tiles(t) < ENOUGH_TILES && (t->rows > SMALLEST_TILE || t->columns > SMALLEST_TILE)) {
        int64_t *const longer = t->rows > t->columns ? &t->rows : &t->columns;
        *longer = gn__ceiling(*longer, 2);
    }
}

static void multiply_tile(void *argument, int64_t tile, int worker)
{
    const product *t = argument;
    const int64_t across = gn__ceiling(t->n, t->columns), row = tile / across * t->rows,
                  column = tile % across * t->columns;
    const int64_t rows = gn__smaller(t->rows, t->m - row), columns = gn__smaller(t->columns, t->n - column);
    float *const c = t->c + row * t->ldc + column;
    (void)worker;
    for (int64_t i = 0; i < rows && t->begin != NULL && t->begin != t->c; i++)
        memcpy(c + i * t->ldc, t->begin + (row + i) * t->ld_begin + column, (size_t)columns * sizeof *c);
    gn__blas_gemm(t->transpose_a, t->transpose_b, rows, columns, t->k, t->a + row * (t->transpose_a ? 1 : t->lda),
                  t->lda, t->b + column * (t->transpose_b ? t->ldb : 1), t->ldb, t->begin != NULL, c, t->ldc);
}

/* Layers of small batches: a BLAS clears C first and packs more than it uses again. */
static bool is_thin(int64_t m, int64_t n, int64_t k)
{
    return gn__smaller(gn__smaller(m, n), k) <= MAX_THIN;
}

gn_status gn__gemm_fast(gn_context *context, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                        const float *a, int64_t lda, const float *b, int64_t ldb, const float *begin, int64_t ld_begin,
                        float *c, int64_t ldc)
{
    product t = {transpose_a, transpose_b, m, n, k, a, b, begin, lda, ldb, ld_begin, ldc, c, 0, 0};
    if (m == 1 || n == 1)
        return gn__gemm_vector(context, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, begin, ld_begin, c, ldc);
    if (is_thin(m, n, k) || !gn__blas_takes(k, lda, ldb, ldc))
        return gn__gemm_builtin(context, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, begin, ld_begin, c, ldc);
    cut(&t);
    gn__blas_begin();
    gn__parallel_for(context->pool, tiles(&t), multiply_tile, &t);
    gn__blas_end();
    return GN_OK;
}
