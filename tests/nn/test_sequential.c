/* SPDX-License-Identifier: MIT */
/* tests/nn/test_sequential.c - modules in a row, and what is fused with the activation after it. */
#include "export/trace.h"
#include "layers.h"

static gn_module *times(gn_context *context, float factor)
{
    return gn_dense_layer(
        context, &(gn_dense_options){.in = 1, .out = 1, .no_bias = true, .weight_init = {GN_INIT_CONSTANT, factor}});
}

static void test_order(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_sequential(f->context, NULL, times(f->context, -3), gn_relu_layer(f->context),
                                      times(f->context, 5));
    assert_values(gn_apply(module, gn_values(f->tape, GN_SHAPE(2, 1), (const gn_real[]){-2, 2})), 0, 30, 0);
    assert_string_equal(gn_module_name(module), "sequential");
    gn_module_free(module);
}

static void test_the_first_child_takes_all_inputs(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_sequential(
        f->context, "s", gn_join(f->context, "in", GN_JOIN_ADD, times(f->context, 2), times(f->context, 3)),
        times(f->context, 10));
    gn_var *inputs[] = {gn_full(f->tape, GN_SHAPE(1, 1), 1), gn_full(f->tape, GN_SHAPE(1, 1), 1)};
    assert_values(gn_apply_all(module, inputs, 2), 1e-5, 50);
    gn_module_free(module);
}

/* --- fused or not, the result is the same ------------------------------------------------------------------------- */

typedef struct outcome {
    gn_real y[12], x_gradient[12], gamma_gradient[3], beta_gradient[3], mean[3], variance[3];
} outcome;

/* Applies norm and activation, fused in a sequential or one after the other. */
static outcome run(gn_statistics statistics, float slope, bool fused)
{
    gn_context *c = gn_context_new(&(gn_context_options){.seed = 5, .threads = 1});
    gn_tape *tape = gn_tape_new(c);
    gn_module *norm = gn_batch_norm_layer(
        c, &(gn_batch_norm_options){.size = 3, .momentum = 0.5f, .weight_init = {GN_INIT_UNIFORM, 2}, .name = "norm"});
    gn_module *module = gn_sequential(c, "s", norm, slope == 0 ? gn_relu_layer(c) : gn_leaky_relu_layer(c, slope));
    set_values(tensor_of(norm, "running_mean"), (const gn_real[]){0.1f, -0.2f, 0.3f});
    gn_module_set_statistics(module, statistics);
    gn_tensor *x = numbers(c, GN_SHAPE(2, 2, 1, 3));
    gn_var *input = gn_input(tape, x), *gradient;
    gn_var *y = fused ? gn_apply(module, input) : gn_apply(gn_module_child(module, 1), gn_apply(norm, input));
    gn_var *loss = gn_sum(gn_mul(y, gn_offset(input, 2)), GN_ALL_AXES, false);
    assert_int_equal(gn_gradients(loss, &input, 1, false, &gradient), GN_OK);
    assert_int_equal(gn_backward(loss, gn_parameters(module)), GN_OK);
    outcome o;
    memcpy(o.y, gn_var_data(y), sizeof o.y);
    memcpy(o.x_gradient, gn_var_data(gradient), sizeof o.x_gradient);
    memcpy(o.gamma_gradient, gn_tensor_values(gn_parameter_gradient(gn_parameters(norm).items[0])),
           sizeof o.gamma_gradient);
    memcpy(o.beta_gradient, gn_tensor_values(gn_parameter_gradient(gn_parameters(norm).items[1])),
           sizeof o.beta_gradient);
    memcpy(o.mean, gn_tensor_values(tensor_of(norm, "running_mean")), sizeof o.mean);
    memcpy(o.variance, gn_tensor_values(tensor_of(norm, "running_variance")), sizeof o.variance);
    gn_tensor_free(x);
    gn_module_free(module);
    gn_tape_free(tape);
    gn_context_free(c);
    return o;
}

static void test_fused_equals_apart(void **state)
{
    (void)state;
    for (int statistics = GN_STATISTICS_BATCH_UPDATE; statistics <= GN_STATISTICS_RUNNING; statistics++)
        for (int leaky = 0; leaky < 2; leaky++) {
            const float slope = leaky ? 0.2f : 0;
            const outcome fused = run((gn_statistics)statistics, slope, true);
            const outcome apart = run((gn_statistics)statistics, slope, false);
            assert_memory_equal(fused.mean, apart.mean, sizeof fused.mean);
            assert_memory_equal(fused.variance, apart.variance, sizeof fused.variance);
            for (int i = 0; i < 12; i++)
                assert_true(fused.y[i] == apart.y[i]);
            for (int i = 0; i < 12; i++)
                assert_near((double)fused.x_gradient[i], (double)apart.x_gradient[i], 2e-6);
            for (int i = 0; i < 3; i++) {
                assert_near((double)fused.gamma_gradient[i], (double)apart.gamma_gradient[i], 1e-5);
                assert_near((double)fused.beta_gradient[i], (double)apart.beta_gradient[i], 1e-5);
            }
        }
}

/* The fusion is one op on the tape, and leaves the norm as it was for use on its own. */
static void test_fusion_is_one_op(void **state)
{
    const fixture *f = *state;
    gn_module *norm = gn_batch_norm_layer(f->context, &(gn_batch_norm_options){.size = 2});
    gn_module *module = gn_sequential(f->context, "s", norm, gn_relu_layer(f->context));
    gn_var *x = gn_values(f->tape, GN_SHAPE(2, 2), (const gn_real[]){-1, 2, 3, -4});
    gn_var *fused = gn_apply(module, x), *alone = gn_apply(norm, x);
    assert_string_equal(gn_var_op_name(fused), "batch_norm");
    assert_true(gn_var_data(fused)[0] == 0 && gn_var_data(alone)[0] < 0);
    gn_module_free(module);
}

static gn_module *convolution(gn_context *c)
{
    return gn_conv2d_layer(c, &(gn_conv2d_options){.in = 3, .out = 2, .kernel = 2, .bias_init = {GN_INIT_UNIFORM, 1}});
}

static gn_module *fully_connected(gn_context *c)
{
    return gn_dense_layer(c, &(gn_dense_options){.in = 27, .out = 8, .bias_init = {GN_INIT_UNIFORM, 1}});
}

static gn_module *transposed_convolution(gn_context *c)
{
    return gn_conv_transpose2d_layer(
        c, &(gn_conv2d_options){.in = 3, .out = 2, .kernel = 2, .bias_init = {GN_INIT_UNIFORM, 1}});
}

static const struct {
    const char *op;
    gn_module *(*make)(gn_context *);
    gn_shape shape;
    size_t counts[4]; /* of y and the gradients */
} linears[] = {{"conv2d", convolution, {4, {2, 3, 3, 3}}, {16, 54, 24, 2}},
               {"conv_transpose2d", transposed_convolution, {4, {2, 3, 3, 3}}, {64, 54, 24, 2}},
               {"linear", fully_connected, {2, {2, 27}}, {16, 54, 216, 8}}};
enum { LINEARS = sizeof linears / sizeof *linears, MAX_NUMBERS = 300 };

/* One of them and its leaky ReLU on the loss's way twice, in training: the same bits of result and gradients. */
static void run_linear(int kind, bool fused, float slope, gn_real *numbers_out)
{
    gn_context *c = gn_context_new(&(gn_context_options){.seed = 5, .threads = 1});
    gn_tape *tape = gn_tape_new(c);
    gn_module *linear = linears[kind].make(c);
    gn_module *module = gn_sequential(c, "s", linear, slope == 0 ? gn_relu_layer(c) : gn_leaky_relu_layer(c, slope));
    gn_tensor *x = numbers(c, linears[kind].shape);
    gn_var *input = gn_input(tape, x), *gradient;
    gn_var *y = fused ? gn_apply(module, input) : gn_apply(gn_module_child(module, 1), gn_apply(linear, input));
    assert_string_equal(gn_var_op_name(y), fused ? linears[kind].op : "leaky_relu");
    gn_var *loss = gn_sum(gn_square(y), GN_ALL_AXES, false);
    assert_int_equal(gn_gradients(loss, &input, 1, false, &gradient), GN_OK);
    assert_int_equal(gn_backward(loss, gn_parameters(module)), GN_OK);
    const gn_real *const parts[] = {gn_var_data(y), gn_var_data(gradient),
                                    gn_tensor_values(gn_parameter_gradient(gn_parameters(linear).items[0])),
                                    gn_tensor_values(gn_parameter_gradient(gn_parameters(linear).items[1]))};
    const size_t *const counts = linears[kind].counts;
    for (size_t i = 0, at = 0; i < 4; at += counts[i++]) {
        assert_true(at + counts[i] <= MAX_NUMBERS);
        memcpy(numbers_out + at, parts[i], counts[i] * sizeof *numbers_out);
    }
    gn_tensor_free(x);
    gn_module_free(module);
    gn_tape_free(tape);
    gn_context_free(c);
}

static void test_fused_linears(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * LINEARS; i++) {
        const float slope = i % 2 == 0 ? 0.2f : 0;
        gn_real fused[MAX_NUMBERS] = {0}, apart[MAX_NUMBERS] = {0};
        run_linear(i / 2, true, slope, fused);
        run_linear(i / 2, false, slope, apart);
        assert_true(fused[0] != 0 || fused[1] != 0);
        for (int j = 0; j < MAX_NUMBERS; j++)
            assert_true(fused[j] == apart[j]);
    }
}

/* What others read of a recording has a ReLU of its own. */
static void test_linears_are_apart_for_exports(void **state)
{
    const fixture *f = *state;
    for (int i = 0; i < LINEARS; i++) {
        gn_module *module = gn_sequential(f->context, "s", linears[i].make(f->context), gn_relu_layer(f->context));
        gn_var *x;
        assert_string_equal(gn_var_op_name(gn__module_trace_on(f->tape, module, &linears[i].shape, &x, 1)),
                            "leaky_relu");
        assert_string_equal(gn_var_op_name(gn_apply(module, x)), linears[i].op);
        gn_module_free(module);
    }
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    gn_context *c = f->context;
    gn_module *module = gn_sequential(c, "s", gn_dense_layer(c, &(gn_dense_options){.in = 3, .out = 4}),
                                      gn_tanh_layer(c), gn_dense_layer(c, &(gn_dense_options){.in = 4, .out = 2}));
    check_gradients(c, module, GN_SHAPE(3, 3));
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_sequential_layer(f->context, "empty", NULL, 0);
    assert_null(gn_var_data(gn_apply(module, gn_constant(f->tape, 1))));
    assert_message(f->context, GN_ERROR_STATE, "sequential 'empty': has no children");
    gn_module_free(module);
    gn_tape_reset(f->tape);
    module = gn_sequential(f->context, "s", times(f->context, 1));
    gn_var *inputs[] = {gn_full(f->tape, GN_SHAPE(1, 1), 1), gn_full(f->tape, GN_SHAPE(1, 1), 1)};
    gn_apply_all(module, inputs, 2);
    assert_message(f->context, GN_ERROR_ARGUMENT, "sequential 's': 2 inputs, expected 1");
    gn_module_free(module);
    gn_tape_reset(f->tape);
    module = gn_sequential(f->context, "s", gn_batch_norm_layer(f->context, &(gn_batch_norm_options){.size = 2}),
                           gn_relu_layer(f->context));
    gn_apply_all(module, (gn_var *[]){gn_constant(f->tape, 1), gn_constant(f->tape, 1)}, 2);
    assert_message(f->context, GN_ERROR_ARGUMENT, "sequential 's': 2 inputs, expected 1");
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_order),
        WITH_FIXTURE(test_the_first_child_takes_all_inputs),
        cmocka_unit_test(test_fused_linears),
        cmocka_unit_test(test_fused_equals_apart),
        WITH_FIXTURE(test_fusion_is_one_op),
        WITH_FIXTURE(test_linears_are_apart_for_exports),
        WITH_FIXTURE(test_gradients),
        WITH_FIXTURE(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
