/* SPDX-License-Identifier: MIT */
/* tests/gan/test_unroll.c - looking ahead gives what the optimizer would do, and its gradient is the true one. */
#include "autodiff/parameter.h"
#include "autodiff/tape.h"
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>

static void three_steps_of_adam(gn_gan_options *o)
{
    use_plain_discriminator(o);
    o->unrolled_steps = 3;
    o->discriminator_optimizer = (gn_optimizer_options){.rate = 0.01f, .weight_decay = 0.1f, .epsilon = 1e-3f};
}

static void three_steps_of_keras_adam(gn_gan_options *o)
{
    three_steps_of_adam(o);
    o->discriminator_optimizer.kind = GN_ADAM_KERAS;
    o->discriminator_optimizer.schedule = (gn_schedule){.kind = GN_SCHEDULE_LINEAR, .steps = 10};
}

static void three_steps_of_sgd(gn_gan_options *o)
{
    use_plain_discriminator(o);
    o->unrolled_steps = 3;
    o->discriminator_optimizer = (gn_optimizer_options){.kind = GN_SGD, .rate = 0.5f};
}

/* D of a later step depends on the pictures through the steps before it, which is no slope of D's at them. */
static void three_steps_with_slopes(gn_gan_options *o)
{
    three_steps_of_sgd(o);
    o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_R1, .weight = 2};
    o->penalties[1] = (gn_gan_penalty){.kind = GN_GAN_R2, .weight = 1};
}

/* A turn with the game's real pictures and these fakes. */
static gn__gan_turn turn_with(game *g, const gn_tensor *fakes)
{
    gn_tape_reset(g->gan->tape);
    gn_var *classes = gn_input(g->gan->tape, g->data.labels), *label = gn_one_hot(classes, TINY_CLASSES);
    gn_var *real = gn_input(g->gan->tape, g->data.images), *fake = gn_input(g->gan->tape, fakes);
    return (gn__gan_turn){0, real, label, classes, fake, label, classes};
}

static gn_tensor *fakes_for(game *g)
{
    gn_tensor *fakes = gn_tensor_new(g->context, gn_tensor_shape(g->data.images));
    gn_random random = {.seed = 8};
    gn_random_fill_normal(&random, gn_tensor_data(fakes), gn_tensor_count(fakes), 0, 0.5f);
    return fakes;
}

/* The distance between the parameters that the look ahead ends with and those after real steps. */
static void expect_same_steps(game_change change)
{
    game g = game_new(1, 0.8f, change), other = game_new(1, 0.8f, change);
    play(&g, 2, NULL); /* so that the moments are not zero */
    play(&other, 2, NULL);
    gn_tensor *fakes = fakes_for(&g), *same = fakes_for(&other);
    gn__gan_turn turn = turn_with(&g, fakes);
    assert_int_equal(gn__gan_unroll(g.gan, &turn), GN_OK);
    for (int k = 0; k < 3; k++) {
        const gn__gan_turn real_turn = turn_with(&other, same);
        gn_var *loss = gn__gan_discriminator_turn(other.gan, &real_turn, GN_STATISTICS_BATCH, NULL);
        assert_int_equal(gn_backward(loss, gn_parameters(other.options.discriminator)), GN_OK);
        assert_int_equal(gn_optimizer_step(other.gan->discriminator_optimizer), GN_OK);
    }
    const gn_parameter_list ahead = gn_parameters(g.options.discriminator);
    const gn_parameter_list after = gn_parameters(other.options.discriminator);
    for (size_t i = 0; i < ahead.count; i++) {
        const gn_real *a = gn_var_data(gn__parameter_leaf(g.gan->tape, ahead.items[i]));
        const gn_real *b = gn_tensor_values(gn_parameter_value(after.items[i]));
        for (int64_t j = 0; j < gn_tensor_count(gn_parameter_value(after.items[i])); j++)
            if (!(fabs((double)a[j] - (double)b[j]) < 1e-5))
                fail_msg("%s[%d]: %g ahead, %g after", gn_parameter_name(after.items[i]), (int)j, (double)a[j],
                         (double)b[j]);
    }
    gn_tensor_free(fakes);
    gn_tensor_free(same);
    game_free(&g);
    game_free(&other);
}

static void test_steps_are_the_optimizers(void **state)
{
    (void)state;
    expect_same_steps(three_steps_of_sgd);
    expect_same_steps(three_steps_with_slopes);
    expect_same_steps(three_steps_of_adam);
    expect_same_steps(three_steps_of_keras_adam);
}

static gn_var *loss_ahead(game *g, const gn__gan_turn *turn)
{
    assert_int_equal(gn__gan_unroll(g->gan, turn), GN_OK);
    return gn__gan_generator_turn(g->gan, turn);
}

/* A discriminator without kinks: where a gradient jumps, what a step makes of it jumps, too. */
static void use_smooth_discriminator(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    o->discriminator = gn_conditional(
        context, "discriminator", gn_flatten_layer(context), gn_label_concat_layer(context),
        gn_dense_layer(context, &(gn_dense_options){.in = TINY_SIDE * TINY_SIDE + TINY_CLASSES, .out = 6}),
        gn_tanh_layer(context), gn_dense_layer(context, &(gn_dense_options){.in = 6, .out = 1}));
}

static void smooth_sgd(gn_gan_options *o)
{
    three_steps_of_sgd(o);
    use_smooth_discriminator(o);
}

static void smooth_relativistic(gn_gan_options *o)
{
    smooth_sgd(o);
    o->loss = GN_GAN_RELATIVISTIC;
}

static void smooth_adam(gn_gan_options *o)
{
    three_steps_of_adam(o);
    use_smooth_discriminator(o);
}

static void smooth_keras_adam(gn_gan_options *o)
{
    three_steps_of_keras_adam(o);
    use_smooth_discriminator(o);
}

/* d (G's loss at the D to come) / d fake, against central differences. */
static void expect_gradient(game_change change)
{
    game g = game_new(1, 0.8f, change);
    play(&g, 2, NULL); /* so that the moments are not zero */
    gn_tensor *fakes = fakes_for(&g);
    gn__gan_turn turn = turn_with(&g, fakes);
    gn_var *gradient;
    assert_int_equal(gn_gradients(loss_ahead(&g, &turn), &turn.fake, 1, false, &gradient), GN_OK);
    gn_tensor *kept = gn_tensor_from(g.context, gn_tensor_shape(fakes), gn_var_data(gradient));
    double largest = 0, error = 0;
    for (int64_t i = 0; i < gn_tensor_count(fakes); i += 7) {
        const gn_real x = gn_tensor_values(fakes)[i], step = 1e-2f;
        double side[2];
        for (int s = 0; s < 2; s++) {
            gn_tensor_data(fakes)[i] = s == 0 ? x + step : x - step;
            turn = turn_with(&g, fakes);
            side[s] = (double)gn_var_number(loss_ahead(&g, &turn));
        }
        gn_tensor_data(fakes)[i] = x;
        const double exact = (double)gn_tensor_values(kept)[i];
        largest = fmax(largest, fabs(exact));
        error = fmax(error, fabs(exact - (side[0] - side[1]) / (2 * (double)step)));
    }
    if (!(largest > 1e-3 && error < 1e-3 * largest))
        fail_msg("error %g, largest %g", error, largest);
    gn_tensor_free(kept);
    gn_tensor_free(fakes);
    game_free(&g);
}

/* A relative loss also looks at real pictures, which the D to come judges otherwise. */
static void test_gradient_passes_through_the_steps(void **state)
{
    (void)state;
    expect_gradient(smooth_sgd);
    expect_gradient(smooth_relativistic);
    expect_gradient(smooth_adam);
    expect_gradient(smooth_keras_adam);
}

static void no_steps(gn_gan_options *o)
{
    three_steps_of_sgd(o);
    o->unrolled_steps = 0;
}

static void two_steps_with_a_norm(gn_gan_options *o)
{
    o->unrolled_steps = 2;
}

/* D itself moves once a step, looking ahead or not, and so do its running averages; G moves otherwise. */
static void test_only_the_generator_sees_it(void **state)
{
    (void)state;
    static const game_change changes[][2] = {{three_steps_of_sgd, no_steps}, {two_steps_with_a_norm, NULL}};
    for (int i = 0; i < 2; i++) {
        game with = game_new(1, 0.8f, changes[i][0]), without = game_new(1, 0.8f, changes[i][1]);
        play(&with, 1, NULL);
        play(&without, 1, NULL);
        assert_true(bits_of(with.options.discriminator, NULL) == bits_of(without.options.discriminator, NULL));
        assert_true(bits_of(with.options.generator, "weight") != bits_of(without.options.generator, "weight"));
        play(&with, 5, NULL);
        game_free(&with);
        game_free(&without);
    }
}

/* What is frozen does not move ahead, either. */
static void test_frozen_parameters_stand_still(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, three_steps_of_adam);
    gn_tensor *fakes = fakes_for(&g);
    const gn_parameter_list parameters = gn_parameters(g.options.discriminator);
    gn_parameter_set_frozen(parameters.items[0], true);
    gn__gan_turn turn = turn_with(&g, fakes);
    assert_int_equal(gn__gan_unroll(g.gan, &turn), GN_OK);
    for (size_t i = 0; i < 2; i++) {
        const gn_real ahead = gn_var_data(gn__parameter_leaf(g.gan->tape, parameters.items[i]))[0];
        assert_true((ahead == gn_tensor_values(gn_parameter_value(parameters.items[i]))[0]) == (i == 0));
    }
    gn_tensor_free(fakes);
    game_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_are_the_optimizers),
        cmocka_unit_test(test_gradient_passes_through_the_steps),
        cmocka_unit_test(test_only_the_generator_sees_it),
        cmocka_unit_test(test_frozen_parameters_stand_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
