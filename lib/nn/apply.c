/* SPDX-License-Identifier: MIT */
/* lib/nn/apply.c - from a module and its inputs to a value. */
#include "autodiff/tape.h"
#include "nn/module.h"

static gn_tape *tape_of(gn_var *const *inputs, int count)
{
    for (int i = 0; i < count; i++)
        if (inputs[i] != NULL)
            return gn_var_tape(inputs[i]);
    return NULL;
}

static gn_status check_inputs(gn_tape *tape, const gn_module *module, gn_var *const *inputs, int count)
{
    if (module == NULL)
        return gn__tape_fail_null(tape, "apply: module");
    const char *kind = gn_module_get_class(module)->name, *name = gn_module_name(module);
    const int wanted = gn_module_inputs(module);
    if (wanted > 0 && count != wanted)
        return gn_tape_fail(tape, GN_ERROR_ARGUMENT, "%s '%s': %d inputs, expected %d", kind, name, count, wanted);
    for (int i = 0; i < count; i++)
        if (inputs[i] == NULL || gn_var_tape(inputs[i]) != tape)
            return gn_tape_fail(tape, GN_ERROR_ARGUMENT, "%s '%s': input %d is %s", kind, name, i,
                                inputs[i] == NULL ? "NULL" : "on another tape than the one before");
    return GN_OK;
}

gn_var *gn_apply_all(gn_module *module, gn_var *const *inputs, int count)
{
    gn_tape *tape = inputs == NULL ? NULL : tape_of(inputs, count);
    if (tape == NULL)
        return gn__fail(gn_module_context(module), GN_ERROR_ARGUMENT, "'%s': there are no inputs, or they are NULL",
                        gn_module_name(module));
    if (gn_tape_status(tape) != GN_OK || check_inputs(tape, module, inputs, count) != GN_OK)
        return &tape->poison;
    const char *outer = gn__tape_enter(tape, gn_module_name(module));
    const bool recording = gn__tape_hold(tape);
    module->held++;
    gn_var *out = gn_module_get_class(module)->forward(module, inputs, count);
    module->held--;
    gn__tape_release(tape, recording);
    gn__tape_enter(tape, outer);
    if (out == NULL || gn_var_tape(out) != tape)
        gn_tape_fail(tape, GN_ERROR_STATE, "%s '%s': forward gave %s", gn_module_get_class(module)->name,
                     gn_module_name(module), out == NULL ? "NULL" : "a value of another tape than its inputs'");
    if (gn_tape_status(tape) != GN_OK)
        return &tape->poison;
    module->output = out->shape;
    return out;
}

gn_var *gn_apply(gn_module *module, gn_var *x)
{
    return gn_apply_all(module, &x, 1);
}
