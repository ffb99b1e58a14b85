/* SPDX-License-Identifier: MIT */
/* tests/export/test_trace.c - every module knows the shape that it gave, also where two are computed as one; and what
 * an output needs is known. */
#include "export/trace.h"
#include "nn/layers.h"
#include "nn/module.h"

static gn_module *network(gn_context *context)
{
    return gn_sequential(context, "net", gn_dense_layer(context, &(gn_dense_options){.in = 3, .out = 4}),
                         gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 4}), gn_relu_layer(context),
                         gn_reshape_layer(context, GN_SHAPE(2, 2)));
}

static void test_shapes_of_all_modules(void **state)
{
    const fixture *f = *state;
    gn_module *net = network(f->context);
    assert_int_equal(net->output.rank, 0);
    assert_int_equal(gn__module_trace(net, &GN_SHAPE(5, 3), 1), GN_OK);
    for (size_t i = 0; i < 3; i++)
        assert_true(gn_shape_equal(gn_module_child(net, i)->output, GN_SHAPE(5, 4)));
    assert_true(gn_shape_equal(net->output, GN_SHAPE(5, 2, 2)));
    gn_module_free(net);
}

static void test_a_trace_changes_nothing(void **state)
{
    const fixture *f = *state;
    gn_module *net = network(f->context);
    gn_module *dense = gn_module_child(net, 0);
    gn_module_set_statistics(net, GN_STATISTICS_BATCH);
    gn_module_set_training(dense, false); /* unlike the others */
    assert_int_equal(gn__module_trace(net, &GN_SHAPE(5, 3), 1), GN_OK);
    assert_true(gn_module_training(net));
    assert_int_equal(gn_module_statistics(net), GN_STATISTICS_BATCH);
    assert_false(gn_module_training(dense));
    assert_int_equal(gn_module_statistics(dense), GN_STATISTICS_RUNNING);
    assert_true(gn_tensor_values(gn_module_tensor(net, 4).tensor)[0] == 0); /* running_mean */
    gn_module_free(net);
}

static void test_a_failed_trace_leaves_no_shape_of_an_earlier_one(void **state)
{
    const fixture *f = *state;
    gn_module *net = network(f->context);
    assert_int_equal(gn__module_trace(net, &GN_SHAPE(5, 3), 1), GN_OK);
    assert_int_equal(gn__module_trace(net, &GN_SHAPE(5, 7), 1), GN_ERROR_SHAPE);
    assert_int_equal(net->output.rank, 0);
    assert_int_equal(gn__module_trace(net, NULL, 1), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "'net': the shapes of its inputs are NULL");
    assert_int_equal(gn__module_trace(net, &GN_SHAPE(5, 3), 0), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "'net': 0 input shapes, expected 1 to 8");
    gn_module_free(net);
}

static void test_numbers_and_names(void **state)
{
    const fixture *f = *state;
    gn_module *net = network(f->context);
    assert_int_equal(gn__module_own_numbers(net), 0);
    assert_int_equal(gn__module_own_numbers(gn_module_child(net, 0)), 3 * 4 + 4);
    assert_int_equal(gn__module_own_numbers(gn_module_child(net, 1)), 4 + 4);
    assert_string_equal(gn__module_short_name(net), "net");
    assert_string_equal(gn__module_short_name(gn_module_child(net, 0)), "dense0");
    gn_module_free(net);
}

static void test_what_depends_on_an_input_and_is_needed_is_known(void **state)
{
    const fixture *f = *state;
    gn_var *x = gn_full(f->tape, GN_SHAPE(2, 3), 0);
    gn_var *c = gn_full(f->tape, GN_SHAPE(2, 3), 1), *twice = gn_scale(c, 2), *aside = gn_tanh(x);
    const gn_var *y = gn_add(gn_exp(x), twice);
    const gn_var *const vars[] = {x, c, twice, aside, y};
    static const bool variable[] = {true, false, false, true, true}, needed[] = {true, false, true, false, true};
    const gn__traced *values = gn__trace_values(f->tape, &x, 1, y);
    for (int i = 0; i < 5; i++) {
        assert_ptr_equal(values[vars[i]->index].var, vars[i]);
        assert_int_equal(values[vars[i]->index].variable, variable[i]);
        assert_int_equal(values[vars[i]->index].needed, needed[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_shapes_of_all_modules),
        WITH_FIXTURE(test_a_trace_changes_nothing),
        WITH_FIXTURE(test_a_failed_trace_leaves_no_shape_of_an_earlier_one),
        WITH_FIXTURE(test_numbers_and_names),
        WITH_FIXTURE(test_what_depends_on_an_input_and_is_needed_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
