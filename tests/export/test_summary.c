/* SPDX-License-Identifier: MIT */
/* tests/export/test_summary.c - a network as a table. */
#include "nn/layers.h"

static void test_a_table_of_all_modules(void **state)
{
    const fixture *f = *state;
    gn_module *net = gn_sequential(
        f->context, "net",
        gn_join(f->context, "input", GN_JOIN_CONCAT, gn_identity_layer(f->context), gn_identity_layer(f->context)),
        gn_dense_layer(f->context, &(gn_dense_options){.in = 5, .out = 7, .name = "hidden"}),
        gn_relu_layer(f->context));
    const gn_shape inputs[] = {GN_SHAPE(1, 3), GN_SHAPE(1, 2)};
    char *text = gn_summary(net, inputs, 2);
    assert_non_null(text);
    assert_string_equal(
        text, "module                               kind                     output                 parameters\n"
              "net                                  sequential               [1,7]                            \n"
              "  input                              join                     [1,5]                            \n"
              "    identity0                        identity                 [1,3]                            \n"
              "    identity1                        identity                 [1,2]                            \n"
              "  hidden                             dense                    [1,7]                          42\n"
              "  relu2                              relu                     [1,7]                            \n"
              "all                                                                                          42\n");
    gn_text_free(f->context, text);
    gn_module_free(net);
}

static void test_shapes_that_do_not_fit(void **state)
{
    const fixture *f = *state;
    gn_module *net = gn_dense_layer(f->context, &(gn_dense_options){.in = 5, .out = 7});
    assert_null(gn_summary(net, &GN_SHAPE(1, 4), 1));
    assert_int_equal(gn_context_status(f->context), GN_ERROR_SHAPE);
    assert_null(gn_summary(NULL, &GN_SHAPE(1, 4), 1));
    gn_module_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_a_table_of_all_modules),
        WITH_FIXTURE(test_shapes_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
