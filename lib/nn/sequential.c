/* SPDX-License-Identifier: MIT */
/* lib/nn/sequential.c - modules one after another. */
#include "nn/activation.h"
#include "nn/batch_norm.h"

/* Batch norm and a (leaky) ReLU after it read and write the same memory: together they are half the traffic. */
static bool can_join(gn_module *first, gn_module *second, gn_real *slope)
{
    return gn__is_batch_norm(first) && gn__activation_slope(second, slope);
}

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    gn_var *x = inputs[0];
    if (gn_module_child_count(module) == 0)
        gn_tape_fail(gn_var_tape(x), GN_ERROR_STATE, "sequential '%s': has no children", gn_module_name(module));
    for (size_t i = 0; i < gn_module_child_count(module); i++) {
        gn_module *child = gn_module_child(module, i);
        gn_real slope;
        if (count == 1 && can_join(child, gn_module_child(module, i + 1), &slope)) {
            x = gn__batch_norm_apply(child, x, slope);
            i++;
        } else {
            x = gn_apply_all(child, i == 0 ? inputs : &x, count);
        }
        count = 1;
    }
    return x;
}

static const gn_module_class sequential_class = {.name = "sequential", .forward = forward};

gn_module *gn_sequential_layer(gn_context *context, const char *name, gn_module *const *children, size_t count)
{
    gn_module *module = gn_module_new(context, &sequential_class, name, 0);
    gn_module_add_children(module, children, count);
    return gn_module_complete(module);
}
