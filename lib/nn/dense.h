/* SPDX-License-Identifier: MIT */
/* lib/nn/dense.h - the fully connected layer and the activation behind it. */
#ifndef GN_NN_DENSE_H
#define GN_NN_DENSE_H

#include <gannet/layers.h>

/* Can a (leaky) ReLU behind the module be fused with it? Not where others read the recording. */
bool gn__dense_fuses(const gn_module *module, const gn_tape *tape);

/* gn_leaky_relu(gn_apply(module, x), slope) in one pass. */
gn_var *gn__dense_apply(gn_module *module, gn_var *x, gn_real slope);

#endif
