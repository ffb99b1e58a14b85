/* SPDX-License-Identifier: MIT */
/* tests/gan/test_watch.c - NaN is named at its first op, and samples that grow alike raise the alarm. */
#include "autodiff/parameter.h"
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>

static void test_bad_weight_is_named(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    play(&g, 1, NULL);
    gn_parameter *weight = gn_parameters(g.options.discriminator).items[2];
    gn_tensor_data(gn_parameter_value(weight))[0] = NAN;
    gn_gan_step(g.gan, &g.data.batch, NULL);
    assert_message(g.context, GN_ERROR_NUMBER,
                   "gan: at step 2 the discriminator's loss is nan; first not finite: parameter "
                   "'discriminator.conv.weight'");
    game_free(&g);
}

/* A layer that overflows for what it is given: the weights are finite, its result is not. */
static gn_var *explode(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module;
    (void)count;
    return gn_exp(gn_scale(inputs[0], 1e6f));
}

static const gn_module_class explosive = {.name = "explosive", .forward = explode, .inputs = 1};

static void with_explosive_discriminator(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    o->discriminator = gn_conditional(context, "discriminator", gn_flatten_layer(context),
                                      gn_label_concat_layer(context),
                                      gn_dense_layer(context, &(gn_dense_options){.in = 18, .out = 1}),
                                      gn_module_complete(gn_module_new(context, &explosive, "bang", 0)));
}

static void test_bad_op_is_named(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, with_explosive_discriminator);
    gn_gan_step(g.gan, &g.data.batch, NULL);
    assert_message_has(g.context, GN_ERROR_NUMBER, "first not finite: exp 'discriminator.bang'");
    game_free(&g);
}

static gn_var *negative_log(void *user, gn_var *logits, gn_var *target)
{
    (void)user, (void)target;
    return gn_log(gn_scale(gn_mean(gn_square(logits), GN_ALL_AXES, false), -1));
}

static const gn_gan_loss_functions broken_loss = {.name = "broken", .discriminator = negative_log};

static void with_broken_loss(gn_gan_options *o)
{
    o->own_loss = &broken_loss;
    o->real_target = 1;
}

/* An op of a loss belongs to no layer. */
static void test_bad_op_outside_of_layers_is_named(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, with_broken_loss);
    gn_gan_step(g.gan, &g.data.batch, NULL);
    assert_message(g.context, GN_ERROR_NUMBER, "gan: at step 1 the discriminator's loss is nan; first not finite: log");
    game_free(&g);
}

/* Finite forward, but a gradient that is not: sqrt at zero. */
static gn_var *steep(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module;
    (void)count;
    return gn_sqrt(gn_scale(inputs[0], 0));
}

static const gn_module_class steep_class = {.name = "steep", .forward = steep, .inputs = 1};

static void with_steep_discriminator(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    o->discriminator = gn_conditional(context, "discriminator", gn_flatten_layer(context),
                                      gn_label_concat_layer(context),
                                      gn_dense_layer(context, &(gn_dense_options){.in = 18, .out = 1}),
                                      gn_module_complete(gn_module_new(context, &steep_class, "steep", 0)));
}

static void test_bad_gradient_is_named(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, with_steep_discriminator);
    const uint64_t bits = bits_of(g.options.discriminator, "weight");
    gn_gan_step(g.gan, &g.data.batch, NULL);
    assert_message_has(g.context, GN_ERROR_NUMBER,
                       "gan: at step 1 the discriminator's gradient norm is nan; first not "
                       "finite:");
    assert_message_has(g.context, GN_ERROR_NUMBER, "'discriminator.steep'");
    assert_true(bits_of(g.options.discriminator, "weight") == bits);
    game_free(&g);
}

/* Nothing that is computed shows an infinity under a tanh; and what is frozen no optimizer looks at. */
static void test_bad_weight_that_no_loss_shows_is_found(void **state)
{
    (void)state;
    for (int frozen = 0; frozen < 2; frozen++) {
        game g = game_new(1, 0.8f, NULL);
        play(&g, 1, NULL);
        const gn_parameter_list parameters = gn_parameters(g.options.generator);
        gn_parameter *bias = parameters.items[parameters.count - 1];
        gn_parameter_set_frozen(bias, frozen);
        gn_tensor_data(gn_parameter_value(bias))[0] = INFINITY;
        gn_gan_step(g.gan, &g.data.batch, NULL);
        assert_message(g.context, GN_ERROR_NUMBER,
                       frozen ? "gan: at step 2 element 0 of 'generator.up.bias' is inf"
                              : "gan: at step 2 element 0 of 'generator.up.bias' is nan"); /* Adam moved it */
        game_free(&g);
    }
}

static void with_balance(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    o->discriminator = gn_conditional(
        context, "discriminator", gn_flatten_layer(context), gn_label_concat_layer(context),
        gn_dense_layer(context, &(gn_dense_options){.in = 18, .out = 4}), gn_tanh_layer(context),
        gn_dense_layer(context, &(gn_dense_options){.in = 4, .out = 1}));
    o->balance = 1e-6f;
}

/* Held back, D is written by no optimizer that would look. */
static void test_bad_weight_of_a_player_held_back_is_found(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, with_balance);
    play(&g, 1, NULL);
    gn_parameter *bias = gn_parameters(g.options.discriminator).items[1];
    bias->values_finite = true; /* as after a step that moved it */
    gn_tensor_data(gn_parameter_value(bias))[0] = INFINITY;
    gn_gan_step(g.gan, &g.data.batch, NULL);
    assert_message(g.context, GN_ERROR_NUMBER, "gan: at step 2 element 0 of 'discriminator.dense2.bias' is inf");
    game_free(&g);
}

static void with_great_strides(gn_gan_options *o)
{
    o->discriminator_optimizer = (gn_optimizer_options){.kind = GN_SGD, .rate = 3e38f, .weight_decay = 1000};
}

/* An update that overflows is found in its step, before anybody saves it. */
static void test_bad_update_is_found(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, with_great_strides);
    gn_gan_step(g.gan, &g.data.batch, NULL);
    assert_message_has(g.context, GN_ERROR_NUMBER, "gan: at step 1 element ");
    assert_message_has(g.context, GN_ERROR_NUMBER, "of 'discriminator.");
    assert_int_equal(gn_gan_steps(g.gan), 0);
    game_free(&g);
}

static void watched(gn_gan_options *o)
{
    o->watch_interval = 2;
}

/* A generator whose output no longer depends on the noise: its weights from the noise are zero. */
static void collapse(gn_module *generator)
{
    gn_tensor *weight = gn_parameter_value(gn_parameters(generator).items[0]);
    for (int64_t i = 0; i < (int64_t)TINY_LATENT * 8; i++)
        gn_tensor_data(weight)[i] = 0;
}

static void count_message(void *user, gn_log_level level, const char *message)
{
    assert_int_equal(level, GN_LOG_WARNING);
    assert_non_null(strstr(message, "the generator collapses"));
    ++*(int *)user;
}

static void test_collapse_alarm(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, watched);
    int messages = 0;
    g.context->log = count_message;
    g.context->log_user = &messages;
    gn_gan_report report;
    play(&g, 1, &report);
    assert_true(isnan(report.diversity) && !report.collapsed);
    play(&g, 1, &report);
    assert_true(report.diversity > 0 && !report.collapsed && messages == 0);
    collapse(g.options.generator);
    play(&g, 1, &report); /* no look at this one */
    assert_true(!report.collapsed);
    collapse(g.options.generator);
    play(&g, 1, &report);
    assert_true(report.collapsed && messages == 1);
    collapse(g.options.generator);
    play(&g, 2, &report);
    assert_true(messages == 1); /* said once */
    game_free(&g);
}

/* Pictures of class 0 no longer depend on the noise, because no unit answers to it; those of class 1 do. */
static void test_one_collapsed_class_is_enough(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, watched);
    play(&g, 2, NULL);
    gn_tensor *weight = gn_parameter_value(gn_parameters(g.options.generator).items[0]);
    for (int64_t i = 0; i < 8; i++)
        gn_tensor_data(weight)[(int64_t)TINY_LATENT * 8 + i] = -1000;
    const double whole = g.gan->last.diversity;
    assert_int_equal(gn__gan_watch(g.gan), GN_OK);
    assert_true(g.gan->last.collapsed && g.gan->last.diversity > 0.25 * whole);
    game_free(&g);
}

/* A little less at each look is a collapse in the end: what counts is the most that there has been. */
static void test_slow_collapse(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, watched);
    play(&g, 2, NULL);
    const gn_parameter_list parameters = gn_parameters(g.options.generator);
    gn_tensor *weight = gn_parameter_value(parameters.items[parameters.count - 2]);
    for (int look = 0; look < 12; look++) {
        assert_int_equal(gn__gan_watch(g.gan), GN_OK);
        assert_true(look > 2 || !g.gan->last.collapsed);
        for (int64_t i = 0; i < gn_tensor_count(weight); i++)
            gn_tensor_data(weight)[i] *= 0.8f;
    }
    assert_true(g.gan->last.collapsed);
    game_free(&g);
}

static void many_classes(gn_gan_options *o)
{
    enum { CLASSES = 65 };
    gn_context *context = gn_module_context(o->generator);
    gn_module_free(o->generator);
    gn_module_free(o->discriminator);
    o->classes = CLASSES;
    o->generator = gn_conditional(
        context, "generator", gn_label_concat_layer(context),
        gn_dense_layer(context, &(gn_dense_options){.in = TINY_LATENT + CLASSES, .out = TINY_SIDE * TINY_SIDE}),
        gn_reshape_layer(context, GN_SHAPE(TINY_SIDE, TINY_SIDE, 1)));
    o->discriminator = gn_conditional(
        context, "discriminator", gn_flatten_layer(context), gn_label_concat_layer(context),
        gn_dense_layer(context, &(gn_dense_options){.in = TINY_SIDE * TINY_SIDE + CLASSES, .out = 1}));
    o->watch_interval = 1;
}

/* However many classes there are, two pictures of each are looked at: one has nothing to differ from. */
static void test_many_classes(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, many_classes);
    gn_gan_report report;
    play(&g, 1, &report);
    assert_true(report.diversity > 0 && !report.collapsed);
    game_free(&g);
}

/* Looking changes nothing of the training. */
static void test_watching_changes_nothing(void **state)
{
    (void)state;
    assert_true(weights_after(5, 1, 0.8f, watched) == weights_after(5, 1, 0.8f, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_weight_is_named),
        cmocka_unit_test(test_bad_op_is_named),
        cmocka_unit_test(test_bad_op_outside_of_layers_is_named),
        cmocka_unit_test(test_bad_gradient_is_named),
        cmocka_unit_test(test_bad_weight_that_no_loss_shows_is_found),
        cmocka_unit_test(test_bad_weight_of_a_player_held_back_is_found),
        cmocka_unit_test(test_bad_update_is_found),
        cmocka_unit_test(test_collapse_alarm),
        cmocka_unit_test(test_one_collapsed_class_is_enough),
        cmocka_unit_test(test_slow_collapse),
        cmocka_unit_test(test_many_classes),
        cmocka_unit_test(test_watching_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
