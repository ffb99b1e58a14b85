/* SPDX-License-Identifier: MIT */
/* tests/nn/test_maxout.c - the maxout layer. */
#include "layers.h"

/* Two units of three pieces on one input: max(x, -x, -9) = |x| and max(2x+1, 3, x). */
static void test_values(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_maxout_layer(f->context,
                                        &(gn_maxout_options){.in = 1, .units = 2, .pieces = 3, .name = "m"});
    set_values(tensor_of(module, "m.weight"), (const gn_real[]){1, -1, 0, 2, 0, 1});
    set_values(tensor_of(module, "m.bias"), (const gn_real[]){0, 0, -9, 1, 3, 0});
    gn_var *y = gn_apply(module, gn_values(f->tape, GN_SHAPE(3, 1), (const gn_real[]){-2, 0.5f, 4}));
    assert_shape(y, 3, 2);
    assert_values(y, 1e-6, 2, 3, 0.5, 3, 4, 9);
    gn_module_free(module);
}

/* Glorot's bound, of as many outputs as there are pieces. */
static void test_start(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_maxout_layer(
        f->context,
        &(gn_maxout_options){.in = 3, .units = 200, .pieces = 5, .bias_init = {GN_INIT_CONSTANT, 0.5f}, .name = "m"});
    assert_near(largest_of(tensor_of(module, "m.weight")), sqrt(6.0 / 1003), 1e-3);
    assert_true(gn_tensor_values(tensor_of(module, "m.bias"))[0] == 0.5f);
    gn_module_free(module);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_maxout_layer(f->context, &(gn_maxout_options){.in = 3, .units = 2, .pieces = 3});
    set_values(tensor_of(module, "bias"), (const gn_real[]){5, 0, -5, -4, 1, 6});
    check_gradients(f->context, module, GN_SHAPE(2, 3));
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_maxout_layer(f->context, NULL));
    assert_message(f->context, GN_ERROR_ARGUMENT, "maxout: options is NULL");
    assert_null(gn_maxout_layer(f->context, &(gn_maxout_options){.in = 3, .units = 2}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "maxout: in is 3, units 2 and pieces 0, expected at least 1 and at most 2^40 weights");
    gn_module *module = gn_maxout_layer(f->context,
                                        &(gn_maxout_options){.in = 3, .units = 2, .pieces = 2, .name = "m"});
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(2, 4), 0))));
    assert_message(f->context, GN_ERROR_SHAPE, "linear 'm': input [2,4] has 4 columns, weight [3,4] wants 3");
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_values), WITH_FIXTURE(test_start),
                                       WITH_FIXTURE(test_gradients), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
