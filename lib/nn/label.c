/* SPDX-License-Identifier: MIT */
/* lib/nn/label.c - values that come with a label. */
#include "nn/label.h"

#include <stdio.h>

gn_var *gn__apply_labelled(gn_module *module, gn_var *x, gn_var *label)
{
    return gn_apply_all(module, (gn_var *[]){x, label}, label != NULL && gn_module_inputs(module) == 2 ? 2 : 1);
}

bool gn__label_fits(const gn_module *module, gn_var *x, gn_var *label, int64_t classes)
{
    const gn_shape shape = gn_var_shape(x), labels = gn_var_shape(label);
    if (shape.rank >= 2 && labels.rank == 2 && labels.size[0] == shape.size[0] &&
        (classes == 0 || labels.size[1] == classes))
        return true;
    char text[64], label_text[64], wanted[24] = "K";
    if (classes > 0)
        snprintf(wanted, sizeof wanted, "%lld", (long long)classes);
    gn_tape_fail(gn_var_tape(x), GN_ERROR_SHAPE, "%s '%s': input %s with label %s, expected [N,...,C] with [N,%s]",
                 gn_module_get_class(module)->name, gn_module_name(module), gn_shape_text(shape, text, sizeof text),
                 gn_shape_text(labels, label_text, sizeof label_text), wanted);
    return false;
}

gn_var *gn__label_align(gn_var *rows, int rank)
{
    const gn_shape shape = gn_var_shape(rows);
    gn_shape aligned = {.rank = rank};
    for (int i = 0; i < rank; i++)
        aligned.size[i] = 1;
    aligned.size[0] = shape.size[0];
    aligned.size[rank - 1] = shape.size[1];
    return gn_reshape(rows, aligned);
}
