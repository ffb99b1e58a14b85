/* SPDX-License-Identifier: MIT */
/* tests/nn/test_gru.c - the gated recurrent unit. */
#include "layers.h"

static gn_module *small(const fixture *f)
{
    gn_module *module = gn_gru_layer(f->context, &(gn_gru_options){.in = 1, .size = 1, .name = "g"});
    set_values(tensor_of(module, "g.input_weight"), (const gn_real[]){0.5f, -1, 2});
    set_values(tensor_of(module, "g.input_bias"), (const gn_real[]){0.1f, 0.2f, 0.3f});
    set_values(tensor_of(module, "g.hidden_weight"), (const gn_real[]){1, 0.5f, -1});
    set_values(tensor_of(module, "g.hidden_bias"), (const gn_real[]){0, -0.1f, 0.4f});
    return module;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double step_by_hand(double x, double h)
{
    const double r = sigmoid(0.5 * x + 0.1 + h), z = sigmoid(-x + 0.2 + 0.5 * h - 0.1);
    const double n = tanh(2 * x + 0.3 + r * (0.4 - h));
    return (1 - z) * n + z * h;
}

static void test_by_hand(void **state)
{
    const fixture *f = *state;
    gn_module *module = small(f);
    gn_var *h = gn_apply(module, gn_values(f->tape, GN_SHAPE(2, 3, 1), (const gn_real[]){1, -2, 0.5f, 0, 0, 3}));
    assert_shape(h, 2, 1);
    assert_near((double)gn_var_data(h)[0], step_by_hand(0.5, step_by_hand(-2, step_by_hand(1, 0))), 1e-6);
    assert_near((double)gn_var_data(h)[1], step_by_hand(3, step_by_hand(0, step_by_hand(0, 0))), 1e-6);
    gn_module_free(module);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_gru_layer(f->context, &(gn_gru_options){.in = 2, .size = 3});
    check_gradients(f->context, module, GN_SHAPE(2, 4, 2));
}

static void test_start(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_gru_layer(f->context, &(gn_gru_options){.in = 20, .size = 25});
    assert_near(largest_of(tensor_of(module, "input_weight")), 0.2, 2e-3);
    gn_module_free(module);
    module = gn_gru_layer(f->context, &(gn_gru_options){.in = 1, .size = 1, .init = {GN_INIT_CONSTANT, 0.5f}});
    for (size_t i = 0; i < 4; i++)
        assert_true(gn_tensor_values(gn_module_tensor(module, i).tensor)[0] == 0.5f);
    gn_module_free(module);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_gru_layer(f->context, NULL));
    assert_message(f->context, GN_ERROR_ARGUMENT, "gru: options is NULL");
    assert_null(gn_gru_layer(f->context, &(gn_gru_options){.size = 4}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "gru: in is 0 and size 4, expected at least 1 and at most 2^40 weights");
    gn_module *module = small(f);
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(2, 3), 0))));
    assert_message(f->context, GN_ERROR_SHAPE, "gru 'g': input [2,3], expected [N,T,1]");
    gn_tape_reset(f->tape);
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(2, 3, 2), 0))));
    assert_message(f->context, GN_ERROR_SHAPE, "gru 'g': input [2,3,2], expected [N,T,1]");
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_by_hand),
        WITH_FIXTURE(test_gradients),
        WITH_FIXTURE(test_start),
        WITH_FIXTURE(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
