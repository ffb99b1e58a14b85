/* SPDX-License-Identifier: MIT */
/* lib/kernels/table.c - the list of kernels, reference and fast, and what the library was built with. */
#include "kernels/fast.h"
#include "kernels/reference.h"

#include <gannet/version.h>

const gn__kernels gn__kernels_reference = {
    .name = "reference",
    .gemm = gn__gemm_reference,
    .conv2d = gn__conv2d_reference,
    .conv2d_transpose = gn__conv2d_transpose_reference,
    .conv2d_kernel = gn__conv2d_kernel_reference,
    .unary = gn__unary_reference,
    .binary = gn__binary_reference,
    .binary_row = gn__binary_row_reference,
    .binary_column = gn__binary_column_reference,
    .sum = gn__sum_reference,
    .max = gn__max_reference,
    .softmax = gn__softmax_reference,
    .log_softmax = gn__log_softmax_reference,
    .norm_statistics = gn__norm_statistics_reference,
    .norm_apply = gn__norm_apply_reference,
    .norm_gradient_sums = gn__norm_gradient_sums_reference,
    .norm_gradient = gn__norm_gradient_reference,
    .max_pool = gn__max_pool_reference,
    .avg_pool = gn__avg_pool_reference,
    .avg_pool_gradient = gn__avg_pool_gradient_reference,
    .upsample = gn__upsample_reference,
    .pair_distances = gn__pair_distances_reference,
    .pair_sums = gn__pair_sums_reference,
    .adam = gn__adam_reference,
};

#ifndef GN__REFERENCE_ONLY
const gn__kernels gn__kernels_fast = {
    .name = "fast",
    .gemm = gn__gemm_fast,
    .conv2d = gn__conv2d_fast,
    .conv2d_transpose = gn__conv2d_transpose_fast,
    .conv2d_kernel = gn__conv2d_kernel_fast,
    .unary = gn__unary_fast,
    .binary = gn__binary_fast,
    .binary_row = gn__binary_row_fast,
    .binary_column = gn__binary_column_fast,
    .sum = gn__sum_fast,
    .max = gn__max_fast,
    .softmax = gn__softmax_fast,
    .log_softmax = gn__log_softmax_fast,
    .norm_statistics = gn__norm_statistics_fast,
    .norm_apply = gn__norm_apply_fast,
    .norm_gradient_sums = gn__norm_gradient_sums_fast,
    .norm_gradient = gn__norm_gradient_fast,
    .max_pool = gn__max_pool_fast,
    .avg_pool = gn__avg_pool_fast,
    .avg_pool_gradient = gn__avg_pool_gradient_fast,
    .upsample = gn__upsample_fast,
    .pair_distances = gn__pair_distances_fast,
    .pair_sums = gn__pair_sums_fast,
    .adam = gn__adam_fast,
};
#endif

#define TEXT(x)   #x
#define NUMBER(x) TEXT(x)
#define VERSION   NUMBER(GN_VERSION_MAJOR) "." NUMBER(GN_VERSION_MINOR) "." NUMBER(GN_VERSION_PATCH)
#if defined(GANNET_BLAS_OPENBLAS)
#define BLAS "OpenBLAS"
#elif defined(GANNET_BLAS_BLIS)
#define BLAS "BLIS"
#elif defined(GANNET_BLAS_SYSTEM)
#define BLAS "the system's BLAS"
#else
#define BLAS "built-in GEMM"
#endif

const char *gn_build_info(void)
{
    return "gannet " VERSION ", " BLAS ", own thread pool";
}
