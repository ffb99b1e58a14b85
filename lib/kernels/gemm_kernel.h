/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_kernel.h - the micro-kernel under our own matrix products: a small block of C kept in registers.
 *
 * C [m,n] += A [m,k] B [k,n] is computed in tiles of GN__TILE_ROWS x GN__TILE_COLUMNS. A is read where it stands, through two
 * strides; B is packed in panels of GN__TILE_COLUMNS columns, [panel][k][GN__TILE_COLUMNS], padded with zeros. Each element of C
 * is one chain of fused multiply-adds in the order of k, so the result has the same bits on every processor that has FMA. */
#ifndef GN_KERNELS_GEMM_KERNEL_H
#define GN_KERNELS_GEMM_KERNEL_H

#include <stdint.h>

enum {
    GN__TILE_ROWS = 12,
    GN__TILE_COLUMNS = 32,
    GN__BLOCK_DEPTH = 256, /* k is cut in blocks of this size: a panel of B then stays in the first-level cache */
};

/* One tile: element (i, p) of A is a[i * a_row + p * a_step]; all GN__TILE_ROWS rows are read. b is one panel. */
typedef void gn__tile_kernel(int64_t k, const float *a, int64_t a_row, int64_t a_step, const float *b, float *c, int64_t ldc);

/* The best one that this processor can run. */
gn__tile_kernel *gn__tile_kernel_choose(void);

/* "AVX-512", "AVX2" or "portable". Static storage. */
const char *gn__tile_kernel_name(void);

/* n rounded up to whole panels; m rounded up to whole tiles, which many rows of A must be readable. */
int64_t gn__whole_columns(int64_t n);
int64_t gn__whole_rows(int64_t m);

/* C [m,n] += A [m,k] B [k,n] with B packed; panel is the distance from one panel of B to the next, at least
 * k * GN__TILE_COLUMNS. */
void gn__multiply_packed(gn__tile_kernel *kernel, int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row,
                         int64_t a_step, const float *b, int64_t panel, float *c, int64_t ldc);

/* Packs one panel of scale B [k,n], n at most GN__TILE_COLUMNS: element (p, j) is b[p * b_row + j * b_column]. */
void gn__pack_panel(int64_t k, int64_t n, float scale, const float *b, int64_t b_row, int64_t b_column, float *packed);

#endif
