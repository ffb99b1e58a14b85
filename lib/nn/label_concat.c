/* SPDX-License-Identifier: MIT */
/* lib/nn/label_concat.c - the label as further channels, the same at every pixel. */
#include "nn/label.h"

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    gn_var *x = inputs[0], *label = inputs[1];
    if (!gn__label_fits(module, x, label, 0))
        return x;
    gn_shape shape = gn_var_shape(x);
    const int last = shape.rank - 1;
    shape.size[last] = gn_var_shape(label).size[1];
    return gn_concat((gn_var *[]){x, gn_broadcast(gn__label_align(label, shape.rank), shape)}, 2, last);
}

static const gn_module_class label_concat_class = {
    .name = "label_concat", .forward = forward, .inputs = 2, .row_by_row = true};

gn_module *gn_label_concat_layer(gn_context *context)
{
    return gn_module_new(context, &label_concat_class, NULL, 0);
}
