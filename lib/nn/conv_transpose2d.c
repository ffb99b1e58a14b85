/* SPDX-License-Identifier: MIT */
/* lib/nn/conv_transpose2d.c - the transposed convolution layer, which makes images larger. */
#include "autodiff/tape.h"
#include "nn/conv2d.h"

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const gn__conv2d *layer = gn_module_state(module);
    gn_tape *tape = gn_var_tape(inputs[0]);
    return gn__conv_transpose2d_finished(inputs[0], gn_parameter_var(tape, layer->weight),
                                         layer->bias == NULL ? NULL : gn_parameter_var(tape, layer->bias),
                                         &layer->window, &layer->fusion.finish);
}

static const gn_module_class conv_transpose2d_class = {
    .name = "conv_transpose2d", .forward = forward, .inputs = 1, .row_by_row = true};

bool gn__is_conv_transpose2d(const gn_module *module)
{
    return gn_module_get_class(module) == &conv_transpose2d_class;
}

gn_module *gn_conv_transpose2d_layer(gn_context *context, const gn_conv2d_options *options)
{
    return gn__conv2d_new(context, &conv_transpose2d_class, options, true);
}
