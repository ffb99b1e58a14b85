/* SPDX-License-Identifier: MIT */
/* lib/nn/dense.h - the fully connected layer and the activation behind it. */
#ifndef GN_NN_DENSE_H
#define GN_NN_DENSE_H

#include <gannet/layers.h>

/* Where a dense layer keeps the slope of the (leaky) ReLU that is applied with it, 1 for none; NULL for other
 * modules. */
gn_real *gn__dense_slope(gn_module *module);

#endif
