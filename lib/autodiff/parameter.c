/* SPDX-License-Identifier: MIT */
/* lib/autodiff/parameter.c - parameters: tensors that training changes, and their values on a tape. */
#include "autodiff/parameter.h"

#include "autodiff/tape.h"
#include "core/context.h"
#include "core/tensor.h"
#include "kernels/inner_product.h"

gn_parameter *gn_parameter_new(gn_context *context, const char *name, gn_shape shape)
{
    if (name == NULL || *name == '\0')
        return gn__fail(context, GN_ERROR_ARGUMENT, "parameter: the name is %s, expected at least one character",
                        name == NULL ? "NULL" : "''");
    gn_parameter *parameter = context == NULL ? NULL : gn__new(context, sizeof *parameter);
    if (parameter == NULL)
        return NULL;
    parameter->context = context;
    parameter->serial = ++context->parameters;
    parameter->value = gn__tensor_new_owned(context, shape);
    if (parameter->value == NULL || gn__parameter_rename(parameter, name) != GN_OK) {
        gn__parameter_delete(parameter);
        return NULL;
    }
    return parameter;
}

void gn_parameter_free(gn_parameter *parameter)
{
    if (parameter != NULL && parameter->owned)
        gn_context_fail(parameter->context, GN_ERROR_STATE, "parameter '%s' belongs to a module, which frees it",
                        parameter->name);
    else
        gn__parameter_delete(parameter);
}

void gn__parameter_delete(gn_parameter *parameter)
{
    if (parameter == NULL)
        return;
    gn__tensor_delete(parameter->value);
    gn__tensor_delete(parameter->gradient);
    gn_text_free(parameter->context, parameter->name);
    gn__delete(parameter->context, parameter, sizeof *parameter);
}

const char *gn_parameter_name(const gn_parameter *parameter)
{
    return parameter == NULL ? "" : parameter->name;
}

gn_status gn__parameter_rename(gn_parameter *parameter, const char *name)
{
    char *copy = gn__copy_text(parameter->context, name);
    if (copy == NULL)
        return GN_ERROR_MEMORY;
    gn_text_free(parameter->context, parameter->name);
    parameter->name = copy;
    return GN_OK;
}

gn_tensor *gn_parameter_value(gn_parameter *parameter)
{
    return parameter == NULL ? NULL : parameter->value;
}

gn_tensor *gn_parameter_gradient(gn_parameter *parameter)
{
    return parameter == NULL ? NULL : parameter->gradient;
}

gn_tensor *gn__parameter_need_gradient(gn_parameter *parameter)
{
    if (parameter->gradient == NULL)
        parameter->gradient = gn__tensor_new_owned(parameter->context, parameter->value->shape);
    return parameter->gradient;
}

enum { MAX_PARTS = 64, MIN_PART = 1 << 15 };

/* In parts that the count alone decides, so that threads can share it and the bits stay the same. */
typedef struct measurement {
    const gn_real *gradient;
    int64_t count, part;
    double squares[MAX_PARTS];
} measurement;

static void measure_part(void *argument, int64_t index, int worker)
{
    measurement *m = argument;
    const gn__stretch at = gn__stretch_at(m->count, m->part, index);
    (void)worker;
    m->squares[index] = gn__inner_product(m->gradient + at.first, m->gradient + at.first, at.count);
}

void gn__parameter_measure(gn_parameter *parameter)
{
    measurement m = {.gradient = parameter->gradient->data, .count = parameter->value->count};
    const int64_t even = gn__stretches(m.count, MAX_PARTS);
    m.part = gn__even_stretch(m.count, even > MIN_PART ? even : MIN_PART);
    const int64_t parts = gn__stretches(m.count, m.part);
    gn__parallel_local(parameter->context->pool, parts, measure_part, &m);
    parameter->gradient_squares = 0;
    for (int64_t i = 0; i < parts; i++)
        parameter->gradient_squares += m.squares[i];
}

void gn_parameter_set_frozen(gn_parameter *parameter, bool frozen)
{
    if (parameter != NULL)
        parameter->frozen = frozen;
}

bool gn_parameter_frozen(const gn_parameter *parameter)
{
    return parameter != NULL && parameter->frozen;
}

/* The newest: what was bound after a mark hides what stood before it, until the tape is rewound. */
static gn__leaf *find_leaf(const gn_tape *tape, const gn_parameter *parameter)
{
    for (size_t i = tape->now.leaf_count; i > 0; i--)
        if (tape->leaves[i - 1].parameter == parameter && tape->leaves[i - 1].serial == parameter->serial)
            return &tape->leaves[i - 1];
    return NULL;
}

gn_var *gn__parameter_leaf(const gn_tape *tape, const gn_parameter *parameter)
{
    const gn__leaf *leaf = find_leaf(tape, parameter);
    return leaf == NULL ? NULL : leaf->value;
}

static bool add_leaf(gn_tape *tape, const gn_parameter *parameter, gn_var *value)
{
    gn__leaf *leaves = gn__grow(tape->context, tape->leaves, sizeof *leaves, &tape->leaf_capacity,
                                (size_t)tape->now.leaf_count + 1);
    if (leaves == NULL) {
        gn_tape_fail(tape, GN_ERROR_MEMORY, "out of memory for the parameters of a tape");
        return false;
    }
    tape->leaves = leaves;
    tape->leaves[tape->now.leaf_count++] = (gn__leaf){parameter, parameter->serial, value};
    return true;
}

gn_var *gn_parameter_var(gn_tape *tape, gn_parameter *parameter)
{
    if (tape == NULL)
        return NULL;
    if (parameter == NULL) {
        gn__tape_fail_null(tape, "gn_parameter_var: parameter");
        return &tape->poison;
    }
    gn_var *leaf = gn__parameter_leaf(tape, parameter);
    if (leaf != NULL)
        return leaf;
    const bool recording = gn_tape_set_recording(tape, true); /* a later use may be recorded */
    leaf = gn_input(tape, parameter->value);
    gn_tape_set_recording(tape, recording);
    leaf->parameter = leaf->data == NULL ? NULL : parameter;
    return leaf->data != NULL && add_leaf(tape, parameter, leaf) ? leaf : &tape->poison;
}

gn_status gn_parameter_bind(gn_parameter *parameter, gn_var *value)
{
    if (parameter == NULL || value == NULL)
        return gn_context_fail(parameter == NULL ? NULL : parameter->context, GN_ERROR_ARGUMENT,
                               "parameter bind: the value is NULL");
    gn_tape *tape = value->tape;
    if (tape->status != GN_OK)
        return tape->status;
    if (gn__is_stale(value))
        return gn_tape_fail(tape, GN_ERROR_STATE, "parameter '%s': the value bound to it is from before the last reset",
                            parameter->name);
    if (!gn_shape_equal(value->shape, parameter->value->shape)) {
        char wanted[64], found[64];
        return gn_tape_fail(tape, GN_ERROR_SHAPE, "parameter '%s' has shape %s, the value bound to it %s",
                            parameter->name, gn_shape_text(parameter->value->shape, wanted, sizeof wanted),
                            gn_shape_text(value->shape, found, sizeof found));
    }
    gn__leaf *leaf = find_leaf(tape, parameter);
    if (leaf == NULL || leaf < tape->leaves + tape->marked.leaf_count)
        return add_leaf(tape, parameter, value) ? GN_OK : tape->status;
    leaf->value = value;
    return GN_OK;
}
