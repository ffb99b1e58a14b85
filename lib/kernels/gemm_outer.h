/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_outer.h - the product of a column and a row. */
#ifndef GN_KERNELS_GEMM_OUTER_H
#define GN_KERNELS_GEMM_OUTER_H

#include "kernels/kernels.h"

/* For k of 1: C [m,n] = begin [m,n] + a [m] b [n], finished. */
gn__gemm_function gn__gemm_outer;

#endif
