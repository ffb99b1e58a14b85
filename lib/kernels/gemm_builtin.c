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
    ENOUGH_TILES = 16, /* a product with fewer tiles is cut in smaller ones */
    LEAST_COLUMNS = 64,
    EVEN_TILES = 48,       /* where they cost nothing: whole GN__TILE_ROWS are then shared evenly */
    MOST_SHARED = 1 << 16, /* numbers of a B that is packed once: half a second-level cache */
    AHEAD = 4,             /* rows */
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
    int64_t depth;                       /* of a block of k */
    bool shares;                         /* all tiles share one packed B */
    float *shared;                       /* block of k after block */
    float *blocks;       /* for each worker a block of A, a block of B and a tile of C, if it needs them */
    int64_t worker_size; /* floats */
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

/* Rows that are stored as lines are read from end to end. The next ones are on other pages, which the processor does
 * not fetch of itself. */
static void pack_lines(const float *from, int64_t stride, int64_t depth, int64_t columns, float *block)
{
    for (int64_t p = 0; p < depth; p++, from += stride) {
        gn__fetch(columns, from + gn__smaller(AHEAD, depth - 1 - p) * stride);
        for (int64_t j = 0; j < columns; j += GN__TILE_COLUMNS)
            gn__pack_line(gn__smaller(GN__TILE_COLUMNS, columns - j), from + j,
                          block + j * depth + p * GN__TILE_COLUMNS);
    }
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

/* Some columns of one block of the B that all tiles share. */
static void pack_shared(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const int64_t across = gn__ceiling(t->n, MOST_COLUMNS), k = index / across * t->depth,
                  column = index % across * MOST_COLUMNS, depth = gn__smaller(t->depth, t->k - k);
    (void)worker;
    pack_b(t, k, depth, column, gn__smaller(MOST_COLUMNS, t->n - column), t->shared + k * t->columns + column * depth);
}

static void multiply_rows(const product *t, int64_t row, int64_t rows, int64_t column, int64_t columns, float *blocks,
                          float *const *sums)
{
    const float *lines[DEPTH];
    float *const block = blocks + t->rows * DEPTH;
    for (int64_t k = 0; k < t->k; k += t->depth) {
        const int64_t depth = gn__smaller(t->depth, t->k - k);
        const gn__layout layout = find_a(t, row, rows, k, depth, blocks, lines);
        if (!t->shares)
            pack_b(t, k, depth, column, columns, block);
        gn__multiply_packed(&(gn__operand){layout, lines, NULL}, rows, columns, depth,
                            t->shares ? t->shared + k * t->columns : block, depth * GN__TILE_COLUMNS,
                            gn__begin_with(k > 0 || t->add, sums), sums);
    }
}

/* With B in the cache, A or C is the large one: it is passed through once, from end to end. */
static void multiply_tile(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const int64_t row = index / t->column_tiles * t->rows, rows = gn__smaller(t->rows, t->m - row);
    const int64_t column = index % t->column_tiles * t->columns, columns = gn__smaller(t->columns, t->n - column);
    const int64_t group = t->shares ? GN__TILE_ROWS : rows;
    float *const blocks = t->blocks + worker * t->worker_size, *const c = t->c + row * t->c_row + column * t->c_column;
    const bool direct = t->c_column == 1;
    float *const tile = direct ? c : blocks + t->worker_size - t->rows * t->columns, *sums[MOST_ROWS];
    gn__point_to_rows(tile, rows, direct ? t->c_row : columns, sums);
    if (!direct && t->add)
        gn__transpose(columns, rows, c, t->c_column, tile, columns);
    for (int64_t i = 0; i < rows; i += group)
        multiply_rows(t, row + i, gn__smaller(group, rows - i), column, columns, blocks, sums + i);
    if (!direct)
        gn__transpose(rows, columns, tile, columns, c, t->c_column);
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

/* Even tiles of C, and enough of them to share. */
static void cut(product *t)
{
    int64_t down = gn__ceiling(t->m, MOST_ROWS), across = gn__ceiling(t->n, MOST_COLUMNS);
    t->shares = t->k * t->n <= MOST_SHARED && t->m >= ENOUGH_TILES * GN__TILE_ROWS;
    if (t->shares) {
        down = gn__larger(down, EVEN_TILES);
        across = 1;
    }
    while (!t->shares && down * across < ENOUGH_TILES && across * LEAST_COLUMNS < t->n)
        across++;
    t->rows = gn__ceiling(gn__ceiling(t->m, down), GN__TILE_ROWS) * GN__TILE_ROWS;
    t->columns = gn__whole_columns(gn__ceiling(t->n, across));
    t->column_tiles = gn__ceiling(t->n, t->columns);
    t->depth = gn__ceiling(t->k, gn__ceiling(t->k, DEPTH));
    t->worker_size = t->rows * DEPTH + (t->shares ? 0 : t->columns * DEPTH) +
                     (t->c_column == 1 ? 0 : t->rows * t->columns);
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
    const int64_t workers = t.worker_size * gn__pool_threads(context->pool), shared = t.shares ? t.k * t.columns : 0;
    t.blocks = gn__scratch(context, sizeof(float) * (size_t)(workers + shared));
    if (t.blocks == NULL)
        return GN_ERROR_MEMORY;
    t.shared = t.blocks + workers;
    if (t.shares)
        gn__parallel_for(context->pool, gn__ceiling(t.k, t.depth) * gn__ceiling(t.n, MOST_COLUMNS), pack_shared, &t);
    gn__parallel_for(context->pool, gn__ceiling(t.m, t.rows) * t.column_tiles, multiply_tile, &t);
    return GN_OK;
}
