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

/* Can a (leaky) ReLU behind the module be fused with it? Not where others read the recording. */
bool gn__conv2d_fuses(const gn_module *module, const gn_tape *tape);

/* gn_leaky_relu(gn_apply(module, x), slope) in one pass. */
gn_var *gn__conv2d_apply(gn_module *module, gn_var *x, gn_real slope);

/* Does the module keep its weight as [KH,KW,out,in]? */
bool gn__is_conv_transpose2d(const gn_module *module);

#endif
