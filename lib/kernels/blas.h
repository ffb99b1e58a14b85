/* SPDX-License-Identifier: MIT */
/* lib/kernels/blas.h - the seam to CBLAS. */
#ifndef GN_KERNELS_BLAS_H
#define GN_KERNELS_BLAS_H

#include <stdbool.h>
#include <stdint.h>

/* True when the build has a BLAS and these sizes fit its integers. */
bool gn__blas_takes(int64_t k, int64_t lda, int64_t ldb, int64_t ldc);

/* Around calls, whatever thread makes them: the BLAS then works with one thread for each. Pairs may overlap; after the
 * last the BLAS has as many threads again as the program had given it. */
void gn__blas_begin(void);
void gn__blas_end(void);

/* C = A' B', or C + A' B' with `add`, as in gn__gemm_function; m and n below 2^31. Only after gn__blas_takes and
 * gn__blas_begin. */
void gn__blas_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                   const float *b, int64_t ldb, bool add, float *c, int64_t ldc);

#endif
