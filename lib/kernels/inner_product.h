/* SPDX-License-Identifier: MIT */
/* lib/kernels/inner_product.h - the inner product, and the sum of squares. */
#ifndef GN_KERNELS_INNER_PRODUCT_H
#define GN_KERNELS_INNER_PRODUCT_H

#include <gannet/tensor.h>

/* The sum of a[i] b[i], gathered in double in an order that depends on count alone. */
double gn__inner_product(const gn_real *a, const gn_real *b, int64_t count);

/* The sum of squares, exact to about 1e-6: gathered in the numbers' own type, in a third of the time, unless it is very
 * large or small. */
double gn__sum_squares(const gn_real *a, int64_t count);

#endif
