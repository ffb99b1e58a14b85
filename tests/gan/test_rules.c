/* SPDX-License-Identifier: MIT */
/* tests/gan/test_rules.c - what does not go together is refused, and what is unwise is logged. */
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>

static gn_var *cross_entropy(void *user, gn_var *logits, gn_var *target)
{
    (void)user;
    return gn_bce_with_logits(logits, target);
}

static gn_var *no_penalty(void *user, const gn_gan_view *view)
{
    (void)user;
    return gn_constant(gn_var_tape(view->real), 0);
}

/* --- what does not go together ------------------------------------------------------------------------------------ */

static void hinge_with_targets(gn_gan_options *o)
{
    o->loss = GN_GAN_HINGE; /* the tiny options ask for 0.9 */
}

static void clipped_cross_entropy(gn_gan_options *o)
{
    o->clip_weights = 0.01f;
}

static void relative_wrong_labels(gn_gan_options *o)
{
    o->loss = GN_GAN_RELATIVISTIC;
    o->pairs = (gn_gan_pairs){1, 0.5f, 0.5f};
}

static void lonely_wrong_labels(gn_gan_options *o)
{
    o->pairs.real_wrong = 1;
}

static void wrong_labels_without_fakes(gn_gan_options *o)
{
    o->pairs = (gn_gan_pairs){.real_right = 1, .real_wrong = 0.5f};
}

static void one_class_has_no_other(gn_gan_options *o)
{
    o->classes = 1;
    o->pairs = (gn_gan_pairs){1, 0.5f, 0.5f};
}

static void packed_consistency(gn_gan_options *o)
{
    use_plain_discriminator(o);
    o->packing = 2;
    o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_CONSISTENCY, .augment = {.cutout = 0.5f}};
}

static void packed_classifier(gn_gan_options *o)
{
    o->classifier_weight = 1;
    o->packing = 2;
}

static void steps_without_noise(gn_gan_options *o)
{
    o->instance_noise_steps = 10;
}

static void unrolled_rmsprop(gn_gan_options *o)
{
    o->unrolled_steps = 1;
    o->discriminator_optimizer = (gn_optimizer_options){.kind = GN_RMSPROP};
}

static void unrolled_momentum(gn_gan_options *o)
{
    o->unrolled_steps = 1;
    o->discriminator_optimizer = (gn_optimizer_options){.kind = GN_SGD, .momentum = 0.5f};
}

static void unrolled_bound(gn_gan_options *o)
{
    o->unrolled_steps = 1;
    o->real_target = 1;
    o->loss = GN_GAN_WASSERSTEIN;
    o->clip_weights = 0.01f;
}

static void unrolled_clipping(gn_gan_options *o)
{
    o->unrolled_steps = 1;
    o->discriminator_optimizer.clip_norm = 1;
}

static void threshold_without_watch(gn_gan_options *o)
{
    o->collapse_threshold = 0.5f;
}

static void unrolled_lazy_penalty(gn_gan_options *o)
{
    use_plain_discriminator(o);
    o->unrolled_steps = 1;
    o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_R1, .interval = 4};
}

static void wrong_labels_for_the_blind(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    o->discriminator = gn_sequential(context, "discriminator", gn_flatten_layer(context),
                                     gn_dense_layer(context, &(gn_dense_options){.in = 16, .out = 3}));
    o->classifier_weight = 1;
    o->pairs = (gn_gan_pairs){1, 0.5f, 0.5f};
}

static void interpolated_classifier(gn_gan_options *o)
{
    wrong_labels_for_the_blind(o);
    o->pairs = (gn_gan_pairs){0};
    o->interpolation = 0.5f;
}

static void both_steps(gn_gan_options *o)
{
    o->discriminator_steps = o->generator_steps = 2;
}

static void penalty_with_batch_norm(gn_gan_options *o)
{
    o->penalties[0].kind = GN_GAN_R1;
}

static void penalty_without_kind(gn_gan_options *o)
{
    o->penalties[1].weight = 1;
}

static void unknown_penalty(gn_gan_options *o)
{
    o->penalties[0].kind = (gn_gan_penalty_kind)99;
}

static void negative_penalty(gn_gan_options *o)
{
    o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_R1, .weight = -1};
}

static void infinite_penalty(gn_gan_options *o)
{
    use_plain_discriminator(o);
    o->penalties[1] = (gn_gan_penalty){.kind = GN_GAN_R1, .weight = INFINITY};
}

static void own_penalty_without_function(gn_gan_options *o)
{
    o->penalties[0].kind = GN_GAN_OWN_PENALTY;
}

static void consistency_without_change(gn_gan_options *o)
{
    o->penalties[0].kind = GN_GAN_CONSISTENCY;
}

static void r1_with_change(gn_gan_options *o)
{
    o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_R1, .augment = {.cutout = 0.5f}};
}

static void no_labels_for_networks_with_two_inputs(gn_gan_options *o)
{
    o->classes = 0;
}

static gn_var *as_it_comes(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)count;
    return inputs[0];
}

static void any_number_of_inputs(gn_gan_options *o)
{
    static const gn_module_class any = {.name = "any", .forward = as_it_comes};
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    o->discriminator = gn_module_new(context, &any, "discriminator", 0);
}

static void label_reaches_nobody(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    o->discriminator = gn_sequential(context, "discriminator", gn_flatten_layer(context),
                                     gn_dense_layer(context, &(gn_dense_options){.in = 16, .out = 1}));
}

static void own_loss_without_functions(gn_gan_options *o)
{
    static const gn_gan_loss_functions empty = {0};
    o->own_loss = &empty;
}

static const gn_gan_loss_functions without_targets = {.name = "mine", .discriminator = cross_entropy};

static void own_loss_beside_another(gn_gan_options *o)
{
    o->own_loss = &without_targets;
    o->loss = GN_GAN_HINGE;
}

static void own_loss_with_flips(gn_gan_options *o)
{
    o->own_loss = &without_targets;
    o->flip_probability = 0.25f;
}

static void classes_for_nothing(gn_gan_options *o)
{
    o->condition_size = 2;
}

static void function_without_kind(gn_gan_options *o)
{
    o->penalties[1].function = no_penalty;
}

static void change_without_kind(gn_gan_options *o)
{
    o->penalties[1].augment.cutout = 0.5f;
}

static void two_bounds(gn_gan_options *o)
{
    use_plain_discriminator(o);
    o->real_target = 1;
    o->loss = GN_GAN_WASSERSTEIN;
    o->clip_weights = 0.01f;
    o->penalties[0].kind = GN_GAN_GRADIENT_PENALTY;
}

static void clipped_spectral_norm(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    gn_module *layer = gn_dense_layer(context, &(gn_dense_options){.in = 18, .out = 1});
    o->discriminator = gn_conditional(context, "discriminator", gn_flatten_layer(context),
                                      gn_label_concat_layer(context), gn_spectral_norm_layer(context, layer, 1));
    o->real_target = 1;
    o->loss = GN_GAN_WASSERSTEIN;
    o->clip_weights = 0.01f;
}

static void targets_change_places(gn_gan_options *o)
{
    o->real_target = 0.25f;
    o->fake_target = 0.5f;
}

static void equal_targets(gn_gan_options *o)
{
    o->real_target = o->fake_target = 0.5f;
}

static void target_without_bound(gn_gan_options *o)
{
    o->real_target = 1;
    o->real_target_high = 1.5f;
}

static void one_kind_of_pair(gn_gan_options *o)
{
    o->pairs = (gn_gan_pairs){1, GN_ZERO, 0};
}

static void critic_out_of_balance(gn_gan_options *o)
{
    o->real_target = 1;
    o->loss = GN_GAN_WASSERSTEIN;
    o->pairs = (gn_gan_pairs){1, 1, 1};
}

static void probabilities(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module *body = o->discriminator;
    o->discriminator = gn_sequential(context, "judge", body, gn_sigmoid_layer(context));
}

static void watched_conditions(gn_gan_options *o)
{
    o->classes = 0;
    o->condition_size = 2;
    o->watch_interval = 1;
}

static void test_combinations_are_checked(void **state)
{
    (void)state;
    expect_refused(hinge_with_targets, "real_target is 0.9 and fake_target 0, but the hinge loss takes no targets");
    expect_refused(clipped_cross_entropy, "clip_weights is 0.01, which belongs to the wasserstein loss");
    expect_refused(relative_wrong_labels, "pairs.real_wrong is 0.5, but the relativistic loss");
    expect_refused(lonely_wrong_labels, "pairs.real_wrong is 1, expected the other two pairs to be given too");
    expect_refused(wrong_labels_without_fakes, "pairs.real_wrong is 0.5, expected the other two pairs to be given too");
    expect_refused(one_class_has_no_other, "pairs.real_wrong is 0.5, but there is only one class");
    expect_refused(packed_consistency, "penalty consistency would augment packed pictures (packing is 2)");
    expect_refused(packed_classifier, "classifier_weight is 1, expected at least 2 classes and no packing");
    expect_refused(steps_without_noise, "instance_noise_steps is 10, but instance_noise is 0");
    expect_refused(unrolled_rmsprop,
                   "unrolled_steps is 1 with discriminator_optimizer of kind 3 and momentum 0, expected Adam or SGD");
    expect_refused(unrolled_momentum, "unrolled_steps is 1 with discriminator_optimizer of kind 2 and momentum 0.5");
    expect_refused(unrolled_bound, "with clip_norm 0 and clip_weights 0.01, expected both to be 0");
    expect_refused(unrolled_clipping, "with clip_norm 1 and clip_weights 0, expected both to be 0");
    expect_refused(threshold_without_watch, "collapse_threshold is 0.5, but watch_interval is 0");
    expect_refused(unrolled_lazy_penalty, "a penalty has interval 4, expected 1 with unrolled_steps (1)");
    expect_refused(interpolated_classifier,
                   "interpolation is 0.5, expected labels or conditions, and no classifier_weight");
    expect_refused(wrong_labels_for_the_blind, "pairs.real_wrong is 0.5, but 'discriminator' does not take two inputs");
    expect_refused(both_steps, "discriminator_steps is 2 and generator_steps 2, expected one of them to be 1");
    expect_refused(penalty_with_batch_norm, "the r1 is of each picture by itself, but 'discriminator.norm' makes");
    expect_refused(penalty_without_kind, "a penalty has weight 1 and interval 0, but no kind");
    expect_refused(unknown_penalty, "kind is 99");
    expect_refused(negative_penalty, "weight -1 and interval 1, expected more than 0");
    expect_refused(infinite_penalty, "weight inf and interval 1, expected more than 0");
    expect_refused(own_penalty_without_function, "penalty own lacks a function");
    expect_refused(consistency_without_change, "penalty consistency lacks an augmentation");
    expect_refused(r1_with_change, "penalty r1 has an augmentation");
    expect_refused(no_labels_for_networks_with_two_inputs, "'generator' takes 2 inputs, expected one");
    expect_refused(any_number_of_inputs,
                   "'discriminator' takes any number of inputs, expected two: the label would not reach it");
    expect_refused(label_reaches_nobody, "'discriminator' takes one input, expected two: the label would not reach it");
    expect_refused(own_loss_without_functions, "own_loss '' has no name");
    expect_refused(own_loss_beside_another, "loss is 3 beside own_loss 'mine', expected one of them");
    expect_refused(own_loss_with_flips, "flip_probability is 0.25, but the mine loss takes no targets");
    expect_refused(classes_for_nothing, "classes is 2 beside condition_size 2, which only a classifier_weight needs");
    expect_refused(function_without_kind, "a penalty has a function, but no kind");
    expect_refused(change_without_kind, "a penalty has an augmentation, but no kind");
    expect_refused(two_bounds, "clip_weights is 0.01 beside a gradient penalty, expected one bound on the critic");
    expect_refused(clipped_spectral_norm, "clip_weights is 0.01 beside the spectral norm 'discriminator.");
    expect_refused(targets_change_places, "real_target is 0.25 and fake_target 0.5 (high 0.5), expected that of real");
    expect_refused(equal_targets, "real_target is 0.5 and fake_target 0.5 (high 0.5), expected that of real");
    expect_refused(target_without_bound, "real_target is 1.25 on average, expected at most 1");
    expect_refused(one_kind_of_pair, "pairs (1, 0, 0), expected real_right and fake_right to be above 0");
    expect_refused(critic_out_of_balance,
                   "pairs (1, 1, 1) do not balance, expected real_right = fake_right + real_wrong");
    expect_refused(probabilities, "'judge' ends in the sigmoid 'judge.sigmoid1', but the losses take logits");
    expect_refused(watched_conditions, "watch_interval is 1, but samples cannot be drawn by class");
}

/* --- warnings ----------------------------------------------------------------------------------------------------- */

static void keep_message(void *user, gn_log_level level, const char *message)
{
    assert_int_equal(level, GN_LOG_WARNING);
    strncat(user, message, 500);
}

/* The game can be played, and messages says text (NULL: nothing). Frees the networks and the context. */
static void expect_game(gn_context *context, const gn_gan_options *options, const char *messages, const char *text)
{
    gn_gan *gan = gn_gan_new(context, options);
    if (gan == NULL)
        fail_msg("%s", gn_context_message(context));
    if (text == NULL ? messages[0] != '\0' : strstr(messages, text) == NULL)
        fail_msg("'%s' is not '%s'", messages, text == NULL ? "" : text);
    gn_gan_free(gan);
    gn_module_free(options->generator);
    gn_module_free(options->discriminator);
    gn_context_free(context);
}

static void expect_warning(gn_module *(*layer)(gn_context *), gn_gan_loss loss, gn_gan_penalty_kind kind,
                           const char *text)
{
    char messages[1024] = "";
    gn_context *context = gn_context_new(
        &(gn_context_options){.threads = 1, .log = keep_message, .log_user = messages});
    gn_gan_options options = tiny_options(context, 0.8f);
    gn_module_free(options.discriminator);
    options.discriminator = gn_conditional(context, "discriminator", gn_flatten_layer(context), layer(context),
                                           gn_label_concat_layer(context),
                                           gn_dense_layer(context, &(gn_dense_options){.in = 19, .out = 1}));
    options.real_target = 1;
    options.loss = loss;
    options.penalties[0].kind = kind;
    expect_game(context, &options, messages, text);
}

static gn_module *whole_batch_stddev(gn_context *context)
{
    return gn_minibatch_stddev_layer(context, 0);
}

static gn_module *without_label(gn_context *context)
{
    return gn_sequential(context, "discriminator", gn_flatten_layer(context), gn_minibatch_stddev_layer(context, 0),
                         gn_dense_layer(context, &(gn_dense_options){.in = 17, .out = 1}));
}

/* The same for what change makes of an unconditional game of dense layers, whose D looks at its batch. */
static void expect_warning_of(game_change change, const char *text)
{
    char messages[1024] = "";
    gn_context *context = gn_context_new(
        &(gn_context_options){.threads = 1, .log = keep_message, .log_user = messages});
    gn_gan_options options = {
        .generator = gn_sequential(context, "generator",
                                   gn_dense_layer(context, &(gn_dense_options){.in = 3, .out = 16}),
                                   gn_reshape_layer(context, GN_SHAPE(4, 4, 1))),
        .discriminator = without_label(context),
        .latent = {.size = 3},
    };
    change(&options);
    expect_game(context, &options, messages, text);
}

/* Another D, of which each picture is judged by itself. */
static void without_batch_mates(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    o->discriminator = gn_sequential(context, "discriminator", gn_flatten_layer(context),
                                     gn_dense_layer(context, &(gn_dense_options){.in = 16, .out = 1}));
}

static void frozen_without_norms(gn_gan_options *o)
{
    o->frozen_norms = true;
}

static void frozen_discriminator(gn_gan_options *o)
{
    gn_module_set_frozen(o->discriminator, true);
}

static void frozen_generator_in_part(gn_gan_options *o)
{
    gn_parameter_set_frozen(gn_parameters(o->generator).items[0], true);
}

static void inference_without_norms(gn_gan_options *o)
{
    o->fakes = GN_GAN_FAKES_INFERENCE;
}

static void replayed_batches(gn_gan_options *o)
{
    o->replay = 8;
}

static void parts_of_batches(gn_gan_options *o)
{
    o->accumulation = 2;
}

static void parts_of_a_comparison(gn_gan_options *o)
{
    without_batch_mates(o);
    o->accumulation = 2;
    o->loss = GN_GAN_RELATIVISTIC;
}

static void parts_of_a_deviation(gn_gan_options *o)
{
    without_batch_mates(o);
    o->accumulation = 2;
    o->penalties[0].kind = GN_GAN_DRAGAN;
}

static void critic_that_is_only_consistent(gn_gan_options *o)
{
    without_batch_mates(o);
    o->loss = GN_GAN_WASSERSTEIN;
    o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_CONSISTENCY, .augment = {.cutout = 0.5f}};
}

static void labelled_critic(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->generator);
    gn_module_free(o->generator);
    gn_module_free(o->discriminator);
    o->generator = tiny_generator(context, 0.8f);
    o->discriminator = tiny_critic(context);
    o->classes = 2;
    o->penalties[0].kind = GN_GAN_GRADIENT_PENALTY;
}

static void replayed_between_labels(gn_gan_options *o)
{
    labelled_critic(o);
    o->replay = 8;
}

static void interpolated_between_labels(gn_gan_options *o)
{
    labelled_critic(o);
    o->interpolation = 0.5f;
}

static void meant_zero_momentum(gn_gan_options *o)
{
    without_batch_mates(o);
    o->unrolled_steps = 1;
    o->discriminator_optimizer = (gn_optimizer_options){.kind = GN_SGD, .momentum = GN_ZERO};
}

static void label_shown_and_asked(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->generator);
    gn_module_free(o->generator);
    gn_module_free(o->discriminator);
    o->generator = tiny_generator(context, 0.8f);
    o->discriminator = gn_conditional(context, "discriminator", gn_flatten_layer(context),
                                      gn_label_concat_layer(context),
                                      gn_dense_layer(context, &(gn_dense_options){.in = 18, .out = 3}));
    o->classes = 2;
    o->classifier_weight = 1;
}

/* Such a game could be played, but not saved. */
static void test_networks_that_hold_each_other_are_refused(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_gan_options options = tiny_options(context, 0.8f);
    gn_module *whole = gn_sequential(context, "whole", options.discriminator);
    gn_module_free(options.generator);
    options.generator = whole;
    assert_null(gn_gan_new(context, &options));
    assert_message(context, GN_ERROR_ARGUMENT,
                   "gan: 'whole' and 'whole.discriminator' are parts of one another, expected two");
    options.discriminator = whole;
    assert_null(gn_gan_new(context, &options));
    assert_message(context, GN_ERROR_ARGUMENT, "gan: both networks are named 'whole', expected two names");
    gn_module_free(whole);
    gn_context_free(context);
}

static void test_what_is_unwise_is_logged(void **state)
{
    (void)state;
    expect_warning_of(frozen_without_norms, "frozen_norms without effect: 'discriminator' has no batch norm");
    expect_warning_of(frozen_discriminator, "all parameters of 'discriminator' are frozen: it will not learn");
    expect_warning_of(frozen_generator_in_part, NULL);
    expect_warning_of(inference_without_norms, "fakes in inference mode without effect: 'generator' has no batch norm");
    expect_warning_of(replayed_batches,
                      "replay mixes fakes of different age into what discriminator.minibatch_stddev1");
    expect_warning_of(parts_of_batches, "with accumulation 2 'discriminator.minibatch_stddev1' sees a part of each");
    expect_warning_of(parts_of_a_comparison, "with accumulation 2 'relativistic' sees a part of each");
    expect_warning_of(parts_of_a_deviation, "with accumulation 2 'dragan' sees a part of each");
    expect_warning_of(critic_that_is_only_consistent, "grows without bound");
    expect_warning_of(interpolated_between_labels, "with interpolation the gradient_penalty looks between");
    expect_warning_of(replayed_between_labels,
                      "with replay the gradient_penalty looks between a picture and a fake of another label");
    expect_warning_of(meant_zero_momentum, NULL);
    expect_warning_of(label_shown_and_asked, "'discriminator' is shown the label that classifier_weight 1 asks it");
    expect_warning(whole_batch_stddev, GN_GAN_HINGE, GN_GAN_R1, "looks at the whole batch");
    expect_warning(whole_batch_stddev, GN_GAN_HINGE, GN_GAN_NO_PENALTY, NULL);
    expect_warning(whole_batch_stddev, GN_GAN_WASSERSTEIN, GN_GAN_NO_PENALTY, "grows without bound");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_combinations_are_checked),
        cmocka_unit_test(test_what_is_unwise_is_logged),
        cmocka_unit_test(test_networks_that_hold_each_other_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
