/* SPDX-License-Identifier: MIT */
/* tests/gan/test_loss.c - each loss of the game against its formula, with numbers worked out by hand. */
#include "gan/gan.h"
#include "test.h"

#include <gannet/loss.h>
#include <math.h>

static const gn_real real_logits[] = {2, -1}, fake_logits[] = {0.5f, -3}, wrong_logits[] = {1, 0};

/* What both players pay; a bare gan is enough, since losses only look at its options and its tape. */
typedef struct players {
    gn_context *context;
    gn_tape *tape;
    gn_gan gan;
    double d, g;
} players;

static players lose_by(const gn_gan_loss_functions *loss, gn_gan_options options, const gn_real *real,
                       const gn_real *fake)
{
    players p = {.context = gn_context_new(&(gn_context_options){.threads = 1})};
    p.tape = gn_tape_new(p.context);
    gn_var *x = gn_values(p.tape, GN_SHAPE(2, 1), real), *y = gn_values(p.tape, GN_SHAPE(2, 1), fake);
    gn_var *w = options.pairs.real_wrong > 0 ? gn_values(p.tape, GN_SHAPE(2, 1), wrong_logits) : NULL;
    p.gan.tape = p.tape;
    p.gan.options = options;
    p.gan.loss = loss;
    p.d = (double)gn_var_number(gn__gan_discriminator_loss(&p.gan, 0, x, y, w));
    p.g = (double)gn_var_number(gn__gan_generator_loss(&p.gan, x, y));
    gn_tape_free(p.tape);
    gn_context_free(p.context);
    return p;
}

static gn_gan_options with_targets(float real, float fake)
{
    return (gn_gan_options){.real_target = real,
                            .real_target_high = real,
                            .fake_target = fake,
                            .fake_target_high = fake,
                            .pairs = {1, 1, 0}};
}

static players lose(gn_gan_loss loss, float real_target, float fake_target)
{
    return lose_by(gn__gan_loss_find(loss), with_targets(real_target, fake_target), real_logits, fake_logits);
}

static double softplus(double x)
{
    return log1p(exp(x));
}

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) < 2e-6))
        fail_msg("%.9g is not %.9g", a, b);
}

/* D: mean of t softplus(-x) + (1-t) softplus(x) over real with t = 0.9, plus softplus(x) over fakes; G:
 * softplus(-x). */
static void test_non_saturating(void **state)
{
    (void)state;
    const players p = lose(GN_GAN_NON_SATURATING, 0.9f, 0);
    const double real = (0.9 * softplus(-2) + 0.1 * softplus(2) + 0.9 * softplus(1) + 0.1 * softplus(-1)) / 2;
    const double fake = (softplus(0.5) + softplus(-3)) / 2;
    assert_near(p.d, real + fake);
    assert_near(p.g, (softplus(-0.5) + softplus(3)) / 2);
}

static void test_saturating(void **state)
{
    (void)state;
    const players p = lose(GN_GAN_SATURATING, 1, 0);
    assert_near(p.d, (softplus(-2) + softplus(1)) / 2 + (softplus(0.5) + softplus(-3)) / 2);
    assert_near(p.g, -(softplus(0.5) + softplus(-3)) / 2);
}

static void test_least_squares(void **state)
{
    (void)state;
    const players p = lose(GN_GAN_LEAST_SQUARES, 1, 0);
    assert_near(p.d, (1 + 4) / 2.0 + (0.25 + 9) / 2.0);
    assert_near(p.g, (0.25 + 16) / 2);
}

/* D: mean max(0, 1-x) = (0 + 2)/2 and mean max(0, 1+y) = (1.5 + 0)/2; G: -mean y. */
static void test_hinge(void **state)
{
    (void)state;
    const players p = lose(GN_GAN_HINGE, 1, 0);
    assert_near(p.d, 1 + 0.75);
    assert_near(p.g, 1.25);
}

static void test_wasserstein(void **state)
{
    (void)state;
    const players p = lose(GN_GAN_WASSERSTEIN, 1, 0);
    assert_near(p.d, -0.5 + -1.25);
    assert_near(p.g, 1.25);
}

/* Means are 0.5 and -1.25, so real logits become 3.25, 0.25 and fake ones 0, -3.5. */
static void test_relativistic(void **state)
{
    (void)state;
    const players p = lose(GN_GAN_RELATIVISTIC, 1, 0);
    assert_near(p.d, (softplus(-3.25) + softplus(-0.25)) / 2 + (softplus(0) + softplus(-3.5)) / 2);
    assert_near(p.g, (softplus(0) + softplus(3.5)) / 2 + (softplus(3.25) + softplus(0.25)) / 2);
}

/* GAN-CLS: one part right pairs, half a part each of fakes and of wrong labels, both with target 0. */
static void test_pair_weights(void **state)
{
    (void)state;
    gn_gan_options options = with_targets(1, 0);
    options.pairs = (gn_gan_pairs){1, 0.5f, 0.5f};
    const players p = lose_by(gn__gan_loss_find(GN_GAN_NON_SATURATING), options, real_logits, fake_logits);
    const double wrong = (softplus(1) + softplus(0)) / 2;
    assert_near(p.d, (softplus(-2) + softplus(1)) / 2 + 0.5 * (softplus(0.5) + softplus(-3)) / 2 + 0.5 * wrong);
}

/* With a probability of 1 every target is that of the other side. */
static void test_flipped_targets(void **state)
{
    (void)state;
    gn_gan_options options = with_targets(0.9f, 0.2f);
    options.flip_probability = 1;
    const players p = lose_by(gn__gan_loss_find(GN_GAN_LEAST_SQUARES), options, real_logits, fake_logits);
    assert_near(p.d, (1.8 * 1.8 + 1.2 * 1.2) / 2 + (0.4 * 0.4 + 3.9 * 3.9) / 2);
}

/* For logits of 0 the least squares of real ones are the mean of t^2: 0.8133 for U(0.8,1), with a deviation of 0.104 /
 * sqrt(4000). */
static void test_targets_from_a_range(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tape *tape = gn_tape_new(context);
    gn_gan gan = {.tape = tape, .loss = gn__gan_loss_find(GN_GAN_LEAST_SQUARES), .options = with_targets(0.8f, 0)};
    gan.options.real_target_high = 1;
    gn_var *zeros = gn_full(tape, GN_SHAPE(COUNT, 1), 0);
    const double first = (double)gn_var_number(gn__gan_discriminator_loss(&gan, 0, zeros, zeros, NULL));
    const double again = (double)gn_var_number(gn__gan_discriminator_loss(&gan, 0, zeros, zeros, NULL));
    const double other = (double)gn_var_number(gn__gan_discriminator_loss(&gan, 1, zeros, zeros, NULL));
    assert_true(fabs(first - 0.81333) < 0.008 && first == again && first != other);
    gn_tape_free(tape);
    gn_context_free(context);
}

static gn_var *times(void *user, gn_var *logits, gn_var *target)
{
    return gn_scale(gn_mse(logits, target), *(const float *)user);
}

/* A loss of one's own; without a generator's function G pays what D would for target 1. */
static void test_own_loss(void **state)
{
    (void)state;
    float factor = 3;
    const gn_gan_loss_functions own = {.name = "own", .discriminator = times, .user = &factor, .takes_targets = true};
    const players p = lose_by(&own, with_targets(1, 0), real_logits, fake_logits);
    assert_near(p.d, 3 * ((1 + 4) / 2.0 + (0.25 + 9) / 2.0));
    assert_near(p.g, 3 * (0.25 + 16) / 2);
}

/* Losses on probabilities lose their gradient, or overflow, far out; these must not. */
static void test_finite_for_large_logits(void **state)
{
    (void)state;
    const gn_real large[] = {1e4f, -1e4f};
    for (int loss = 0; gn__gan_loss_find((gn_gan_loss)loss) != NULL; loss++) {
        const players p = lose_by(gn__gan_loss_find((gn_gan_loss)loss), with_targets(1, 0), large, large);
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
        cmocka_unit_test(test_non_saturating),
        cmocka_unit_test(test_saturating),
        cmocka_unit_test(test_least_squares),
        cmocka_unit_test(test_hinge),
        cmocka_unit_test(test_wasserstein),
        cmocka_unit_test(test_relativistic),
        cmocka_unit_test(test_pair_weights),
        cmocka_unit_test(test_flipped_targets),
        cmocka_unit_test(test_own_loss),
        cmocka_unit_test(test_targets_from_a_range),
        cmocka_unit_test(test_finite_for_large_logits),
        cmocka_unit_test(test_unknown_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
