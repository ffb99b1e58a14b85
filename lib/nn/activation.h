/* SPDX-License-Identifier: MIT */
/* lib/nn/activation.h - what an activation tells the layer before it. */
#ifndef GN_NN_ACTIVATION_H
#define GN_NN_ACTIVATION_H

#include <gannet/layers.h>

/* Is the module x > 0 ? x : slope x for some slope? */
bool gn__activation_slope(gn_module *module, gn_real *slope);

#endif
