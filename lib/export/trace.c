/* SPDX-License-Identifier: MIT */
/* lib/export/trace.c - applying a network to zeros, to see what is in it. */
#include "export/trace.h"

#include "autodiff/tape.h"
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
