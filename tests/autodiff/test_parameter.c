/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_parameter.c - parameters: names, values on a tape, and values that stand for them. */
#include "autodiff/ops.h"

static void test_a_parameter_is_one_value_on_a_tape(void **state)
{
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "weight", GN_SHAPE(2, 3));
    assert_string_equal(gn_parameter_name(p), "weight");
    assert_int_equal(gn_tensor_count(gn_parameter_value(p)), 6);
    assert_null(gn_parameter_gradient(p));
    gn_var *value = gn_parameter_var(b->tape, p);
    assert_ptr_equal(gn_parameter_var(b->tape, p), value);
    assert_ptr_equal(gn_var_data(value), gn_tensor_values(gn_parameter_value(p)));
    assert_string_equal(gn_var_op_name(value), "parameter");
    gn_parameter_free(p);
}

/* A parameter made later at the same address is another one. */
static void test_a_new_parameter_is_not_an_old_one(void **state)
{
    const bench *b = *state;
    for (int i = 0; i < 20; i++) {
        gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(1));
        gn_tensor_data(gn_parameter_value(p))[0] = (gn_real)i;
        assert_true(gn_var_number(gn_parameter_var(b->tape, p)) == (gn_real)i);
        gn_parameter_free(p);
    }
}

/* The gradient flows through what was done to the parameter: here a step of gradient descent. */
static void test_a_bound_value_stands_for_the_parameter(void **state)
{
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(1));
    gn_tensor_data(gn_parameter_value(p))[0] = 3;
    gn_var *start = gn_values(b->tape, GN_SHAPE(1), gn_tensor_values(gn_parameter_value(p))), *slope, *gradient;
    assert_int_equal(gn_gradients(gn_square(start), &start, 1, true, &slope), GN_OK);
    assert_int_equal(gn_parameter_bind(p, gn_sub(start, gn_scale(slope, 0.1f))), GN_OK);
    gn_var *loss = gn_square(gn_parameter_var(b->tape, p));
    assert_int_equal(gn_gradients(loss, &start, 1, false, &gradient), GN_OK);
    assert_true(fabsf(gn_var_number(gradient) - 2 * (3 - 0.6f) * 0.8f) < 1e-5f);
    gn_parameter_free(p);
}

static void test_errors(void **state)
{
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "weight", GN_SHAPE(2));
    assert_null(gn_parameter_new(b->context, "bad", GN_SHAPE(0)));
    assert_int_equal(gn_parameter_bind(p, gn_constant(b->tape, 1)), GN_ERROR_SHAPE);
    assert_failed(b, gn_parameter_var(b->tape, p), GN_ERROR_SHAPE,
                  "parameter 'weight' has shape [2], the value bound to it []");
    assert_failed(b, gn_parameter_var(b->tape, NULL), GN_ERROR_ARGUMENT, "parameter is NULL");
    assert_int_equal(gn_parameter_bind(NULL, NULL), GN_ERROR_ARGUMENT);
    assert_string_equal(gn_parameter_name(NULL), "");
    gn_parameter_free(p);
    gn_parameter_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_parameter_is_one_value_on_a_tape, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_new_parameter_is_not_an_old_one, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_bound_value_stands_for_the_parameter, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
