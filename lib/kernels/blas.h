/* SPDX-License-Identifier: MIT */
/* lib/kernels/blas.h - the seam to CBLAS. */
#ifndef GN_KERNELS_BLAS_H
#define GN_KERNELS_BLAS_H

#include "kernels/kernels.h"

/* True when the build has a BLAS, and k and the strides fit its integers. */
bool gn__blas_takes(const gn__product *product);

/* Around calls, whatever thread makes them: the BLAS then works with one thread for each. Pairs may overlap; after the
 * last the BLAS has as many threads again as the program had given it. */
void gn__blas_begin(void);
void gn__blas_end(void);

/* The product; m and n are below 2^31, and begin is C or NULL. Only after gn__blas_takes and gn__blas_begin. */
void gn__blas_gemm(const gn__product *product);

#endif
