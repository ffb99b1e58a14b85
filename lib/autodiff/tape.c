/* SPDX-License-Identifier: MIT */
/* lib/autodiff/tape.c - recording: values, what they are made of, and the first error. */
#include "autodiff/tape.h"

#include "autodiff/parameter.h"
#include "core/tensor.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { VAR_CHUNK = 1 << 17 };

gn_tape *gn_tape_new(gn_context *context)
{
    if (context == NULL)
        return NULL;
    gn_tape *tape = gn__new(context, sizeof *tape);
    if (tape == NULL)
        return NULL;
    tape->context = context;
    gn__arena_open(&tape->vars, context, VAR_CHUNK);
    gn__arena_open(&tape->older_vars, context, VAR_CHUNK);
    gn__arena_open(&tape->storages, context, VAR_CHUNK);
    gn__arena_open(&tape->data, context, VAR_CHUNK);
    gn__heap_open(&tape->elements, context, GN__STORAGE_CHUNK);
    tape->poison.tape = tape;
    tape->poison.index = -1;
    tape->recording = true;
    tape->pass_serial = INT64_MAX;
    tape->random.seed = context->seed;
    return tape;
}

bool gn__tape_hold(gn_tape *tape)
{
    tape->running++;
    return tape->recording;
}

void gn__tape_release(gn_tape *tape, bool recording)
{
    tape->running--;
    if (tape->recording != recording)
        gn_tape_fail(tape, GN_ERROR_STATE,
                     "gn_tape_set_recording: a function that this tape's recording waits for did not put it back");
    tape->recording = recording;
}

gn_status gn__tape_fail_null(gn_tape *tape, const char *what)
{
    const gn_status status = gn__context_fail_null(tape->context, "%s", what);
    return gn_tape_fail(tape, status, "%s", gn_context_message(tape->context));
}

/* Does the caller of a function stand in the middle of a recording that this would pull away? */
static bool refuse_while_running(gn_tape *tape, const char *what)
{
    if (tape->running > 0)
        gn_tape_fail(tape, GN_ERROR_STATE, "%s: called by a function that this tape's recording waits for", what);
    return tape->running > 0;
}

void gn_tape_free(gn_tape *tape)
{
    if (tape == NULL || refuse_while_running(tape, "gn_tape_free"))
        return;
    gn_context *context = tape->context;
    gn__arena_close(&tape->vars);
    gn__arena_close(&tape->older_vars);
    gn__arena_close(&tape->storages);
    gn__arena_close(&tape->data);
    gn__heap_close(&tape->elements);
    gn__delete(context, tape->leaves, tape->leaf_capacity * sizeof *tape->leaves);
    gn__delete(context, tape, sizeof *tape);
}

void gn_tape_reset(gn_tape *tape)
{
    if (tape == NULL || refuse_while_running(tape, "gn_tape_reset"))
        return;
    const gn__arena next = tape->older_vars;
    tape->older_vars = tape->vars;
    tape->vars = next;
    gn__arena_reset(&tape->vars);
    gn__arena_reset(&tape->storages);
    gn__arena_reset(&tape->data);
    gn__heap_reset(&tape->elements);
    tape->resets++;
    tape->status = GN_OK;
    tape->now = tape->marked = (gn__place){0};
    tape->layer = NULL;
    tape->aim = NULL;
    tape->random.stream++;
    tape->random.index = 0;
}

void gn__tape_mark(gn_tape *tape)
{
    gn__arena_mark(&tape->vars);
    gn__arena_mark(&tape->storages);
    gn__arena_mark(&tape->data);
    tape->marked = tape->now;
}

void gn__tape_rewind(gn_tape *tape)
{
    for (gn__storage *s = tape->now.newest; s != tape->marked.newest; s = s->older)
        gn__storage_release(tape, s);
    gn__arena_rewind(&tape->vars);
    gn__arena_rewind(&tape->storages);
    gn__arena_rewind(&tape->data);
    tape->now = tape->marked;
}

gn_status gn_tape_status(const gn_tape *tape)
{
    return tape == NULL ? GN_ERROR_ARGUMENT : tape->status;
}

GN_PRINTF(4, 0)
static gn_status fail(gn_tape *tape, gn_status status, const char *prefix, const char *format, va_list arguments)
{
    if (tape->status != GN_OK)
        return tape->status;
    char text[GN__MESSAGE_SIZE];
    if (format == NULL)
        snprintf(text, sizeof text, "%s", gn_status_name(status));
    else
        gn__format_message(text, format, arguments);
    tape->status = gn_context_fail(tape->context, status, "%s%s", prefix, text);
    return tape->status;
}

gn_status gn_tape_fail(gn_tape *tape, gn_status status, const char *format, ...)
{
    if (tape == NULL)
        return status;
    va_list arguments;
    va_start(arguments, format);
    const gn_status kept = fail(tape, status, "", format, arguments);
    va_end(arguments);
    return kept;
}

gn_var *gn__op_fail(gn_var *x, const char *op, gn_status status, const char *format, ...)
{
    char prefix[128];
    if (x->tape->layer != NULL)
        snprintf(prefix, sizeof prefix, "%s '%s': ", op, x->tape->layer);
    else
        snprintf(prefix, sizeof prefix, "%s: ", op);
    va_list arguments;
    va_start(arguments, format);
    fail(x->tape, status, prefix, format, arguments);
    va_end(arguments);
    return &x->tape->poison;
}

gn_context *gn_tape_context(const gn_tape *tape)
{
    return tape == NULL ? NULL : tape->context;
}

bool gn_tape_set_recording(gn_tape *tape, bool on)
{
    if (tape == NULL)
        return false;
    const bool before = tape->recording;
    tape->recording = on;
    return before;
}

void gn_tape_set_random(gn_tape *tape, gn_random random)
{
    if (tape != NULL)
        tape->random = random;
}

gn_random *gn_tape_random(gn_tape *tape)
{
    return tape == NULL ? NULL : &tape->random;
}

const char *gn__tape_enter(gn_tape *tape, const char *layer)
{
    const char *before = tape->layer;
    tape->layer = layer;
    return before;
}

/* --- new values --------------------------------------------------------------------------------------------------- */

gn_var *gn__out_of_memory(gn_tape *tape, const char *what, gn_shape shape)
{
    char text[64];
    if (tape->context->freed)
        gn_tape_fail(tape, GN_ERROR_STATE, "%s: the context has been freed", what);
    else
        gn_tape_fail(tape, GN_ERROR_MEMORY, "%s: out of memory for a value of shape %s", what,
                     gn_shape_text(shape, text, sizeof text));
    return &tape->poison;
}

/* A value without memory, on the tape's list unless recording is off. */
static gn_var *var_new(gn_tape *tape, const gn_op *op, gn_shape shape)
{
    gn_var *var = gn__arena_take(&tape->vars, sizeof *var);
    if (var == NULL)
        return NULL;
    *var = (gn_var){.tape = tape, .op = op, .shape = shape, .index = -1, .resets = tape->resets, .layer = tape->layer};
    if (tape->recording) {
        var->index = tape->now.count++;
        var->previous = tape->now.last;
        tape->now.last = var;
    }
    return var;
}

static gn_var *var_with_storage(gn_tape *tape, const gn_op *op, gn_var *const *inputs, gn_shape shape, const char *what)
{
    gn__storage *storage = gn__storage_new(tape, op, inputs, gn_shape_count(shape));
    gn_var *var = storage == NULL ? NULL : var_new(tape, op, shape);
    if (var == NULL)
        return gn__out_of_memory(tape, what, shape);
    var->storage = storage;
    var->data = storage->data;
    return var;
}

void *gn__op_save(gn_var *out, size_t size)
{
    if (out->saved == NULL)
        out->saved = gn__arena_take(&out->tape->data, size);
    return out->saved;
}

/* --- values that no op made --------------------------------------------------------------------------------------- */

gn_var *gn_input(gn_tape *tape, const gn_tensor *tensor)
{
    if (tape == NULL)
        return NULL;
    if (tape->status != GN_OK)
        return &tape->poison;
    if (tensor == NULL) {
        gn__tape_fail_null(tape, "gn_input: tensor");
        return &tape->poison;
    }
    gn_var *var = var_new(tape, NULL, tensor->shape);
    if (var == NULL)
        return gn__out_of_memory(tape, "gn_input", tensor->shape);
    var->data = tensor->data;
    return var;
}

/* What is wrong with a shape, as the end of a message. */
static const char *shape_fault(gn_shape shape, char *text, size_t size)
{
    char sizes[160];
    snprintf(text, size, "%s of rank %d, expected rank 0 to %d, sizes of at least 1 and at most 2^40 elements",
             gn_shape_text(shape, sizes, sizeof sizes), shape.rank, GN_MAX_RANK);
    return text;
}

gn_var *gn__leaf_new(gn_tape *tape, const char *what, gn_shape shape)
{
    if (tape == NULL)
        return NULL;
    if (tape->status != GN_OK)
        return &tape->poison;
    if (gn_shape_count(shape) == 0) {
        char fault[256];
        gn_tape_fail(tape, GN_ERROR_SHAPE, "%s: the shape is %s", what, shape_fault(shape, fault, sizeof fault));
        return &tape->poison;
    }
    return var_with_storage(tape, NULL, NULL, shape, what);
}

gn_var *gn_values(gn_tape *tape, gn_shape shape, const gn_real *values)
{
    gn_var *var = gn__leaf_new(tape, "gn_values", shape);
    if (var == NULL || var->data == NULL)
        return var;
    if (values == NULL) {
        gn_tape_fail(tape, GN_ERROR_ARGUMENT, "gn_values: values is NULL");
        return &tape->poison;
    }
    memcpy(var->data, values, (size_t)gn_shape_count(shape) * sizeof *values);
    return var;
}

gn_var *gn_full(gn_tape *tape, gn_shape shape, gn_real number)
{
    gn_var *var = gn__leaf_new(tape, "gn_full", shape);
    if (var == NULL || var->data == NULL)
        return var;
    const int64_t count = gn_shape_count(shape);
    for (int64_t i = 0; i < count; i++)
        var->data[i] = number;
    return var;
}

gn_var *gn_constant(gn_tape *tape, gn_real number)
{
    return gn_full(tape, (gn_shape){.rank = 0}, number);
}

bool gn__is_stale(const gn_var *var)
{
    return var->data == NULL || var->resets != var->tape->resets;
}

gn_tape *gn_var_tape(const gn_var *var)
{
    return var == NULL ? NULL : var->tape;
}

gn_shape gn_var_shape(const gn_var *var)
{
    static const gn_shape none = {.rank = 0};
    return var == NULL ? none : var->shape;
}

/* The elements, which stay where they are from now on; NULL when memory is out. */
static gn_real *pinned_data(const gn_var *var)
{
    if (gn__is_stale(var))
        return NULL;
    gn__storage *storage = var->storage;
    if (storage == NULL)
        return var->data;
    storage->pinned = true;
    return gn__var_is_there(var) ? storage->data : NULL;
}

const gn_real *gn_var_data(const gn_var *var)
{
    return var == NULL ? NULL : pinned_data(var);
}

gn_real gn_var_number(const gn_var *var)
{
    if (var == NULL || gn__is_stale(var) || gn_shape_count(var->shape) != 1)
        return (gn_real)NAN;
    const gn_real *data = gn_var_data(var);
    return data == NULL ? (gn_real)NAN : data[0];
}

const char *gn_var_op_name(const gn_var *var)
{
    if (var == NULL || var->op == NULL)
        return var != NULL && var->parameter != NULL ? "parameter" : "input";
    return var->op->name;
}

/* --- recording ops ------------------------------------------------------------------------------------------------ */

gn_var *gn__poison_of(gn_var *const *inputs, int count)
{
    for (int i = 0; i < count; i++)
        if (inputs[i] != NULL)
            return &inputs[i]->tape->poison;
    return NULL;
}

bool gn__check_inputs(const char *op, gn_var *const *inputs, int count)
{
    const gn_var *poison = gn__poison_of(inputs, count);
    if (poison == NULL || poison->tape->status != GN_OK)
        return false;
    for (int i = 0; i < count; i++) {
        if (inputs[i] == NULL)
            return gn_tape_fail(poison->tape, GN_ERROR_ARGUMENT, "%s: input %d is NULL", op, i), false;
        if (inputs[i]->tape != poison->tape)
            return gn_tape_fail(poison->tape, GN_ERROR_ARGUMENT, "%s: inputs 0 and %d are on different tapes", op, i),
                   false;
        if (gn__is_stale(inputs[i]))
            return gn_tape_fail(poison->tape, GN_ERROR_STATE, "%s: input %d is a value from before the last reset", op,
                                i),
                   false;
    }
    return true;
}

/* Copies what the gradient will need into a new node. */
static bool describe(gn_var *out, gn_var *const *inputs, int count, const void *attributes, size_t attribute_size)
{
    for (int i = 0; i < count; i++)
        out->inputs[i] = inputs[i];
    out->input_count = count;
    if (attribute_size == 0)
        return true;
    void *copy = gn__arena_take(&out->tape->data, attribute_size);
    if (copy == NULL)
        return false;
    memcpy(copy, attributes, attribute_size);
    out->attributes = copy;
    return true;
}

void gn__tape_keep_values(gn_tape *tape)
{
    for (gn_var *var = tape->now.last; var != NULL && gn__var_wake(var); var = var->previous)
        if (var->storage != NULL)
            var->storage->pinned = true;
}

/* The words for an op that did not answer GN_OK are its own, if it left any. */
static gn_var *refuse_answer(const gn_var *out, gn_status answer, bool left_message)
{
    gn_tape *tape = out->tape;
    const int number = (int)answer;
    if (number < 0 || number >= GN_STATUS_COUNT)
        gn_tape_fail(tape, GN_ERROR_STATE, "%s: forward answered %d, which is no gn_status", out->op->name, number);
    else
        gn_tape_fail(tape, answer, "%s: %s", out->op->name,
                     left_message ? gn_context_message(tape->context) : gn_status_text(answer));
    return &tape->poison;
}

/* Computes a node whose memory is in place. */
static gn_var *compute(gn_var *out, gn_var *const *inputs, int count, const void *attributes, size_t attribute_size)
{
    gn_tape *tape = out->tape;
    if (out->data == NULL)
        return out;
    if (!describe(out, inputs, count, attributes, attribute_size))
        return gn__out_of_memory(tape, out->op->name, out->shape);
    if (!gn__vars_wake(inputs, count))
        return &tape->poison;
    const uint64_t failures = tape->context->failures;
    const bool recording = gn__tape_hold(tape);
    const gn_status status = out->op->forward(out);
    gn__tape_release(tape, recording);
    return status == GN_OK ? out : refuse_answer(out, status, tape->context->failures != failures);
}

/* An op's parts, as far as no other check sees them. */
static gn_var *refuse_op(const gn_op *op, gn_var *x, gn_shape shape, const void *attributes, size_t attribute_size)
{
    char fault[256];
    if (op == NULL || op->name == NULL)
        return gn__op_fail(x, "gn_record", GN_ERROR_ARGUMENT, "the op %s", op == NULL ? "is NULL" : "has no name");
    if (op->forward == NULL)
        return gn__op_fail(x, op->name, GN_ERROR_ARGUMENT, "the op has no forward function");
    if (attributes == NULL && attribute_size > 0)
        return gn__op_fail(x, op->name, GN_ERROR_ARGUMENT, "the attributes are NULL, expected %zu bytes",
                           attribute_size);
    if (gn_shape_count(shape) == 0)
        return gn__op_fail(x, op->name, GN_ERROR_SHAPE, "the result's shape is %s",
                           shape_fault(shape, fault, sizeof fault));
    return NULL;
}

gn_var *gn_record(const gn_op *op, gn_var *const *inputs, int count, gn_shape shape, const void *attributes,
                  size_t attribute_size)
{
    const char *name = op == NULL || op->name == NULL ? "gn_record" : op->name;
    if (inputs == NULL || count < 1)
        return NULL;
    if (!gn__check_inputs(name, inputs, count))
        return gn__poison_of(inputs, count);
    if (count > GN_MAX_INPUTS)
        return gn__op_fail(inputs[0], name, GN_ERROR_ARGUMENT, "%d inputs, expected 1 to %d", count, GN_MAX_INPUTS);
    gn_var *refused = refuse_op(op, inputs[0], shape, attributes, attribute_size);
    if (refused != NULL)
        return refused;
    gn__vars_count_readers(inputs, count, 1);
    gn_var *out = compute(var_with_storage(inputs[0]->tape, op, inputs, shape, op->name), inputs, count, attributes,
                          attribute_size);
    gn__vars_count_readers(inputs, count, -1);
    if (out->index >= 0)
        out->storage->maker = out;
    return out;
}

/* May an op write its result over this gradient? Only inside a first-order pass that made it and has no other use for
 * it. */
static bool may_overwrite(const gn_var *gradient)
{
    return gradient->storage != NULL && gradient->storage->serial >= gradient->tape->pass_serial &&
           gradient->storage->holders == 1;
}

gn_var *gn__record_over(const gn_op *op, gn_var *const *inputs, int count, gn_shape shape, const void *attributes,
                        size_t attribute_size)
{
    if (!gn__check_inputs(op->name, inputs, count))
        return gn__poison_of(inputs, count);
    if (!may_overwrite(inputs[0]))
        return gn_record(op, inputs, count, shape, attributes, attribute_size);
    gn_var *out = var_new(inputs[0]->tape, op, shape);
    if (out == NULL)
        return gn__out_of_memory(inputs[0]->tape, op->name, shape);
    out->data = inputs[0]->data;
    out->storage = inputs[0]->storage;
    gn__vars_count_readers(inputs, count, 1);
    gn_var *result = compute(out, inputs, count, attributes, attribute_size);
    gn__vars_count_readers(inputs, count, -1);
    return result;
}

gn_var *gn__view(const gn_op *op, gn_var *x, gn_shape shape)
{
    gn_var *out = var_new(x->tape, op, shape);
    if (out == NULL || !describe(out, &x, 1, NULL, 0))
        return gn__out_of_memory(x->tape, op->name, shape);
    out->data = x->data;
    out->storage = x->storage;
    return out;
}

gn_var *gn_op_input(const gn_var *var, int index)
{
    return var == NULL || index < 0 || index >= var->input_count ? NULL : var->inputs[index];
}

const void *gn_op_attributes(const gn_var *var)
{
    return var == NULL ? NULL : var->attributes;
}

gn_real *gn_op_output(gn_var *var)
{
    return var == NULL ? NULL : pinned_data(var);
}

const gn__kernels *gn__kernels_of(const gn_var *var)
{
    return var->tape->context->kernels;
}

gn_context *gn__context_of(const gn_var *var)
{
    return var->tape->context;
}
