/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_reduce.c - sums, means, maxima and the softmax family. */
#include "autodiff/ops.h"

static void test_along_axes(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(2, 3), 1, 5, 3, 4, 2, 6);
    assert_var(gn_sum(x, GN_AXIS(0), false), GN_SHAPE(3), (gn_real[]){5, 7, 9});
    assert_var(gn_sum(x, GN_AXIS(1), true), GN_SHAPE(2, 1), (gn_real[]){9, 12});
    assert_var(gn_sum(x, GN_ALL_AXES, false), (gn_shape){.rank = 0}, (gn_real[]){21});
    assert_var(gn_mean(x, GN_AXIS(1), false), GN_SHAPE(2), (gn_real[]){3, 4});
    assert_var(gn_mean(x, GN_ALL_AXES, true), GN_SHAPE(1, 1), (gn_real[]){3.5f});
    assert_var(gn_max(x, GN_AXIS(0), false), GN_SHAPE(3), (gn_real[]){4, 5, 6});
    assert_var(gn_sum(x, 0, false), GN_SHAPE(2, 3), (gn_real[]){1, 5, 3, 4, 2, 6});
    assert_var(gn_sum(gn_constant(b->tape, 3), GN_ALL_AXES, false), (gn_shape){.rank = 0}, (gn_real[]){3});
}

static void test_axes_that_are_not_neighbours(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 3, 5), 0);
    gn_real expected[3] = {0};
    for (int i = 0; i < 30; i++) {
        gn_op_output(x)[i] = (gn_real)i;
        expected[i / 5 % 3] += (gn_real)i;
    }
    assert_var(gn_sum(x, GN_AXIS(0) | GN_AXIS(2), false), GN_SHAPE(3), expected);
    assert_var(gn_max(x, GN_AXIS(0) | GN_AXIS(2), false), GN_SHAPE(3), (gn_real[]){19, 24, 29});
}

/* The first of equal elements is the largest. */
static void test_the_gradient_of_a_maximum(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(2, 3), 1, 7, 7, 4, 2, 4), *gradient;
    assert_int_equal(gn_gradients(gn_max(x, GN_AXIS(1), false), &x, 1, false, &gradient), GN_OK);
    assert_var(gradient, GN_SHAPE(2, 3), (gn_real[]){0, 1, 0, 1, 0, 0});
}

static void test_softmax_of_large_numbers(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(2, 2), 10000, 10000, -10000, 10000);
    assert_var(gn_softmax(x), GN_SHAPE(2, 2), (gn_real[]){0.5f, 0.5f, 0, 1});
    assert_var(gn_log_softmax(x), GN_SHAPE(2, 2), (gn_real[]){-logf(2), -logf(2), -20000, 0});
}

static void test_errors(void **state)
{
    const bench *b = *state;
    assert_failed(b, gn_sum(gn_full(b->tape, GN_SHAPE(2, 3), 1), GN_AXIS(2), false), GN_ERROR_ARGUMENT,
                  "sum: axes 0x4 has axes that input [2,3] does not have");
    assert_failed(b, gn_mean(gn_full(b->tape, GN_SHAPE(2, 3), 1), GN_AXIS(2), false), GN_ERROR_ARGUMENT,
                  "mean: axes 0x4 has axes that input [2,3] does not have");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_along_axes, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_axes_that_are_not_neighbours, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_the_gradient_of_a_maximum, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_softmax_of_large_numbers, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
