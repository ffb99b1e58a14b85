/* SPDX-License-Identifier: MIT */
/* tests/gan/test_gan.c - the adversarial loop: what moves, what stands still, and that equal runs are equal bits. */
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>

static void test_step_reports_and_counts(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    gn_gan_report report;
    play(&g, 3, &report);
    assert_int_equal(gn_gan_steps(g.gan), 3);
    assert_true(report.d_loss > 0 && isfinite(report.d_loss) && report.g_loss > 0 && isfinite(report.g_loss));
    assert_true(report.d_real > 0 && report.d_real < 1 && report.d_fake > 0 && report.d_fake < 1);
    assert_true(report.d_gradient_norm > 0 && report.g_gradient_norm > 0);
    game_free(&g);
}

static void test_discriminator_learns_and_generator_follows(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    gn_gan_report report;
    play(&g, 1000, &report);
    gn_tensor *images = gn_gan_sample(g.gan, &(gn_sample_options){.seed = 1, .per_class = 8});
    assert_non_null(images);
    for (int class = 0; class < 2; class ++) {
        double top = 0, bottom = 0;
        for (int i = 0; i < 8; i++)
            for (int p = 0; p < 16; p++)
                *(p < 8 ? &top : &bottom) += (double)gn_tensor_values(images)[(class * 8 + i) * 16 + p] / 64;
        assert_true(class == 0 ? top > bottom + 0.5 : bottom > top + 0.5);
    }
    gn_tensor_free(images);
    game_free(&g);
}

static void two_steps(gn_gan_options *options)
{
    options->discriminator_steps = 2;
}

/* The fault of many loops: a discriminator step that moves the generator (weights or averages). */
static void test_discriminator_step_leaves_the_generator_alone(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, two_steps);
    const uint64_t generator = bits_of(g.options.generator, NULL),
                   discriminator = bits_of(g.options.discriminator, NULL);
    play(&g, 1, NULL);
    assert_true(bits_of(g.options.generator, NULL) == generator);
    assert_true(bits_of(g.options.discriminator, NULL) != discriminator);
    play(&g, 1, NULL);
    assert_true(bits_of(g.options.generator, NULL) != generator);
    game_free(&g);
}

/* The counterpart: in one step D sees two batches and so moves its averages twice, not three times. */
static void test_generator_step_leaves_the_discriminators_averages_alone(void **state)
{
    (void)state;
    game with = game_new(1, 0.8f, NULL), without = game_new(1, 0.8f, two_steps);
    const uint64_t before = bits_of(with.options.discriminator, "running");
    play(&with, 1, NULL);
    play(&without, 1, NULL);
    assert_true(bits_of(with.options.discriminator, "running") != before);
    assert_true(bits_of(with.options.discriminator, "running") == bits_of(without.options.discriminator, "running"));
    assert_true(bits_of(with.options.discriminator, "weight") == bits_of(without.options.discriminator, "weight"));
    game_free(&with);
    game_free(&without);
}

static void test_same_bits_again_and_at_any_thread_count(void **state)
{
    (void)state;
    const uint64_t bits = weights_after(5, 1, 0.8f, NULL);
    assert_true(weights_after(5, 1, 0.8f, NULL) == bits);
    assert_true(weights_after(5, 2, 0.8f, NULL) == bits);
    assert_true(weights_after(5, 3, 0.8f, NULL) == bits);
}

static void inference_fakes(gn_gan_options *options)
{
    options->fakes = GN_GAN_FAKES_INFERENCE;
}

/* With training-mode fakes a batch norm's momentum is only read when sampling; with inference-mode fakes it changes
 * training. */
static void test_momentum_matters_only_for_inference_fakes(void **state)
{
    (void)state;
    assert_true(weights_after(5, 1, 0.8f, NULL) == weights_after(5, 1, 0.99f, NULL));
    assert_true(weights_after(5, 1, 0.8f, inference_fakes) != weights_after(5, 1, 0.99f, inference_fakes));
}

static void frozen_norms(gn_gan_options *options)
{
    options->frozen_norms = true;
}

static void test_frozen_norms_judge_by_running_averages(void **state)
{
    (void)state;
    assert_true(weights_after(5, 1, 0.8f, frozen_norms) == weights_after(5, 2, 0.8f, frozen_norms));
    assert_true(weights_after(5, 1, 0.8f, frozen_norms) != weights_after(5, 1, 0.8f, NULL));
}

static void interpolated(gn_gan_options *options)
{
    options->interpolation = 0.5f;
}

static void test_fakes_between_the_conditions(void **state)
{
    (void)state;
    assert_true(weights_after(3, 1, 0.8f, interpolated) == weights_after(3, 2, 0.8f, interpolated));
    assert_true(weights_after(3, 1, 0.8f, interpolated) != weights_after(3, 1, 0.8f, NULL));
}

static void test_batches_of_any_size(void **state)
{
    (void)state;
    game g = game_new(2, 0.8f, NULL);
    for (int64_t size = 3; size < 9; size += 2) {
        tiny_data data = tiny_data_new(g.context, size, 2);
        assert_int_equal(gn_gan_step(g.gan, &data.batch, NULL), GN_OK);
        tiny_data_free(&data);
    }
    game_free(&g);
}

static void all_remedies(gn_gan_options *options)
{
    options->average_decay = 0.9f;
    options->discriminator_steps = 2;
}

static void test_no_allocation_after_the_second_step(void **state)
{
    (void)state;
    void (*const changes[])(gn_gan_options *) = {NULL, inference_fakes, all_remedies};
    for (size_t i = 0; i < 3; i++) {
        game g = game_new(2, 0.8f, changes[i]);
        play(&g, 2, NULL);
        const gn_memory_use before = gn_context_memory(g.context);
        play(&g, 50, NULL);
        const gn_memory_use after = gn_context_memory(g.context);
        assert_int_equal(after.allocations, before.allocations);
        assert_int_equal(after.bytes, before.bytes);
        game_free(&g);
    }
}

/* A step on data that is not finite fails before anything has moved, running averages included. */
static void test_nan_in_the_data_moves_nothing(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    play(&g, 2, NULL);
    const uint64_t bits = bits_of(g.options.discriminator, NULL) ^ 3 * bits_of(g.options.generator, NULL);
    gn_tensor_data(g.data.images)[5] = NAN;
    assert_int_equal(gn_gan_step(g.gan, &g.data.batch, NULL), GN_ERROR_NUMBER);
    assert_non_null(strstr(gn_context_message(g.context), "element 5 of the batch's images is nan"));
    assert_true((bits_of(g.options.discriminator, NULL) ^ 3 * bits_of(g.options.generator, NULL)) == bits);
    assert_int_equal(gn_gan_steps(g.gan), 2);
    game_free(&g);
}

/* A weight that is not finite is found by the first loss that it reaches, and no optimizer runs. */
static void test_nan_in_a_weight_stops_the_step(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    play(&g, 2, NULL);
    gn_tensor *weight = gn_parameter_value(gn_parameters(g.options.discriminator).items[0]);
    const uint64_t generator = bits_of(g.options.generator, "weight");
    gn_tensor_data(weight)[0] = INFINITY;
    assert_int_equal(gn_gan_step(g.gan, &g.data.batch, NULL), GN_ERROR_NUMBER);
    assert_non_null(strstr(gn_context_message(g.context), "at step 3 the discriminator's loss is"));
    assert_true(bits_of(g.options.generator, "weight") == generator);
    game_free(&g);
}

/* Fakes by running averages of noise that is hardly any do not depend on how the batch is cut. */
static void without_batch_mates(gn_gan_options *options)
{
    use_plain_discriminator(options);
    options->fakes = GN_GAN_FAKES_INFERENCE;
    options->latent.scale = 1e-20f;
    options->discriminator_steps = 2; /* G, whose norm does look at its batch, waits */
}

static void in_two_parts(gn_gan_options *options)
{
    without_batch_mates(options);
    options->accumulation = 2;
}

/* Gradients of two halves added are those of the whole, where no layer looks at the batch. */
static void test_accumulated_gradients(void **state)
{
    (void)state;
    game halves = game_new(1, 0.8f, in_two_parts), whole = game_new(1, 0.8f, without_batch_mates);
    gn_gan_report of_halves, of_whole;
    play(&halves, 1, &of_halves);
    play(&whole, 1, &of_whole);
    assert_true(fabs(of_halves.d_loss - of_whole.d_loss) < 1e-6 && fabs(of_halves.d_real - of_whole.d_real) < 1e-6);
    assert_true(fabs(of_halves.d_gradient_norm / of_whole.d_gradient_norm - 1) < 1e-5);
    play(&halves, 5, NULL);
    game_free(&halves);
    game_free(&whole);
}

static void wary(gn_gan_options *options)
{
    options->balance = 0.6f;
    options->discriminator_optimizer.rate = 0.02f;
    options->generator_optimizer.rate = 1e-6f;
}

/* Once D is right about more than 60 per cent it stands still until G has caught up, which here it cannot. */
static void test_balance(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, wary);
    gn_gan_report report;
    int moved = 0;
    for (int i = 0; i < 100; i++) {
        const uint64_t before = bits_of(g.options.discriminator, "weight");
        play(&g, 1, &report);
        assert_true(report.d_moved == (bits_of(g.options.discriminator, "weight") != before));
        assert_true(report.d_moved == ((report.real_right + report.fake_right) / 2 <= (double)0.6f));
        moved += report.d_moved;
    }
    assert_true(moved > 0 && moved < 60);
    game_free(&g);
}

static void twice(gn_gan_options *options)
{
    options->generator_steps = 2;
}

/* G moves twice to one step of D, the second time with other noise. */
static void test_generator_steps(void **state)
{
    (void)state;
    game once = game_new(1, 0.8f, NULL), more = game_new(1, 0.8f, twice);
    play(&once, 1, NULL);
    play(&more, 1, NULL);
    assert_int_equal(gn_optimizer_steps(once.gan->generator_optimizer), 1);
    assert_int_equal(gn_optimizer_steps(more.gan->generator_optimizer), 2);
    assert_true(bits_of(once.options.discriminator, NULL) == bits_of(more.options.discriminator, NULL));
    game_free(&once);
    game_free(&more);
}

/* Each turn of a step draws noise of its own: the first number that G sees in each is another one. */
static void test_turns_have_noise_of_their_own(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    gn_random first = gn__gan_random(g.gan, GN__NOISE, 0), second = gn__gan_random(g.gan, GN__NOISE, 1 << 8);
    assert_int_not_equal(gn_random_bits(&first), gn_random_bits(&second));
    assert_true(gn__gan_random(g.gan, GN__NOISE, 0).stream >= UINT64_C(1) << 56); /* not a stream of samples */
    game_free(&g);
}

enum { MOST_NOISES = 8 };
static int noises;
static gn_real noise_of[MOST_NOISES];
static bool in_training[MOST_NOISES];

/* A generator that remembers the noise that it is given, and its mode then. */
static gn_var *remember_noise(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    assert_true(noises < MOST_NOISES);
    in_training[noises] = gn_module_training(module);
    noise_of[noises++] = gn_var_data(inputs[0])[0];
    return gn_apply(gn_module_child(module, 0), inputs[0]);
}

static const gn_module_class remembering = {.name = "remembering", .forward = remember_noise, .inputs = 2};

static void with_memory(gn_gan_options *options)
{
    gn_context *context = gn_module_context(options->generator);
    gn_module_free(options->generator);
    gn_module *g = gn_module_new(context, &remembering, "generator", 0);
    gn_module_add_child(g, gn_sequential(context, "inner",
                                         gn_dense_layer(context, &(gn_dense_options){.in = TINY_LATENT, .out = 16}),
                                         gn_reshape_layer(context, GN_SHAPE(4, 4, 1))));
    options->generator = gn_module_complete(g);
}

static void three_steps_with_memory(gn_gan_options *options)
{
    with_memory(options);
    options->generator_steps = 3;
}

static void two_steps_of_two_parts_with_memory(gn_gan_options *options)
{
    with_memory(options);
    options->generator_steps = 2;
    options->accumulation = 2;
}

static void inference_with_memory(gn_gan_options *options)
{
    with_memory(options);
    options->fakes = GN_GAN_FAKES_INFERENCE;
}

/* Plays a step, in which G makes so many batches of fakes. */
static void play_with_memory(game_change change, int batches)
{
    noises = 0;
    game g = game_new(1, 0.8f, change);
    play(&g, 1, NULL);
    assert_int_equal(noises, batches);
    game_free(&g);
}

/* Three steps of G see three different noises; of two steps in two parts each the first sees what D has seen, and the
 * second others for both parts. */
static void test_generator_steps_see_other_noise(void **state)
{
    (void)state;
    const gn_real *z = noise_of;
    play_with_memory(three_steps_with_memory, 3);
    assert_true(z[0] != z[1] && z[0] != z[2] && z[1] != z[2]);
    play_with_memory(two_steps_of_two_parts_with_memory, 6);
    assert_true(z[0] != z[1] && z[2] == z[0] && z[3] == z[1]);
    assert_true(z[4] != z[2] && z[4] != z[3] && z[5] != z[2] && z[5] != z[3] && z[5] != z[4]);
}

/* The fakes that D sees are made in inference mode, those that G learns from in training mode again. */
static void test_generator_returns_to_training(void **state)
{
    (void)state;
    play_with_memory(inference_with_memory, 2);
    assert_true(!in_training[0] && in_training[1]);
}

static void clipped(gn_gan_options *options)
{
    use_plain_discriminator(options);
    options->real_target = 1;
    options->loss = GN_GAN_WASSERSTEIN;
    options->clip_weights = 0.01f;
}

static void test_clipping_leaves_frozen_parameters_alone(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, clipped);
    gn_parameter *frozen = gn_parameters(g.options.discriminator).items[0];
    gn_parameter_set_frozen(frozen, true);
    gn_tensor_data(gn_parameter_value(frozen))[0] = 1;
    play(&g, 1, NULL);
    assert_true(gn_tensor_values(gn_parameter_value(frozen))[0] == 1);
    game_free(&g);
}

static void still(gn_gan_options *options)
{
    options->discriminator_optimizer.rate = GN_ZERO;
}

static void still_and_noisy(gn_gan_options *options)
{
    still(options);
    options->instance_noise = 0.5f;
}

/* What D is shown is changed while G learns, too: with D standing still G's loss is another. */
static void test_generator_learns_through_the_same_view(void **state)
{
    (void)state;
    game clear = game_new(1, 0.8f, still), noisy = game_new(1, 0.8f, still_and_noisy);
    gn_gan_report of_clear, of_noisy;
    play(&clear, 1, &of_clear);
    play(&noisy, 1, &of_noisy);
    assert_true(of_clear.g_loss != of_noisy.g_loss);
    game_free(&clear);
    game_free(&noisy);
}

static void consistent(gn_gan_options *options)
{
    still(options);
    options->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_CONSISTENCY, .augment = {.brightness = 0.5f}};
}

/* A penalty judges once more, but the averages of D's batch norm move with the pictures of the game alone. */
static void test_penalties_leave_averages_alone(void **state)
{
    (void)state;
    game plain = game_new(1, 0.8f, still), penalised = game_new(1, 0.8f, consistent);
    play(&plain, 1, NULL);
    play(&penalised, 1, NULL);
    assert_true(bits_of(plain.options.discriminator, "running") == bits_of(penalised.options.discriminator, "running"));
    game_free(&plain);
    game_free(&penalised);
}

/* A loss and a penalty that read what they are given, as anybody's may. */
static gn_var *reads_target(void *user, gn_var *logits, gn_var *target)
{
    (void)user;
    return gn_var_data(target)[0] > 0.5f ? gn_bce_with_logits(logits, target) : gn_mse(logits, target);
}

static gn_var *reads_fake(void *user, const gn_gan_view *view)
{
    (void)user;
    return gn_constant(gn_var_tape(view->fake), gn_var_data(view->fake)[0]);
}

static const gn_gan_loss_functions reading_loss = {.name = "reading", .discriminator = reads_target};

static void with_own_terms(gn_gan_options *options)
{
    options->real_target = 1;
    options->own_loss = &reading_loss;
    options->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_OWN_PENALTY, .function = reads_fake};
}

static void augmented_pairs(gn_gan_options *options)
{
    options->packing = 2;
    options->augment.brightness = 0.1f;
}

/* A step that fails in a network ends with its message, and nothing is called with what has no values. */
static void test_what_follows_a_failure(void **state)
{
    (void)state;
    const game_change changes[] = {with_own_terms, augmented_pairs};
    for (int i = 0; i < 2; i++) {
        game g = game_new(1, 0.8f, changes[i]);
        gn_tensor *flat = gn_tensor_new(g.context, GN_SHAPE(8, 20));
        gn_batch batch = g.data.batch;
        batch.images = flat;
        assert_int_equal(gn_gan_step(g.gan, &batch, NULL), GN_ERROR_SHAPE);
        gn_tensor_free(flat);
        game_free(&g);
    }
}

static gn_module *judge_of_any_size(gn_context *context)
{
    return gn_conditional(context, "discriminator",
                          gn_conv2d_layer(context, &(gn_conv2d_options){.in = 1, .out = 3, .kernel = 3, .padding = 1}),
                          gn_global_avg_pool2d_layer(context), gn_label_concat_layer(context),
                          gn_dense_layer(context, &(gn_dense_options){.in = 5, .out = 1}));
}

static void judged_at_any_size(gn_gan_options *options)
{
    gn_context *context = gn_module_context(options->discriminator);
    gn_module_free(options->discriminator);
    options->discriminator = judge_of_any_size(context);
}

/* A D that takes pictures of any size would tell real ones by their size. */
static void test_fakes_of_another_size(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, judged_at_any_size);
    play(&g, 1, NULL);
    gn_tensor *large = gn_tensor_new(g.context, GN_SHAPE(8, 8, 8, 1));
    gn_batch batch = g.data.batch;
    batch.images = large;
    gn_gan_step(g.gan, &batch, NULL);
    assert_message(g.context, GN_ERROR_SHAPE,
                   "gan: 'generator' gives [8,4,4,1], expected [8,8,8,1] as the real pictures");
    gn_tensor_free(large);
    game_free(&g);
}

static void dropping_generator(gn_gan_options *options)
{
    gn_context *context = gn_module_context(options->generator);
    gn_module_free(options->generator);
    options->generator = gn_sequential(
        context, "generator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), gn_identity_layer(context)),
        gn_dense_layer(context, &(gn_dense_options){.in = TINY_LATENT + TINY_CLASSES, .out = 16}),
        gn_reshape_layer(context, GN_SHAPE(4, 4, 1)), gn_dropout_layer(context, 0.5f));
    options->replay = 8;
}

static void not_dropping_for_d(gn_gan_options *options)
{
    dropping_generator(options);
    options->fakes = GN_GAN_FAKES_INFERENCE;
}

/* How many of the numbers that D was shown as fakes are zero; the pool has kept them. */
static int64_t zeros_shown(game_change change)
{
    game g = game_new(1, 0.8f, change);
    play(&g, 1, NULL);
    int64_t zeros = 0;
    for (int64_t i = 0; i < gn_tensor_count(g.gan->pool.images); i++)
        zeros += gn_tensor_values(g.gan->pool.images)[i] == 0;
    game_free(&g);
    return zeros;
}

static void test_inference_is_without_dropout(void **state)
{
    (void)state;
    assert_true(zeros_shown(dropping_generator) > 30);
    assert_int_equal(zeros_shown(not_dropping_for_d), 0);
}

static void keeping_inference_fakes(gn_gan_options *options)
{
    options->fakes = GN_GAN_FAKES_INFERENCE;
    options->replay = 8;
}

/* The averages that the first fakes are made with are those from before training, whatever a momentum makes of the
 * batch. */
static void test_inference_fakes_know_earlier_batches_alone(void **state)
{
    (void)state;
    game slow = game_new(1, 0.99f, keeping_inference_fakes), fast = game_new(1, 0.5f, keeping_inference_fakes);
    play(&slow, 1, NULL);
    play(&fast, 1, NULL);
    const gn_tensor *of_slow = slow.gan->pool.images, *of_fast = fast.gan->pool.images;
    assert_memory_equal(gn_tensor_values(of_slow), gn_tensor_values(of_fast),
                        (size_t)gn_tensor_count(of_slow) * sizeof(gn_real));
    game_free(&slow);
    game_free(&fast);
}

static void first_penalty(gn_gan_options *options)
{
    use_plain_discriminator(options);
    options->penalties[0].kind = GN_GAN_DRAGAN;
}

static void second_penalty(gn_gan_options *options)
{
    use_plain_discriminator(options);
    options->penalties[1].kind = GN_GAN_DRAGAN;
}

static void test_place_of_a_penalty(void **state)
{
    (void)state;
    assert_true(weights_after(3, 1, 0.8f, first_penalty) == weights_after(3, 1, 0.8f, second_penalty));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_reports_and_counts),
        cmocka_unit_test(test_discriminator_learns_and_generator_follows),
        cmocka_unit_test(test_discriminator_step_leaves_the_generator_alone),
        cmocka_unit_test(test_generator_step_leaves_the_discriminators_averages_alone),
        cmocka_unit_test(test_same_bits_again_and_at_any_thread_count),
        cmocka_unit_test(test_momentum_matters_only_for_inference_fakes),
        cmocka_unit_test(test_frozen_norms_judge_by_running_averages),
        cmocka_unit_test(test_fakes_between_the_conditions),
        cmocka_unit_test(test_batches_of_any_size),
        cmocka_unit_test(test_no_allocation_after_the_second_step),
        cmocka_unit_test(test_nan_in_the_data_moves_nothing),
        cmocka_unit_test(test_nan_in_a_weight_stops_the_step),
        cmocka_unit_test(test_accumulated_gradients),
        cmocka_unit_test(test_balance),
        cmocka_unit_test(test_generator_steps),
        cmocka_unit_test(test_turns_have_noise_of_their_own),
        cmocka_unit_test(test_generator_steps_see_other_noise),
        cmocka_unit_test(test_generator_returns_to_training),
        cmocka_unit_test(test_clipping_leaves_frozen_parameters_alone),
        cmocka_unit_test(test_generator_learns_through_the_same_view),
        cmocka_unit_test(test_penalties_leave_averages_alone),
        cmocka_unit_test(test_what_follows_a_failure),
        cmocka_unit_test(test_fakes_of_another_size),
        cmocka_unit_test(test_inference_is_without_dropout),
        cmocka_unit_test(test_inference_fakes_know_earlier_batches_alone),
        cmocka_unit_test(test_place_of_a_penalty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
