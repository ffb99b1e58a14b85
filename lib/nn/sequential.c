/* SPDX-License-Identifier: MIT */
/* lib/nn/sequential.c - modules one after another. */
#include "nn/sequential.h"

#include "autodiff/tape.h"
#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "nn/dense.h"
#include "nn/label.h"
#include "nn/module.h"

/* NULL for modules that nothing is applied together with. Those who read the recording get convolutions and dense
 * layers apart. */
static gn__fusion *fusion_of(gn_module *module, const gn_tape *tape)
{
    gn__fusion *fusion = gn__batch_norm_fusion(module);
    if (fusion == NULL && !tape->traced)
        fusion = gn__conv2d_fusion(module);
    if (fusion == NULL && !tape->traced)
        fusion = gn__dense_fusion(module);
    return fusion;
}

/* How many of the children behind one go with it, and how they are applied. */
static size_t find_finish(const gn_module *module, size_t child, gn_tape *tape, const gn__fusion *fusion,
                          gn__finish *finish)
{
    size_t next = child + 1;
    gn_real slope;
    *finish = gn__unfinished;
    if (gn__batch_norm_finish(gn_module_child(module, next), tape, fusion->norm_channels, finish))
        next++;
    if (gn__activation_slope(gn_module_child(module, next), &slope)) {
        finish->slope = slope;
        next++;
    }
    return next - child - 1;
}

gn_var *gn__apply_children(gn_module *module, size_t first, gn_var *x, gn_var *label)
{
    const size_t count = gn_module_child_count(module);
    if (count == 0)
        gn_tape_fail(gn_var_tape(x), GN_ERROR_STATE, "%s '%s': has no children", gn_module_get_class(module)->name,
                     gn_module_name(module));
    for (size_t i = first; i < count; i++) {
        gn_module *child = gn_module_child(module, i);
        gn__fusion *const fusion = fusion_of(child, gn_var_tape(x));
        gn__finish finish;
        size_t more = fusion == NULL ? 0 : find_finish(module, i, gn_var_tape(x), fusion, &finish);
        x = more == 0 ? gn__apply_labelled(child, x, label) : gn__apply_fused(child, fusion, x, &finish);
        for (; more > 0 && gn_tape_status(gn_var_tape(x)) == GN_OK; more--)
            gn_module_child(module, ++i)->output = gn_var_shape(x);
        i += more;
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
