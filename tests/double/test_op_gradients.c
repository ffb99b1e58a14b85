/* SPDX-License-Identifier: MIT */
/* tests/double/test_op_gradients.c - every op of the table held against central differences, first and second order, in
 * double.
 *
 * The list of checks is made from lib/autodiff/ops.def: an op without a function check_<op> here does not compile. */
#include "autodiff/tape.h"
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdio.h>

enum { MOST = 4 };

/* One call of gn_gradcheck: shapes of the inputs and where their elements lie: low <= |x| <= high, of both signs if
 * so. */
typedef struct op_case {
    gn_gradcheck_function function;
    const void *user;
    int count;
    gn_shape shape[MOST];
    double low, high;
    bool both_signs;
} op_case;

static gn_gradcheck_report worst;

static void fill(gn_tensor *tensor, const op_case *c, uint64_t stream)
{
    gn_random random = {.seed = 11, .stream = stream};
    gn_real *x = gn_tensor_data(tensor);
    for (int64_t i = 0; i < gn_tensor_count(tensor); i++) {
        x[i] = c->low + (c->high - c->low) * (double)gn_random_uniform(&random);
        if (c->both_signs && gn_random_bits(&random) & 1)
            x[i] = -x[i];
    }
}

static void check_case(const char *name, const op_case *c)
{
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *inputs[MOST] = {NULL};
    for (int i = 0; i < c->count; i++) {
        inputs[i] = gn_tensor_new(context, c->shape[i]);
        fill(inputs[i], c, (uint64_t)i);
    }
    gn_gradcheck_report report;
    const gn_status status = gn_gradcheck(context, c->function, (void *)(uintptr_t)c->user, inputs, c->count, NULL,
                                          &report);
    if (status != GN_OK)
        fail_msg("%s: %s", name, gn_context_message(context));
    worst.first_order = fmax(worst.first_order, report.first_order);
    worst.second_order = fmax(worst.second_order, report.second_order);
    for (int i = 0; i < c->count; i++)
        gn_tensor_free(inputs[i]);
    gn_context_free(context);
}

/* --- element by element ------------------------------------------------------------------------------------------- */

typedef gn_var *(*unary_op)(gn_var *);
typedef gn_var *(*binary_op)(gn_var *, gn_var *);

/* A function pointer cannot travel as void *, so it stands in a struct. */
typedef struct unary_user {
    unary_op op;
} unary_user;

typedef struct binary_user {
    binary_op op;
} binary_user;

static gn_var *apply_unary(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    return ((const unary_user *)user)->op(x[0]);
}

static gn_var *apply_binary(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    return ((const binary_user *)user)->op(x[0], x[1]);
}

static void check_unary(const char *name, unary_op op, double low, double high, bool both_signs)
{
    const unary_user user = {op};
    const gn_shape shapes[] = {{.rank = 0}, GN_SHAPE(1), GN_SHAPE(7), GN_SHAPE(3, 5), GN_SHAPE(2, 1, 3, 2)};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_case(name, &(op_case){apply_unary, &user, 1, {shapes[i]}, low, high, both_signs});
}

static void check_binary(const char *name, binary_op op, double low, bool both_signs)
{
    const binary_user user = {op};
    const gn_shape pairs[][2] = {
        {GN_SHAPE(5), GN_SHAPE(5)},       {GN_SHAPE(3, 4), GN_SHAPE(4)},       {GN_SHAPE(4), GN_SHAPE(3, 4)},
        {GN_SHAPE(3, 4), GN_SHAPE(3, 1)}, {GN_SHAPE(2, 3), {.rank = 0}},       {{.rank = 0}, GN_SHAPE(2, 3)},
        {GN_SHAPE(3, 1), GN_SHAPE(1, 4)}, {GN_SHAPE(2, 1, 3), GN_SHAPE(5, 1)}, {GN_SHAPE(2, 3, 2), GN_SHAPE(1, 3, 1)},
        {GN_SHAPE(1), GN_SHAPE(1, 1)},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        check_case(name, &(op_case){apply_binary, &user, 2, {pairs[i][0], pairs[i][1]}, low, 1.5, both_signs});
}

static void check_add(void)
{
    check_binary("add", gn_add, 0.2, true);
}

static void check_sub(void)
{
    check_binary("sub", gn_sub, 0.2, true);
}

static void check_mul(void)
{
    check_binary("mul", gn_mul, 0.2, true);
}

static void check_div(void)
{
    check_binary("div", gn_div, 0.5, true);
}

static void check_maximum(void)
{
    check_binary("maximum", gn_maximum, 0.2, true);
}

static void check_minimum(void)
{
    check_binary("minimum", gn_minimum, 0.2, true);
}

static void check_neg(void)
{
    check_unary("neg", gn_neg, 0.1, 1, true);
}

static gn_var *scale(gn_var *x)
{
    return gn_scale(x, -2.5);
}

static void check_scale(void)
{
    check_unary("scale", scale, 0.1, 1, true);
}

static gn_var *offset(gn_var *x)
{
    return gn_square(gn_offset(x, 0.75));
}

static void check_offset(void)
{
    check_unary("offset", offset, 0.1, 1, true);
}

static gn_var *power(gn_var *x)
{
    return gn_power(x, 2.5);
}

static gn_var *negative_power(gn_var *x)
{
    return gn_power(x, -1.5);
}

static gn_var *cube(gn_var *x)
{
    return gn_power(x, 3);
}

static void check_power(void)
{
    check_unary("power 2.5", power, 0.5, 2, false);
    check_unary("power -1.5", negative_power, 0.5, 2, false);
    check_unary("power 3", cube, 0.5, 2, true);
}

static void check_exp(void)
{
    check_unary("exp", gn_exp, 0.1, 2, true);
}

static void check_log(void)
{
    check_unary("log", gn_log, 0.5, 3, false);
}

static void check_sqrt(void)
{
    check_unary("sqrt", gn_sqrt, 0.5, 3, false);
}

static gn_var *abs_squared(gn_var *x)
{
    return gn_mul(gn_abs(x), x);
}

static void check_abs(void)
{
    check_unary("abs", gn_abs, 0.2, 2, true);
    check_unary("abs(x) x", abs_squared, 0.2, 2, true);
}

static void check_square(void)
{
    check_unary("square", gn_square, 0.1, 2, true);
}

static void check_sign(void)
{
    check_unary("sign", gn_sign, 0.2, 2, true);
}

static gn_var *clamp(gn_var *x)
{
    return gn_mul(gn_clamp(x, -0.6, 0.4), x);
}

static void check_clamp(void)
{
    check_unary("clamp", clamp, 0.1, 1, true);
}

static void check_clamp_gradient(void)
{
    check_clamp(); /* it is clamp's first order, so it is checked by clamp's second */
}

static gn_var *leaky(gn_var *x)
{
    return gn_mul(gn_leaky_relu(x, 0.25), gn_relu(x));
}

static void check_leaky_relu(void)
{
    check_unary("relu", gn_relu, 0.2, 1, true);
    check_unary("leaky_relu(x) relu(x)", leaky, 0.2, 1, true);
}

static gn_var *leaky_gradient(gn_var *x, gn_var *y)
{
    gn_var *sum = gn_add(x, gn_mul(y, gn_constant(gn_var_tape(y), 0)));
    gn_var *mask = gn_add(y, gn_mul(x, gn_constant(gn_var_tape(x), 0)));
    return gn_square(gn__leaky_relu_gradient(sum, mask, 0.25));
}

static void check_leaky_relu_gradient(void)
{
    check_binary("leaky_relu_gradient", leaky_gradient, 0.2, true);
}

static void check_tanh(void)
{
    check_unary("tanh", gn_tanh, 0.1, 2, true);
}

/* A gradient of a gradient of tanh puts tanh_gradient itself under the check's first and second order. */
static gn_var *first_derivative(gn_var *x, unary_op op)
{
    gn_var *y = op(x), *gradient;
    return gn_gradients(y, &x, 1, true, &gradient) == GN_OK ? gn_mul(gradient, x) : x;
}

static gn_var *tanh_derivative(gn_var *x)
{
    return first_derivative(x, gn_tanh);
}

static void check_tanh_gradient(void)
{
    check_unary("tanh_gradient", tanh_derivative, 0.1, 1.5, true);
}

static void check_sigmoid(void)
{
    check_unary("sigmoid", gn_sigmoid, 0.1, 3, true);
}

static gn_var *sigmoid_derivative(gn_var *x)
{
    return first_derivative(x, gn_sigmoid);
}

static void check_sigmoid_gradient(void)
{
    check_unary("sigmoid_gradient", sigmoid_derivative, 0.1, 2, true);
}

static void check_softplus(void)
{
    check_unary("softplus", gn_softplus, 0.1, 4, true);
}

/* --- along axes --------------------------------------------------------------------------------------------------- */

typedef struct reduce_user {
    gn_var *(*op)(gn_var *, unsigned, bool);
    unsigned axes;
    bool keep;
} reduce_user;

static gn_var *apply_reduce(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    const reduce_user *u = user;
    return gn_square(u->op(x[0], u->axes, u->keep));
}

static void check_reduce(const char *name, gn_var *(*op)(gn_var *, unsigned, bool))
{
    const gn_shape shapes[] = {GN_SHAPE(1, 1, 1), GN_SHAPE(2, 3, 5), GN_SHAPE(3, 1, 4)};
    for (unsigned axes = 0; axes < 8; axes++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            const reduce_user user = {op, axes == 7 ? GN_ALL_AXES : axes, axes % 2 == 0};
            check_case(name, &(op_case){apply_reduce, &user, 1, {shapes[i]}, 0.1, 2, true});
        }
}

static void check_sum(void)
{
    check_reduce("sum", gn_sum);
    check_reduce("mean", gn_mean);
}

static void check_max(void)
{
    check_reduce("max", gn_max);
}

static gn_var *softmax_squared(gn_var *x)
{
    return gn_square(gn_softmax(x));
}

static void check_softmax(void)
{
    check_unary("softmax", softmax_squared, 0.1, 2, true);
}

static gn_var *log_softmax_squared(gn_var *x)
{
    return gn_square(gn_log_softmax(x));
}

static void check_log_softmax(void)
{
    check_unary("log_softmax", log_softmax_squared, 0.1, 2, true);
}

/* --- shape -------------------------------------------------------------------------------------------------------- */

static gn_var *apply_shape_op(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    const char *which = user;
    gn_var *y = x[0];
    if (which[0] == 'r')
        y = gn_reshape(y, GN_SHAPE(5, -1));
    else if (which[0] == 'b')
        y = gn_broadcast(gn_reshape(y, GN_SHAPE(2, 1, 3, 5)), GN_SHAPE(4, 2, 2, 3, 5));
    else if (which[0] == 't')
        y = gn_transpose(y, (int[]){2, 0, 1});
    else if (which[0] == 's')
        y = gn_slice(gn_slice(y, 1, 1, 2), 2, 0, 4);
    else if (which[0] == 'p')
        y = gn_pad(gn_pad(y, 1, 2, 0), 2, 1, 3);
    return gn_mul(gn_square(y), y);
}

static void check_shape_op(const char *which)
{
    check_case(which, &(op_case){apply_shape_op, which, 1, {GN_SHAPE(2, 3, 5)}, 0.1, 1, true});
}

static void check_reshape(void)
{
    check_shape_op("reshape");
}

static void check_broadcast(void)
{
    check_shape_op("broadcast");
}

static void check_transpose(void)
{
    check_shape_op("transpose");
}

static void check_slice(void)
{
    check_shape_op("slice");
}

static void check_pad(void)
{
    check_shape_op("pad");
}

static gn_var *apply_concat(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape;
    const int *axis = user;
    return gn_square(gn_concat(x, count, *axis));
}

static void check_concat(void)
{
    const int first = 0, middle = 1, last = 2;
    check_case("concat 0",
               &(op_case){apply_concat, &first, 3, {GN_SHAPE(2, 3), GN_SHAPE(1, 3), GN_SHAPE(4, 3)}, 0.1, 1, true});
    check_case("concat 1", &(op_case){apply_concat, &middle, 2, {GN_SHAPE(2, 3, 2), GN_SHAPE(2, 1, 2)}, 0.1, 1, true});
    check_case("concat 2", &(op_case){apply_concat, &last, 2, {GN_SHAPE(2, 3, 2), GN_SHAPE(2, 3, 5)}, 0.1, 1, true});
}

/* What passes through stop_gradient has no gradient: x stop(x) has the derivative stop(x). */
static void check_stop_gradient(void)
{
    gn_context *context = gn_context_new(NULL);
    gn_tape *tape = gn_tape_new(context);
    gn_var *x = gn_constant(tape, 3), *gradient;
    assert_int_equal(gn_gradients(gn_mul(x, gn_stop_gradient(x)), &x, 1, true, &gradient), GN_OK);
    assert_true((double)gn_var_number(gradient) == 3);
    gn_tape_free(tape);
    gn_context_free(context);
}

/* --- by number ---------------------------------------------------------------------------------------------------- */

static const int64_t places[] = {4, 0, 4, 2};

static gn_var *apply_take(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)user, (void)tape, (void)count;
    return gn_square(gn__take(gn_square(x[0]), places, 1, GN_SHAPE(2, 2)));
}

static void check_take(void)
{
    check_case("take", &(op_case){apply_take, NULL, 1, {GN_SHAPE(5)}, 0.1, 1, true});
}

static gn_var *apply_put(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)user, (void)tape, (void)count;
    return gn_square(gn__put(gn_square(x[0]), places, 1, GN_SHAPE(5)));
}

static void check_put(void)
{
    check_case("put", &(op_case){apply_put, NULL, 1, {GN_SHAPE(2, 2)}, 0.1, 1, true});
}

static gn_var *apply_gather(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)user, (void)count;
    return gn_square(gn_gather_rows(gn_square(x[0]), gn_values(tape, GN_SHAPE(4), (gn_real[]){2, 0, 2, 1})));
}

static void check_gather_rows(void)
{
    check_case("gather_rows", &(op_case){apply_gather, NULL, 1, {GN_SHAPE(3, 2)}, 0.1, 1, true});
}

static gn_var *apply_scatter(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)user, (void)count;
    return gn_square(gn_scatter_rows(gn_square(x[0]), gn_values(tape, GN_SHAPE(4), (gn_real[]){2, 0, 2, 1}), 5));
}

static void check_scatter_rows(void)
{
    check_case("scatter_rows", &(op_case){apply_scatter, NULL, 1, {GN_SHAPE(4, 3)}, 0.1, 1, true});
}

/* Constant in its labels: its gradient is zero. */
static void check_one_hot(void)
{
    gn_context *context = gn_context_new(NULL);
    gn_tape *tape = gn_tape_new(context);
    gn_var *labels = gn_values(tape, GN_SHAPE(2), (gn_real[]){1, 0}), *gradient;
    assert_int_equal(gn_gradients(gn_one_hot(labels, 3), &labels, 1, true, &gradient), GN_OK);
    assert_true((double)gn_var_data(gradient)[0] == 0 && (double)gn_var_data(gradient)[1] == 0);
    gn_tape_free(tape);
    gn_context_free(context);
}

/* --- linear ------------------------------------------------------------------------------------------------------- */

static gn_var *apply_matmul(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    const int *transposes = user;
    return gn_square(gn_matmul(x[0], x[1], transposes[0], transposes[1]));
}

static void check_matmul(void)
{
    const int64_t sizes[][3] = {{1, 1, 1}, {2, 3, 5}, {4, 1, 3}, {3, 7, 1}};
    for (int t = 0; t < 4; t++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            const int transposes[] = {t & 1, t >> 1};
            const int64_t m = sizes[i][0], k = sizes[i][1], n = sizes[i][2];
            const gn_shape a = transposes[0] ? GN_SHAPE(k, m) : GN_SHAPE(m, k);
            const gn_shape b = transposes[1] ? GN_SHAPE(n, k) : GN_SHAPE(k, n);
            check_case("matmul", &(op_case){apply_matmul, transposes, 2, {a, b}, 0.1, 1, true});
        }
}

static gn_var *apply_linear(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)user, (void)tape;
    return gn_square(gn_linear(x[0], x[1], count == 3 ? x[2] : NULL));
}

static const gn__finish leaky_finish = {.slope = 0.2};

static gn_var *apply_linear_leaky_relu(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)user, (void)tape, (void)count;
    return gn_square(gn__linear_finished(x[0], x[1], x[2], &leaky_finish));
}

static void check_linear(void)
{
    check_case("linear",
               &(op_case){apply_linear, NULL, 3, {GN_SHAPE(3, 5), GN_SHAPE(5, 2), GN_SHAPE(2)}, 0.1, 1, true});
    check_case(
        "linear",
        &(op_case){apply_linear_leaky_relu, NULL, 3, {GN_SHAPE(3, 5), GN_SHAPE(5, 2), GN_SHAPE(2)}, 0.1, 1, true});
    check_case("linear", &(op_case){apply_linear, NULL, 2, {GN_SHAPE(1, 1), GN_SHAPE(1, 3)}, 0.1, 1, true});
}

/* --- convolution -------------------------------------------------------------------------------------------------- */

typedef struct conv_user {
    int64_t n, h, w, c, k, kh, kw; /* of the input image; k output channels */
    gn_window window;
} conv_user;

static const conv_user geometries[] = {
    {1, 1, 1, 1, 1, 1, 1, {0}},
    {2, 5, 4, 3, 2, 3, 2, {0}},
    {2,
     5,
     7,
     2,
     3,
     4,
     4,
     {.stride_height = 2,
      .stride_width = 2,
      .padding_top = 1,
      .padding_bottom = 1,
      .padding_left = 1,
      .padding_right = 1}},
    {1, 7, 6, 1, 2, 3, 3, {.stride_height = 2, .stride_width = 3, .padding_top = 2, .padding_right = 1}},
    {1, 7, 7, 2, 1, 3, 2, {.dilation_height = 2, .dilation_width = 3, .padding_left = 1, .padding_right = 1}},
    {2, 5, 5, 1, 1, 3, 3, {.stride_height = 2, .stride_width = 2, .padding = GN_PADDING_SAME}},
    {1, 4, 6, 2, 2, 4, 5, {.stride_height = 2, .stride_width = 2, .padding = GN_PADDING_SAME}},
};

static gn_var *apply_conv(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    return gn_square(gn_conv2d(x[0], x[1], x[2], &((const conv_user *)user)->window));
}

static gn_var *apply_conv_leaky_relu(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    return gn_square(gn__conv2d_finished(x[0], x[1], x[2], &((const conv_user *)user)->window, &leaky_finish));
}

static void check_conv2d(void)
{
    for (size_t i = 0; i < 2 * sizeof geometries / sizeof *geometries; i++) {
        const conv_user *g = &geometries[i / 2];
        check_case("conv2d",
                   &(op_case){i % 2 == 0 ? apply_conv : apply_conv_leaky_relu,
                              g,
                              3,
                              {GN_SHAPE(g->n, g->h, g->w, g->c), GN_SHAPE(g->kh, g->kw, g->c, g->k), GN_SHAPE(g->k)},
                              0.1,
                              1,
                              true});
    }
}

static gn_var *apply_transpose(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    return gn_square(gn_conv_transpose2d(x[0], x[1], x[2], &((const conv_user *)user)->window));
}

static gn_var *apply_transpose_leaky_relu(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    const gn_window *window = &((const conv_user *)user)->window;
    return gn_square(gn__conv_transpose2d_finished(x[0], x[1], x[2], window, &leaky_finish));
}

static void check_conv_transpose2d(void)
{
    for (size_t i = 0; i < 2 * sizeof geometries / sizeof *geometries; i++) {
        conv_user g = geometries[i / 2];
        if (g.window.stride_height == 2 && g.window.padding == GN_PADDING_EXPLICIT)
            g.window.output_padding_height = 1;
        check_case("conv_transpose2d",
                   &(op_case){i % 2 == 0 ? apply_transpose : apply_transpose_leaky_relu,
                              &g,
                              3,
                              {GN_SHAPE(g.n, g.h, g.w, g.c), GN_SHAPE(g.kh, g.kw, g.k, g.c), GN_SHAPE(g.k)},
                              0.1,
                              1,
                              true});
    }
}

static gn_var *apply_kernel_gradient(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    const conv_user *g = user;
    return gn_square(gn_conv2d_kernel_gradient(x[0], x[1], g->kh, g->kw, &g->window));
}

static void check_conv2d_kernel_gradient(void)
{
    const conv_user one = {1, 1, 1, 1, 1, 1, 1, {0}}, g = {2, 5, 6, 2, 3, 3, 2, {.stride_height = 2, .padding_top = 1}};
    check_case("conv2d_kernel_gradient",
               &(op_case){apply_kernel_gradient, &one, 2, {GN_SHAPE(1, 1, 1, 1), GN_SHAPE(1, 1, 1, 1)}, 0.1, 1, true});
    check_case("conv2d_kernel_gradient",
               &(op_case){apply_kernel_gradient, &g, 2, {GN_SHAPE(2, 5, 6, 2), GN_SHAPE(2, 2, 5, 3)}, 0.1, 1, true});
}

/* --- pooling ------------------------------------------------------------------------------------------------------ */

static gn_var *apply_max_pool(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    const conv_user *g = user;
    return gn_square(gn_max_pool2d(x[0], g->kh, g->kw, &g->window));
}

static gn_var *apply_avg_pool(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    const conv_user *g = user;
    return gn_square(gn_avg_pool2d(x[0], g->kh, g->kw, &g->window));
}

static const conv_user pools[] = {
    {1, 1, 1, 1, 1, 1, 1, {0}},
    {2, 4, 6, 3, 3, 2, 2, {.stride_height = 2, .stride_width = 2}},
    {1, 5, 7, 2, 2, 3, 2, {.stride_height = 2, .stride_width = 1, .padding_top = 1, .padding_bottom = 1}},
    {1, 5, 5, 1, 1, 3, 3, {.stride_height = 2, .stride_width = 2, .padding = GN_PADDING_SAME}},
};

static void check_pool(const char *name, gn_gradcheck_function function)
{
    for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
        const conv_user *g = &pools[i];
        check_case(name, &(op_case){function, g, 1, {GN_SHAPE(g->n, g->h, g->w, g->c)}, 0.1, 2, true});
    }
}

static void check_max_pool2d(void)
{
    check_pool("max_pool2d", apply_max_pool);
}

static void check_avg_pool2d(void)
{
    check_pool("avg_pool2d", apply_avg_pool);
}

/* The square of dy/dx, for ops that stand in a gradient only. */
static gn_var *squared_gradient(gn_var *y, gn_var *const *x)
{
    gn_var *gradient;
    return gn_gradients(y, x, 1, true, &gradient) == GN_OK ? gn_square(gradient) : y;
}

static gn_var *apply_avg_pool_adjoint(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    return squared_gradient(apply_avg_pool(user, tape, x, count), x);
}

static void check_avg_pool2d_gradient(void)
{
    check_pool("avg_pool2d_gradient", apply_avg_pool_adjoint);
}

static gn_var *apply_upsample(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)user, (void)tape, (void)count;
    return gn_square(gn_upsample_nearest2d(x[0], 3));
}

static void check_upsample_nearest2d(void)
{
    check_case("upsample_nearest2d", &(op_case){apply_upsample, NULL, 1, {GN_SHAPE(2, 2, 3, 2)}, 0.1, 1, true});
}

/* --- pairs of rows ------------------------------------------------------------------------------------------------ */

static gn_var *apply_pair_distances(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)user, (void)tape, (void)count;
    return gn_square(gn_pair_distances(x[0]));
}

static void check_pairs(const char *name, gn_gradcheck_function function)
{
    const gn_shape shapes[] = {GN_SHAPE(3, 2, 3), GN_SHAPE(1, 1, 1), GN_SHAPE(2, 5, 1)};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_case(name, &(op_case){function, NULL, 1, {shapes[i]}, 0.1, 2, true});
}

static void check_pair_distances(void)
{
    check_pairs("pair_distances", apply_pair_distances);
}

static gn_var *apply_pair_sums(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    return squared_gradient(apply_pair_distances(user, tape, x, count), x);
}

static void check_pair_sums(void)
{
    check_pairs("pair_sums", apply_pair_sums);
}

/* --- batch norm --------------------------------------------------------------------------------------------------- */

static gn_var *apply_norm(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    return gn_square(gn_batch_norm(x[0], x[1], x[2], 1e-3, *(const gn_real *)user, NULL, NULL));
}

static void check_batch_norm(void)
{
    const gn_real slopes[] = {1, 0, 0.25};
    const gn_shape shapes[] = {GN_SHAPE(5, 3), GN_SHAPE(2, 3, 2, 2), GN_SHAPE(7, 1)};
    for (size_t i = 0; i < sizeof slopes / sizeof *slopes; i++)
        for (size_t j = 0; j < sizeof shapes / sizeof *shapes; j++) {
            const gn_shape channels = GN_SHAPE(shapes[j].size[shapes[j].rank - 1]);
            check_case("batch_norm",
                       &(op_case){apply_norm, &slopes[i], 3, {shapes[j], channels, channels}, 0.2, 2, true});
        }
}

/* The two fused ops run only inside batch_norm's first-order gradient, which check_batch_norm compares; differentiating
 * them is refused. */
static void check_batch_norm_sums(void)
{
    assert_true(gn__op_batch_norm_sums.first_order_only && gn__op_batch_norm_sums.gradient == NULL);
    check_batch_norm();
}

static void check_batch_norm_gradient(void)
{
    assert_true(gn__op_batch_norm_gradient.first_order_only && gn__op_batch_norm_gradient.gradient == NULL);
    check_batch_norm();
}

/* Only where nothing is recorded; test_batch_norm.c compares it with what has gradients. */
static void check_batch_norm_given(void)
{
    assert_true(gn__op_batch_norm_given.first_order_only && gn__op_batch_norm_given.gradient == NULL);
}

/* --- the list ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*check)(void);
} checks[] = {
#define GN__OP(name) {#name, check_##name},
#include "autodiff/ops.def"
#undef GN__OP
};

static void test_every_op(void **state)
{
    (void)state;
    printf("%-26s %12s %12s\n", "op", "first order", "second order");
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        worst = (gn_gradcheck_report){0};
        checks[i].check();
        printf("%-26s %12.1e %12.1e\n", checks[i].name, worst.first_order, worst.second_order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_op)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
