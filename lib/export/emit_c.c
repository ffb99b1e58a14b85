/* SPDX-License-Identifier: MIT */
/* lib/export/emit_c.c - a network as C source: the steps of a plan as calls of small functions, which are written
 * along. */
#include "autodiff/attributes.h"
#include "core/allocator.h"
#include "export/emit_functions.h"
#include "export/emit_names.h"
#include "export/emit_plan.h"
#include "export/trace.h"
#include "io/file.h"

#include <ctype.h>
#include <gannet/emit_c.h>
#include <gannet/version.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUFFER = 1 << 14, NUMBERS_IN_LINE = 8, PLACE = 160 };

typedef struct emitter {
    gn__plan plan;
    gn_emit_c_options names; /* complete */
    gn_var *inputs[GN__MAX_TRACED];
    int input_count;
    gn__writer file;
    bool used[GN__EMIT_FUNCTIONS];
    bool dry; /* nothing is written: to find out what is used */
    size_t filled;
    char buffer[BUFFER];
} emitter;

/* --- text --------------------------------------------------------------------------------------------------------- */

static void flush(emitter *e)
{
    gn__writer_write(&e->file, e->buffer, e->filled);
    e->filled = 0;
}

static void put_letter(emitter *e, char letter)
{
    if (e->filled == BUFFER)
        flush(e);
    e->buffer[e->filled++] = letter;
}

/* In all text that is written, @ stands for the name and $ for the name in capitals. */
static void put_text(emitter *e, const char *text)
{
    for (; *text != '\0' && !e->dry; text++)
        if (*text == '@' || *text == '$')
            for (const char *name = e->names.name; *name != '\0'; name++)
                put_letter(e, *text == '@' ? *name : (char)toupper((unsigned char)*name));
        else
            put_letter(e, *text);
}

static void put(emitter *e, const char *format, ...) GN_PRINTF(2, 3);
static void put(emitter *e, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put_text(e, text);
}

static void put_capitals(emitter *e, const char *name)
{
    for (; *name != '\0'; name++)
        put(e, "%c", toupper((unsigned char)*name));
}

/* Module names may hold anything, such as the end of a comment. */
static void put_comment(emitter *e, const char *before, const char *name, const char *after)
{
    put_text(e, before);
    for (; *name != '\0'; name++)
        put(e, "%c", isalnum((unsigned char)*name) || strchr("._-", *name) != NULL ? *name : '?');
    put_text(e, after);
}

/* A hexadecimal constant, which is exact, and the same whatever the locale says of decimal points. */
static const char *number_text(float number, char text[32])
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    const unsigned exponent = bits >> 23 & 255, digits = (bits & 0x7fffff) << 1;
    if (exponent == 255)
        return digits != 0 ? "NAN" : bits >> 31 ? "-INFINITY" : "INFINITY";
    if (exponent == 0 && digits == 0)
        return bits == 0 ? "0" : "-0.0f";
    snprintf(text, 32, "%s0x%d.%06xp%df", bits >> 31 ? "-" : "", exponent > 0, digits,
             exponent > 0 ? (int)exponent - 127 : -126);
    return text;
}

/* --- weights ------------------------------------------------------------------------------------------------------ */

static const char *layer_of(const gn_var *var)
{
    return var->layer == NULL ? "network" : var->layer;
}

/* In the array, of which this is element number index. */
static void put_weight(emitter *e, const gn_var *var, int64_t index, double weight)
{
    char text[32];
    const float number = (float)weight;
    if (!(number - number == 0))
        gn__writer_fail(&e->file, gn_context_fail(e->plan.context, GN_ERROR_NUMBER,
                                                  "emit_c: a weight of '%s' is not finite", layer_of(var)));
    put_text(e, index % NUMBERS_IN_LINE == 0 ? "\n    " : " ");
    put_text(e, number_text(number, text));
    put_text(e, ",");
}

static void begin_weights(emitter *e, const gn_var *var, const char *what)
{
    put_comment(e, "\n    /* ", layer_of(var), ": ");
    put(e, "%s */", what);
}

static double channel_number(const gn_var *var, int64_t channel, double otherwise)
{
    return var == NULL ? otherwise : (double)var->data[channel % gn_shape_count(var->shape)];
}

/* Outputs come last, which conv_transpose2d keeps as the last axis but one. */
static void put_layer_weight(emitter *e, const gn__planned *value)
{
    const gn_var *var = value->var, *weight = var->inputs[1];
    const bool transposed = var->op == &gn__op_conv_transpose2d;
    const int64_t out = var->shape.size[var->shape.rank - 1], count = gn_shape_count(weight->shape);
    const int64_t in = weight->shape.size[weight->shape.rank - (transposed ? 1 : 2)];
    begin_weights(e, var, "weight");
    for (int64_t i = 0; i < count; i++) {
        const int64_t place = transposed ? (i / out / in * out + i % out) * in + i / out % in : i;
        put_weight(e, var, i, (double)weight->data[place] * channel_number(value->scale, i % out, 1));
    }
}

static void put_layer_bias(emitter *e, const gn__planned *value)
{
    const gn_var *var = value->var, *bias = var->input_count == 3 ? var->inputs[2] : NULL;
    begin_weights(e, var, "bias");
    for (int64_t i = 0; i < var->shape.size[var->shape.rank - 1]; i++)
        put_weight(e, var, i,
                   channel_number(bias, i, 0) * channel_number(value->scale, i, 1) +
                       channel_number(value->shift, i, 0));
}

static void put_constant(emitter *e, const gn_var *var)
{
    begin_weights(e, var, "constant");
    for (int64_t i = 0; i < gn_shape_count(var->shape); i++)
        put_weight(e, var, i, (double)var->data[i]);
}

/* In the order of their places. */
static void put_weights(emitter *e)
{
    const gn__plan *plan = &e->plan;
    int64_t place = 0;
    if (plan->weights == 0)
        return;
    put(e, "\nstatic const float @_weights[%" PRId64 "] = {", plan->weights);
    while (place < plan->weights)
        for (int64_t i = 0; i < plan->count; i++) {
            const gn__planned *value = &plan->values[i];
            if (value->weight == place) {
                put_layer_weight(e, value);
                place += gn_shape_count(value->var->inputs[1]->shape);
            }
            if (value->bias == place) {
                put_layer_bias(e, value);
                place += value->var->shape.size[value->var->shape.rank - 1];
            }
            if (value->home == GN__IN_WEIGHTS && value->offset == place) {
                put_constant(e, value->var);
                place += gn_shape_count(value->var->shape);
            }
        }
    put_text(e, "\n};\n");
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

static const char *offset_text(const char *array, int64_t offset, char place[PLACE])
{
    if (offset == 0)
        snprintf(place, PLACE, "%s", array);
    else
        snprintf(place, PLACE, "%s + %" PRId64, array, offset);
    return place;
}

/* Where a value stands, as an expression. */
static const char *place_of(const emitter *e, const gn_var *var, char place[PLACE])
{
    const gn__planned *value = &e->plan.values[gn__plan_value(&e->plan, var)->source];
    switch (value->home) {
    case GN__IN_INPUT:
        return offset_text(e->names.input_names[value->offset], 0, place);
    case GN__IN_OUTPUT:
        return offset_text(e->names.output_name, 0, place);
    case GN__IN_WEIGHTS:
        return offset_text("@_weights", value->offset, place);
    default:
        return offset_text("scratch", value->offset, place);
    }
}

/* "    @_relu(scratch + 4, pixels" with the places of the inputs and the result; what follows them is the caller's. */
static void begin_call(emitter *e, gn__emit_function function, const gn_var *var)
{
    char place[PLACE];
    e->used[function] = true;
    put(e, "    @_%s(", gn__emit_texts[function].name);
    for (int i = 0; i < var->input_count; i++)
        put(e, "%s, ", place_of(e, var->inputs[i], place));
    put(e, "%s", place_of(e, var, place));
}

static void put_list(emitter *e, const int64_t *numbers, int count)
{
    for (int i = 0; i < count; i++)
        put(e, "%s%" PRId64, i == 0 ? "" : ", ", numbers[i]);
}

static void end_call(emitter *e, const int64_t *numbers, int count)
{
    put_text(e, ", ");
    put_list(e, numbers, count);
    put_text(e, ");\n");
}

static void put_unary(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn__unary_attributes *attributes = value->var->attributes;
    const gn_real numbers[] = {attributes->a, attributes->b};
    char text[32];
    begin_call(e, function, value->var);
    for (int i = 0; i < 2 && i < gn__emit_texts[function].numbers; i++)
        put(e, ", %s", number_text((float)numbers[i], text));
    end_call(e, (const int64_t[]){gn_shape_count(value->var->shape)}, 1);
}

static void put_binary(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn_var *var = value->var;
    const gn__repetition r = gn__repetition_of(var->shape, var->inputs[1]->shape);
    begin_call(e, function, var);
    end_call(e, (const int64_t[]){gn_shape_count(var->shape), r.inner, r.count}, 3);
}

/* The neighbouring axes in which the shapes differ are reduced. */
static void put_reduction(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn_var *var = value->var;
    const gn_shape whole = var->inputs[0]->shape;
    int from = 0, to = whole.rank;
    while (from < to && whole.size[from] == var->shape.size[from])
        from++;
    while (to > from && whole.size[to - 1] == var->shape.size[to - 1])
        to--;
    const gn__axes axes = gn__split_axes(whole, from, to);
    begin_call(e, function, var);
    end_call(e, (const int64_t[]){axes.outer, axes.middle, axes.inner}, 3);
}

static void put_softmax(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn__axes axes = gn__split_last_axis(value->var->shape);
    begin_call(e, function, value->var);
    end_call(e, (const int64_t[]){axes.outer, axes.middle}, 2);
}

static void put_numbers(emitter *e, const int64_t *numbers, int count)
{
    put_text(e, ", (const long[]){");
    put_list(e, numbers, count);
    put_text(e, "}");
}

/* Shapes and steps of six axes, the last ones of which are the value's. */
static void put_strided_copy(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn_var *var = value->var;
    const gn__copy_attributes *attributes = var->attributes;
    int64_t size[GN_MAX_RANK], stride[GN_MAX_RANK];
    for (int i = 0; i < GN_MAX_RANK; i++) {
        const int axis = i - GN_MAX_RANK + var->shape.rank;
        size[i] = axis < 0 ? 1 : var->shape.size[axis];
        stride[i] = axis < 0 ? 0 : attributes->stride[axis];
    }
    begin_call(e, function, var);
    put_numbers(e, size, GN_MAX_RANK);
    put_numbers(e, stride, GN_MAX_RANK);
    end_call(e, (const int64_t[]){gn_shape_count(var->shape)}, 1);
}

/* rows of count numbers from one place to another, by steps of their own. */
static void put_rows(emitter *e, gn__emit_function function, const char *x, int64_t x_step, const char *y,
                     int64_t y_step, int64_t rows, int64_t count)
{
    e->used[function] = true;
    put(e, "    @_%s(%s, %" PRId64 ", %s", gn__emit_texts[function].name, x, x_step, y);
    end_call(e, (const int64_t[]){y_step, rows, count}, 3);
}

static const char *moved(const char *place, int64_t offset, char text[PLACE + 32])
{
    snprintf(text, PLACE + 32, offset == 0 ? "%s" : "%s + %" PRId64, place, offset);
    return text;
}

static void put_concat(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn_var *var = value->var;
    const int axis = ((const gn__piece_attributes *)var->attributes)->axis;
    const gn__axes axes = gn__split_axes(var->shape, axis, axis + 1);
    int64_t done = 0;
    char x[PLACE], y[PLACE], to[PLACE + 32];
    for (int i = 0; i < var->input_count; i++) {
        const int64_t count = var->inputs[i]->shape.size[axis] * axes.inner;
        put_rows(e, function, place_of(e, var->inputs[i], x), count, moved(place_of(e, var, y), done, to),
                 axes.middle * axes.inner, axes.outer, count);
        done += count;
    }
}

static void put_slice(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn_var *var = value->var;
    const gn__piece_attributes *a = var->attributes;
    const gn__axes axes = gn__split_axes(var->inputs[0]->shape, a->axis, a->axis + 1);
    const int64_t count = a->length * axes.inner;
    char x[PLACE], y[PLACE], from[PLACE + 32];
    put_rows(e, function, moved(place_of(e, var->inputs[0], x), a->start * axes.inner, from), axes.middle * axes.inner,
             place_of(e, var, y), count, axes.outer, count);
}

static void put_pad(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn_var *var = value->var;
    const gn__piece_attributes *a = var->attributes;
    const gn__axes axes = gn__split_axes(var->shape, a->axis, a->axis + 1);
    const int64_t count = a->length * axes.inner;
    char x[PLACE], y[PLACE], to[PLACE + 32];
    e->used[GN__EMIT_ZERO] = true;
    put(e, "    @_zero(%s, %" PRId64 ");\n", place_of(e, var, y), gn_shape_count(var->shape));
    put_rows(e, function, place_of(e, var->inputs[0], x), count, moved(y, a->start * axes.inner, to),
             axes.middle * axes.inner, axes.outer, count);
}

static void put_matmul(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn_var *var = value->var, *a = var->inputs[0], *b = var->inputs[1];
    const gn__matmul_attributes *attributes = var->attributes;
    const bool ta = attributes->transpose_a, tb = attributes->transpose_b;
    const int64_t a_columns = a->shape.size[1], b_columns = b->shape.size[1];
    const int64_t numbers[] = {var->shape.size[0], var->shape.size[1], a->shape.size[ta ? 0 : 1], ta ? 1 : a_columns,
                               ta ? a_columns : 1, tb ? 1 : b_columns, tb ? b_columns : 1};
    begin_call(e, function, var);
    end_call(e, numbers, sizeof numbers / sizeof *numbers);
}

/* x, weight, bias or 0, y */
static void begin_layer(emitter *e, gn__emit_function function, const gn__planned *value)
{
    char place[PLACE];
    e->used[function] = true;
    put(e, "    @_%s(%s, ", gn__emit_texts[function].name, place_of(e, value->var->inputs[0], place));
    put(e, "%s, ", offset_text("@_weights", value->weight, place));
    put(e, "%s, ", value->bias < 0 ? "0" : offset_text("@_weights", value->bias, place));
    put(e, "%s", place_of(e, value->var, place));
}

static void put_linear(emitter *e, const gn__planned *value, gn__emit_function function)
{
    begin_layer(e, function, value);
    const gn_shape x = value->var->inputs[0]->shape;
    end_call(e, (const int64_t[]){x.size[0], x.size[1], value->var->shape.size[1]}, 3);
}

/* The geometry as the functions take it. */
static void end_window(emitter *e, const gn__planned *value)
{
    const gn__conv_shape *s = value->var->attributes;
    const int64_t numbers[] = {s->n,  s->h,        s->w,        s->c,          s->oh,         s->ow,  s->k,   s->kh,
                               s->kw, s->stride_h, s->stride_w, s->dilation_h, s->dilation_w, s->top, s->left};
    e->used[GN__EMIT_WINDOW] = true;
    put_text(e, ",\n        &(const @_window){");
    put_list(e, numbers, sizeof numbers / sizeof *numbers);
    put_text(e, "});\n");
}

static void put_conv(emitter *e, const gn__planned *value, gn__emit_function function)
{
    begin_layer(e, function, value);
    end_window(e, value);
}

static void put_pool(emitter *e, const gn__planned *value, gn__emit_function function)
{
    begin_call(e, function, value->var);
    end_window(e, value);
}

static void put_upsample(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const int64_t *size = value->var->inputs[0]->shape.size;
    begin_call(e, function, value->var);
    end_call(e, (const int64_t[]){size[0] * size[1], size[2], size[3], *(const int64_t *)value->var->attributes}, 4);
}

/* The op's second input is its first again. */
static void put_pair_distances(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn_var *x = value->var->inputs[0];
    char from[PLACE], to[PLACE];
    e->used[function] = true;
    put(e, "    @_%s(%s, %s", gn__emit_texts[function].name, place_of(e, x, from), place_of(e, value->var, to));
    end_call(e, x->shape.size, 3);
}

static void put_gather(emitter *e, const gn__planned *value, gn__emit_function function)
{
    const gn_shape table = value->var->inputs[0]->shape;
    begin_call(e, function, value->var);
    end_call(e, (const int64_t[]){value->var->shape.size[0], gn_shape_count(table) / table.size[0], table.size[0]}, 3);
}

static void put_one_hot(emitter *e, const gn__planned *value, gn__emit_function function)
{
    begin_call(e, function, value->var);
    end_call(e, value->var->shape.size, 2);
}

/* How an op is written, and by which function it is computed. */
typedef struct row {
    const gn_op *op;
    void (*put)(emitter *e, const gn__planned *value, gn__emit_function function);
    gn__emit_function function;
} row;

static const row rows[] = {
    {&gn__op_neg, put_unary, GN__EMIT_NEG},
    {&gn__op_scale, put_unary, GN__EMIT_SCALE},
    {&gn__op_offset, put_unary, GN__EMIT_OFFSET},
    {&gn__op_power, put_unary, GN__EMIT_POWER},
    {&gn__op_exp, put_unary, GN__EMIT_EXP},
    {&gn__op_log, put_unary, GN__EMIT_LOG},
    {&gn__op_sqrt, put_unary, GN__EMIT_SQRT},
    {&gn__op_abs, put_unary, GN__EMIT_ABS},
    {&gn__op_square, put_unary, GN__EMIT_SQUARE},
    {&gn__op_sign, put_unary, GN__EMIT_SIGN},
    {&gn__op_clamp, put_unary, GN__EMIT_CLAMP},
    {&gn__op_leaky_relu, put_unary, GN__EMIT_LEAKY_RELU},
    {&gn__op_tanh, put_unary, GN__EMIT_TANH},
    {&gn__op_sigmoid, put_unary, GN__EMIT_SIGMOID},
    {&gn__op_softplus, put_unary, GN__EMIT_SOFTPLUS},
    {&gn__op_add, put_binary, GN__EMIT_ADD},
    {&gn__op_sub, put_binary, GN__EMIT_SUB},
    {&gn__op_mul, put_binary, GN__EMIT_MUL},
    {&gn__op_div, put_binary, GN__EMIT_DIV},
    {&gn__op_maximum, put_binary, GN__EMIT_MAXIMUM},
    {&gn__op_minimum, put_binary, GN__EMIT_MINIMUM},
    {&gn__op_sum, put_reduction, GN__EMIT_SUM},
    {&gn__op_max, put_reduction, GN__EMIT_MAX},
    {&gn__op_softmax, put_softmax, GN__EMIT_SOFTMAX},
    {&gn__op_log_softmax, put_softmax, GN__EMIT_LOG_SOFTMAX},
    {&gn__op_broadcast, put_strided_copy, GN__EMIT_COPY},
    {&gn__op_transpose, put_strided_copy, GN__EMIT_COPY},
    {&gn__op_concat, put_concat, GN__EMIT_ROWS},
    {&gn__op_slice, put_slice, GN__EMIT_ROWS},
    {&gn__op_pad, put_pad, GN__EMIT_ROWS},
    {&gn__op_gather_rows, put_gather, GN__EMIT_GATHER},
    {&gn__op_one_hot, put_one_hot, GN__EMIT_ONE_HOT},
    {&gn__op_matmul, put_matmul, GN__EMIT_MATMUL},
    {&gn__op_linear, put_linear, GN__EMIT_LINEAR},
    {&gn__op_conv2d, put_conv, GN__EMIT_CONV2D},
    {&gn__op_conv_transpose2d, put_conv, GN__EMIT_CONV_TRANSPOSE2D},
    {&gn__op_max_pool2d, put_pool, GN__EMIT_MAX_POOL2D},
    {&gn__op_avg_pool2d, put_pool, GN__EMIT_AVG_POOL2D},
    {&gn__op_upsample_nearest2d, put_upsample, GN__EMIT_UPSAMPLE},
    {&gn__op_pair_distances, put_pair_distances, GN__EMIT_PAIR_DISTANCES},
};

/* NULL: the op has no C code. */
static const row *row_of(const gn_op *op)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].op == op)
            return &rows[i];
    return NULL;
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static bool has_variable_weights(const gn__plan *plan, const gn_var *var)
{
    for (int i = 1; i < var->input_count; i++)
        if (gn__plan_has_weights(var) && gn__plan_value(plan, var->inputs[i])->variable)
            return true;
    return false;
}

static gn_status check_steps(const gn__plan *plan)
{
    for (int64_t i = 0; i < plan->count; i++) {
        const gn_var *var = plan->values[i].var;
        if (!gn__plan_is_step(plan, i))
            continue;
        if (row_of(var->op) == NULL)
            return gn_context_fail(plan->context, GN_ERROR_UNSUPPORTED, "emit_c: there is no C code for %s in '%s'",
                                   var->op->name, layer_of(var));
        if (has_variable_weights(plan, var))
            return gn_context_fail(plan->context, GN_ERROR_UNSUPPORTED,
                                   "emit_c: the weights of %s in '%s' depend on an input", var->op->name,
                                   layer_of(var));
    }
    return GN_OK;
}

static void put_size(emitter *e, const char *name, int64_t size)
{
    put_text(e, "    $_");
    put_capitals(e, name);
    put(e, " = %" PRId64 ",\n", size);
}

static void put_prototype(emitter *e)
{
    put(e, "void @_%s(", e->names.verb);
    for (int i = 0; i < e->input_count; i++)
        put(e, "const float *%s, ", e->names.input_names[i]);
    put(e, "float *%s, float *scratch)", e->names.output_name);
}

static void put_declarations(emitter *e, const gn_var *output)
{
    static const char *const axes[] = {"height", "width", "channels"};
    put_text(e, "#ifndef $_DECLARED\n#define $_DECLARED\n\n/* Numbers in each array. */\nenum {\n");
    for (int i = 0; i < e->input_count; i++)
        put_size(e, e->names.input_names[i], gn_shape_count(e->inputs[i]->shape));
    put_size(e, e->names.output_name, gn_shape_count(output->shape));
    for (int i = 0; i < 3 && output->shape.rank == 4; i++)
        put_size(e, axes[i], output->shape.size[i + 1]);
    put_size(e, "scratch", e->plan.scratch > 0 ? e->plan.scratch : 1);
    put_text(e, "};\n\n/* scratch holds nothing between calls; no two arrays may overlap. */\n");
    put_prototype(e);
    put_text(e, ";\n\n#endif\n\n#ifndef $_DECLARATIONS_ONLY\n#include <math.h>\n");
}

/* An argument that is not read. */
static void put_unused(emitter *e)
{
    for (int i = 0; i < e->input_count; i++)
        if (gn__plan_value(&e->plan, e->inputs[i])->uses == 0)
            put(e, "    (void)%s;\n", e->names.input_names[i]);
    if (e->plan.scratch == 0)
        put_text(e, "    (void)scratch;\n");
}

static void put_steps(emitter *e, const gn_var *output)
{
    const gn__plan *plan = &e->plan;
    const char *layer = NULL;
    for (int64_t i = 0; i < plan->count; i++) {
        const gn_var *var = plan->values[i].var;
        if (!gn__plan_is_step(plan, i))
            continue;
        if (layer != var->layer)
            put_comment(e, "    /* ", layer_of(var), " */\n");
        layer = var->layer;
        const row *found = row_of(var->op);
        found->put(e, &plan->values[i], found->function);
    }
    char place[PLACE];
    const int64_t count = gn_shape_count(output->shape);
    if (plan->values[gn__plan_value(plan, output)->source].home != GN__IN_OUTPUT)
        put_rows(e, GN__EMIT_ROWS, place_of(e, output, place), count, e->names.output_name, count, 1, count);
}

static void put_file(emitter *e, const gn_var *output)
{
    e->dry = true;
    put_steps(e, output);
    e->dry = false;
    put(e, "/* Written by libgannet %s: a trained network in C99, which needs no other file. */\n", gn_version());
    put_declarations(e, output);
    put_weights(e);
    for (int i = 0; i < GN__EMIT_FUNCTIONS; i++) {
        put_text(e, e->used[i] ? "\n" : "");
        put_text(e, e->used[i] ? gn__emit_texts[i].text : "");
    }
    put_text(e, "\n");
    put_prototype(e);
    put_text(e, "\n{\n");
    put_unused(e);
    put_steps(e, output);
    put_text(e, "}\n#endif\n");
    flush(e);
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static gn_status write_plan(emitter *e, gn_tape *tape, const gn_var *output, const char *path)
{
    gn_status status = gn__plan_open(&e->plan, tape, e->inputs, e->input_count, output);
    if (status == GN_OK)
        status = check_steps(&e->plan);
    if (status == GN_OK && gn__writer_open(&e->file, tape->context, path, false) == GN_OK)
        put_file(e, output);
    if (status == GN_OK)
        status = gn__writer_close(&e->file);
    gn__plan_close(&e->plan);
    return status;
}

static gn_status emit(emitter *e, gn_module *module, const gn_shape *inputs, int count, const char *path)
{
    gn_tape *tape = gn_tape_new(gn_module_context(module));
    if (tape == NULL)
        return gn_context_status(gn_module_context(module));
    const gn_var *output = gn__module_trace_on(tape, module, inputs, e->inputs, count);
    e->input_count = count;
    gn_status status = gn_tape_status(tape);
    if (status == GN_OK)
        status = gn__emit_names_complete(tape->context, &e->names, count);
    if (status == GN_OK)
        status = write_plan(e, tape, output, path);
    gn_tape_free(tape);
    return status;
}

gn_status gn_module_emit_c(gn_module *module, const char *path, const gn_shape *inputs, int count,
                           const gn_emit_c_options *options)
{
    if (module == NULL)
        return GN_ERROR_ARGUMENT;
    gn_context *context = gn_module_context(module);
    if (inputs == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "emit_c: inputs is NULL");
    emitter *e = gn__new(context, sizeof *e);
    if (e == NULL)
        return GN_ERROR_MEMORY;
    if (options != NULL)
        e->names = *options;
    const gn_status status = emit(e, module, inputs, count, path);
    gn__delete(context, e, sizeof *e);
    return status;
}
