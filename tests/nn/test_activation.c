/* SPDX-License-Identifier: MIT */
/* tests/nn/test_activation.c - activations as layers. */
#include "layers.h"
#include "nn/activation.h"

static void check(const fixture *f, gn_module *module, double below, double above)
{
    assert_non_null(module);
    gn_var *y = gn_apply(module, gn_values(f->tape, GN_SHAPE(1, 2), (const gn_real[]){-0.5f, 2}));
    assert_shape(y, 1, 2);
    assert_values(y, 1e-6, below, above);
    gn_module_free(module);
}

static void test_values(void **state)
{
    const fixture *f = *state;
    check(f, gn_relu_layer(f->context), 0, 2);
    check(f, gn_leaky_relu_layer(f->context, 0.2f), -0.1, 2);
    check(f, gn_tanh_layer(f->context), tanh(-0.5), tanh(2));
    check(f, gn_sigmoid_layer(f->context), 1 / (1 + exp(0.5)), 1 / (1 + exp(-2)));
    check(f, gn_softplus_layer(f->context), log1p(exp(-0.5)), log1p(exp(2)));
    check(f, gn_identity_layer(f->context), -0.5, 2);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    const gn_shape shape = GN_SHAPE(2, 5);
    check_gradients(f->context, gn_relu_layer(f->context), shape);
    check_gradients(f->context, gn_leaky_relu_layer(f->context, 0.3f), shape);
    check_gradients(f->context, gn_tanh_layer(f->context), shape);
    check_gradients(f->context, gn_sigmoid_layer(f->context), shape);
    check_gradients(f->context, gn_softplus_layer(f->context), shape);
}

static void check_slope(gn_module *module, bool has, double expected)
{
    gn_real slope = -1;
    assert_int_equal(gn__activation_slope(module, &slope), has);
    if (has)
        assert_near((double)slope, expected, 1e-7);
    gn_module_free(module);
}

static void test_slopes(void **state)
{
    const fixture *f = *state;
    check_slope(gn_relu_layer(f->context), true, 0);
    check_slope(gn_leaky_relu_layer(f->context, 0.25f), true, 0.25);
    check_slope(gn_tanh_layer(f->context), false, 0);
    check_slope(NULL, false, 0);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_leaky_relu_layer(f->context, -0.1f));
    assert_message(f->context, GN_ERROR_ARGUMENT, "leaky_relu: slope is -0.1, expected 0 <= slope < inf");
    assert_null(gn_leaky_relu_layer(f->context, INFINITY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_values), WITH_FIXTURE(test_gradients),
                                       WITH_FIXTURE(test_slopes), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
