/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_dropout.c - the random mask. */
#include "autodiff/ops.h"

static void test_the_share_that_is_dropped(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(100, 100), 2), *y = gn_dropout(x, 0.25f), *gradient;
    int zeros = 0;
    for (int i = 0; i < 10000; i++) {
        const gn_real value = gn_var_data(y)[i];
        assert_true(value == 0 || fabsf(value - 2 / 0.75f) < 1e-6f);
        zeros += value == 0;
    }
    assert_true(zeros > 2350 && zeros < 2650);
    assert_int_equal(gn_gradients(y, &x, 1, false, &gradient), GN_OK);
    for (int i = 0; i < 10000; i++)
        assert_true((gn_var_data(gradient)[i] == 0) == (gn_var_data(y)[i] == 0));
}

/* A mask is a function of the tape's place in the random numbers: other at each call and after each reset, the same
 * when set back. */
static void test_repeatable(void **state)
{
    const bench *b = *state;
    gn_real kept[3][64];
    for (int i = 0; i < 3; i++) {
        if (i != 1)
            gn_tape_set_random(b->tape, (gn_random){.seed = 8, .stream = 9});
        gn_var *y = gn_dropout(gn_full(b->tape, GN_SHAPE(64), 1), 0.5f);
        memcpy(kept[i], gn_var_data(y), sizeof kept[i]);
    }
    assert_memory_not_equal(kept[0], kept[1], sizeof kept[0]);
    assert_memory_equal(kept[0], kept[2], sizeof kept[0]);
}

/* However many threads fill it, a mask is made of the next numbers in their order. */
static void test_the_numbers_in_their_order(void **state)
{
    enum { COUNT = 40001 };
    static gn_real numbers[COUNT];
    const bench *b = *state;
    gn_random random = {.seed = 3, .stream = 4, .index = 5};
    gn_tape_set_random(b->tape, random);
    gn_var *y = gn_dropout(gn_full(b->tape, GN_SHAPE(COUNT), 1), 0.5f),
           *next = gn_dropout(gn_full(b->tape, GN_SHAPE(1), 1), 0.5f);
    gn_random_fill_uniform(&random, numbers, COUNT, 0, 1);
    for (int i = 0; i < COUNT; i++)
        assert_true(gn_var_data(y)[i] == (numbers[i] < 0.5f ? 0 : 2));
    assert_true(gn_var_data(next)[0] == (gn_random_uniform(&random) < 0.5f ? 0 : 2));
    assert_int_equal(gn_tape_random(b->tape)->index, random.index);
}

static void test_rates(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(4), 1);
    assert_ptr_equal(gn_dropout(x, 0), x);
    assert_failed(b, gn_dropout(x, 1), GN_ERROR_ARGUMENT, "dropout: rate is 1, expected 0 <= rate < 1");
    assert_failed(b, gn_dropout(gn_constant(b->tape, 1), -0.5f), GN_ERROR_ARGUMENT, "rate is -0.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_share_that_is_dropped, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_repeatable, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_the_numbers_in_their_order, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_rates, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
