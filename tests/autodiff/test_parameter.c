/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_parameter.c - parameters: names, values on a tape, and values that stand for them. */
#include "autodiff/backward.h"
#include "autodiff/ops.h"
#include "autodiff/parameter.h"
#include "autodiff/tape.h"

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
        gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(i + 1));
        assert_int_equal(gn_var_shape(gn_parameter_var(b->tape, p)).size[0], i + 1);
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

/* What was first used while nothing was recorded gets a gradient from what is. */
static void test_a_use_that_is_not_recorded(void **state)
{
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(2));
    gn_tape_set_recording(b->tape, false);
    gn_scale(gn_parameter_var(b->tape, p), 2);
    gn_tape_set_recording(b->tape, true);
    gn_var *loss = gn_sum(gn_scale(gn_parameter_var(b->tape, p), 5), GN_ALL_AXES, false);
    assert_int_equal(gn_backward(loss, (gn_parameter_list){&p, 1}), GN_OK);
    assert_true(gn_tensor_values(gn_parameter_gradient(p))[1] == 5);
    gn_parameter_free(p);
}

/* What was bound after a mark is gone when the tape is rewound: what stood for the parameter before does so again. */
static void test_a_bound_value_that_is_rewound(void **state)
{
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(1));
    gn_var *before = gn_parameter_var(b->tape, p);
    gn__tape_mark(b->tape);
    gn_var *after = gn_scale(before, 1);
    assert_int_equal(gn_parameter_bind(p, after), GN_OK);
    assert_ptr_equal(gn_parameter_var(b->tape, p), after);
    gn__tape_rewind(b->tape);
    assert_ptr_equal(gn_parameter_var(b->tape, p), before);
    gn_parameter_free(p);
}

/* In one part, in several, of which the last is short, and in as many as there can be. */
static void test_a_parameter_is_measured(void **state)
{
    const bench *b = *state;
    const int64_t counts[] = {5, 100001, (1 << 22) + 1};
    for (int i = 0; i < 3; i++) {
        gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(counts[i]));
        gn_real *gradient = gn_tensor_data(gn__parameter_need_gradient(p));
        for (int64_t j = 0; j < counts[i]; j++)
            gradient[j] = j % 2 == 0 ? 2 : -1;
        gn__parameter_measure(p);
        assert_true(p->gradient_squares == 4 * (double)((counts[i] + 1) / 2) + (double)(counts[i] / 2));
        gn_parameter_free(p);
    }
}

/* Whoever gets no gradient in a pass is looked at too. */
static void test_a_pass_before_a_step_measures(void **state)
{
    const bench *b = *state;
    gn_parameter *p[2];
    for (int i = 0; i < 2; i++)
        p[i] = gn_parameter_new(b->context, "p", GN_SHAPE(2, 1));
    const gn_parameter_list list = {p, 2};
    gn_var *x = gn_full(b->tape, GN_SHAPE(1, 2), 3), *weight = gn_parameter_var(b->tape, p[0]);
    gn_var *loss = gn_sum(gn_linear(x, weight, NULL), GN_ALL_AXES, false);
    for (int add = 0; add < 2; add++) {
        assert_int_equal(gn__backward(loss, list, add, true), GN_OK);
        assert_true(p[0]->gradient_squares == 18 << 2 * add);
        assert_true(p[1]->gradient_squares == 0);
    }
    assert_int_equal(gn__backward(gn_constant(b->tape, 1), list, true, true), GN_OK);
    assert_true(p[0]->gradient_squares == 18 << 2);
    assert_int_equal(gn__backward(gn_constant(b->tape, 1), list, false, true), GN_OK);
    assert_true(p[0]->gradient_squares == 0);
    bool recording = gn_tape_set_recording(b->tape, false);
    assert_int_equal(gn__backward(loss, list, false, true), GN_OK);
    gn_var *unrecorded = gn_constant(b->tape, 1);
    gn_tape_set_recording(b->tape, recording);
    assert_int_equal(gn__backward(unrecorded, list, true, true), GN_OK);
    assert_true(p[0]->gradient_squares == 18);
    assert_int_equal(gn__backward(unrecorded, list, false, true), GN_OK);
    assert_true(p[0]->gradient_squares == 0);
    for (int i = 0; i < 2; i++)
        gn_parameter_free(p[i]);
}

static int squares_asked_for;

static gn_status gemm_that_counts(gn_context *context, const gn__product *product)
{
    squares_asked_for += product->squares != NULL;
    return gn__kernels_fast.gemm(context, product);
}

/* A gradient of several tiles: of one product, of two that are added, and of one that is scaled. */
static void test_a_product_measures_the_gradient_that_it_makes(void **state)
{
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(300, 17));
    gn_var *x = gn_full(b->tape, GN_SHAPE(5, 300), 3), *weight = gn_parameter_var(b->tape, p);
    gn_var *once = gn_sum(gn_linear(x, weight, NULL), GN_ALL_AXES, false);
    gn_var *losses[] = {once, gn_add(once, gn_sum(gn_linear(x, weight, NULL), GN_ALL_AXES, false)),
                        gn_sum(gn_linear(x, gn_scale(weight, 2), NULL), GN_ALL_AXES, false)};
    const double gradients[] = {15, 30, 30};
    const gn__kernels *const kernels = b->context->kernels;
    gn__kernels watched = *kernels;
    watched.gemm = gemm_that_counts;
    b->context->kernels = &watched;
    for (int i = 0; i < 3; i++) {
        const double squares = 300 * 17 * gradients[i] * gradients[i];
        p->gradient_squares = GN__UNMEASURED;
        squares_asked_for = 0;
        assert_int_equal(gn__backward(losses[i], (gn_parameter_list){&p, 1}, false, true), GN_OK);
        assert_int_equal(squares_asked_for, i < 2); /* the third product's is not the parameter's gradient */
        assert_true(p->gradient_squares == squares);
        gn__parameter_measure(p);
        assert_true(p->gradient_squares == squares);
    }
    b->context->kernels = kernels;
    gn_parameter_free(p);
}

static void test_a_pass_without_a_step_does_not_measure(void **state)
{
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(300, 17));
    gn_var *x = gn_full(b->tape, GN_SHAPE(5, 300), 3);
    gn_var *loss = gn_sum(gn_linear(x, gn_parameter_var(b->tape, p), NULL), GN_ALL_AXES, false);
    assert_int_equal(gn_backward(loss, (gn_parameter_list){&p, 1}), GN_OK);
    assert_true(p->gradient_squares == GN__UNMEASURED);
    gn_parameter_free(p);
}

static void test_errors(void **state)
{
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "weight", GN_SHAPE(2));
    assert_null(gn_parameter_new(b->context, "bad", GN_SHAPE(0)));
    assert_null(gn_parameter_new(b->context, NULL, GN_SHAPE(2)));
    assert_message(b->context, GN_ERROR_ARGUMENT, "parameter: the name is NULL, expected at least one character");
    assert_null(gn_parameter_new(b->context, "", GN_SHAPE(2)));
    assert_message(b->context, GN_ERROR_ARGUMENT, "parameter: the name is '', expected at least one character");
    assert_int_equal(gn_parameter_bind(p, gn_constant(b->tape, 1)), GN_ERROR_SHAPE);
    assert_failed(b, gn_parameter_var(b->tape, p), GN_ERROR_SHAPE,
                  "parameter 'weight' has shape [2], the value bound to it []");
    gn_var *value = gn_full(b->tape, GN_SHAPE(2), 1);
    gn_tape_fail(b->tape, GN_ERROR_NUMBER, "planted");
    assert_int_equal(gn_parameter_bind(p, value), GN_ERROR_NUMBER);
    gn_tape_reset(b->tape);
    assert_failed(b, gn_parameter_var(b->tape, NULL), GN_ERROR_NUMBER, "gn_parameter_var: parameter is NULL: planted");
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
        cmocka_unit_test_setup_teardown(test_a_use_that_is_not_recorded, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_bound_value_that_is_rewound, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_parameter_is_measured, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_pass_before_a_step_measures, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_product_measures_the_gradient_that_it_makes, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_pass_without_a_step_does_not_measure, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
