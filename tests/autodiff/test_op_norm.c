/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_norm.c - batch normalisation with the batch's own statistics. */
#include "autodiff/ops.h"
#include "autodiff/storage.h"
#include "autodiff/tape.h"

static void test_values_and_statistics(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(3, 2), 1, 10, 2, 20, 6, 30), *gamma = GN_VALUES(b->tape, GN_SHAPE(2), 2, 1);
    gn_var *beta = GN_VALUES(b->tape, GN_SHAPE(2), 0, 5);
    gn_real mean[2], variance[2];
    const gn_real *y = gn_var_data(gn_batch_norm(x, gamma, beta, 1e-5f, 1, mean, variance));
    assert_true(mean[0] == 3 && mean[1] == 20);
    assert_true(fabsf(variance[0] - 14 / 3.0f) < 1e-5f && fabsf(variance[1] - 200 / 3.0f) < 1e-4f);
    assert_true(fabsf(y[0] - 2 * -2 / sqrtf(14 / 3.0f)) < 1e-4f);
    assert_true(fabsf(y[5] - (5 + 10 / sqrtf(200 / 3.0f))) < 1e-4f);
}

/* The activation inside is the one outside. */
static void test_the_activation(void **state)
{
    const bench *b = *state;
    gn_random random = {.seed = 3};
    gn_var *x = gn_full(b->tape, GN_SHAPE(4, 3, 5), 0), *gamma = gn_full(b->tape, GN_SHAPE(5), 1.5f),
           *beta = gn_full(b->tape, GN_SHAPE(5), 0.2f);
    gn_random_fill_normal(&random, gn_op_output(x), 60, 2, 3);
    gn_var *plain = gn_batch_norm(x, gamma, beta, 1e-3f, 1, NULL, NULL);
    const gn_real slopes[] = {0, 0.2f};
    for (int i = 0; i < 2; i++)
        assert_var(gn_batch_norm(x, gamma, beta, 1e-3f, slopes[i], NULL, NULL), GN_SHAPE(4, 3, 5),
                   gn_var_data(gn_leaky_relu(plain, slopes[i])));
}

/* What is computed again is what it was, though training has moved gamma. */
static void test_gamma_as_it_was(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(2, 1), 1, -1), *gamma = gn_full(b->tape, GN_SHAPE(1), 2);
    gn_var *y = gn_batch_norm(x, gamma, gn_full(b->tape, GN_SHAPE(1), 0), 1e-6f, 1, NULL, NULL);
    gn__var_forget(y);
    gn_op_output(gamma)[0] = 7;
    assert_var(y, GN_SHAPE(2, 1), (gn_real[]){2, -2});
}

static void test_given_statistics(void **state)
{
    const bench *b = *state;
    const gn_real mean[] = {1, 20}, variance[] = {3, 99};
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(3, 1, 2), 1, 10, 2, 20, 5, 30);
    gn_var *gamma = GN_VALUES(b->tape, GN_SHAPE(2), 2, 10), *beta = GN_VALUES(b->tape, GN_SHAPE(2), 0, 5);
    assert_var(gn__batch_norm_given(x, gamma, beta, mean, variance, 1, 1), GN_SHAPE(3, 1, 2),
               (gn_real[]){0, -5, 1, 5, 4, 15});
    assert_var(gn__batch_norm_given(x, gamma, beta, mean, variance, 1, 0.2f), GN_SHAPE(3, 1, 2),
               (gn_real[]){0, -1, 1, 5, 4, 15});
}

/* A channel whose values are all equal has variance 0: finite, and beta alone. A large mean must not cancel the
 * variance away. */
static void test_hard_batches(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(4, 2), 7, 100001, 7, 99999, 7, 100001, 7, 99999);
    gn_var *gamma = gn_full(b->tape, GN_SHAPE(2), 1), *beta = gn_full(b->tape, GN_SHAPE(2), 0.5f);
    gn_real variance[2];
    const gn_real *y = gn_var_data(gn_batch_norm(x, gamma, beta, 1e-3f, 1, NULL, variance));
    assert_true(y[0] == 0.5f && variance[0] == 0);
    assert_true(fabsf(variance[1] - 1) < 1e-3f);
    x = gn_full(b->tape, GN_SHAPE(1, 2), 3);
    assert_var(gn_batch_norm(x, gamma, beta, 1e-3f, 1, NULL, NULL), GN_SHAPE(1, 2), (gn_real[]){0.5f, 0.5f});
}

static void test_errors(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(4, 2), 1), *two = gn_full(b->tape, GN_SHAPE(2), 1),
           *three = gn_full(b->tape, GN_SHAPE(3), 1);
    assert_failed(b, gn_batch_norm(x, two, three, 1e-3f, 1, NULL, NULL), GN_ERROR_SHAPE,
                  "batch_norm: input [4,2] has 2 channels, gamma is [2] and beta [3]");
    x = gn_full(b->tape, GN_SHAPE(4, 2), 1), two = gn_full(b->tape, GN_SHAPE(2), 1);
    assert_failed(b, gn_batch_norm(x, two, two, 0, 1, NULL, NULL), GN_ERROR_ARGUMENT,
                  "epsilon is 0 and slope 1, expected epsilon > 0");
    two = gn_full(b->tape, GN_SHAPE(2), 1);
    assert_failed(b, gn_batch_norm(two, two, two, 1e-3f, 1, NULL, NULL), GN_ERROR_SHAPE,
                  "input [2], expected rank 2 or more");
    const gn_real statistics[] = {1, 1};
    two = gn_full(b->tape, GN_SHAPE(2), 1);
    assert_failed(b, gn__batch_norm_given(two, two, two, statistics, statistics, 1e-3f, 1), GN_ERROR_SHAPE,
                  "input [2], expected rank 2 or more");
    assert_null(gn__batch_norm_given(NULL, NULL, NULL, statistics, statistics, 1e-3f, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values_and_statistics, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_the_activation, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_gamma_as_it_was, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_given_statistics, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_hard_batches, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
