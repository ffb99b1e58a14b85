/* SPDX-License-Identifier: MIT */
/* lib/nn/residual.c - a body and a shortcut around it. */
#include "nn/label.h"

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    gn_var *x = inputs[0], *label = count == 2 ? inputs[1] : NULL;
    gn_var *body = gn__apply_labelled(gn_module_child(module, 0), x, label);
    gn_var *around = gn__apply_labelled(gn_module_child(module, 1), x, label);
    char body_text[64], around_text[64];
    if (!gn_shape_equal(gn_var_shape(body), gn_var_shape(around)))
        gn_tape_fail(gn_var_tape(x), GN_ERROR_SHAPE, "residual '%s': the body gives %s, the shortcut %s",
                     gn_module_name(module), gn_shape_text(gn_var_shape(body), body_text, sizeof body_text),
                     gn_shape_text(gn_var_shape(around), around_text, sizeof around_text));
    return gn_add(body, around);
}

static int count_inputs(const gn_module *module)
{
    const bool labelled = gn_module_inputs(gn_module_child(module, 0)) == 2 ||
                          gn_module_inputs(gn_module_child(module, 1)) == 2;
    return labelled ? 2 : 1;
}

static const gn_module_class residual_class = {
    .name = "residual", .forward = forward, .count_inputs = count_inputs, .row_by_row = true};

gn_module *gn_residual_layer(gn_context *context, const char *name, gn_module *body, gn_module *shortcut)
{
    gn_module *module = gn_module_new(context, &residual_class, name, 0);
    gn_module_add_children(module, (gn_module *[]){body, shortcut}, 2);
    return gn_module_complete(module);
}
