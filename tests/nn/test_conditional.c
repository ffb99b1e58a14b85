/* SPDX-License-Identifier: MIT */
/* tests/nn/test_conditional.c - modules in a row, those that take a label get it. */
#include "labels.h"

static void test_the_label_comes_again_and_again(void **state)
{
    const fixture *f = *state;
    gn_context *c = f->context;
    gn_module *module = gn_conditional(c, "g", gn_label_concat_layer(c), sum_of(c, 3), gn_relu_layer(c),
                                       gn_label_concat_layer(c), sum_of(c, 3));
    gn_var *x = gn_values(f->tape, GN_SHAPE(2, 1), (const gn_real[]){5, -100});
    gn_var *label = gn_values(f->tape, GN_SHAPE(2, 2), (const gn_real[]){1, 10, 2, 20});
    assert_int_equal(gn_module_inputs(module), 2);
    assert_values(apply_labelled(module, x, label), 0, 5 + 11 + 11, 0 + 22);
    assert_string_equal(gn_parameter_name(gn_parameters(module).items[1]), "g.dense4.weight");
    gn_module_free(module);
}

/* Modules made of others take a label when what they begin with does. */
static void test_nested(void **state)
{
    const fixture *f = *state;
    gn_context *c = f->context;
    gn_module *module = gn_conditional(
        c, "d", gn_conditional(c, "inner", sum_of(c, 1), gn_label_concat_layer(c)),
        gn_sequential(c, "row", gn_label_concat_layer(c), sum_of(c, 3)),
        gn_residual_layer(c, "block", gn_sequential(c, "body", gn_label_concat_layer(c), sum_of(c, 2)),
                          gn_identity_layer(c)));
    gn_var *x = gn_values(f->tape, GN_SHAPE(2, 1), (const gn_real[]){5, 6});
    gn_var *label = gn_values(f->tape, GN_SHAPE(2, 1), (const gn_real[]){10, 20});
    assert_values(apply_labelled(module, x, label), 0, 2 * (5 + 10 + 10) + 10, 2 * (6 + 20 + 20) + 20);
    gn_module_free(module);
}

/* Without a child that looks at the label it is a sequential. */
static void test_the_label_may_be_left_alone(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_conditional(f->context, NULL, sum_of(f->context, 2));
    gn_var *x = gn_values(f->tape, GN_SHAPE(1, 2), (const gn_real[]){3, 4});
    assert_values(apply_labelled(module, x, gn_constant(f->tape, 9)), 0, 7);
    gn_module_free(module);
}

static void test_batch_norm_is_fused_with_its_activation(void **state)
{
    const fixture *f = *state;
    gn_context *c = f->context;
    gn_module *norm = gn_batch_norm_layer(c, &(gn_batch_norm_options){.size = 3, .momentum = 0.5f});
    gn_module *module = gn_conditional(c, "g", gn_label_concat_layer(c), norm, gn_leaky_relu_layer(c, 0.25f));
    gn_var *x = gn_values(f->tape, GN_SHAPE(2, 2), (const gn_real[]){-1, 2, 3, -4});
    gn_var *label = gn_values(f->tape, GN_SHAPE(2, 1), (const gn_real[]){0, 2});
    gn_var *y = apply_labelled(module, x, label);
    assert_string_equal(gn_var_op_name(y), "batch_norm");
    const double a = 2 / sqrt(4.001), b = 3 / sqrt(9.001), l = 1 / sqrt(1.001);
    assert_values(y, 1e-6, -a / 4, b, -l / 4, a, -b / 4, l);
    assert_near((double)gn_tensor_values(tensor_of(module, "running_mean"))[2], 0.5, 1e-6);
    gn_module_free(module);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    gn_context *c = f->context;
    gn_module *module = gn_conditional(c, "d", gn_label_concat_layer(c),
                                       gn_dense_layer(c, &(gn_dense_options){.in = 5, .out = 4}), gn_tanh_layer(c),
                                       gn_projection_layer(c, &(gn_projection_options){.in = 4, .classes = 2}));
    check_labelled_gradients(c, module, GN_SHAPE(3, 3), GN_SHAPE(3, 2));
}

static gn_var *refuse(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)inputs, (void)count;
    return NULL;
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    gn_context *c = f->context;
    gn_var *x = gn_full(f->tape, GN_SHAPE(2, 1), 1);
    gn_module *module = gn_conditional_layer(c, "empty", NULL, 0);
    assert_null(gn_var_data(apply_labelled(module, x, x)));
    assert_message(c, GN_ERROR_STATE, "conditional 'empty': has no children");
    gn_module_free(module);
    gn_tape_reset(f->tape);
    x = gn_full(f->tape, GN_SHAPE(2, 1), 1);
    static const gn_module_class three = {.name = "three", .forward = refuse, .inputs = 3};
    module = gn_conditional(c, "g", gn_module_new(c, &three, NULL, 0));
    assert_null(gn_var_data(apply_labelled(module, x, x)));
    assert_message(c, GN_ERROR_ARGUMENT, "three 'g.three0': 1 inputs, expected 3");
    gn_tape_reset(f->tape);
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(2, 1), 1))));
    assert_message(c, GN_ERROR_ARGUMENT, "conditional 'g': 1 inputs, expected 2");
    gn_module_free(module);
    gn_context_clear(c);
    assert_null(gn_conditional(c, "g", gn_relu_layer(c), NULL));
    assert_message(c, GN_ERROR_ARGUMENT, "conditional 'g': child 1 is NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_the_label_comes_again_and_again),
        WITH_FIXTURE(test_nested),
        WITH_FIXTURE(test_the_label_may_be_left_alone),
        WITH_FIXTURE(test_batch_norm_is_fused_with_its_activation),
        WITH_FIXTURE(test_gradients),
        WITH_FIXTURE(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
