/* SPDX-License-Identifier: MIT */
/* lib/nn/fusion.h - layers that can be applied together with what stands behind them: a batch norm that goes by its
 * running averages, a (leaky) ReLU. All read and write the same memory: together once. */
#ifndef GN_NN_FUSION_H
#define GN_NN_FUSION_H

#include "kernels/finish.h"

#include <gannet/layers.h>

/* In the state of such a layer. */
typedef struct gn__fusion {
    int64_t norm_channels; /* of a batch norm that can go with it; 0: none can */
    gn__finish finish;     /* what goes with it while it is being applied; else gn__unfinished */
} gn__fusion;

/* gn_apply(module, x) with what is finished in the same pass, by a module whose state has this fusion. */
gn_var *gn__apply_fused(gn_module *module, gn__fusion *fusion, gn_var *x, const gn__finish *finish);

#endif
