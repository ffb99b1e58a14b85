/* SPDX-License-Identifier: MIT */
/* lib/export/trace.c - applying a network to zeros, to see what is in it. */
#include "export/trace.h"

#include "nn/module.h"

static void forget(gn_module *module)
{
    module->output = (gn_shape){0};
    for (size_t i = 0; i < gn_module_child_count(module); i++)
        forget(gn_module_child(module, i));
}

static gn_var *apply_to_zeros(gn_tape *tape, gn_module *module, const gn_shape *shapes, gn_var **inputs, int count)
{
    if (shapes == NULL) {
        gn_tape_fail(tape, GN_ERROR_ARGUMENT, "'%s': the shapes of its inputs are NULL", gn_module_name(module));
        return NULL;
    }
    if (count < 1 || count > GN__MAX_TRACED) {
        gn_tape_fail(tape, GN_ERROR_ARGUMENT, "'%s': %d input shapes, expected 1 to %d", gn_module_name(module), count,
                     GN__MAX_TRACED);
        return NULL;
    }
    for (int i = 0; i < count; i++)
        inputs[i] = gn_full(tape, shapes[i], 0);
    return gn_apply_all(module, inputs, count);
}

gn_var *gn__module_trace_on(gn_tape *tape, gn_module *module, const gn_shape *shapes, gn_var **inputs, int count)
{
    forget(module);
    gn__module_keep_modes(module);
    tape->traced = true;
    gn_module_set_training(module, false);
    gn_var *output = apply_to_zeros(tape, module, shapes, inputs, count);
    gn__module_restore_modes(module);
    tape->traced = false;
    gn__tape_keep_values(tape);
    return output;
}

/* What an op makes of a value that depends on an input depends on it, too. Inputs come before results on the tape. */
static void find_variable(gn__traced *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        for (int k = 0; k < values[i].var->input_count; k++)
            if (values[values[i].var->inputs[k]->index].variable)
                values[i].variable = true;
}

static void find_needed(gn__traced *values, int64_t count)
{
    for (int64_t i = count - 1; i >= 0; i--)
        for (int k = 0; k < values[i].var->input_count && values[i].needed && values[i].variable; k++)
            values[values[i].var->inputs[k]->index].needed = true;
}

const gn__traced *gn__trace_values(gn_tape *tape, gn_var *const *inputs, int count, const gn_var *output)
{
    gn__traced *values = gn__arena_take(&tape->data, (size_t)tape->now.count * sizeof *values);
    if (values == NULL)
        return NULL;
    for (const gn_var *var = tape->now.last; var != NULL; var = var->previous)
        values[var->index] = (gn__traced){.var = var, .needed = var == output};
    for (int i = 0; i < count; i++)
        values[inputs[i]->index].variable = true;
    find_variable(values, tape->now.count);
    find_needed(values, tape->now.count);
    return values;
}

gn_status gn__module_trace(gn_module *module, const gn_shape *inputs, int count)
{
    gn_tape *tape = gn_tape_new(gn_module_context(module));
    if (tape == NULL)
        return gn_context_status(gn_module_context(module));
    gn_var *zeros[GN__MAX_TRACED];
    gn_tape_set_recording(tape, false);
    gn__module_trace_on(tape, module, inputs, zeros, count);
    const gn_status status = gn_tape_status(tape);
    gn_tape_free(tape);
    return status;
}
