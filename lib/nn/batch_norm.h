/* SPDX-License-Identifier: MIT */
/* lib/nn/batch_norm.h - batch normalisation joined with the activation after it, for sequential. */
#ifndef GN_NN_BATCH_NORM_H
#define GN_NN_BATCH_NORM_H

#include <gannet/layers.h>

bool gn__is_batch_norm(const gn_module *module);

/* gn_leaky_relu(gn_apply(module, x), slope), in one pass where that is possible. */
gn_var *gn__batch_norm_apply(gn_module *module, gn_var *x, gn_real slope);

#endif
