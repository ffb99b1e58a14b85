/* SPDX-License-Identifier: MIT */
/* lib/nn/sequential.h - children one after another, for the layers that are made of them. */
#ifndef GN_NN_SEQUENTIAL_H
#define GN_NN_SEQUENTIAL_H

#include <gannet/layers.h>

/* Applies the children from number first on, each to what the one before gave; a child that takes two values gets the
 * label too. label NULL: there is none. */
gn_var *gn__apply_children(gn_module *module, size_t first, gn_var *x, gn_var *label);

#endif
