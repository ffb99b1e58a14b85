/* SPDX-License-Identifier: MIT */
/* lib/kernels/eigen.h - the seam to LAPACK. */
#ifndef GN_KERNELS_EIGEN_H
#define GN_KERNELS_EIGEN_H

#include <gannet/context.h>

/* Eigenvalues of the symmetric matrix a [n,n] in rising order, and its eigenvectors: row k of a, which they replace, is
 * the vector of values[k]. GN_ERROR_UNSUPPORTED in a build without LAPACK, GN_ERROR_NUMBER when the iteration does not
 * end. */
gn_status gn__symmetric_eigen(gn_context *context, int64_t n, double *a, double *values);

#endif
