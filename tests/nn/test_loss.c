/* SPDX-License-Identifier: MIT */
/* tests/nn/test_loss.c - losses against their formulas in double, their gradients, and large logits. */
#include "layers.h"

static gn_var *column(const fixture *f, gn_real a, gn_real b)
{
    return gn_values(f->tape, GN_SHAPE(2, 1), (const gn_real[]){a, b});
}

static double softplus(double x)
{
    return log1p(exp(-fabs(x))) + fmax(x, 0);
}

static void test_bce(void **state)
{
    const fixture *f = *state;
    const double expected = (0.9 * softplus(-2) + 0.1 * softplus(2) + 0.9 * softplus(1) + 0.1 * softplus(-1)) / 2;
    gn_var *x = column(f, 2, -1);
    assert_near((double)gn_var_number(gn_bce_with_logits(x, gn_constant(f->tape, 0.9f))), expected, 1e-6);
    assert_near((double)gn_var_number(gn_bce_with_logits(x, column(f, 1, 0))), softplus(-2) / 2 + softplus(-1) / 2,
                1e-6);
}

/* d/dx is (sigmoid(x) - t) / n, also where a probability would round to 0 or 1. */
static void test_bce_of_large_logits(void **state)
{
    const fixture *f = *state;
    static const gn_real logits[] = {-1e4f, -50, 50, 1e4f, 1e30f, -1e30f};
    for (size_t i = 0; i < sizeof logits / sizeof logits[0]; i++) {
        gn_tape_reset(f->tape);
        gn_var *x = column(f, logits[i], logits[i]), *gradient;
        gn_var *loss = gn_bce_with_logits(x, gn_constant(f->tape, 1));
        const double value = (double)gn_var_number(loss), expected = fmax(-(double)logits[i], 0);
        assert_near(value, expected, 1e-6 * (1 + expected));
        assert_int_equal(gn_gradients(loss, &x, 1, false, &gradient), GN_OK);
        assert_near((double)gn_var_data(gradient)[0], logits[i] < 0 ? -0.5 : 0, 1e-6);
    }
}

static void test_cross_entropy(void **state)
{
    const fixture *f = *state;
    gn_var *x = gn_values(f->tape, GN_SHAPE(2, 3), (const gn_real[]){1, 2, 3, 1000, 0, -1000}), *gradient;
    gn_var *labels = gn_values(f->tape, GN_SHAPE(2), (const gn_real[]){2, 1});
    gn_var *loss = gn_cross_entropy_with_logits(x, labels);
    const double first = log(exp(1) + exp(2) + exp(3)) - 3;
    assert_near((double)gn_var_number(loss), (first + 1000) / 2, 1e-3);
    assert_int_equal(gn_gradients(loss, &x, 1, false, &gradient), GN_OK);
    const double total = exp(1) + exp(2) + exp(3);
    assert_values(gradient, 1e-6, exp(1) / total / 2, exp(2) / total / 2, (exp(3) / total - 1) / 2, 0.5, -0.5, 0);
}

/* The other class's logarithm is -inf: it overflows, or its logit was masked. */
static void test_cross_entropy_of_extreme_logits(void **state)
{
    const fixture *f = *state;
    const gn_real others[] = {-3e38f, -INFINITY};
    for (int i = 0; i < 2; i++) {
        gn_var *x = gn_values(f->tape, GN_SHAPE(1, 2), (const gn_real[]){3e38f, others[i]}), *gradient;
        gn_var *loss = gn_cross_entropy_with_logits(x, gn_values(f->tape, GN_SHAPE(1), (const gn_real[]){0}));
        assert_near((double)gn_var_number(loss), 0, 0);
        assert_int_equal(gn_gradients(loss, &x, 1, false, &gradient), GN_OK);
        assert_values(gradient, 0, 0, 0);
    }
}

static void test_mse(void **state)
{
    const fixture *f = *state;
    gn_var *x = column(f, 3, -1), *gradient;
    gn_var *loss = gn_mse(x, gn_constant(f->tape, 1));
    assert_near((double)gn_var_number(loss), 4, 1e-6);
    assert_int_equal(gn_gradients(loss, &x, 1, false, &gradient), GN_OK);
    assert_values(gradient, 1e-6, 2, -2);
    gn_var *pairs = gn_values(f->tape, GN_SHAPE(2, 2), (const gn_real[]){3, 1, 0, 5});
    assert_near((double)gn_var_number(gn_mse(pairs, column(f, 1, 2))), (4 + 0 + 4 + 9) / 4.0, 1e-6);
}

static void test_hinge(void **state)
{
    const fixture *f = *state;
    gn_var *x = column(f, 3, -0.5f), *gradient;
    assert_near((double)gn_var_number(gn_hinge(x, 1)), 0.75, 1e-6);
    gn_var *fake = gn_hinge(x, -1);
    assert_near((double)gn_var_number(fake), 2.25, 1e-6);
    assert_int_equal(gn_gradients(fake, &x, 1, false, &gradient), GN_OK);
    assert_values(gradient, 1e-6, 0.5, 0.5);
}

static void check_error(const fixture *f, const gn_var *loss, const char *message)
{
    assert_null(gn_var_data(loss));
    assert_message(f->context, gn_tape_status(f->tape), message);
    assert_int_not_equal(gn_tape_status(f->tape), GN_OK);
    gn_tape_reset(f->tape);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    check_error(f, gn_bce_with_logits(gn_full(f->tape, GN_SHAPE(5, 1), 0), gn_full(f->tape, GN_SHAPE(5), 0)),
                "bce_with_logits: target [5] does not fit [5,1]");
    check_error(f, gn_mse(gn_full(f->tape, GN_SHAPE(1, 4), 0), gn_full(f->tape, GN_SHAPE(3, 4), 0)),
                "mse: target [3,4] does not fit [1,4]");
    check_error(f, gn_mse(gn_constant(f->tape, 0), gn_full(f->tape, GN_SHAPE(3, 4), 0)),
                "mse: target [3,4] does not fit []");
    check_error(f, gn_cross_entropy_with_logits(gn_full(f->tape, GN_SHAPE(5, 3), 0), gn_full(f->tape, GN_SHAPE(1), 0)),
                "cross_entropy_with_logits: logits [5,3] and labels [1], expected [N,K] and [N]");
    check_error(f, gn_hinge(column(f, 0, 0), 0.5f), "hinge: sign is 0.5, expected 1 or -1");
    gn_tape_fail(f->tape, GN_ERROR_STATE, "planted");
    check_error(f, gn_mse(gn_constant(f->tape, 0), gn_constant(f->tape, 0)), "planted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_bce),           WITH_FIXTURE(test_bce_of_large_logits),
        WITH_FIXTURE(test_cross_entropy), WITH_FIXTURE(test_cross_entropy_of_extreme_logits),
        WITH_FIXTURE(test_mse),           WITH_FIXTURE(test_hinge),
        WITH_FIXTURE(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
