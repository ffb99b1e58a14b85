/* SPDX-License-Identifier: MIT */
/* tests/nn/test_dense.c - the dense layer. */
#include "layers.h"

static void test_values(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_dense_layer(f->context, &(gn_dense_options){.in = 2, .out = 3, .name = "fc"});
    set_values(tensor_of(module, "fc.weight"), (const gn_real[]){1, 2, 3, 4, 5, 6});
    set_values(tensor_of(module, "fc.bias"), (const gn_real[]){0.5f, 0, -1});
    gn_var *x = gn_values(f->tape, GN_SHAPE(2, 2), (const gn_real[]){1, 1, 2, -1});
    gn_var *y = gn_apply(module, x);
    assert_shape(y, 2, 3);
    assert_values(y, 1e-6, 5.5, 7, 8, -1.5, -1, -1);
    gn_module_free(module);
}

static void test_options(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_dense_layer(
        f->context, &(gn_dense_options){.in = 4, .out = 5, .no_bias = true, .weight_init = {GN_INIT_CONSTANT, 2}});
    assert_int_equal(gn_module_tensor_count(module), 1);
    assert_true(gn_tensor_values(tensor_of(module, "weight"))[19] == 2);
    assert_values(gn_apply(module, gn_full(f->tape, GN_SHAPE(1, 4), 1)), 1e-6, 8, 8, 8, 8, 8);
    free_module(f, module);
    module = gn_dense_layer(f->context, &(gn_dense_options){.in = 1, .out = 1, .bias_init = {GN_INIT_CONSTANT, 3}});
    assert_true(gn_tensor_values(tensor_of(module, "bias"))[0] == 3);
    gn_module_free(module);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    check_gradients(f->context, gn_dense_layer(f->context, &(gn_dense_options){.in = 5, .out = 3}), GN_SHAPE(2, 5));
    check_gradients(f->context, gn_dense_layer(f->context, &(gn_dense_options){.in = 1, .out = 1, .no_bias = true}),
                    GN_SHAPE(1, 1));
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_dense_layer(f->context, NULL));
    assert_message(f->context, GN_ERROR_ARGUMENT, "dense: options is NULL");
    assert_null(gn_dense_layer(f->context, &(gn_dense_options){.in = -3, .out = 1}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "dense: in is -3 and out 1, expected at least 1 and at most 2^40 weights");
    assert_null(gn_dense_layer(
        f->context, &(gn_dense_options){.in = 1, .out = 1, .no_bias = true, .bias_init = {GN_INIT_CONSTANT, 3}}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "dense: bias_init has kind 8 and scale 3, expected none with no_bias");
    assert_null(gn_dense_layer(f->context, &(gn_dense_options){.in = INT64_MAX, .out = INT64_MAX}));
    gn_module *module = gn_dense_layer(f->context, &(gn_dense_options){.in = 2, .out = 3, .name = "fc"});
    gn_apply(module, gn_full(f->tape, GN_SHAPE(4, 7), 0));
    assert_message(f->context, GN_ERROR_SHAPE, "linear 'fc': input [4,7] has 7 columns, weight [2,3] wants 2");
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_values), WITH_FIXTURE(test_options),
                                       WITH_FIXTURE(test_gradients), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
