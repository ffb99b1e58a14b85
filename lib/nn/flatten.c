/* SPDX-License-Identifier: MIT */
/* lib/nn/flatten.c - each item of a batch becomes a row. */
#include <gannet/layers.h>

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)count;
    return gn_reshape(inputs[0], GN_SHAPE(gn_var_shape(inputs[0]).size[0], -1));
}

static const gn_module_class flatten_class = {.name = "flatten", .forward = forward, .inputs = 1, .row_by_row = true};

gn_module *gn_flatten_layer(gn_context *context)
{
    return gn_module_new(context, &flatten_class, NULL, 0);
}
