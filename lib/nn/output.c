/* SPDX-License-Identifier: MIT */
/* lib/nn/output.c - the shape that a module gave last, which summaries and diagrams tell. */
#include "nn/output.h"

#include <gannet/tape.h>
#include <string.h>

static void forget(gn_module *module)
{
    gn__module_set_output(module, (gn_shape){0});
    for (size_t i = 0; i < gn_module_child_count(module); i++)
        forget(gn_module_child(module, i));
}

static gn_var *apply_to_zeros(gn_tape *tape, gn_module *module, const gn_shape *shapes, gn_var **inputs, int count)
{
    if (shapes == NULL || count < 1 || count > GN__MOST_TRACED) {
        gn_tape_fail(tape, GN_ERROR_ARGUMENT, "'%s': %d input shapes, expected 1 to %d", gn_module_name(module), count,
                     GN__MOST_TRACED);
        return NULL;
    }
    for (int i = 0; i < count; i++)
        inputs[i] = gn_full(tape, shapes[i], 0);
    return gn_apply_all(module, inputs, count);
}

gn_var *gn__module_trace_on(gn_tape *tape, gn_module *module, const gn_shape *shapes, gn_var **inputs, int count)
{
    const bool training = gn_module_training(module);
    const gn_statistics statistics = gn_module_statistics(module);
    forget(module);
    gn_module_set_training(module, false);
    gn_var *output = apply_to_zeros(tape, module, shapes, inputs, count);
    gn_module_set_training(module, training);
    gn_module_set_statistics(module, statistics);
    return output;
}

gn_status gn__module_trace(gn_module *module, const gn_shape *inputs, int count)
{
    gn_tape *tape = gn_tape_new(gn_module_context(module));
    if (tape == NULL)
        return gn_context_status(gn_module_context(module));
    gn_var *zeros[GN__MOST_TRACED];
    gn_tape_set_recording(tape, false);
    gn__module_trace_on(tape, module, inputs, zeros, count);
    const gn_status status = gn_tape_status(tape);
    gn_tape_free(tape);
    return status;
}

static int64_t all_numbers(gn_module *module)
{
    const gn_parameter_list parameters = gn_parameters(module);
    int64_t numbers = 0;
    for (size_t i = 0; i < parameters.count; i++)
        numbers += gn_tensor_count(gn_parameter_value(parameters.items[i]));
    return numbers;
}

int64_t gn__module_own_numbers(gn_module *module)
{
    int64_t numbers = all_numbers(module);
    for (size_t i = 0; i < gn_module_child_count(module); i++)
        numbers -= all_numbers(gn_module_child(module, i));
    return numbers;
}

const char *gn__module_short_name(const gn_module *module)
{
    const char *name = gn_module_name(module), *dot = strrchr(name, '.');
    return dot == NULL ? name : dot + 1;
}
