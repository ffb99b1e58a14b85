/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm.c - the matrix product: tiles of C by the BLAS; vectors and thin matrices by our own products, and
 * all where the build has none. */
#include "core/context.h"
#include "kernels/blas.h"
#include "kernels/finish.h"
#include "kernels/gemm_builtin.h"
#include "kernels/gemm_outer.h"
#include "kernels/gemm_vector.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"

#include <string.h>

enum { MAX_TILE = 512, MIN_TILE = 64, ENOUGH_TILES = 16, MAX_THIN = 128 };

typedef struct tiling {
    const gn__product *product;
    int64_t rows, columns; /* of a tile of C */
} tiling;

static int64_t tiles(const tiling *t)
{
    return gn__ceiling(t->product->m, t->rows) * gn__ceiling(t->product->n, t->columns);
}

/* Tiles as large as leaves enough of them to share. */
static void cut(tiling *t)
{
    t->rows = gn__smaller(t->product->m, MAX_TILE);
    t->columns = gn__smaller(t->product->n, MAX_TILE);
    while (tiles(t) < ENOUGH_TILES && (t->rows > MIN_TILE || t->columns > MIN_TILE)) {
        int64_t *const longer = t->rows > t->columns ? &t->rows : &t->columns;
        *longer = gn__ceiling(*longer, 2);
    }
}

static gn__product tile_at(const tiling *t, int64_t row, int64_t column)
{
    gn__product p = *t->product;
    p.m = gn__smaller(t->rows, p.m - row);
    p.n = gn__smaller(t->columns, p.n - column);
    p.a.numbers += row * (p.a.transposed ? 1 : p.a.stride);
    p.b.numbers += column * (p.b.transposed ? p.b.stride : 1);
    if (p.begin != NULL)
        p.begin += row * p.begin_stride + column;
    p.c += row * p.c_stride + column;
    return p;
}

static void multiply_tile(void *argument, int64_t index, int worker)
{
    const tiling *t = argument;
    const int64_t across = gn__ceiling(t->product->n, t->columns), column = index % across * t->columns;
    gn__product p = tile_at(t, index / across * t->rows, column);
    (void)worker;
    for (int64_t i = 0; i < p.m && p.begin != NULL && p.begin != p.c; i++)
        memcpy(p.c + i * p.c_stride, p.begin + i * p.begin_stride, (size_t)p.n * sizeof *p.c);
    p.begin = p.begin == NULL ? NULL : p.c;
    gn__blas_gemm(&p);
    gn__finish_block(p.finish, column, p.n, p.m, p.c, p.c_stride);
}

/* Layers of small batches: a BLAS clears C first and packs more than it uses again. */
static bool is_thin(const gn__product *product)
{
    return gn__smaller(gn__smaller(product->m, product->n), product->k) <= MAX_THIN;
}

gn_status gn__gemm_fast(gn_context *context, const gn__product *product)
{
    if (product->k == 1)
        return gn__gemm_outer(context, product);
    if (product->m == 1 || product->n == 1)
        return gn__gemm_vector(context, product);
    if (is_thin(product) || !gn__blas_takes(product))
        return gn__gemm_builtin(context, product);
    tiling t = {product, 0, 0};
    cut(&t);
    gn__blas_begin();
    gn__parallel_for(context->pool, tiles(&t), multiply_tile, &t);
    gn__blas_end();
    return GN_OK;
}
