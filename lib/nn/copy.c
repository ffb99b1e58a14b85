/* SPDX-License-Identifier: MIT */
/* lib/nn/copy.c - from the tensors of one module to those of another. */
#include "core/tensor.h"

#include <gannet/module.h>

static gn_status check_same(const char *call, const gn_module *target, const gn_module *source)
{
    if (target == NULL || source == NULL)
        return gn_context_fail(gn_module_context(target), GN_ERROR_ARGUMENT, "%s: a module is NULL", call);
    const size_t count = gn_module_tensor_count(target), source_count = gn_module_tensor_count(source);
    if (count != source_count)
        return gn_context_fail(gn_module_context(target), GN_ERROR_SHAPE, "%s: '%s' has %zu tensors, '%s' has %zu",
                               call, gn_module_name(target), count, gn_module_name(source), source_count);
    for (size_t i = 0; i < count; i++) {
        const gn_named_tensor t = gn_module_tensor(target, i), s = gn_module_tensor(source, i);
        const gn_shape to = gn_tensor_shape(t.tensor), from = gn_tensor_shape(s.tensor);
        char to_text[64], from_text[64];
        if (!gn_shape_equal(to, from))
            return gn_context_fail(gn_module_context(target), GN_ERROR_SHAPE, "%s: '%s' has shape %s, '%s' has %s",
                                   call, t.name, gn_shape_text(to, to_text, sizeof to_text), s.name,
                                   gn_shape_text(from, from_text, sizeof from_text));
    }
    return GN_OK;
}

gn_status gn_module_copy(gn_module *target, const gn_module *source)
{
    gn_status status = check_same("module_copy", target, source);
    for (size_t i = 0; status == GN_OK && i < gn_module_tensor_count(target); i++)
        status = gn_tensor_copy(gn_module_tensor(target, i).tensor, gn_module_tensor(source, i).tensor);
    return status;
}

gn_status gn_module_average(gn_module *average, const gn_module *source, float decay)
{
    const gn_status status = check_same("module_average", average, source);
    if (status != GN_OK)
        return status;
    if (!(decay >= 0 && decay <= 1))
        return gn_context_fail(gn_module_context(average), GN_ERROR_ARGUMENT,
                               "module_average: decay is %g, expected 0 <= decay <= 1", (double)decay);
    for (size_t i = 0; i < gn_module_tensor_count(average); i++)
        gn__tensor_move(gn_module_tensor(average, i).tensor, gn_module_tensor(source, i).tensor, decay);
    return GN_OK;
}
