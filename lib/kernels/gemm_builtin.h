/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_builtin.h - our own matrix product, in every build. */
#ifndef GN_KERNELS_GEMM_BUILTIN_H
#define GN_KERNELS_GEMM_BUILTIN_H

#include "kernels/kernels.h"

gn__gemm_function gn__gemm_builtin;

#endif
