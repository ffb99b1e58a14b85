/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_reduce.c - sums, means and maxima along axes, and the softmax family. */
#include "autodiff/tape.h"

gn__axes gn__split_axes(gn_shape shape, int from, int to)
{
    gn__axes axes = {1, 1, 1};
    for (int axis = 0; axis < shape.rank; axis++)
        *(axis < from ? &axes.outer : axis < to ? &axes.middle : &axes.inner) *= shape.size[axis];
    return axes;
}

gn__axes gn__split_last_axis(gn_shape shape)
{
    return gn__split_axes(shape, shape.rank - 1, shape.rank);
}

/* Reduces neighbouring axes from .. to-1; they stay with size 1. */
static gn_var *reduce_group(const gn_op *op, gn_var *x, int from, int to)
{
    if (x->data == NULL)
        return x;
    const gn__axes middle = gn__split_axes(x->shape, from, to);
    gn_shape shape = x->shape;
    for (int axis = from; axis < to; axis++)
        shape.size[axis] = 1;
    return gn_record(op, &x, 1, shape, &middle, sizeof middle);
}

static gn_shape without_axes(gn_shape shape, unsigned axes)
{
    gn_shape kept = {.rank = 0};
    for (int axis = 0; axis < shape.rank; axis++)
        if (!(axes & GN_AXIS(axis)))
            kept.size[kept.rank++] = shape.size[axis];
    return kept;
}

static gn_var *reduce(const char *name, const gn_op *op, gn_var *x, unsigned axes, bool keep_axes)
{
    if (!gn__check_inputs(name, &x, 1))
        return gn__poison_of(&x, 1);
    const gn_shape shape = x->shape;
    if (axes != GN_ALL_AXES && axes >> shape.rank != 0) {
        char text[64];
        return gn__op_fail(x, name, GN_ERROR_ARGUMENT, "axes 0x%x has axes that input %s does not have", axes,
                           gn_shape_text(shape, text, sizeof text));
    }
    for (int to = shape.rank; to > 0;) {
        int from = to - 1;
        if (axes & GN_AXIS(from)) {
            while (from > 0 && axes & GN_AXIS(from - 1))
                from--;
            x = reduce_group(op, x, from, to);
        }
        to = from;
    }
    return keep_axes ? x : gn_reshape(x, without_axes(shape, axes));
}

/* --- sum and mean ------------------------------------------------------------------------------------------------- */

static gn_status sum_forward(gn_var *out)
{
    const gn__axes *a = out->attributes;
    return gn__kernels_of(out)->sum(gn__context_of(out), a->outer, a->middle, a->inner, out->inputs[0]->data,
                                    out->data);
}

static void sum_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_broadcast(out_gradient, out->inputs[0]->shape);
}

const gn_op gn__op_sum = {"sum", sum_forward, sum_gradient, false};

gn_var *gn_sum(gn_var *x, unsigned axes, bool keep_axes)
{
    return reduce("sum", &gn__op_sum, x, axes, keep_axes);
}

gn_var *gn_mean(gn_var *x, unsigned axes, bool keep_axes)
{
    gn_var *sum = reduce("mean", &gn__op_sum, x, axes, keep_axes);
    if (sum == NULL || sum->data == NULL)
        return sum;
    return gn_scale(sum, (gn_real)gn_shape_count(sum->shape) / (gn_real)gn_shape_count(x->shape));
}

gn_var *gn__sum_to(gn_var *x, gn_shape shape)
{
    if (x->data == NULL || gn_shape_equal(x->shape, shape))
        return x;
    unsigned axes = 0;
    const int extra = x->shape.rank - shape.rank;
    for (int axis = 0; axis < x->shape.rank; axis++)
        if (axis < extra || (shape.size[axis - extra] == 1 && x->shape.size[axis] != 1))
            axes |= GN_AXIS(axis);
    return gn_reshape(gn_sum(x, axes, true), shape);
}

/* --- maximum ------------------------------------------------------------------------------------------------------ */

static gn_status max_forward(gn_var *out)
{
    const gn__axes *a = out->attributes;
    int64_t *where = gn__op_save(out, (size_t)gn_shape_count(out->shape) * sizeof *where);
    if (where == NULL)
        return GN_ERROR_MEMORY;
    gn__kernels_of(out)->max(gn__context_of(out), a->outer, a->middle, a->inner, out->inputs[0]->data, out->data,
                             where);
    return GN_OK;
}

static void max_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn__put(out_gradient, out->saved, ((const gn__axes *)out->attributes)->outer, out->inputs[0]->shape);
}

const gn_op gn__op_max = {"max", max_forward, max_gradient, false};

gn_var *gn_max(gn_var *x, unsigned axes, bool keep_axes)
{
    return reduce("max", &gn__op_max, x, axes, keep_axes);
}

/* --- softmax and its logarithm, over the last axis ---------------------------------------------------------------- */

static gn_var *sum_last(gn_var *x)
{
    return x->shape.rank == 0 ? x : gn_sum(x, GN_AXIS(x->shape.rank - 1), true);
}

static gn_status softmax_forward(gn_var *out)
{
    const gn__axes a = gn__split_last_axis(out->shape);
    gn__kernels_of(out)->softmax(gn__context_of(out), a.outer, a.middle, out->inputs[0]->data, out->data);
    return GN_OK;
}

static void softmax_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_mul(out, gn_sub(out_gradient, sum_last(gn_mul(out_gradient, out))));
}

const gn_op gn__op_softmax = {"softmax", softmax_forward, softmax_gradient, false};

gn_var *gn_softmax(gn_var *x)
{
    return gn_record(&gn__op_softmax, &x, 1, gn_var_shape(x), NULL, 0);
}

static gn_status log_softmax_forward(gn_var *out)
{
    const gn__axes a = gn__split_last_axis(out->shape);
    gn__kernels_of(out)->log_softmax(gn__context_of(out), a.outer, a.middle, out->inputs[0]->data, out->data);
    return GN_OK;
}

static void log_softmax_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_sub(out_gradient, gn_mul(gn_exp(out), sum_last(out_gradient)));
}

const gn_op gn__op_log_softmax = {"log_softmax", log_softmax_forward, log_softmax_gradient, false};

gn_var *gn_log_softmax(gn_var *x)
{
    return gn_record(&gn__op_log_softmax, &x, 1, gn_var_shape(x), NULL, 0);
}
