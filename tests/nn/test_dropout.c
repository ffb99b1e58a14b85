/* SPDX-License-Identifier: MIT */
/* tests/nn/test_dropout.c - dropout drops in training and only then. */
#include "layers.h"

static void test_training(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_dropout_layer(f->context, 0.25f);
    gn_var *y = gn_apply(module, gn_full(f->tape, GN_SHAPE(100, 100), 3));
    int dropped = 0;
    for (int i = 0; i < 10000; i++) {
        const double element = (double)gn_var_data(y)[i];
        dropped += element == 0;
        if (element != 0)
            assert_near(element, 4, 1e-6);
    }
    assert_near(dropped, 2500, 200);
    gn_module_free(module);
}

static void test_settings(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_dropout_layer(f->context, 0.5f);
    gn_var *x = gn_full(f->tape, GN_SHAPE(64), 1);
    gn_module_set_training(module, false);
    assert_ptr_equal(gn_apply(module, x), x);
    gn_module_set_statistics(module, GN_STATISTICS_BATCH_UPDATE);
    assert_ptr_equal(gn_apply(module, x), x);
    gn_module_set_training(module, true);
    gn_module_set_statistics(module, GN_STATISTICS_RUNNING);
    gn_module_set_frozen(module, true);
    assert_ptr_not_equal(gn_apply(module, x), x);
    gn_module_free(module);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_dropout_layer(f->context, 1));
    assert_message(f->context, GN_ERROR_ARGUMENT, "dropout: rate is 1, expected 0 <= rate < 1");
    assert_null(gn_dropout_layer(f->context, -0.5f));
    assert_null(gn_dropout_layer(f->context, NAN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_training), WITH_FIXTURE(test_settings),
                                       WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
