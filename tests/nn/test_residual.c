/* SPDX-License-Identifier: MIT */
/* tests/nn/test_residual.c - a body and a shortcut around it. */
#include "labels.h"

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

static gn_module *labelled(const fixture *f, const char *name)
{
    return gn_conditional(f->context, name, gn_label_concat_layer(f->context), sum_of(f->context, 2));
}

static void test_label(void **state)
{
    const fixture *f = *state;
    gn_context *c = f->context;
    gn_module *blocks[] = {
        gn_residual_layer(c, "body", labelled(f, NULL), times(c, 3, NULL)),
        gn_residual_layer(c, "around", times(c, 3, NULL), labelled(f, NULL)),
        gn_residual_layer(c, "both", labelled(f, NULL), labelled(f, NULL)),
        gn_residual_layer(c, "block", gn_residual_layer(c, "in", gn_identity_layer(c), labelled(f, NULL)),
                          gn_identity_layer(c)),
    };
    static const double expected[] = {2 + 10 + 6, 6 + 2 + 10, 2 * (2 + 10), 2 + 2 + 10 + 2};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(gn_module_inputs(blocks[i]), 2);
        gn_var *x = gn_full(f->tape, GN_SHAPE(1, 1), 2), *label = gn_full(f->tape, GN_SHAPE(1, 1), 10);
        assert_values(apply_labelled(blocks[i], x, label), 1e-6, expected[i]);
        gn_tape_reset(f->tape);
        check_labelled_gradients(c, blocks[i], GN_SHAPE(3, 1), GN_SHAPE(3, 1));
    }
}

static void test_label_that_nobody_takes(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_residual_layer(f->context, "r", times(f->context, 1, NULL), gn_identity_layer(f->context));
    assert_int_equal(gn_module_inputs(module), 1);
    gn_var *x = gn_full(f->tape, GN_SHAPE(1, 1), 2);
    assert_null(gn_var_data(apply_labelled(module, x, x)));
    assert_message(f->context, GN_ERROR_ARGUMENT, "residual 'r': 2 inputs, expected 1");
    gn_tape_reset(f->tape);
    gn_module_free(module);
    module = gn_residual_layer(f->context, "r", labelled(f, NULL), gn_identity_layer(f->context));
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(1, 1), 2))));
    assert_message(f->context, GN_ERROR_ARGUMENT, "residual 'r': 1 inputs, expected 2");
    gn_module_free(module);
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
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_values), WITH_FIXTURE(test_label),
                                       WITH_FIXTURE(test_label_that_nobody_takes), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
