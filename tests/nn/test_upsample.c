/* SPDX-License-Identifier: MIT */
/* tests/nn/test_upsample.c - up-sampling by repeating pixels. */
#include "layers.h"

static void test_values(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_upsample_layer(f->context, 2);
    gn_var *y = gn_apply(module, gn_values(f->tape, GN_SHAPE(1, 1, 2, 1), (const gn_real[]){1, 2}));
    assert_shape(y, 1, 2, 4, 1);
    assert_values(y, 0, 1, 1, 2, 2, 1, 1, 2, 2);
    check_gradients(f->context, module, GN_SHAPE(2, 3, 1, 2));
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_upsample_layer(f->context, 0));
    assert_message(f->context, GN_ERROR_ARGUMENT, "upsample: factor is 0, expected 1 to 1024");
    assert_null(gn_upsample_layer(f->context, 1025));
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_values), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
