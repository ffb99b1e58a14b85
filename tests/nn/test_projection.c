/* SPDX-License-Identifier: MIT */
/* tests/nn/test_projection.c - the logit with an inner product of label and features. */
#include "labels.h"

static gn_module *projection_new(const fixture *f)
{
    gn_module *module = gn_projection_layer(f->context, &(gn_projection_options){.in = 2, .classes = 3, .name = "out"});
    set_values(tensor_of(module, "out.weight"), (const gn_real[]){2, -1});
    set_values(tensor_of(module, "out.bias"), (const gn_real[]){0.5f});
    set_values(tensor_of(module, "out.embedding"), (const gn_real[]){1, 2, 3, 4, 5, 6});
    return module;
}

/* Rows: class 1, half class 0 and half class 2, no class at all. */
static void test_values(void **state)
{
    const fixture *f = *state;
    gn_module *module = projection_new(f);
    gn_var *x = gn_values(f->tape, GN_SHAPE(3, 2), (const gn_real[]){10, 1, -1, 7, 3, 2});
    gn_var *label = gn_values(f->tape, GN_SHAPE(3, 3), (const gn_real[]){0, 1, 0, 0.5f, 0, 0.5f, 0, 0, 0});
    gn_var *y = apply_labelled(module, x, label);
    assert_shape(y, 3, 1);
    assert_values(y, 1e-5, 19.5 + 34, -8.5 + (-3 + 28), 4.5);
    gn_module_free(module);
}

static void test_parameters(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_projection_layer(f->context, &(gn_projection_options){.in = 7, .classes = 5});
    const gn_parameter_list list = gn_parameters(module);
    assert_int_equal(list.count, 3);
    assert_true(gn_shape_equal(gn_tensor_shape(gn_parameter_value(list.items[0])), GN_SHAPE(7, 1)));
    assert_true(gn_shape_equal(gn_tensor_shape(gn_parameter_value(list.items[1])), GN_SHAPE(1)));
    assert_true(gn_shape_equal(gn_tensor_shape(gn_parameter_value(list.items[2])), GN_SHAPE(5, 7)));
    assert_near((double)gn_tensor_values(gn_parameter_value(list.items[1]))[0], 0, 0);
    const double largest = largest_of(gn_parameter_value(list.items[2]));
    assert_true(largest > 0.5 * sqrt(6.0 / 12) && largest <= sqrt(6.0 / 12)); /* Glorot's */
    gn_module_free(module);
    module = gn_projection_layer(f->context, &(gn_projection_options){.in = 2,
                                                                      .classes = 1,
                                                                      .weight_init = {GN_INIT_CONSTANT, 3},
                                                                      .embedding_init = {GN_INIT_CONSTANT, 4}});
    assert_near((double)gn_tensor_values(tensor_of(module, "weight"))[1], 3, 0);
    assert_near((double)gn_tensor_values(tensor_of(module, "embedding"))[1], 4, 0);
    gn_module_free(module);
    module = gn_projection_layer(
        f->context, &(gn_projection_options){.in = 200, .classes = 6, .embedding_init = {GN_INIT_HE_UNIFORM, 0}});
    assert_near(largest_of(tensor_of(module, "embedding")), 1, 0.01); /* sqrt(6 / classes) */
    gn_module_free(module);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    check_labelled_gradients(f->context, projection_new(f), GN_SHAPE(4, 2), GN_SHAPE(4, 3));
    check_labelled_gradients(f->context,
                             gn_projection_layer(f->context, &(gn_projection_options){.in = 1, .classes = 1}),
                             GN_SHAPE(1, 1), GN_SHAPE(1, 1));
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_projection_layer(f->context, NULL));
    assert_message(f->context, GN_ERROR_ARGUMENT, "projection: options is NULL");
    assert_null(gn_projection_layer(f->context, &(gn_projection_options){.in = 4}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "projection: in is 4 and classes 0, expected at least 1 and at most 2^40 weights");
    gn_module *module = projection_new(f);
    gn_var *x = gn_full(f->tape, GN_SHAPE(4, 2), 1);
    assert_null(gn_var_data(apply_labelled(module, x, gn_full(f->tape, GN_SHAPE(4, 2), 1))));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "projection 'out': input [4,2] with label [4,2], expected [N,...,C] with [N,3]");
    gn_tape_reset(f->tape);
    assert_null(
        gn_var_data(apply_labelled(module, gn_full(f->tape, GN_SHAPE(4, 1), 1), gn_full(f->tape, GN_SHAPE(4, 3), 1))));
    assert_message(f->context, GN_ERROR_SHAPE, "linear 'out': input [4,1] has 1 columns, weight [2,1] wants 2");
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_values), WITH_FIXTURE(test_parameters),
                                       WITH_FIXTURE(test_gradients), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
