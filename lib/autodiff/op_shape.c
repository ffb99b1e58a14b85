/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_shape.c - ops that arrange elements without computing on them. */
#include "autodiff/attributes.h"
#include "autodiff/tape.h"

#include <string.h>

/* --- the same elements under another shape: nothing is computed, so there is no forward --------------------------- */

static void reshape_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_reshape(out_gradient, out->inputs[0]->shape);
}

const gn_op gn__op_reshape = {"reshape", NULL, reshape_gradient, false};

/* Puts the size that makes the counts equal where shape says -1; the caller refuses a shape that has none. */
static gn_shape fill_in(gn_shape shape, int64_t count)
{
    int free_axis = -1;
    int64_t known = 1;
    for (int axis = 0; axis < shape.rank; axis++) {
        if (shape.size[axis] == -1)
            free_axis = axis;
        else if (shape.size[axis] > 0 && shape.size[axis] <= count)
            known *= shape.size[axis];
        if (known > count)
            return shape;
    }
    if (free_axis >= 0)
        shape.size[free_axis] = count / known;
    return shape;
}

gn_var *gn_reshape(gn_var *x, gn_shape shape)
{
    if (!gn__check_inputs("reshape", &x, 1))
        return gn__poison_of(&x, 1);
    if (shape.rank < 0 || shape.rank > GN_MAX_RANK)
        return gn__op_fail(x, "reshape", GN_ERROR_SHAPE, "the shape has rank %d, expected 0 to %d", shape.rank,
                           GN_MAX_RANK);
    const gn_shape filled = fill_in(shape, gn_shape_count(x->shape));
    if (gn_shape_equal(x->shape, filled))
        return x;
    if (gn_shape_count(filled) != gn_shape_count(x->shape)) {
        char from[64], to[64];
        return gn__op_fail(x, "reshape", GN_ERROR_SHAPE, "input %s has %lld elements, which do not fit %s",
                           gn_shape_text(x->shape, from, sizeof from), (long long)gn_shape_count(x->shape),
                           gn_shape_text(shape, to, sizeof to));
    }
    return gn__view(&gn__op_reshape, x, filled);
}

const gn_op gn__op_stop_gradient = {"stop_gradient", NULL, NULL, false};

gn_var *gn_stop_gradient(gn_var *x)
{
    if (!gn__check_inputs("stop_gradient", &x, 1))
        return gn__poison_of(&x, 1);
    return gn__view(&gn__op_stop_gradient, x, x->shape);
}

/* --- broadcast and transpose: a copy that reads with strides of its own ------------------------------------------- */

static void copy_line(gn_real *target, const gn_real *source, int64_t count, int64_t stride)
{
    if (stride == 1) {
        memcpy(target, source, (size_t)count * sizeof *target);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        target[i] = source[i * stride];
}

static gn_status copy_forward(gn_var *out)
{
    const gn__copy_attributes *attributes = out->attributes;
    const gn_real *source = out->inputs[0]->data;
    const int last = out->shape.rank - 1;
    const int64_t line = out->shape.size[last], lines = gn_shape_count(out->shape) / line;
    int64_t place[GN_MAX_RANK] = {0};
    for (int64_t i = 0; i < lines; i++) {
        copy_line(out->data + i * line, source, line, attributes->stride[last]);
        for (int axis = last - 1; axis >= 0; axis--) {
            source += attributes->stride[axis];
            if (++place[axis] < out->shape.size[axis])
                break;
            source -= attributes->stride[axis] * place[axis];
            place[axis] = 0;
        }
    }
    return GN_OK;
}

static void row_major_strides(gn_shape shape, int64_t *stride)
{
    int64_t step = 1;
    for (int axis = shape.rank - 1; axis >= 0; axis--) {
        stride[axis] = step;
        step *= shape.size[axis];
    }
}

static void broadcast_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn__sum_to(out_gradient, out->inputs[0]->shape);
}

const gn_op gn__op_broadcast = {"broadcast", copy_forward, broadcast_gradient, false};

gn_var *gn_broadcast(gn_var *x, gn_shape shape)
{
    if (!gn__check_inputs("broadcast", &x, 1))
        return gn__poison_of(&x, 1);
    if (gn_shape_equal(x->shape, shape))
        return x;
    const int extra = shape.rank - x->shape.rank;
    bool fits = extra >= 0 && gn_shape_count(shape) > 0;
    int64_t stride[GN_MAX_RANK];
    gn__copy_attributes attributes = {.stride = {0}};
    row_major_strides(x->shape, stride);
    for (int axis = 0; axis < x->shape.rank && fits; axis++) {
        fits = x->shape.size[axis] == 1 || x->shape.size[axis] == shape.size[axis + extra];
        attributes.stride[axis + extra] = x->shape.size[axis] == 1 ? 0 : stride[axis];
    }
    if (!fits) {
        char from[64], to[64];
        return gn__op_fail(x, "broadcast", GN_ERROR_SHAPE, "input %s cannot be repeated to %s",
                           gn_shape_text(x->shape, from, sizeof from), gn_shape_text(shape, to, sizeof to));
    }
    return gn_record(&gn__op_broadcast, &x, 1, shape, &attributes, sizeof attributes);
}

static void transpose_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    const gn__copy_attributes *attributes = out->attributes;
    int inverse[GN_MAX_RANK] = {0};
    for (int axis = 0; axis < out->shape.rank; axis++)
        inverse[attributes->order[axis]] = axis;
    gradients[0] = gn_transpose(out_gradient, inverse);
}

const gn_op gn__op_transpose = {"transpose", copy_forward, transpose_gradient, false};

static gn_var *refuse_order(gn_var *x, const int *order)
{
    gn_shape given = {.rank = x->shape.rank};
    char text[128] = "NULL";
    for (int axis = 0; axis < given.rank && order != NULL; axis++)
        given.size[axis] = order[axis];
    if (order != NULL)
        gn_shape_text(given, text, sizeof text);
    return gn__op_fail(x, "transpose", GN_ERROR_ARGUMENT, "order is %s, expected each of the axes 0 to %d once", text,
                       given.rank - 1);
}

gn_var *gn_transpose(gn_var *x, const int *order)
{
    if (!gn__check_inputs("transpose", &x, 1))
        return gn__poison_of(&x, 1);
    if (x->shape.rank == 0)
        return x;
    gn_shape shape = x->shape;
    int64_t stride[GN_MAX_RANK];
    gn__copy_attributes attributes = {.stride = {0}};
    unsigned seen = 0;
    row_major_strides(x->shape, stride);
    for (int axis = 0; axis < shape.rank; axis++) {
        const int from = order == NULL ? -1 : order[axis];
        if (from < 0 || from >= shape.rank || seen & GN_AXIS(from))
            return refuse_order(x, order);
        seen |= GN_AXIS(from);
        attributes.order[axis] = from;
        attributes.stride[axis] = stride[from];
        shape.size[axis] = x->shape.size[from];
    }
    return gn_record(&gn__op_transpose, &x, 1, shape, &attributes, sizeof attributes);
}

/* --- pieces along one axis ---------------------------------------------------------------------------------------- */

/* Rows of `count` elements, between buffers whose rows are further apart. */
typedef struct row_copy {
    gn_real *target;
    int64_t target_step;
    const gn_real *source;
    int64_t source_step, rows, count;
} row_copy;

enum {
    TILE = 8 * 1024, /* elements that a thread copies at a time */
    NARROW = 4,      /* elements of a row that are copied in less time than a call of memcpy takes */
};

static int64_t rows_in_tile(const row_copy *copy)
{
    return TILE / copy->count + 1;
}

static void copy_tile(void *argument, int64_t index, int worker)
{
    const row_copy *copy = argument;
    const gn__stretch at = gn__stretch_at(copy->rows, rows_in_tile(copy), index);
    const int64_t target_step = copy->target_step, source_step = copy->source_step;
    gn_real *const target = copy->target + at.first * target_step;
    const gn_real *const source = copy->source + at.first * source_step;
    (void)worker;
    for (int64_t j = 0; j < copy->count && copy->count <= NARROW; j++)
        for (int64_t i = 0; i < at.count; i++)
            target[i * target_step + j] = source[i * source_step + j];
    for (int64_t i = 0; i < at.count && copy->count > NARROW; i++)
        memcpy(target + i * target_step, source + i * source_step, (size_t)copy->count * sizeof *target);
}

static void copy_rows(const gn_var *out, row_copy copy)
{
    gn__parallel_for(gn__context_of(out)->pool, gn__stretches(copy.rows, rows_in_tile(&copy)), copy_tile, &copy);
}

static gn_status concat_forward(gn_var *out)
{
    const gn__piece_attributes *attributes = out->attributes;
    const gn__axes axes = gn__split_axes(out->shape, attributes->axis, attributes->axis + 1);
    int64_t done = 0;
    for (int i = 0; i < out->input_count; i++) {
        const int64_t count = out->inputs[i]->shape.size[attributes->axis] * axes.inner;
        copy_rows(out, (row_copy){out->data + done, axes.middle * axes.inner, out->inputs[i]->data, count, axes.outer,
                                  count});
        done += count;
    }
    return GN_OK;
}

static void concat_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    const gn__piece_attributes *attributes = out->attributes;
    int64_t start = 0;
    for (int i = 0; i < out->input_count; i++) {
        const int64_t length = out->inputs[i]->shape.size[attributes->axis];
        if (wanted[i])
            gradients[i] = gn_slice(out_gradient, attributes->axis, start, length);
        start += length;
    }
}

const gn_op gn__op_concat = {"concat", concat_forward, concat_gradient, false};

static bool equal_but_axis(gn_shape a, gn_shape b, int axis)
{
    if (axis < a.rank && axis < b.rank)
        a.size[axis] = b.size[axis];
    return gn_shape_equal(a, b);
}

gn_var *gn_concat(gn_var *const *inputs, int count, int axis)
{
    if (inputs == NULL || count < 1)
        return NULL;
    if (!gn__check_inputs("concat", inputs, count))
        return gn__poison_of(inputs, count);
    gn_shape shape = inputs[0]->shape;
    if (count > GN_MAX_INPUTS)
        return gn__op_fail(inputs[0], "concat", GN_ERROR_ARGUMENT, "%d inputs, at most %d are possible", count,
                           GN_MAX_INPUTS);
    if (axis < 0 || axis >= shape.rank)
        return gn__op_fail(inputs[0], "concat", GN_ERROR_ARGUMENT, "axis is %d, the inputs have rank %d", axis,
                           shape.rank);
    for (int i = 1; i < count; i++) {
        if (!equal_but_axis(shape, inputs[i]->shape, axis)) {
            char first[64], other[64];
            return gn__op_fail(inputs[0], "concat", GN_ERROR_SHAPE, "inputs 0 and %d, %s and %s, differ beside axis %d",
                               i, gn_shape_text(inputs[0]->shape, first, sizeof first),
                               gn_shape_text(inputs[i]->shape, other, sizeof other), axis);
        }
        shape.size[axis] += inputs[i]->shape.size[axis];
    }
    const gn__piece_attributes attributes = {.axis = axis};
    return gn_record(&gn__op_concat, inputs, count, shape, &attributes, sizeof attributes);
}

static gn_status slice_forward(gn_var *out)
{
    const gn__piece_attributes *a = out->attributes;
    const gn__axes axes = gn__split_axes(out->inputs[0]->shape, a->axis, a->axis + 1);
    const int64_t count = a->length * axes.inner;
    copy_rows(out, (row_copy){out->data, count, out->inputs[0]->data + a->start * axes.inner, axes.middle * axes.inner,
                              axes.outer, count});
    return GN_OK;
}

static void slice_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    const gn__piece_attributes *a = out->attributes;
    gradients[0] = gn_pad(out_gradient, a->axis, a->start, out->inputs[0]->shape.size[a->axis] - a->start - a->length);
}

const gn_op gn__op_slice = {"slice", slice_forward, slice_gradient, false};

gn_var *gn_slice(gn_var *x, int axis, int64_t start, int64_t length)
{
    if (!gn__check_inputs("slice", &x, 1))
        return gn__poison_of(&x, 1);
    gn_shape shape = x->shape;
    if (axis < 0 || axis >= shape.rank || start < 0 || length < 1 || length > shape.size[axis] - start) {
        char text[64];
        return gn__op_fail(x, "slice", GN_ERROR_ARGUMENT, "%lld elements from %lld of axis %d are not inside input %s",
                           (long long)length, (long long)start, axis, gn_shape_text(shape, text, sizeof text));
    }
    shape.size[axis] = length;
    const gn__piece_attributes attributes = {axis, start, length};
    return gn_record(&gn__op_slice, &x, 1, shape, &attributes, sizeof attributes);
}

static gn_status pad_forward(gn_var *out)
{
    const gn__piece_attributes *a = out->attributes;
    const gn__axes axes = gn__split_axes(out->shape, a->axis, a->axis + 1);
    const int64_t count = a->length * axes.inner;
    memset(out->data, 0, (size_t)gn_shape_count(out->shape) * sizeof *out->data);
    copy_rows(out, (row_copy){out->data + a->start * axes.inner, axes.middle * axes.inner, out->inputs[0]->data, count,
                              axes.outer, count});
    return GN_OK;
}

static void pad_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    const gn__piece_attributes *a = out->attributes;
    gradients[0] = gn_slice(out_gradient, a->axis, a->start, a->length);
}

const gn_op gn__op_pad = {"pad", pad_forward, pad_gradient, false};

gn_var *gn_pad(gn_var *x, int axis, int64_t before, int64_t after)
{
    if (!gn__check_inputs("pad", &x, 1))
        return gn__poison_of(&x, 1);
    const int64_t most = INT64_C(1) << 40;
    char text[64];
    if (axis < 0 || axis >= x->shape.rank)
        return gn__op_fail(x, "pad", GN_ERROR_ARGUMENT, "axis is %d, the input %s has rank %d", axis,
                           gn_shape_text(x->shape, text, sizeof text), x->shape.rank);
    if (before < 0 || after < 0 || before > most || after > most)
        return gn__op_fail(x, "pad", GN_ERROR_ARGUMENT, "before is %lld and after %lld, expected 0 to 2^40",
                           (long long)before, (long long)after);
    const gn__piece_attributes attributes = {axis, before, x->shape.size[axis]};
    gn_shape shape = x->shape;
    shape.size[axis] += before + after;
    return gn_record(&gn__op_pad, &x, 1, shape, &attributes, sizeof attributes);
}
