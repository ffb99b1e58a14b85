/* SPDX-License-Identifier: MIT */
/* lib/nn/activation.h - what an activation tells the layer before it. */
#ifndef GN_NN_ACTIVATION_H
#define GN_NN_ACTIVATION_H

#include <gannet/layers.h>

/* Is the module x > 0 ? x : slope x for some slope? */
bool gn__activation_slope(gn_module *module, gn_real *slope);

/* gn_leaky_relu(gn_apply(module, x), slope), in one pass where that is possible, by a module that applies the leaky
 * ReLU of the slope at `place` (gn__dense_slope and its kin), which is 1 again afterwards. */
gn_var *gn__apply_fused(gn_module *module, gn_real *place, gn_var *x, gn_real slope);

#endif
