/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_elementwise.c - ops that work element by element, on one or two inputs. */
#include "autodiff/attributes.h"
#include "autodiff/tape.h"

#include <math.h>

/* --- one input ---------------------------------------------------------------------------------------------------- */

static gn_status unary_forward(gn_var *out)
{
    const gn__unary_attributes *attributes = out->attributes;
    gn__kernels_of(out)->unary(gn__context_of(out), attributes->f, attributes->a, attributes->b,
                               gn_shape_count(out->shape), out->inputs[0]->data, out->data);
    return GN_OK;
}

static gn_var *unary(const gn_op *op, gn_var *x, gn__unary f, gn_real a, gn_real b)
{
    if (!gn__check_inputs(op->name, &x, 1))
        return gn__poison_of(&x, 1);
    const gn__unary_attributes attributes = {f, a, b};
    return gn_record(op, &x, 1, x->shape, &attributes, sizeof attributes);
}

static gn_real unary_a(const gn_var *out)
{
    return ((const gn__unary_attributes *)out->attributes)->a;
}

static void neg_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)out, (void)wanted;
    gradients[0] = gn_neg(out_gradient);
}

const gn_op gn__op_neg = {"neg", unary_forward, neg_gradient, false};

gn_var *gn_neg(gn_var *x)
{
    return unary(&gn__op_neg, x, GN__NEG, 0, 0);
}

static void scale_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_scale(out_gradient, unary_a(out));
}

const gn_op gn__op_scale = {"scale", unary_forward, scale_gradient, false};

gn_var *gn_scale(gn_var *x, gn_real factor)
{
    return unary(&gn__op_scale, x, GN__SCALE, factor, 0);
}

static void offset_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)out, (void)wanted;
    gradients[0] = out_gradient;
}

const gn_op gn__op_offset = {"offset", unary_forward, offset_gradient, false};

gn_var *gn_offset(gn_var *x, gn_real number)
{
    return unary(&gn__op_offset, x, GN__OFFSET, number, 0);
}

static void power_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    const gn_real exponent = unary_a(out);
    if (exponent == 1)
        gradients[0] = out_gradient;
    else if (exponent != 0) /* 0 times a power that is infinite at 0 would be no number */
        gradients[0] = gn_mul(out_gradient, gn_scale(gn_power(out->inputs[0], exponent - 1), exponent));
}

const gn_op gn__op_power = {"power", unary_forward, power_gradient, false};

gn_var *gn_power(gn_var *x, gn_real exponent)
{
    return unary(&gn__op_power, x, GN__POWER, exponent, 0);
}

static void exp_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_mul(out_gradient, out);
}

const gn_op gn__op_exp = {"exp", unary_forward, exp_gradient, false};

gn_var *gn_exp(gn_var *x)
{
    return unary(&gn__op_exp, x, GN__EXP, 0, 0);
}

static void log_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_div(out_gradient, out->inputs[0]);
}

const gn_op gn__op_log = {"log", unary_forward, log_gradient, false};

gn_var *gn_log(gn_var *x)
{
    return unary(&gn__op_log, x, GN__LOG, 0, 0);
}

static void sqrt_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_div(gn_scale(out_gradient, (gn_real)0.5), out);
}

const gn_op gn__op_sqrt = {"sqrt", unary_forward, sqrt_gradient, false};

gn_var *gn_sqrt(gn_var *x)
{
    return unary(&gn__op_sqrt, x, GN__SQRT, 0, 0);
}

static void abs_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_mul(out_gradient, gn_sign(out->inputs[0]));
}

const gn_op gn__op_abs = {"abs", unary_forward, abs_gradient, false};

gn_var *gn_abs(gn_var *x)
{
    return unary(&gn__op_abs, x, GN__ABS, 0, 0);
}

static void square_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_mul(out_gradient, gn_scale(out->inputs[0], 2));
}

const gn_op gn__op_square = {"square", unary_forward, square_gradient, false};

gn_var *gn_square(gn_var *x)
{
    return unary(&gn__op_square, x, GN__SQUARE, 0, 0);
}

const gn_op gn__op_sign = {"sign", unary_forward, NULL, false};

gn_var *gn_sign(gn_var *x)
{
    return unary(&gn__op_sign, x, GN__SIGN, 0, 0);
}

static void tanh_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients);

const gn_op gn__op_tanh = {"tanh", unary_forward, tanh_gradient, false};

gn_var *gn_tanh(gn_var *x)
{
    return unary(&gn__op_tanh, x, GN__TANH, 0, 0);
}

static void sigmoid_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients);

const gn_op gn__op_sigmoid = {"sigmoid", unary_forward, sigmoid_gradient, false};

gn_var *gn_sigmoid(gn_var *x)
{
    return unary(&gn__op_sigmoid, x, GN__SIGMOID, 0, 0);
}

static void softplus_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_mul(out_gradient, gn_sigmoid(out->inputs[0]));
}

const gn_op gn__op_softplus = {"softplus", unary_forward, softplus_gradient, false};

gn_var *gn_softplus(gn_var *x)
{
    return unary(&gn__op_softplus, x, GN__SOFTPLUS, 0, 0);
}

static void leaky_relu_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn__leaky_relu_gradient(out_gradient, out->inputs[0], unary_a(out));
}

const gn_op gn__op_leaky_relu = {"leaky_relu", unary_forward, leaky_relu_gradient, false};

gn_var *gn_leaky_relu(gn_var *x, gn_real slope)
{
    if (gn__check_inputs("leaky_relu", &x, 1) && !(slope >= 0 && isfinite(slope)))
        return gn__op_fail(x, "leaky_relu", GN_ERROR_ARGUMENT, "slope is %g, expected 0 <= slope < inf", (double)slope);
    return unary(&gn__op_leaky_relu, x, GN__LEAKY_RELU, slope, 0);
}

gn_var *gn_relu(gn_var *x)
{
    return gn_leaky_relu(x, 0);
}

static gn_var *clamp_gradient_of(gn_var *x, gn_var *y, gn_real low, gn_real high);

static void clamp_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    const gn__unary_attributes *attributes = out->attributes;
    gradients[0] = clamp_gradient_of(out_gradient, out->inputs[0], attributes->a, attributes->b);
}

const gn_op gn__op_clamp = {"clamp", unary_forward, clamp_gradient, false};

gn_var *gn_clamp(gn_var *x, gn_real low, gn_real high)
{
    if (gn__check_inputs("clamp", &x, 1) && !(low <= high))
        return gn__op_fail(x, "clamp", GN_ERROR_ARGUMENT, "low is %g and high %g, expected low <= high", (double)low,
                           (double)high);
    return unary(&gn__op_clamp, x, GN__CLAMP, low, high);
}

/* --- two inputs --------------------------------------------------------------------------------------------------- */

/* How the second input is repeated along the first: not at all, [columns] under every row, or one number per row. */
typedef enum layout { SAME, ROW, COLUMN } layout;

typedef struct binary_attributes {
    gn__binary f;
    gn_real a, b;
    layout layout;
    int64_t rows, columns;
} binary_attributes;

static gn_status binary_forward(gn_var *out)
{
    const binary_attributes *attributes = out->attributes;
    const gn__kernels *kernels = gn__kernels_of(out);
    gn_context *context = gn__context_of(out);
    const gn_real *x = out->inputs[0]->data, *y = out->inputs[1]->data;
    if (attributes->layout == SAME)
        kernels->binary(context, attributes->f, attributes->a, attributes->b, gn_shape_count(out->shape), x, y,
                        out->data);
    else if (attributes->layout == ROW)
        kernels->binary_row(context, attributes->f, attributes->rows, attributes->columns, x, y, out->data);
    else
        kernels->binary_column(context, attributes->f, attributes->rows, attributes->columns, x, y, out->data);
    return GN_OK;
}

/* NumPy's rule; false when it does not hold. */
static bool broadcast_shape(gn_shape a, gn_shape b, gn_shape *out)
{
    out->rank = a.rank > b.rank ? a.rank : b.rank;
    for (int i = 1; i <= out->rank; i++) {
        const int64_t size_a = i <= a.rank ? a.size[a.rank - i] : 1, size_b = i <= b.rank ? b.size[b.rank - i] : 1;
        if (size_a != size_b && size_a != 1 && size_b != 1)
            return false;
        out->size[out->rank - i] = size_a > size_b ? size_a : size_b;
    }
    return true;
}

/* Number of leading axes on which b and whole agree; b is aligned at the last axis. */
static int equal_leading(gn_shape whole, gn_shape b)
{
    int axis = 0;
    while (axis < whole.rank && b.rank == whole.rank && b.size[axis] == whole.size[axis])
        axis++;
    return axis;
}

/* Number of trailing axes on which b and whole agree. */
static int equal_trailing(gn_shape whole, gn_shape b)
{
    int axes = 0;
    while (axes < b.rank && b.size[b.rank - 1 - axes] == whole.size[whole.rank - 1 - axes])
        axes++;
    return axes;
}

/* Finds out whether b is one row or one column of whole, which the kernels repeat without a copy. */
static bool find_layout(gn_shape whole, gn_shape b, binary_attributes *attributes)
{
    const int64_t count = gn_shape_count(whole), count_b = gn_shape_count(b);
    const int trailing = equal_trailing(whole, b), leading = equal_leading(whole, b);
    if (gn__split_axes(whole, whole.rank - trailing, whole.rank).middle == count_b && count_b > 1) {
        *attributes = (binary_attributes){attributes->f, 0, 0, ROW, count / count_b, count_b};
        return true;
    }
    if (gn__split_axes(whole, 0, leading).middle == count_b || count_b == 1) {
        *attributes = (binary_attributes){attributes->f, 0, 0, COLUMN, count_b, count / count_b};
        return true;
    }
    return false;
}

static gn_var *record_binary(const gn_op *op, gn_var *x, gn_var *y, const binary_attributes *attributes)
{
    return gn_record(op, (gn_var *[]){x, y}, 2, x->shape, attributes, sizeof *attributes);
}

static gn_var *binary(const gn_op *op, gn_var *a, gn_var *b, gn__binary f, bool commutes)
{
    gn_var *inputs[] = {a, b};
    if (!gn__check_inputs(op->name, inputs, 2))
        return gn__poison_of(inputs, 2);
    gn_shape shape;
    if (!broadcast_shape(a->shape, b->shape, &shape)) {
        char text_a[64], text_b[64];
        return gn__op_fail(a, op->name, GN_ERROR_SHAPE, "inputs %s and %s cannot be broadcast to each other",
                           gn_shape_text(a->shape, text_a, sizeof text_a),
                           gn_shape_text(b->shape, text_b, sizeof text_b));
    }
    if (commutes && !gn_shape_equal(a->shape, shape) && gn_shape_equal(b->shape, shape))
        return binary(op, b, a, f, false);
    a = gn_broadcast(a, shape);
    binary_attributes attributes = {.f = f, .layout = SAME};
    if (!gn_shape_equal(b->shape, shape) && !find_layout(shape, b->shape, &attributes))
        b = gn_broadcast(b, shape);
    if (a->data == NULL || b->data == NULL)
        return &a->tape->poison;
    return record_binary(op, a, b, &attributes);
}

static void add_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    for (int i = 0; i < 2; i++)
        if (wanted[i])
            gradients[i] = gn__sum_to(out_gradient, out->inputs[i]->shape);
}

const gn_op gn__op_add = {"add", binary_forward, add_gradient, false};

gn_var *gn_add(gn_var *a, gn_var *b)
{
    return binary(&gn__op_add, a, b, GN__ADD, true);
}

static void sub_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    if (wanted[0])
        gradients[0] = gn__sum_to(out_gradient, out->inputs[0]->shape);
    if (wanted[1])
        gradients[1] = gn_neg(gn__sum_to(out_gradient, out->inputs[1]->shape));
}

const gn_op gn__op_sub = {"sub", binary_forward, sub_gradient, false};

gn_var *gn_sub(gn_var *a, gn_var *b)
{
    return binary(&gn__op_sub, a, b, GN__SUB, false);
}

static void mul_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    for (int i = 0; i < 2; i++)
        if (wanted[i])
            gradients[i] = gn__sum_to(gn_mul(out_gradient, out->inputs[1 - i]), out->inputs[i]->shape);
}

const gn_op gn__op_mul = {"mul", binary_forward, mul_gradient, false};

gn_var *gn_mul(gn_var *a, gn_var *b)
{
    return binary(&gn__op_mul, a, b, GN__MUL, true);
}

static void div_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    gn_var *by = gn_div(out_gradient, out->inputs[1]);
    if (wanted[0])
        gradients[0] = gn__sum_to(by, out->inputs[0]->shape);
    if (wanted[1])
        gradients[1] = gn_neg(gn__sum_to(gn_mul(by, out), out->inputs[1]->shape));
}

const gn_op gn__op_div = {"div", binary_forward, div_gradient, false};

gn_var *gn_div(gn_var *a, gn_var *b)
{
    return binary(&gn__op_div, a, b, GN__DIV, false);
}

/* 1 where winner > loser, 1/2 where they are equal, 0 elsewhere. */
static gn_var *share(gn_var *winner, gn_var *loser)
{
    return gn_offset(gn_scale(gn_sign(gn_sub(winner, loser)), (gn_real)0.5), (gn_real)0.5);
}

/* To the larger of the two inputs, or to the smaller. */
static void share_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients, bool larger)
{
    for (int i = 0; i < 2; i++) {
        gn_var *mine = out->inputs[i], *other = out->inputs[1 - i];
        if (wanted[i])
            gradients[i] = gn__sum_to(gn_mul(out_gradient, larger ? share(mine, other) : share(other, mine)),
                                      mine->shape);
    }
}

static void maximum_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    share_gradient(out, out_gradient, wanted, gradients, true);
}

const gn_op gn__op_maximum = {"maximum", binary_forward, maximum_gradient, false};

gn_var *gn_maximum(gn_var *a, gn_var *b)
{
    return binary(&gn__op_maximum, a, b, GN__MAXIMUM, true);
}

static void minimum_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    share_gradient(out, out_gradient, wanted, gradients, false);
}

const gn_op gn__op_minimum = {"minimum", binary_forward, minimum_gradient, false};

gn_var *gn_minimum(gn_var *a, gn_var *b)
{
    return binary(&gn__op_minimum, a, b, GN__MINIMUM, true);
}

/* --- gradients of activations: x is the gradient that comes in, y the value that shapes it ------------------------ */

static gn_var *masked(const gn_op *op, gn_var *x, gn_var *y, gn__binary f, gn_real a, gn_real b)
{
    gn_var *inputs[] = {x, y};
    if (!gn__check_inputs(op->name, inputs, 2))
        return gn__poison_of(inputs, 2);
    const binary_attributes attributes = {.f = f, .a = a, .b = b, .layout = SAME};
    return gn__record_over(op, inputs, 2, x->shape, &attributes, sizeof attributes);
}

/* Linear in x; where it is y that matters, only a kink: no gradient to y. */
static void leaky_relu_gradient_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    const binary_attributes *attributes = out->attributes;
    if (wanted[0])
        gradients[0] = gn__leaky_relu_gradient(out_gradient, out->inputs[1], attributes->a);
}

const gn_op gn__op_leaky_relu_gradient = {"leaky_relu_gradient", binary_forward, leaky_relu_gradient_gradient, false};

gn_var *gn__leaky_relu_gradient(gn_var *x, gn_var *y, gn_real slope)
{
    return slope == 1 ? x : masked(&gn__op_leaky_relu_gradient, x, y, GN__LEAKY_RELU_GRADIENT, slope, 0);
}

static void clamp_gradient_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    const binary_attributes *attributes = out->attributes;
    if (wanted[0])
        gradients[0] = clamp_gradient_of(out_gradient, out->inputs[1], attributes->a, attributes->b);
}

const gn_op gn__op_clamp_gradient = {"clamp_gradient", binary_forward, clamp_gradient_gradient, false};

static gn_var *clamp_gradient_of(gn_var *x, gn_var *y, gn_real low, gn_real high)
{
    return masked(&gn__op_clamp_gradient, x, y, GN__CLAMP_GRADIENT, low, high);
}

/* z = x (1 - y^2): dz/dx = 1 - y^2, dz/dy = -2 x y. */
static void tanh_gradient_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    gn_var *x = out->inputs[0], *y = out->inputs[1];
    if (wanted[1])
        gradients[1] = gn_scale(gn_mul(out_gradient, gn_mul(x, y)), -2);
    if (wanted[0])
        gradients[0] = masked(&gn__op_tanh_gradient, out_gradient, y, GN__TANH_GRADIENT, 0, 0);
}

const gn_op gn__op_tanh_gradient = {"tanh_gradient", binary_forward, tanh_gradient_gradient, false};

static void tanh_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = masked(&gn__op_tanh_gradient, out_gradient, out, GN__TANH_GRADIENT, 0, 0);
}

/* z = x y (1 - y): dz/dx = y (1 - y), dz/dy = x (1 - 2 y). */
static void sigmoid_gradient_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    gn_var *x = out->inputs[0], *y = out->inputs[1];
    if (wanted[1])
        gradients[1] = gn_mul(out_gradient, gn_mul(x, gn_offset(gn_scale(y, -2), 1)));
    if (wanted[0])
        gradients[0] = masked(&gn__op_sigmoid_gradient, out_gradient, y, GN__SIGMOID_GRADIENT, 0, 0);
}

const gn_op gn__op_sigmoid_gradient = {"sigmoid_gradient", binary_forward, sigmoid_gradient_gradient, false};

static void sigmoid_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = masked(&gn__op_sigmoid_gradient, out_gradient, out, GN__SIGMOID_GRADIENT, 0, 0);
}
