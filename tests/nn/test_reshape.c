/* SPDX-License-Identifier: MIT */
/* tests/nn/test_reshape.c - reshaping the items of a batch. */
#include "layers.h"

static void test_shapes(void **state)
{
    const fixture *f = *state;
    gn_module *image = gn_reshape_layer(f->context, GN_SHAPE(2, 3, 1));
    gn_var *y = gn_apply(image, gn_full(f->tape, GN_SHAPE(4, 6), 1));
    assert_shape(y, 4, 2, 3, 1);
    gn_module_free(image);
    gn_module *number = gn_reshape_layer(f->context, (gn_shape){.rank = 0});
    assert_shape(gn_apply(number, gn_full(f->tape, GN_SHAPE(4, 1), 1)), 4);
    gn_module_free(number);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_reshape_layer(f->context, GN_SHAPE(2, 0)));
    assert_message(f->context, GN_ERROR_SHAPE, "reshape: item is [2,0], expected rank 0 to 5 and sizes of at least 1");
    assert_null(gn_reshape_layer(f->context, GN_SHAPE(1, 1, 1, 1, 1, 1)));
    gn_module *module = gn_reshape_layer(f->context, GN_SHAPE(2, 3));
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(4, 7), 1))));
    assert_non_null(strstr(gn_context_message(f->context), "reshape 'reshape': input [4,7]"));
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_shapes), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
