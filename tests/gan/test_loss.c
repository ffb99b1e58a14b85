/* SPDX-License-Identifier: MIT */
/* tests/gan/test_loss.c - each loss of the game against its formula, with numbers worked out by hand. */
#include "gan/gan.h"
#include "test.h"

#include <math.h>

static const gn_real real_logits[] = {2, -1}, fake_logits[] = {0.5f, -3};

typedef struct players {
    gn_context *context;
    gn_tape *tape;
    double d, g;
} players;

static players lose(gn_gan_loss loss, const gn_real *real, const gn_real *fake, float real_target, float fake_target)
{
    players p = {.context = gn_context_new(&(gn_context_options){.threads = 1})};
    p.tape = gn_tape_new(p.context);
    gn_var *x = gn_values(p.tape, GN_SHAPE(2, 1), real), *y = gn_values(p.tape, GN_SHAPE(2, 1), fake);
    const gn__gan_loss *row = gn__gan_loss_find(loss);
    p.d = (double)gn_var_number(row->discriminator(x, y, real_target, fake_target));
    p.g = (double)gn_var_number(row->generator(y));
    gn_tape_free(p.tape);
    gn_context_free(p.context);
    return p;
}

static double softplus(double x)
{
    return log1p(exp(x));
}

/* D: mean of t softplus(-x) + (1-t) softplus(x) over real with t = 0.9, plus softplus(x) over fakes; G: softplus(-x). */
static void test_non_saturating(void **state)
{
    (void)state;
    const players p = lose(GN_GAN_NON_SATURATING, real_logits, fake_logits, 0.9f, 0);
    const double real = (0.9 * softplus(-2) + 0.1 * softplus(2) + 0.9 * softplus(1) + 0.1 * softplus(-1)) / 2;
    const double fake = (softplus(0.5) + softplus(-3)) / 2;
    assert_true(fabs(p.d - (real + fake)) < 1e-6);
    assert_true(fabs(p.g - (softplus(-0.5) + softplus(3)) / 2) < 1e-6);
}

static void test_saturating(void **state)
{
    (void)state;
    const players p = lose(GN_GAN_SATURATING, real_logits, fake_logits, 1, 0);
    assert_true(fabs(p.d - ((softplus(-2) + softplus(1)) / 2 + (softplus(0.5) + softplus(-3)) / 2)) < 1e-6);
    assert_true(fabs(p.g + (softplus(0.5) + softplus(-3)) / 2) < 1e-6);
}

static void test_least_squares(void **state)
{
    (void)state;
    const players p = lose(GN_GAN_LEAST_SQUARES, real_logits, fake_logits, 1, 0);
    assert_true(fabs(p.d - ((1 + 4) / 2.0 + (0.25 + 9) / 2.0)) < 1e-6);
    assert_true(fabs(p.g - (0.25 + 16) / 2) < 1e-6);
}

/* Losses on probabilities lose their gradient, or overflow, far out; these must not. */
static void test_finite_for_large_logits(void **state)
{
    (void)state;
    const gn_real large[] = {1e4f, -1e4f};
    for (int loss = 0; gn__gan_loss_find((gn_gan_loss)loss) != NULL; loss++) {
        const players p = lose((gn_gan_loss)loss, large, large, 0.9f, 0.1f);
        assert_true(isfinite(p.d) && isfinite(p.g));
    }
}

static void test_unknown_loss(void **state)
{
    (void)state;
    assert_null(gn__gan_loss_find((gn_gan_loss)-1));
    assert_null(gn__gan_loss_find((gn_gan_loss)99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_non_saturating), cmocka_unit_test(test_saturating),
        cmocka_unit_test(test_least_squares),  cmocka_unit_test(test_finite_for_large_logits),
        cmocka_unit_test(test_unknown_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
