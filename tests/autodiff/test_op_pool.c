/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_pool.c - pooling and up-sampling. */
#include "autodiff/ops.h"

static const gn_real image[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void test_values(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_values(b->tape, GN_SHAPE(1, 4, 4, 1), image);
    const gn_window halves = {.stride_height = 2, .stride_width = 2};
    assert_var(gn_max_pool2d(x, 2, 2, &halves), GN_SHAPE(1, 2, 2, 1), (gn_real[]){6, 8, 14, 16});
    assert_var(gn_avg_pool2d(x, 2, 2, &halves), GN_SHAPE(1, 2, 2, 1), (gn_real[]){3.5f, 5.5f, 11.5f, 13.5f});
    gn_var *small = GN_VALUES(b->tape, GN_SHAPE(1, 1, 2, 1), 3, 4);
    assert_var(gn_upsample_nearest2d(small, 2), GN_SHAPE(1, 2, 4, 1), (gn_real[]){3, 3, 4, 4, 3, 3, 4, 4});
}

/* Padding never wins, also among negative numbers, and does not count in a mean. */
static void test_padding(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(1, 2, 2, 1), -1, -2, -3, -4);
    const gn_window window = {.stride_height = 2,
                              .stride_width = 2,
                              .padding_top = 1,
                              .padding_left = 1,
                              .padding_bottom = 1,
                              .padding_right = 1};
    assert_var(gn_max_pool2d(x, 2, 2, &window), GN_SHAPE(1, 2, 2, 1), (gn_real[]){-1, -2, -3, -4});
    assert_var(gn_avg_pool2d(
                   x, 3, 3, &(gn_window){.padding_top = 1, .padding_left = 1, .padding_bottom = 1, .padding_right = 1}),
               GN_SHAPE(1, 2, 2, 1), (gn_real[]){-2.5f, -2.5f, -2.5f, -2.5f});
}

static void test_the_gradient_goes_to_the_winner(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(1, 1, 4, 1), 5, 5, 1, 9), *gradient;
    assert_int_equal(gn_gradients(gn_max_pool2d(x, 1, 2, &(gn_window){.stride_width = 2}), &x, 1, false, &gradient),
                     GN_OK);
    assert_var(gradient, GN_SHAPE(1, 1, 4, 1), (gn_real[]){1, 0, 0, 1});
}

static void test_errors(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_values(b->tape, GN_SHAPE(1, 4, 4, 1), image);
    assert_failed(b, gn_max_pool2d(x, 2, 2, &(gn_window){.dilation_width = 2}), GN_ERROR_ARGUMENT,
                  "max_pool2d: dilation is 1 x 2, expected 1");
    x = gn_values(b->tape, GN_SHAPE(1, 4, 4, 1), image);
    assert_failed(b, gn_avg_pool2d(x, 2, 2, &(gn_window){.padding_top = 2}), GN_ERROR_ARGUMENT,
                  "avg_pool2d: padding is 2 + 0 by 0 + 0, expected no window of 2 x 2 wholly in it");
    const gn_window below = {.stride_height = 2, .stride_width = 2, .padding_bottom = 2};
    const gn_window beside = {.stride_height = 2, .stride_width = 2, .padding_right = 2};
    assert_failed(b, gn_max_pool2d(gn_full(b->tape, GN_SHAPE(1, 2, 2, 1), 1), 2, 2, &below), GN_ERROR_ARGUMENT,
                  "max_pool2d: padding is 0 + 2 by 0 + 0, expected no window of 2 x 2 wholly in it");
    assert_failed(b, gn_max_pool2d(gn_full(b->tape, GN_SHAPE(1, 2, 2, 1), 1), 2, 2, &beside), GN_ERROR_ARGUMENT,
                  "max_pool2d: padding is 0 + 0 by 0 + 2, expected no window of 2 x 2 wholly in it");
    x = gn_values(b->tape, GN_SHAPE(1, 4, 4, 1), image);
    assert_failed(b, gn_upsample_nearest2d(x, 0), GN_ERROR_ARGUMENT,
                  "upsample_nearest2d: factor is 0, expected 1 to 1024");
    assert_failed(b, gn_upsample_nearest2d(gn_constant(b->tape, 1), 2), GN_ERROR_SHAPE, "expected an image [N,H,W,C]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_padding, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_the_gradient_goes_to_the_winner, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
