/* SPDX-License-Identifier: MIT */
/* tests/nn/test_flatten.c - flattening. */
#include "layers.h"

static void test_shapes(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_flatten_layer(f->context);
    gn_var *y = gn_apply(module, gn_values(f->tape, GN_SHAPE(2, 1, 3, 1), (const gn_real[]){1, 2, 3, 4, 5, 6}));
    assert_shape(y, 2, 3);
    assert_values(y, 0, 1, 2, 3, 4, 5, 6);
    assert_shape(gn_apply(module, gn_full(f->tape, GN_SHAPE(5), 0)), 5, 1);
    assert_shape(gn_apply(module, gn_full(f->tape, GN_SHAPE(1, 7), 0)), 1, 7);
    gn_module_free(module);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_flatten_layer(f->context);
    assert_null(gn_var_data(gn_apply(module, gn_constant(f->tape, 1))));
    assert_non_null(strstr(gn_context_message(f->context), "'flatten'"));
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_shapes), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
