/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_builtin.c - our own matrix product: blocks of A and B are copied close together, then multiplied in registers. */
#include "kernels/gemm_builtin.h"

#include "core/context.h"
#include "kernels/gemm_kernel.h"
#include "kernels/sizes.h"

#include <string.h>

enum {
    DEPTH = GN__BLOCK_DEPTH,
    MOST_ROWS = 192, /* of a tile of C; a multiple of GN__TILE_ROWS */
    MOST_COLUMNS = 256,
    LINE = 256, /* the longest line of a block of A, along either side */
};

typedef struct product {
    bool transpose_a;
    int64_t m, n, k;
    const float *a, *b;
    int64_t lda, b_row, b_column, ldc;
    float alpha, beta, *c;
    int64_t rows, columns, column_tiles; /* of a tile of C; tiles side by side */
    float *blocks;                       /* for each worker a block of A, one of B and a tile of C */
    int64_t worker_size;                 /* floats */
} product;

/* Copies block [rows, depth] of A, as it is stored, to lines of the largest size, and points to each line. */
static void copy_a(const product *t, int64_t row, int64_t rows, int64_t k, int64_t depth, float *block,
                   const float **lines)
{
    const int64_t count = t->transpose_a ? depth : rows, length = t->transpose_a ? rows : depth;
    const float *const a = t->transpose_a ? t->a + k * t->lda + row : t->a + row * t->lda + k;
    for (int64_t i = 0; i < count; i++) {
        float *const line = block + i * LINE;
        memcpy(line, a + i * t->lda, (size_t)length * sizeof *line);
        lines[i] = line;
    }
    for (int64_t i = count; i < GN__TILE_ROWS; i++)
        lines[i] = block;
}

/* C = alpha product + beta C for one tile. */
static void store(const product *t, const float *tile, int64_t rows, int64_t columns, float *c)
{
    for (int64_t i = 0; i < rows; i++, tile += columns, c += t->ldc)
        for (int64_t j = 0; j < columns; j++)
            c[j] = t->beta == 0 ? t->alpha * tile[j] : t->alpha * tile[j] + t->beta * c[j];
}

static void multiply_tile(void *argument, int64_t tile, int worker)
{
    const product *t = argument;
    const int64_t row = tile / t->column_tiles * t->rows, rows = gn__smaller(t->rows, t->m - row);
    const int64_t column = tile % t->column_tiles * t->columns, columns = gn__smaller(t->columns, t->n - column);
    float *const a = t->blocks + worker * t->worker_size, *const b = a + LINE * LINE, *const c = b + t->columns * DEPTH;
    const float *lines[LINE];
    float *sums[MOST_ROWS];
    gn__point_to_rows(c, rows, columns, sums);
    for (int64_t k = 0; k < t->k; k += DEPTH) {
        const int64_t depth = gn__smaller(DEPTH, t->k - k);
        copy_a(t, row, rows, k, depth, a, lines);
        for (int64_t j = 0; j < columns; j += GN__TILE_COLUMNS)
            gn__pack_panel(depth, gn__smaller(GN__TILE_COLUMNS, columns - j),
                           t->b + k * t->b_row + (column + j) * t->b_column, t->b_row, t->b_column, b + j * depth);
        gn__multiply_packed(t->transpose_a ? GN__BY_COLUMNS : GN__BY_ROWS, rows, columns, depth, lines, b,
                            depth * GN__TILE_COLUMNS, k > 0, sums);
    }
    store(t, c, rows, columns, t->c + row * t->ldc + column);
}

gn_status gn__gemm_builtin(gn_context *context, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                           float alpha, const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                           int64_t ldc)
{
    product t = {
        .transpose_a = transpose_a,
        .m = m,
        .n = n,
        .k = k,
        .a = a,
        .b = b,
        .lda = lda,
        .b_row = transpose_b ? 1 : ldb,
        .b_column = transpose_b ? ldb : 1,
        .ldc = ldc,
        .alpha = alpha,
        .beta = beta,
        .c = c,
        .rows = gn__smaller(m, MOST_ROWS),
        .columns = gn__whole_columns(gn__smaller(n, MOST_COLUMNS)),
    };
    t.column_tiles = gn__ceiling(n, t.columns);
    t.worker_size = LINE * LINE + t.columns * (DEPTH + t.rows);
    t.blocks = gn__scratch(context, sizeof(float) * (size_t)(t.worker_size * gn__pool_threads(context->pool)));
    if (t.blocks == NULL)
        return GN_ERROR_MEMORY;
    gn__parallel_for(context->pool, gn__ceiling(m, t.rows) * t.column_tiles, multiply_tile, &t);
    return GN_OK;
}
