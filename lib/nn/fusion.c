/* SPDX-License-Identifier: MIT */
/* lib/nn/fusion.c - a layer applied together with what stands behind it. */
#include "nn/fusion.h"

gn_var *gn__apply_fused(gn_module *module, gn__fusion *fusion, gn_var *x, const gn__finish *finish)
{
    fusion->finish = *finish;
    x = gn_apply(module, x);
    fusion->finish = gn__unfinished;
    return x;
}
