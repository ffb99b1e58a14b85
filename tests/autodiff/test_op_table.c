/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_table.c - the table of ops, and what all ops have in common: on a failed tape they give
 * poison, without an input nothing. */
#include "autodiff/ops.h"
#include "autodiff/tape.h"

static void test_every_op_is_named_once(void **state)
{
    (void)state;
    assert_true(gn__op_count > 50);
    for (size_t i = 0; i < gn__op_count; i++) {
        const bool view = gn__ops[i] == &gn__op_reshape || gn__ops[i] == &gn__op_stop_gradient;
        assert_true((gn__ops[i]->forward == NULL) == view);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(gn__ops[i]->name, gn__ops[j]->name);
    }
}

/* Calls every public op with x in place of all its inputs and returns how many gave something else than expected. */
static int call_all(gn_var *x, const gn_var *expected)
{
    const int order[GN_MAX_RANK] = {0, 1, 2, 3, 4, 5};
    const gn_var *const results[] = {
        gn_add(x, x),
        gn_sub(x, x),
        gn_mul(x, x),
        gn_div(x, x),
        gn_maximum(x, x),
        gn_minimum(x, x),
        gn_neg(x),
        gn_scale(x, 2),
        gn_offset(x, 2),
        gn_power(x, 2),
        gn_exp(x),
        gn_log(x),
        gn_sqrt(x),
        gn_abs(x),
        gn_square(x),
        gn_sign(x),
        gn_clamp(x, 0, 1),
        gn_relu(x),
        gn_leaky_relu(x, 0.1f),
        gn_tanh(x),
        gn_sigmoid(x),
        gn_softplus(x),
        gn_stop_gradient(x),
        gn_sum(x, GN_ALL_AXES, false),
        gn_mean(x, GN_ALL_AXES, false),
        gn_max(x, GN_ALL_AXES, false),
        gn_softmax(x),
        gn_log_softmax(x),
        gn_reshape(x, GN_SHAPE(1)),
        gn_broadcast(x, GN_SHAPE(1)),
        gn_transpose(x, order),
        gn_concat((gn_var *[]){x, x}, 2, 0),
        gn_slice(x, 0, 0, 1),
        gn_pad(x, 0, 0, 1),
        gn_gather_rows(x, x),
        gn_scatter_rows(x, x, 1),
        gn_one_hot(x, 2),
        gn_matmul(x, x, false, false),
        gn_linear(x, x, x),
        gn_pair_distances(x),
        gn_conv2d(x, x, x, NULL),
        gn_conv_transpose2d(x, x, x, NULL),
        gn_conv2d_kernel_gradient(x, x, 1, 1, NULL),
        gn_max_pool2d(x, 1, 1, NULL),
        gn_avg_pool2d(x, 1, 1, NULL),
        gn_upsample_nearest2d(x, 2),
        gn_batch_norm(x, x, x, 1e-3f, 1, NULL, NULL),
        gn_dropout(x, 0.5f),
    };
    int wrong = 0;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        wrong += results[i] != expected;
    return wrong;
}

static void test_poison_stays_poison(void **state)
{
    const bench *b = *state;
    gn_tape_fail(b->tape, GN_ERROR_STATE, "the first");
    assert_int_equal(call_all(&b->tape->poison, &b->tape->poison), 0);
    assert_failed(b, gn_constant(b->tape, 1), GN_ERROR_STATE, "the first");
}

static void test_nothing_gives_nothing(void **state)
{
    (void)state;
    assert_int_equal(call_all(NULL, NULL), 0);
}

/* One of several inputs missing: the living one's tape fails. */
static void test_a_missing_input_fails_the_tape(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 2), 1);
    assert_failed(b, gn_matmul(x, NULL, false, false), GN_ERROR_ARGUMENT, "matmul: input 1 is NULL");
    x = gn_full(b->tape, GN_SHAPE(2, 2), 1);
    assert_failed(b, gn_linear(x, NULL, NULL), GN_ERROR_ARGUMENT, "linear: input 1 is NULL");
    x = gn_full(b->tape, GN_SHAPE(2, 2), 1);
    assert_failed(b, gn_batch_norm(x, NULL, x, 1e-3f, 1, NULL, NULL), GN_ERROR_ARGUMENT, "batch_norm: input 1 is NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_op_is_named_once),
        cmocka_unit_test_setup_teardown(test_poison_stays_poison, bench_open, bench_close),
        cmocka_unit_test(test_nothing_gives_nothing),
        cmocka_unit_test_setup_teardown(test_a_missing_input_fails_the_tape, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
