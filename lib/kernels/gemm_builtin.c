/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_builtin.c - our own matrix product: blocks of B are packed where they stay in the cache, then
 * multiplied in registers by A where it stands. */
#include "kernels/gemm_builtin.h"

#include "core/context.h"
#include "kernels/gemm_kernel.h"
#include "kernels/sizes.h"

enum {
    DEPTH = GN__BLOCK_DEPTH,
    MOST_ROWS = 192, /* of a tile of C; a multiple of GN__TILE_ROWS */
    MOST_COLUMNS = 256,
    ENOUGH_TILES = 8, /* a product with fewer tiles is cut in smaller ones */
    LEAST_COLUMNS = 64,
    SQUARE = 16, /* floats, a line of the cache */
};

/* The element (i, j) of a matrix is at[i * row + j * column]. */
typedef struct matrix {
    const float *at;
    int64_t row, column;
} matrix;

typedef struct product {
    int64_t m, n, k;
    matrix a, b;
    float alpha, *c;
    bool add;
    int64_t c_row, c_column;             /* 1 and the stride, when C is computed transposed */
    int64_t rows, columns, column_tiles; /* of a tile of C; tiles side by side */
    float *blocks;                       /* for each worker a block of A, one of B and a tile of C */
    int64_t worker_size;                 /* floats */
} product;

/* Points to the rows of a block of A, or packs its columns if these are what is stored as lines. */
static gn__layout find_a(const product *t, int64_t row, int64_t rows, int64_t k, int64_t depth, float *block,
                         const float **lines)
{
    const float *const first = t->a.at + row * t->a.row + k * t->a.column;
    const bool by_rows = t->a.column == 1;
    const int64_t count = by_rows ? rows : depth, stride = by_rows ? t->a.row : t->a.column;
    for (int64_t i = 0; i < count; i++)
        lines[i] = first + i * stride;
    for (int64_t i = count; i < GN__TILE_ROWS; i++)
        lines[i] = first;
    if (by_rows)
        return GN__BY_ROWS;
    gn__pack_columns(rows, depth, lines, block);
    return GN__IN_PANELS;
}

/* Rows that are stored as lines are read from end to end. */
static void pack_lines(const float *from, int64_t stride, int64_t depth, int64_t columns, float *block)
{
    for (int64_t p = 0; p < depth; p++, from += stride)
        for (int64_t j = 0; j < columns; j += GN__TILE_COLUMNS)
            gn__pack_line(gn__smaller(GN__TILE_COLUMNS, columns - j), from + j,
                          block + j * depth + p * GN__TILE_COLUMNS);
}

static void pack_b(const product *t, int64_t k, int64_t depth, int64_t column, int64_t columns, float *block)
{
    const float *const first = t->b.at + k * t->b.row + column * t->b.column;
    if (t->b.column == 1)
        pack_lines(first, t->b.row, depth, columns, block);
    else
        for (int64_t j = 0; j < columns; j += GN__TILE_COLUMNS)
            gn__pack_panel(depth, gn__smaller(GN__TILE_COLUMNS, columns - j), first + j * t->b.column, t->b.row,
                           t->b.column, block + j * depth);
    for (int64_t i = 0; i < depth * gn__whole_columns(columns) && t->alpha != 1; i++)
        block[i] *= t->alpha;
}

static void store_square(const product *t, const float *tile, int64_t stride, int64_t rows, int64_t columns, float *c)
{
    for (int64_t j = 0; j < columns; j++)
        for (int64_t i = 0; i < rows; i++) {
            float *const to = c + i * t->c_row + j * t->c_column;
            *to = (t->add ? *to : 0) + tile[i * stride + j];
        }
}

/* In squares whose lines stay in the nearest cache while they are read across. */
static void store_transposed(const product *t, const float *tile, int64_t rows, int64_t columns, float *c)
{
    for (int64_t j = 0; j < columns; j += SQUARE)
        for (int64_t i = 0; i < rows; i += SQUARE)
            store_square(t, tile + i * columns + j, columns, gn__smaller(SQUARE, rows - i),
                         gn__smaller(SQUARE, columns - j), c + i * t->c_row + j * t->c_column);
}

static void multiply_tile(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const int64_t row = index / t->column_tiles * t->rows, rows = gn__smaller(t->rows, t->m - row);
    const int64_t column = index % t->column_tiles * t->columns, columns = gn__smaller(t->columns, t->n - column);
    const int64_t depth = gn__ceiling(t->k, gn__ceiling(t->k, DEPTH));
    float *const a = t->blocks + worker * t->worker_size, *const b = a + t->rows * DEPTH,
                 *const tile = b + t->columns * DEPTH, *const c = t->c + row * t->c_row + column * t->c_column;
    const bool direct = t->c_column == 1;
    const float *lines[DEPTH];
    float *sums[MOST_ROWS];
    gn__point_to_rows(direct ? c : tile, rows, direct ? t->c_row : columns, sums);
    for (int64_t k = 0; k < t->k; k += depth) {
        const int64_t part = gn__smaller(depth, t->k - k);
        const gn__layout layout = find_a(t, row, rows, k, part, a, lines);
        pack_b(t, k, part, column, columns, b);
        gn__multiply_packed(layout, rows, columns, part, lines, b, part * GN__TILE_COLUMNS, k > 0 || (direct && t->add),
                            sums);
    }
    if (!direct)
        store_transposed(t, tile, rows, columns, c);
}

static matrix transposed(matrix x)
{
    return (matrix){x.at, x.column, x.row};
}

/* C' = B' A': what is stored as lines is then read where it stands. */
static void transpose(product *t)
{
    const product old = *t;
    t->m = old.n;
    t->n = old.m;
    t->a = transposed(old.b);
    t->b = transposed(old.a);
    t->c_row = old.c_column;
    t->c_column = old.c_row;
}

static void cut(product *t)
{
    t->rows = gn__ceiling(gn__smaller(t->m, MOST_ROWS), GN__TILE_ROWS) * GN__TILE_ROWS;
    t->columns = gn__whole_columns(gn__smaller(t->n, MOST_COLUMNS));
    while (t->columns > LEAST_COLUMNS && gn__ceiling(t->m, t->rows) * gn__ceiling(t->n, t->columns) < ENOUGH_TILES)
        t->columns = gn__whole_columns(t->columns / 2);
    t->column_tiles = gn__ceiling(t->n, t->columns);
    t->worker_size = t->rows * DEPTH + t->columns * (DEPTH + t->rows);
}

gn_status gn__gemm_builtin(gn_context *context, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                           float alpha, const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                           int64_t ldc)
{
    product t = {
        .m = m,
        .n = n,
        .k = k,
        .a = transpose_a ? (matrix){a, 1, lda} : (matrix){a, lda, 1},
        .b = transpose_b ? (matrix){b, 1, ldb} : (matrix){b, ldb, 1},
        .alpha = alpha,
        .c = c,
        .add = beta != 0,
        .c_row = ldc,
        .c_column = 1,
    };
    if (transpose_b && m < n)
        transpose(&t);
    cut(&t);
    t.blocks = gn__scratch(context, sizeof(float) * (size_t)(t.worker_size * gn__pool_threads(context->pool)));
    if (t.blocks == NULL)
        return GN_ERROR_MEMORY;
    gn__parallel_for(context->pool, gn__ceiling(t.m, t.rows) * t.column_tiles, multiply_tile, &t);
    return GN_OK;
}
