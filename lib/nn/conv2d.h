/* SPDX-License-Identifier: MIT */
/* lib/nn/conv2d.h - what conv2d and conv_transpose2d share: their state and how they are made. */
#ifndef GN_NN_CONV2D_H
#define GN_NN_CONV2D_H

#include <gannet/layers.h>

/* Parameters and geometry of either layer; bias NULL: without. */
typedef struct gn__conv2d {
    gn_parameter *weight, *bias;
    gn_window window;
    gn_real slope; /* of the leaky ReLU fused with a conv2d that is being applied; else 1 */
} gn__conv2d;

/* Makes either layer: checks the options, adds weight and, unless they say no, bias [out]. */
gn_module *gn__conv2d_new(gn_context *context, const gn_module_class *module_class, const gn_conv2d_options *options,
                          bool transposed);

/* Where a conv2d keeps the slope of the (leaky) ReLU that is applied with it, 1 for none; NULL for other modules. */
gn_real *gn__conv2d_slope(gn_module *module);

/* Does the module keep its weight as [KH,KW,out,in]? */
bool gn__is_conv_transpose2d(const gn_module *module);

#endif
