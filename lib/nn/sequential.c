/* SPDX-License-Identifier: MIT */
/* lib/nn/sequential.c - modules one after another. */
#include "nn/sequential.h"

#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/dense.h"
#include "nn/label.h"
#include "nn/module.h"

typedef gn_var *fused_function(gn_module *module, gn_var *x, gn_real slope);

/* How a module is applied together with the (leaky) ReLU behind it, if it can be: both read and write the same memory,
 * together they are half the traffic. */
static fused_function *find_fused(const gn_module *first, gn_module *second, const gn_tape *tape, gn_real *slope)
{
    if (!gn__activation_slope(second, slope))
        return NULL;
    if (gn__is_batch_norm(first))
        return gn__batch_norm_apply;
    return gn__conv2d_fuses(first, tape) ? gn__conv2d_apply : gn__dense_fuses(first, tape) ? gn__dense_apply : NULL;
}

gn_var *gn__apply_children(gn_module *module, size_t first, gn_var *x, gn_var *label)
{
    const size_t count = gn_module_child_count(module);
    if (count == 0)
        gn_tape_fail(gn_var_tape(x), GN_ERROR_STATE, "%s '%s': has no children", gn_module_get_class(module)->name,
                     gn_module_name(module));
    for (size_t i = first; i < count; i++) {
        gn_module *child = gn_module_child(module, i);
        gn_real slope;
        fused_function *const fused = find_fused(child, gn_module_child(module, i + 1), gn_var_tape(x), &slope);
        if (fused != NULL) {
            x = fused(child, x, slope);
            gn_module_child(module, ++i)->output = gn_var_shape(x);
        } else {
            x = gn__apply_labelled(child, x, label);
        }
    }
    return x;
}

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    if (count == 1 || gn_module_child_count(module) == 0)
        return gn__apply_children(module, 0, inputs[0], NULL);
    return gn__apply_children(module, 1, gn_apply_all(gn_module_child(module, 0), inputs, count), NULL);
}

static int count_inputs(const gn_module *module)
{
    return gn_module_inputs(gn_module_child(module, 0));
}

static const gn_module_class sequential_class = {
    .name = "sequential", .forward = forward, .count_inputs = count_inputs, .row_by_row = true};

gn_module *gn_sequential_layer(gn_context *context, const char *name, gn_module *const *children, size_t count)
{
    gn_module *module = gn_module_new(context, &sequential_class, name, 0);
    gn_module_add_children(module, children, count);
    return gn_module_complete(module);
}
