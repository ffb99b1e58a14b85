/* SPDX-License-Identifier: MIT */
/* tests/gan/test_options.c - what is out of range, defaults, and how a run's options read as text. */
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>

/* --- one number out of range -------------------------------------------------------------------------------------- */

static void no_generator(gn_gan_options *o)
{
    o->generator = NULL;
}

static void same_network(gn_gan_options *o)
{
    o->discriminator = o->generator;
}

static void no_latent(gn_gan_options *o)
{
    o->latent.size = 0;
}

static void bad_scale(gn_gan_options *o)
{
    o->latent.scale = -2;
}

static void bad_distribution(gn_gan_options *o)
{
    o->latent.distribution = (gn_latent_distribution)77;
}

static void bad_loss(gn_gan_options *o)
{
    o->loss = (gn_gan_loss)77;
}

static void bad_target(gn_gan_options *o)
{
    o->real_target = NAN;
}

static void bad_range(gn_gan_options *o)
{
    o->real_target = 1;
    o->real_target_high = 0.5f;
}

static void bad_fake_range(gn_gan_options *o)
{
    o->fake_target = 0.25f;
    o->fake_target_high = GN_ZERO;
}

static void bad_flip(gn_gan_options *o)
{
    o->flip_probability = 0.5f;
}

static void bad_balance(gn_gan_options *o)
{
    o->balance = 1;
}

static void bad_steps(gn_gan_options *o)
{
    o->discriminator_steps = -1;
}

static void bad_packing(gn_gan_options *o)
{
    o->packing = 65;
}

static void bad_average(gn_gan_options *o)
{
    o->average_decay = 1;
}

static void bad_fakes(gn_gan_options *o)
{
    o->fakes = (gn_gan_fakes)77;
}

static void bad_classes(gn_gan_options *o)
{
    o->classes = -1;
}

static void bad_rate(gn_gan_options *o)
{
    o->generator_optimizer.rate = NAN;
}

static void bad_augment(gn_gan_options *o)
{
    o->augment.translation = 2;
}

static void test_numbers_are_checked(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    assert_null(gn_gan_new(context, NULL));
    assert_message(context, GN_ERROR_ARGUMENT, "gan: options is NULL");
    gn_context_free(context);
    expect_refused(no_generator, "generator is NULL");
    expect_refused(same_network, "both networks are named 'generator'");
    expect_refused(no_latent, "latent: size is 0, expected 1");
    expect_refused(bad_scale, "latent: scale is -2");
    expect_refused(bad_distribution, "latent: distribution is 77");
    expect_refused(bad_loss, "loss is 77");
    expect_refused(bad_target, "real_target is nan, expected 0 to 2");
    expect_refused(bad_range, "real_target is 1 and real_target_high 0.5");
    expect_refused(bad_fake_range, "fake_target is 0.25 and fake_target_high 0");
    expect_refused(bad_flip, "flip_probability is 0.5, expected 0 to 0.49");
    expect_refused(bad_balance, "balance is 1, expected 0 to 0.9999");
    expect_refused(bad_steps, "discriminator_steps is -1, expected 1 to 1000");
    expect_refused(bad_packing, "packing is 65, expected 1 to 64");
    expect_refused(bad_average, "average_decay is 1, expected 0 to 0.9999999");
    expect_refused(bad_fakes, "fakes is 77");
    expect_refused(bad_classes, "classes is -1");
    expect_refused(bad_rate, "rate");
    expect_refused(bad_augment, "translation is 2");
}

/* --- defaults and text -------------------------------------------------------------------------------------------- */

static void test_defaults(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1, .seed = 12});
    gn_gan_options o = tiny_options(context, 0.8f);
    o.real_target = 0;
    o.generator_optimizer = (gn_optimizer_options){0};
    o.discriminator_optimizer = (gn_optimizer_options){.kind = GN_ADAM_KERAS};
    assert_int_equal(gn__gan_options_check(context, &o), GN_OK);
    assert_true(o.real_target == 1 && o.real_target_high == 1 && o.fake_target == 0);
    assert_true(o.pairs.real_right == 1 && o.pairs.fake_right == 1 && o.pairs.real_wrong == 0);
    assert_true(o.packing == 1 && o.accumulation == 1 && o.discriminator_steps == 1 && o.generator_steps == 1);
    assert_true(o.generator_optimizer.rate == 2e-4f && o.generator_optimizer.beta1 == 0.5f && o.seed == 12);
    assert_true(o.discriminator_optimizer.beta1 == 0.5f && o.collapse_threshold == 0.25f);
    o.watch_interval = 1;
    o.collapse_threshold = GN_ZERO;
    assert_int_equal(gn__gan_options_check(context, &o), GN_OK);
    assert_true(o.collapse_threshold == 0);
    gn_module_free(o.generator);
    gn_module_free(o.discriminator);
    gn_context_free(context);
}

static void slow_start(gn_gan_options *o)
{
    o->generator_optimizer.schedule.warmup = 5;
}

/* Every number that changes a step must change the text; watching must not. */
static void test_text_tells_options_apart(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    char before[4096], after[4096];
    gn__gan_options_describe(g.gan, before, sizeof before);
    assert_non_null(strstr(before, "loss non_saturating, latent 3 0 1, fakes 0, classes 2,"));
    assert_true(strlen(before) < 1500);
    g.gan->options.flip_probability = 0.125f;
    gn__gan_options_describe(g.gan, after, sizeof after);
    assert_non_null(strstr(after, "flip_probability 0.125, "));
    g.gan->options.flip_probability = 0;
    g.gan->options.watch_interval = 5;
    gn__gan_options_describe(g.gan, after, sizeof after);
    assert_string_equal(before, after);
    g.gan->options.penalties[1] = (gn_gan_penalty){
        .kind = GN_GAN_CONSISTENCY, .weight = 2, .interval = 3, .augment = {.cutout = 0.5f}};
    gn__gan_options_describe(g.gan, after, sizeof after);
    assert_non_null(strstr(after, "consistency 2, interval 3, translation 0, cutout 0.5, "));
    game_free(&g);
    g = game_new(1, 0.8f, slow_start);
    gn__gan_options_describe(g.gan, after, sizeof after);
    assert_non_null(strstr(after, "warmup 5, "));
    game_free(&g);
}

static const gn_optimizer_options optimizers[] = {
    {.beta1 = 0.5f},
    {.beta1 = 0.75f},
    {.beta1 = 0.5f, .beta2 = 0.75f},
    {.beta1 = 0.5f, .epsilon = 0.75f},
    {.beta1 = 0.5f, .weight_decay = 0.75f},
    {.beta1 = 0.5f, .clip_norm = 0.75f},
    {.beta1 = 0.5f, .schedule = {GN_SCHEDULE_LINEAR, .steps = 4}},
    {.beta1 = 0.5f, .schedule = {GN_SCHEDULE_LINEAR, .steps = 5}},
    {.beta1 = 0.5f, .schedule = {GN_SCHEDULE_LINEAR, .steps = 4, .last = 0.5f}},
    {.beta1 = 0.5f, .schedule = {GN_SCHEDULE_STEP, .steps = 4, .decay = 0.5f}},
    {.beta1 = 0.5f, .schedule = {GN_SCHEDULE_STEP, .steps = 4, .decay = 0.75f}},
    {.kind = GN_RMSPROP, .alpha = 0.5f},
    {.kind = GN_RMSPROP, .alpha = 0.75f},
    {.kind = GN_SGD, .momentum = 0.5f},
    {.kind = GN_SGD, .momentum = 0.75f},
    {.kind = GN_SGD, .momentum = 0.5f, .nesterov = true},
    {.kind = GN_SGD, .momentum = 0.5f, .last_momentum = 0.75f, .momentum_steps = 4},
    {.kind = GN_SGD, .momentum = 0.5f, .last_momentum = 0.875f, .momentum_steps = 4},
    {.kind = GN_SGD, .momentum = 0.5f, .last_momentum = 0.75f, .momentum_steps = 5},
};

/* No two of them read alike, or a checkpoint of one would be taken for one of the other. */
static void test_text_tells_optimizers_apart(void **state)
{
    (void)state;
    enum { OPTIMIZERS = sizeof optimizers / sizeof *optimizers };
    static char texts[OPTIMIZERS][4096];
    game g = game_new(1, 0.8f, NULL);
    for (int i = 0; i < OPTIMIZERS; i++) {
        gn_optimizer_free(g.gan->generator_optimizer);
        g.gan->generator_optimizer = gn_optimizer_new(g.options.generator, &optimizers[i]);
        assert_non_null(g.gan->generator_optimizer);
        gn__gan_options_describe(g.gan, texts[i], sizeof texts[i]);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(texts[i], texts[j]);
    }
    game_free(&g);
}

static void expect_another_text(const gn_gan *gan, const char *before)
{
    char after[4096];
    gn__gan_options_describe(gan, after, sizeof after);
    assert_string_not_equal(before, after);
}

static void test_text_tells_what_is_in_no_table(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    gn_gan_options *o = &g.gan->options;
    float *const numbers[] = {&o->augment.translation, &o->augment.cutout,   &o->augment.rotation, &o->augment.scale,
                              &o->augment.brightness,  &o->augment.contrast, &o->latent.scale};
    char before[4096];
    gn__gan_options_describe(g.gan, before, sizeof before);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const float kept = *numbers[i];
        *numbers[i] = 0.375f;
        expect_another_text(g.gan, before);
        *numbers[i] = kept;
    }
    o->fakes = GN_GAN_FAKES_INFERENCE;
    expect_another_text(g.gan, before);
    o->instance_noise_steps = INT64_C(10000000001); /* to the last of its digits */
    gn__gan_options_describe(g.gan, before, sizeof before);
    o->instance_noise_steps++;
    expect_another_text(g.gan, before);
    game_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_checked),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_text_tells_options_apart),
        cmocka_unit_test(test_text_tells_optimizers_apart),
        cmocka_unit_test(test_text_tells_what_is_in_no_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
