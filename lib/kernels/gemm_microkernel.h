/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_microkernel.h - the micro-kernel under our own matrix products: a small block of C kept in
 * registers.
 *
 * C [m,n] = begin [m,n] + A [m,k] B [k,n] is computed in tiles of GN__TILE_ROWS x GN__TILE_COLUMNS. A is read where it
 * stands, through pointers to its rows or to its columns; B is packed in panels of GN__TILE_COLUMNS columns,
 * [panel][k][GN__TILE_COLUMNS], padded with zeros, or read where it stands, too. The products of a tile are summed in
 * the order of k by fused multiply-adds, so the result has the same bits on every processor that has these. */
#ifndef GN_KERNELS_GEMM_MICROKERNEL_H
#define GN_KERNELS_GEMM_MICROKERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    GN__TILE_ROWS = 12,
    GN__TILE_COLUMNS = 32,
    GN__TILE_STEP = 4, /* an edge of fewer rows is computed in multiples of this */
    GN__BLOCK_DEPTH =
        256, /* k is cut in blocks of at most this size: a panel of B then stays in the first-level cache */
};

/* How A is given: by pointers to its rows, or to its columns, or to the columns of the first of its panels, as
 * gn__pack_columns leaves them. A tile is given by rows or by columns. */
typedef enum gn__layout { GN__BY_ROWS, GN__BY_COLUMNS, GN__IN_PANELS } gn__layout;

/* A: its rows A(i, p) = lines[i][p] or columns A(i, p) = lines[p][i]; or with `offsets`, lines[i][offsets[p]] or
 * lines[p][offsets[i]]. */
typedef struct gn__operand {
    gn__layout layout;
    const float *const *lines;
    const int64_t *offsets; /* or NULL */
} gn__operand;

/* A panel of B, whose rows are `step` apart: GN__TILE_COLUMNS if it is packed. Where it is not, it is packed by the way
 * to `copy`, unless that is NULL. */
typedef struct gn__panel {
    const float *at;
    int64_t step;
    float *copy;
} gn__panel;

/* One tile of C = begin + A B, where begin is NULL for zeros, and C for what is there. A begins at element `offset` of
 * its lines. C(i, j) is c[i][column + j], and so is begin's. rows is a multiple of GN__TILE_STEP, at most
 * GN__TILE_ROWS. */
typedef void gn__tile_kernel(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                             const float *const *begin, float *const *c, int64_t column);

/* The micro-kernels for such an A and B that this processor can run, the best one at index 0; NULL behind the last. A B
 * that is not packed wants an A without offsets. */
gn__tile_kernel *gn__tile_kernel_at(const gn__operand *a, const gn__panel *b, int index);

/* n rounded up to whole panels. */
int64_t gn__whole_columns(int64_t n);

/* C [m,n] = begin [m,n] + A [m,k] B [k,n], with B packed; panel is the distance from one panel of B to the next, at
 * least k * GN__TILE_COLUMNS. c points to the rows of C, begin to those that its sums begin with, which may be C's or
 * one and the same; NULL stands for zeros. When m is less than GN__TILE_ROWS, that many rows of A must be readable
 * nevertheless. */
void gn__multiply_packed(const gn__operand *a, int64_t m, int64_t n, int64_t k, const float *b, int64_t panel,
                         const float *const *begin, float *const *c);

/* The same for a B that is not packed: rows `stride` apart, k at most GN__BLOCK_DEPTH; A without offsets. */
void gn__multiply_unpacked(const gn__operand *a, int64_t m, int64_t n, int64_t k, const float *b, int64_t stride,
                           const float *const *begin, float *const *c);

/* The rows of C as what sums begin with, if they are to be added. */
static inline const float *const *gn__begin_with(bool add, float *const *c)
{
    return add ? (const float *const *)c : NULL;
}

/* Packs A [m,k], given by pointers to its columns, in panels of GN__TILE_ROWS rows, [panel][k][GN__TILE_ROWS], padded
 * with zeros: columns that stand far apart evict each other from the first-level cache. Points to the columns of the
 * first panel instead. */
void gn__pack_columns(int64_t m, int64_t k, const float **columns, float *packed);

/* Points rows[0 .. count-1] to rows of `stride` elements, one after another. */
void gn__point_to_rows(float *first, int64_t count, int64_t stride, float **rows);

/* Begins to read n numbers that are needed soon. */
static inline void gn__fetch(int64_t n, const float *numbers)
{
    enum { LINE = 16 }; /* of a cache */
    for (int64_t i = 0; i < n; i += LINE)
        __builtin_prefetch(numbers + i);
}

/* The same of numbers that are written soon: another thread's cache gives them up. (For any x86-64 the compiler would
 * take the instruction that only reads; where a processor has no other, this one does nothing.) */
static inline void gn__fetch_to_write(int64_t n, float *numbers)
{
    enum { LINE = 16 };
    for (int64_t i = 0; i < n; i += LINE)
#if defined(__x86_64__)
        __asm__ volatile("prefetchw %0" : : "m"(numbers[i]));
#else
        __builtin_prefetch(numbers + i, 1);
#endif
}

/* One line of a panel: n numbers, at most GN__TILE_COLUMNS, and zeros behind them. */
static inline void gn__pack_line(int64_t n, const float *line, float *packed)
{
    if (n == GN__TILE_COLUMNS) { /* of a size that the compiler knows: two moves, no call */
        memcpy(packed, line, GN__TILE_COLUMNS * sizeof *packed);
        return;
    }
    for (int64_t j = 0; j < GN__TILE_COLUMNS; j++)
        packed[j] = j < n ? line[j] : 0;
}

/* Packs one panel of B [k,n], n at most GN__TILE_COLUMNS: element (p, j) is b[p * b_row + j * b_column], and b_row or
 * b_column is 1. */
void gn__pack_panel(int64_t k, int64_t n, const float *b, int64_t b_row, int64_t b_column, float *packed);

#endif
