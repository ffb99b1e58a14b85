/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_builtin.c - our own matrix product: blocks of B are packed where they stay in the cache, or read
 * where they stand, and multiplied in registers by A where it stands. */
#include "kernels/gemm_builtin.h"

#include "core/context.h"
#include "kernels/finish.h"
#include "kernels/gemm_microkernel.h"
#include "kernels/gemm_vector.h"
#include "kernels/inner_product.h"
#include "kernels/sizes.h"
#include "kernels/transpose.h"

enum {
    DEPTH = GN__BLOCK_DEPTH,
    MAX_ROWS = 192, /* of a tile of C; a multiple of GN__TILE_ROWS */
    MAX_COLUMNS = 256,
    ENOUGH_TILES = 16, /* a product with fewer tiles is cut in smaller ones */
    MIN_COLUMNS = 64,
    EVEN_TILES = 48,      /* where they cost nothing: whole GN__TILE_ROWS are then shared evenly */
    MAX_SHARED = 1 << 16, /* numbers of a B for all tiles: half a second-level cache */
    AHEAD = 4,            /* rows */
    FEW_ROWS = 64,        /* of C: a B of each tile's own is then not packed beforehand */
    SOME_ROWS = 1 << 11,  /* nor is a shared one */
    MAX_LATER = 1 << 20,  /* numbers of the C's of later blocks */
};

/* The element (i, j) of a matrix is at[i * row + j * column]. */
typedef struct matrix {
    const float *at;
    int64_t row, column;
} matrix;

typedef struct product {
    int64_t m, n, k;
    matrix a, b;
    matrix begin; /* at NULL: zeros */
    float *c;
    int64_t c_row, c_column;             /* 1 and the stride, when C is computed transposed */
    int64_t rows, columns, column_tiles; /* of a tile of C; tiles side by side */
    int64_t tiles;
    int64_t depth;                      /* of a block of k */
    int64_t first_blocks, later_blocks; /* of k; the later ones have tiles of their own, and a C each: */
    float *later;
    bool shares;   /* all tiles share one B, which stays in the cache */
    bool in_place; /* B is not packed */
    int64_t workers;
    const gn__finish *finish;
    double *squares;  /* NULL, or the sum for each tile */
    float *shared;    /* block of k after block */
    float *own;       /* for each worker a block of A, a block of B and a tile of C, if it needs them */
    int64_t own_size; /* floats */
    int64_t stride;   /* from one worker's to the next one's */
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
}

/* Some columns of one block of the B that all tiles share. */
static void pack_shared(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const int64_t across = gn__ceiling(t->n, MAX_COLUMNS), k = index / across * t->depth,
                  column = index % across * MAX_COLUMNS, depth = gn__smaller(t->depth, t->k - k);
    (void)worker;
    pack_b(t, k, depth, column, gn__smaller(MAX_COLUMNS, t->n - column), t->shared + k * t->columns + column * depth);
}

/* Rows and columns of C, and blocks of k: first .. last - 1. */
typedef struct tile {
    int64_t row, rows, column, columns, first, last;
} tile;

static tile tile_at(const product *t, int64_t index)
{
    const int64_t row = index / t->column_tiles * t->rows, column = index % t->column_tiles * t->columns;
    return (tile){
        row, gn__smaller(t->rows, t->m - row), column, gn__smaller(t->columns, t->n - column), 0, t->first_blocks};
}

static void multiply_rows(const product *t, const tile *x, float *own, const float *const *begin, float *const *sums)
{
    const float *lines[DEPTH];
    float *const packed = own + t->rows * DEPTH;
    for (int64_t i = x->first; i < x->last; i++, begin = gn__begin_with(true, sums)) {
        const int64_t k = i * t->depth, depth = gn__smaller(t->depth, t->k - k);
        const gn__operand a = {find_a(t, x->row, x->rows, k, depth, own, lines), lines, NULL};
        if (!t->shares && !t->in_place)
            pack_b(t, k, depth, x->column, x->columns, packed);
        if (t->in_place)
            gn__multiply_unpacked(&a, x->rows, x->columns, depth, t->b.at + k * t->b.row + x->column, t->b.row, begin,
                                  sums);
        else
            gn__multiply_packed(&a, x->rows, x->columns, depth, t->shares ? t->shared + k * t->columns : packed,
                                depth * GN__TILE_COLUMNS, begin, sums);
    }
}

/* The later blocks, each in a C of its own. */
static void multiply_later(const product *t, tile x, float *own)
{
    float *sums[MAX_ROWS];
    for (int64_t i = 0; i < t->later_blocks; i++) {
        x.first = t->first_blocks + i;
        x.last = x.first + 1;
        gn__point_to_rows(t->later + (i * t->m + x.row) * t->n + x.column, x.rows, t->n, sums);
        multiply_rows(t, &x, own, NULL, sums);
    }
}

/* With B in the cache, A or C is the large one: it is passed through once, from end to end. */
static void multiply_first(const product *t, tile x, float *own)
{
    const bool direct = t->c_column == 1, begins = t->begin.at != NULL;
    const int64_t rows = x.rows, group = t->shares ? GN__TILE_ROWS : rows;
    float *const c = t->c + x.row * t->c_row + x.column * t->c_column;
    float *const turned = direct ? NULL : own + t->own_size - t->rows * t->columns, *sums[MAX_ROWS];
    const float *const first = begins ? t->begin.at + x.row * t->begin.row + x.column * t->begin.column : NULL,
                       *begin[MAX_ROWS];
    if (begins && !direct)
        gn__transpose(x.columns, rows, first, t->begin.column, turned, x.columns);
    gn__point_to_rows(direct ? c : turned, rows, direct ? t->c_row : x.columns, sums);
    for (int64_t i = 0; i < rows && begins; i++)
        begin[i] = direct ? first + i * t->begin.row : sums[i];
    for (int64_t i = 0; i < rows; i += group, x.row += group) {
        x.rows = gn__smaller(group, rows - i);
        multiply_rows(t, &x, own, begins ? begin + i : NULL, sums + i);
    }
    if (t->later_blocks == 0)
        gn__finish_rows(t->finish, x.column, x.columns, rows, sums);
    if (!direct)
        gn__transpose(rows, x.columns, turned, x.columns, c, t->c_column);
}

/* Over a tile of C, while it is in the cache. */
static double sum_squares(const product *t, const tile *x)
{
    const bool direct = t->c_column == 1;
    const int64_t lines = direct ? x->rows : x->columns, length = direct ? x->columns : x->rows,
                  stride = direct ? t->c_row : t->c_column;
    const float *const first = t->c + x->row * t->c_row + x->column * t->c_column;
    double sum = 0;
    if (length == stride)
        return gn__sum_squares(first, lines * length);
    for (int64_t i = 0; i < lines; i++)
        sum += gn__sum_squares(first + i * stride, length);
    return sum;
}

static void multiply_tile(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const tile x = tile_at(t, index % t->tiles);
    (index < t->tiles ? multiply_first : multiply_later)(t, x, t->own + worker * t->stride);
    if (t->squares != NULL)
        t->squares[index] = sum_squares(t, &x);
}

static void add_later(void *argument, int64_t row, int worker)
{
    const product *t = argument;
    float *c = t->c + row * t->c_row;
    (void)worker;
    for (int64_t i = 0; i < t->later_blocks; i++)
        gn__add_scaled(t->n, 1, t->later + (i * t->m + row) * t->n, c);
    gn__finish_rows(t->finish, 0, t->n, 1, &c);
}

static matrix transposed(matrix x)
{
    return (matrix){x.at, x.column, x.row};
}

static matrix as_stored(const gn__matrix *x)
{
    const matrix stored = {x->numbers, x->stride, 1};
    return x->transposed ? transposed(stored) : stored;
}

/* C' = B' A': what is stored as lines is then read where it stands. */
static void transpose(product *t)
{
    const product old = *t;
    t->m = old.n;
    t->n = old.m;
    t->a = transposed(old.b);
    t->b = transposed(old.a);
    t->begin = transposed(old.begin);
    t->c_row = old.c_column;
    t->c_column = old.c_row;
}

/* Sets of tiles: one, or one for the first and one for the later blocks. */
static int64_t tile_sets(const product *t)
{
    return t->later_blocks > 0 ? 2 : 1;
}

/* For a few rows, packing a block of B takes as long as some of its products. A shared B comes from the caches of
 * several threads: each would fetch some of it to pack it, and then what the others packed. */
static bool reads_in_place(const product *t)
{
    if (t->b.column != 1)
        return false;
    return t->shares ? t->workers > 1 && t->m <= SOME_ROWS && t->n % GN__TILE_COLUMNS == 0
                     : t->a.column == 1 && t->m <= FEW_ROWS;
}

/* Even tiles of C, and enough of them to share. When C has few rows, B, a layer's weights most often, is passed through
 * once: each of two threads then has about the rows of it that it has in all loops over weights. */
static void cut(product *t)
{
    int64_t down = gn__ceiling(t->m, MAX_ROWS), across = gn__ceiling(t->n, MAX_COLUMNS);
    t->shares = t->k * t->n <= MAX_SHARED && t->m >= ENOUGH_TILES * GN__TILE_ROWS;
    if (t->shares) {
        down = gn__larger(down, EVEN_TILES);
        across = 1;
    }
    t->depth = gn__ceiling(t->k, gn__ceiling(t->k, DEPTH));
    t->first_blocks = gn__ceiling(t->k, t->depth);
    if (!t->shares && t->c_column == 1 && t->m <= MAX_ROWS && 4 * t->m <= t->k)
        t->later_blocks = gn__smaller(t->first_blocks / 2, MAX_LATER / (t->m * t->n));
    t->first_blocks -= t->later_blocks;
    while (!t->shares && tile_sets(t) * down * across < ENOUGH_TILES && across * MIN_COLUMNS < t->n)
        across++;
    t->rows = gn__ceiling(gn__ceiling(t->m, down), GN__TILE_ROWS) * GN__TILE_ROWS;
    t->in_place = reads_in_place(t);
    t->columns = gn__whole_columns(gn__ceiling(t->n, across));
    t->column_tiles = gn__ceiling(t->n, t->columns);
    t->tiles = gn__ceiling(t->m, t->rows) * t->column_tiles;
    t->own_size = t->rows * DEPTH + (t->shares || t->in_place ? 0 : t->columns * DEPTH) +
                  (t->c_column == 1 ? 0 : t->rows * t->columns);
}

/* Memory for what is packed, and for later blocks or the squares of tiles, whichever there are. */
static bool take_memory(gn_context *context, product *t, bool packs, bool measures)
{
    enum { HALVES = sizeof(double) / sizeof(float) };
    const int64_t shared = packs ? gn__ceiling(t->k * t->columns, HALVES) * HALVES : 0,
                  last = measures ? HALVES * t->tiles : t->later_blocks * t->m * t->n;
    t->shared = gn__scratch(context, sizeof(float) * (size_t)(shared + last));
    t->own = gn__worker_scratch(context, t->own_size, &t->stride);
    if (t->shared == NULL || t->own == NULL)
        return false;
    t->later = t->shared + shared;
    t->squares = measures ? (double *)(void *)t->later : NULL;
    return true;
}

gn_status gn__gemm_builtin(gn_context *context, const gn__product *p)
{
    product t = {
        .m = p->m,
        .n = p->n,
        .k = p->k,
        .a = as_stored(&p->a),
        .b = as_stored(&p->b),
        .begin = {p->begin, p->begin_stride, 1},
        .c = p->c,
        .c_row = p->c_stride,
        .c_column = 1,
        .finish = p->finish,
        .workers = gn__pool_threads(context->pool),
    };
    if (p->b.transposed && p->m < p->n && p->finish == NULL) /* of C' channels would be rows */
        transpose(&t);
    cut(&t);
    const bool packs = t.shares && !t.in_place, measures = p->squares != NULL && t.later_blocks == 0;
    if (!take_memory(context, &t, packs, measures))
        return GN_ERROR_MEMORY;
    if (packs)
        gn__parallel_for(context->pool, gn__ceiling(t.k, t.depth) * gn__ceiling(t.n, MAX_COLUMNS), pack_shared, &t);
    gn__parallel_for(context->pool, tile_sets(&t) * t.tiles, multiply_tile, &t);
    if (t.later_blocks > 0)
        gn__parallel_for(context->pool, t.m, add_later, &t);
    if (measures)
        *p->squares = 0;
    for (int64_t i = 0; i < t.tiles && measures; i++)
        *p->squares += t.squares[i];
    return GN_OK;
}
