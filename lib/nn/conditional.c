/* SPDX-License-Identifier: MIT */
/* lib/nn/conditional.c - modules one after another, all of which may look at the label. */
#include "nn/sequential.h"

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    return gn__apply_children(module, 0, inputs[0], inputs[1]);
}

static const gn_module_class conditional_class = {
    .name = "conditional", .forward = forward, .inputs = 2, .row_by_row = true};

gn_module *gn_conditional_layer(gn_context *context, const char *name, gn_module *const *children, size_t count)
{
    gn_module *module = gn_module_new(context, &conditional_class, name, 0);
    gn_module_add_children(module, children, count);
    return gn_module_complete(module);
}
