/* SPDX-License-Identifier: MIT */
/* lib/kernels/fast.h - the fast kernels by name; lib/kernels/kernels.h says what each does. Elements are float. */
#ifndef GN_KERNELS_FAST_H
#define GN_KERNELS_FAST_H

#include "kernels/kernels.h"

gn__gemm_function gn__gemm_fast;
gn__conv2d_function gn__conv2d_fast;
gn__conv2d_transpose_function gn__conv2d_transpose_fast;
gn__conv2d_kernel_function gn__conv2d_kernel_fast;
gn__unary_function gn__unary_fast;
gn__binary_function gn__binary_fast;
gn__binary_side_function gn__binary_row_fast;
gn__binary_side_function gn__binary_column_fast;
gn__sum_function gn__sum_fast;
gn__max_function gn__max_fast;
gn__softmax_function gn__softmax_fast;
gn__softmax_function gn__log_softmax_fast;
gn__norm_statistics_function gn__norm_statistics_fast;
gn__norm_apply_function gn__norm_apply_fast;
gn__norm_gradient_sums_function gn__norm_gradient_sums_fast;
gn__norm_gradient_function gn__norm_gradient_fast;
gn__max_pool_function gn__max_pool_fast;
gn__avg_pool_function gn__avg_pool_fast;
gn__avg_pool_gradient_function gn__avg_pool_gradient_fast;
gn__upsample_function gn__upsample_fast;
gn__pair_distances_function gn__pair_distances_fast;
gn__pair_sums_function gn__pair_sums_fast;
gn__adam_function gn__adam_fast;

#endif
