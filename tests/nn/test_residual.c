/* SPDX-License-Identifier: MIT */
/* tests/nn/test_residual.c - a body and a shortcut around it. */
#include "layers.h"

static gn_module *times(gn_context *context, float factor, const char *name)
{
    return gn_dense_layer(
        context, &(gn_dense_options){
                     .in = 1, .out = 1, .no_bias = true, .weight_init = {GN_INIT_CONSTANT, factor}, .name = name});
}

static void test_values(void **state)
{
    const fixture *f = *state;
    gn_module *plain = gn_residual_layer(f->context, "r", times(f->context, 3, "body"), gn_identity_layer(f->context));
    assert_values(gn_apply(plain, gn_full(f->tape, GN_SHAPE(1, 1), 2)), 0, 8);
    assert_string_equal(gn_parameter_name(gn_parameters(plain).items[0]), "r.body.weight");
    free_module(f, plain);
    gn_module *projected = gn_residual_layer(f->context, "r", times(f->context, 3, NULL), times(f->context, 10, NULL));
    assert_values(gn_apply(projected, gn_full(f->tape, GN_SHAPE(1, 1), 2)), 0, 26);
    assert_string_equal(gn_parameter_name(gn_parameters(projected).items[1]), "r.dense1.weight");
    check_gradients(f->context, projected, GN_SHAPE(3, 1));
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_residual_layer(f->context, "r", NULL, gn_relu_layer(f->context)));
    assert_message(f->context, GN_ERROR_ARGUMENT, "residual 'r': child 0 is NULL");
    gn_context_clear(f->context);
    assert_null(gn_residual_layer(f->context, "r", gn_relu_layer(f->context), NULL));
    assert_message(f->context, GN_ERROR_ARGUMENT, "residual 'r': child 1 is NULL");
    gn_module *wide = gn_dense_layer(f->context, &(gn_dense_options){.in = 1, .out = 3});
    gn_module *module = gn_residual_layer(f->context, "r", wide, gn_identity_layer(f->context));
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(2, 1), 1))));
    assert_message(f->context, GN_ERROR_SHAPE, "residual 'r': the body gives [2,3], the shortcut [2,1]");
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_values), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
