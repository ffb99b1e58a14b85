/* SPDX-License-Identifier: MIT */
/* tests/nn/test_pool.c - pooling layers. */
#include "layers.h"

static gn_var *apply(const fixture *f, gn_module *module)
{
    static const gn_real image[] = {1, 5, 2, 0, 3, 4, 8, 7, 6, -1, -2, -3, 9, 10, 11, 12};
    assert_non_null(module);
    gn_var *y = gn_apply(module, gn_values(f->tape, GN_SHAPE(1, 4, 4, 1), image));
    gn_module_free(module);
    return y;
}

static void test_values(void **state)
{
    const fixture *f = *state;
    assert_values(apply(f, gn_max_pool2d_layer(f->context, 2, 0)), 0, 5, 8, 10, 12);
    assert_values(apply(f, gn_max_pool2d_layer(f->context, 3, 1)), 0, 8, 8, 11, 12);
    assert_values(apply(f, gn_avg_pool2d_layer(f->context, 2, 0)), 1e-6, 3.25, 4.25, 6, 4.5);
    assert_values(apply(f, gn_avg_pool2d_layer(f->context, 2, 2)), 1e-6, 3.25, 4.25, 6, 4.5);
    gn_var *largest = apply(f, gn_global_max_pool2d_layer(f->context)),
           *mean = apply(f, gn_global_avg_pool2d_layer(f->context));
    assert_shape(largest, 1, 1);
    assert_values(largest, 0, 12);
    assert_values(mean, 1e-6, 4.5);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    const gn_shape shape = GN_SHAPE(2, 4, 3, 2);
    check_gradients(f->context, gn_max_pool2d_layer(f->context, 2, 1), shape);
    check_gradients(f->context, gn_avg_pool2d_layer(f->context, 2, 1), shape);
    check_gradients(f->context, gn_global_max_pool2d_layer(f->context), shape);
    check_gradients(f->context, gn_global_avg_pool2d_layer(f->context), shape);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_max_pool2d_layer(f->context, 0, 0));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "max_pool2d: kernel is 0 and stride 0, expected kernel >= 1 and stride >= 0");
    assert_null(gn_avg_pool2d_layer(f->context, 2, -1));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "avg_pool2d: kernel is 2 and stride -1, expected kernel >= 1 and stride >= 0");
    gn_module *module = gn_global_avg_pool2d_layer(f->context);
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(2, 3, 4), 0))));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "global_avg_pool2d 'global_avg_pool2d': input [2,3,4], expected [N,H,W,C]");
    gn_module_free(module);
    gn_tape_reset(f->tape);
    module = gn_global_max_pool2d_layer(f->context);
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(2, 3), 0))));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "global_max_pool2d 'global_max_pool2d': input [2,3], expected [N,H,W,C]");
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_values), WITH_FIXTURE(test_gradients),
                                       WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
