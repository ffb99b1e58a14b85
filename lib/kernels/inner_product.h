/* SPDX-License-Identifier: MIT */
/* lib/kernels/inner_product.h - the inner product. */
#ifndef GN_KERNELS_INNER_PRODUCT_H
#define GN_KERNELS_INNER_PRODUCT_H

#include <gannet/tensor.h>

/* The sum of a[i] b[i], gathered in double in an order that depends on count alone. */
double gn__inner_product(const gn_real *a, const gn_real *b, int64_t count);

#endif
