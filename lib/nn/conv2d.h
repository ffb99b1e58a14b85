/* SPDX-License-Identifier: MIT */
/* lib/nn/conv2d.h - what conv2d and conv_transpose2d share: their state and how they are made. */
#ifndef GN_NN_CONV2D_H
#define GN_NN_CONV2D_H

#include "nn/fusion.h"

/* Parameters and geometry of either layer; bias NULL: without. */
typedef struct gn__conv2d {
    gn_parameter *weight, *bias;
    gn_window window;
    gn__fusion fusion;
} gn__conv2d;

/* Makes either layer: checks the options, adds weight and, unless they say no, bias [out]. */
gn_module *gn__conv2d_new(gn_context *context, const gn_module_class *module_class, const gn_conv2d_options *options,
                          bool transposed);

/* What is applied together with either layer; NULL for other modules. */
gn__fusion *gn__conv2d_fusion(gn_module *module);

/* Does the module keep its weight as [KH,KW,out,in]? */
bool gn__is_conv_transpose2d(const gn_module *module);

#endif
