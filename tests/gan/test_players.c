/* SPDX-License-Identifier: MIT */
/* tests/gan/test_players.c - what the discriminator says is read rightly, and every option takes its part in a step. */
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>

/* A discriminator that says what its first pixel is, times 10, minus 10 for a label that the picture does not have. */
static gn_var *oracle_forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module;
    (void)count;
    const int64_t n = gn_var_shape(inputs[0]).size[0];
    gn_var *flat = gn_reshape(inputs[0], GN_SHAPE(n, -1));
    gn_var *first = gn_slice(flat, 1, 0, 1), *last = gn_slice(flat, 1, 15, 1);
    gn_var *label = gn_slice(inputs[1], 1, 0, 1); /* 1 for class 0, whose first pixels are bright */
    gn_var *fits = gn_mul(gn_sub(first, last), gn_offset(gn_scale(label, 2), -1));
    return gn_offset(gn_scale(fits, 10), gn_var_number(gn_mean(flat, GN_ALL_AXES, false)));
}

static const gn_module_class oracle_class = {.name = "oracle", .forward = oracle_forward, .inputs = 2};

static void with_oracle(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    o->discriminator = gn_module_complete(gn_module_new(context, &oracle_class, "discriminator", 0));
    o->pairs = (gn_gan_pairs){1, 0.5f, 0.5f};
}

/* Real pictures with the right label get large logits, with the wrong one small ones: both are judged rightly. */
static void test_accuracy_of_each_kind_of_pair(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, with_oracle);
    gn_gan_report report;
    play(&g, 2, &report);
    assert_true(report.real_right == 1 && report.real_wrong == 1);
    assert_true(report.fake_right >= 0 && report.fake_right <= 1 && isnan(report.classifier_accuracy));
    assert_true(report.d_real > 0.99);
    game_free(&g);
}

static void test_pairs_not_shown_have_no_accuracy(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    gn_gan_report report;
    play(&g, 1, &report);
    assert_true(isnan(report.real_wrong) && report.real_right >= 0 && report.d_penalty == 0);
    game_free(&g);
}

/* A game whose discriminator answers this to every picture. */
static game game_against(game_change change, gn_real answer)
{
    game g = game_new(1, 0.8f, change);
    const gn_parameter_list parameters = gn_parameters(g.options.discriminator);
    for (size_t i = 0; i < parameters.count; i++) {
        gn_tensor *value = gn_parameter_value(parameters.items[i]);
        memset(gn_tensor_data(value), 0, (size_t)gn_tensor_count(value) * sizeof(gn_real));
    }
    gn_tensor_data(gn_parameter_value(parameters.items[parameters.count - 1]))[0] = answer;
    return g;
}

static void least_squares(gn_gan_options *o)
{
    o->loss = GN_GAN_LEAST_SQUARES;
}

/* Least squares have 0 for fakes and 1 for real pictures: a quarter means a fake. */
static void test_boundary_of_least_squares(void **state)
{
    (void)state;
    game g = game_against(least_squares, 0.25f);
    gn_gan_report report;
    play(&g, 1, &report);
    assert_true(report.real_right == 0 && report.fake_right == 1);
    game_free(&g);
}

static void penalised_in_parts(gn_gan_options *o)
{
    use_plain_discriminator(o);
    o->accumulation = 2;
    o->penalties[0].kind = GN_GAN_GRADIENT_PENALTY;
}

/* A slope of 0 costs 10, in however many parts; and each step reports its own. */
static void test_reported_penalty(void **state)
{
    (void)state;
    game g = game_against(penalised_in_parts, 0);
    gn_gan_report report;
    play(&g, 1, &report);
    assert_true(fabs(report.d_penalty - 10) < 1e-3);
    play(&g, 1, &report);
    assert_true(report.d_penalty > 9 && report.d_penalty < 11);
    game_free(&g);
}

/* The share is taken midway between the two means where a loss has no boundary of its own. */
static void critic(gn_gan_options *o)
{
    use_plain_discriminator(o);
    o->loss = GN_GAN_WASSERSTEIN;
    o->real_target = 0;
    o->clip_weights = 0.05f;
}

static void test_clipped_critic(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, critic);
    gn_gan_report report;
    play(&g, 60, &report);
    assert_true(report.real_right > 0.7 && report.fake_right > 0.7);
    const gn_parameter_list parameters = gn_parameters(g.options.discriminator);
    double largest = 0;
    for (size_t i = 0; i < parameters.count; i++)
        for (int64_t j = 0; j < gn_tensor_count(gn_parameter_value(parameters.items[i])); j++)
            largest = fmax(largest, fabs((double)gn_tensor_values(gn_parameter_value(parameters.items[i]))[j]));
    assert_true(largest == (double)0.05f);
    game_free(&g);
}

static void classifying(gn_gan_options *o)
{
    gn_context *context = gn_module_context(o->discriminator);
    gn_module_free(o->discriminator);
    o->discriminator = gn_sequential(context, "discriminator", gn_flatten_layer(context),
                                     gn_dense_layer(context, &(gn_dense_options){.in = 16, .out = 12}),
                                     gn_leaky_relu_layer(context, 0.2f),
                                     gn_dense_layer(context, &(gn_dense_options){.in = 12, .out = 1 + TINY_CLASSES}));
    o->classifier_weight = 1;
}

static void classifying_thrice(gn_gan_options *o)
{
    classifying(o);
    o->classifier_weight = 3;
}

/* An auxiliary classifier sees no label and learns to tell the classes. */
static void test_auxiliary_classifier(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, classifying);
    gn_gan_report report;
    play(&g, 300, &report);
    assert_true(report.classifier_accuracy == 1);
    game_free(&g);
}

/* D pays for the class of real pictures and of fakes, G for that of its fakes: before anything has been learned each is
 * about log 2. */
static void test_classifier_is_paid_by_both(void **state)
{
    (void)state;
    game once = game_new(1, 0.8f, classifying), thrice = game_new(1, 0.8f, classifying_thrice);
    gn_gan_report one, three;
    play(&once, 1, &one);
    play(&thrice, 1, &three);
    const double by_d = (three.d_loss - one.d_loss) / 2, by_g = (three.g_loss - one.g_loss) / 2;
    assert_true(by_d > 1.1 && by_d < 2.2);
    assert_true(by_g > 0.4 && by_g < 1.3);
    game_free(&once);
    game_free(&thrice);
}

static gn_var *first_condition(void *user, const gn_gan_view *view)
{
    (void)user;
    return gn_constant(gn_var_tape(view->real), gn_var_data(view->conditions)[0]);
}

static void classifying_and_penalised(gn_gan_options *o)
{
    classifying(o);
    o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_OWN_PENALTY, .function = first_condition, .weight = 1};
}

/* The game's pictures, with their labels, are shown as fakes, too, with the same labels or with others. */
static gn__gan_turn turn_with_fakes_of(game *g, bool others)
{
    gn_tape_reset(g->gan->tape);
    gn_var *images = gn_input(g->gan->tape, g->data.images), *labels = gn_input(g->gan->tape, g->data.labels);
    gn_var *fake_labels = others ? gn_offset(gn_scale(labels, -1), 1) : labels;
    return (gn__gan_turn){.real = images,
                          .conditions = gn_one_hot(labels, TINY_CLASSES),
                          .labels = labels,
                          .fake = images,
                          .fake_conditions = gn_one_hot(fake_labels, TINY_CLASSES),
                          .fake_labels = fake_labels};
}

/* A pool of old fakes makes these two differ: fakes are asked for their own class, and a penalty has the real
 * pictures' conditions. */
static void test_fakes_have_labels_of_their_own(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, classifying_and_penalised);
    gn_gan_report report = {0};
    double by_d[2], by_g[2];
    for (int others = 0; others < 2; others++) {
        const gn__gan_turn turn = turn_with_fakes_of(&g, others);
        by_d[others] = (double)gn_var_number(gn__gan_discriminator_turn(g.gan, &turn, GN_STATISTICS_BATCH, &report));
        by_g[others] = (double)gn_var_number(gn__gan_generator_turn(g.gan, &turn));
    }
    assert_true(fabs(by_d[0] - by_d[1]) > 1e-3 && fabs(by_g[0] - by_g[1]) > 1e-3);
    assert_true(report.d_penalty == 2); /* 1 in each turn: the first picture is of class 0 */
    game_free(&g);
}

static void wrong_width(gn_gan_options *o)
{
    classifying(o);
    o->classes = 3;
}

static void test_wrong_output_is_refused(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    gn_module_free(g.options.generator); /* made again below with a discriminator of another width */
    gn_gan_free(g.gan);
    gn_module_free(g.options.discriminator);
    g.options = tiny_options(g.context, 0.8f);
    wrong_width(&g.options);
    gn_module_free(g.options.generator);
    g.options.generator = gn_sequential(
        g.context, "generator",
        gn_join(g.context, "input", GN_JOIN_CONCAT, gn_identity_layer(g.context), gn_identity_layer(g.context)),
        gn_dense_layer(g.context, &(gn_dense_options){.in = TINY_LATENT + 3, .out = 16}),
        gn_reshape_layer(g.context, GN_SHAPE(4, 4, 1)));
    g.gan = gn_gan_new(g.context, &g.options);
    assert_non_null(g.gan);
    gn_gan_step(g.gan, &g.data.batch, NULL);
    assert_message(g.context, GN_ERROR_SHAPE, "gan: discriminator 'discriminator' gives [16,3], expected [16,4]");
    game_free(&g);
}

/* --- passes of the discriminator ---------------------------------------------------------------------------------- */

static int passes, by_running_averages;
static gn_real first_fake[4]; /* the first pixel, in each pass */

/* Of 8 pictures they may all be fakes; where there are more, real ones come first. */
static gn_var *counted_forward(gn_module *module, gn_var *const *inputs, int count)
{
    const int64_t first = gn_var_shape(inputs[0]).size[0] > 8 ? 8 : 0;
    first_fake[passes++ % 4] = gn_var_data(inputs[0])[first * TINY_SIDE * TINY_SIDE];
    by_running_averages += gn_module_statistics(module) == GN_STATISTICS_RUNNING;
    return gn_apply_all(gn_module_child(module, 0), inputs, count);
}

static const gn_module_class together_class = {
    .name = "together", .forward = counted_forward, .inputs = 2, .row_by_row = true};
static const gn_module_class apart_class = {.name = "apart", .forward = counted_forward, .inputs = 2};

static void wrap(gn_gan_options *o, const gn_module_class *wrapper)
{
    gn_module *module = gn_module_new(gn_module_context(o->discriminator), wrapper, "wrapped", 0);
    gn_module_add_child(module, o->discriminator);
    o->discriminator = gn_module_complete(module);
}

static void together(gn_gan_options *o)
{
    use_plain_discriminator(o);
    wrap(o, &together_class);
}

static void apart(gn_gan_options *o)
{
    use_plain_discriminator(o);
    wrap(o, &apart_class);
}

static void together_with_wrong_labels(gn_gan_options *o)
{
    together(o);
    o->pairs = (gn_gan_pairs){1, 0.5f, 0.5f};
}

static void apart_with_wrong_labels(gn_gan_options *o)
{
    apart(o);
    o->pairs = (gn_gan_pairs){1, 0.5f, 0.5f};
}

static void with_batch_norm(gn_gan_options *o)
{
    wrap(o, &together_class);
}

static void with_r1(gn_gan_options *o)
{
    together(o);
    o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_R1, .weight = 1};
}

static void together_and_noisy(gn_gan_options *o)
{
    together(o);
    o->instance_noise = 0.5f;
}

static void relative_with_frozen_norms(gn_gan_options *o)
{
    wrap(o, &apart_class);
    o->loss = GN_GAN_RELATIVISTIC;
    o->frozen_norms = true;
}

/* Passes in a step, the generator's one among them. */
static int passes_of(game_change change)
{
    game g = game_new(1, 0.8f, change);
    passes = by_running_averages = 0;
    play(&g, 1, NULL);
    game_free(&g);
    return passes;
}

static void test_real_and_fake_share_a_pass_where_rows_stand_alone(void **state)
{
    (void)state;
    assert_int_equal(passes_of(together), 2);
    assert_int_equal(passes_of(apart), 3);
    assert_int_equal(passes_of(together_with_wrong_labels), 2);
    assert_int_equal(passes_of(apart_with_wrong_labels), 4);
    assert_int_equal(passes_of(with_batch_norm), 3);
    assert_int_equal(passes_of(with_r1), 3);
}

/* G learns through the very view of its fakes that D has had. */
static void test_both_players_see_the_same_noise(void **state)
{
    (void)state;
    assert_int_equal(passes_of(together_and_noisy), 2);
    assert_true(first_fake[0] == first_fake[1]);
}

/* D judges by running averages in both passes of G's turn: of its fakes, and of the real pictures that a relative loss
 * compares them with. */
static void test_frozen_norms_hold_for_all_that_the_generator_pays(void **state)
{
    (void)state;
    assert_int_equal(passes_of(relative_with_frozen_norms), 4);
    assert_int_equal(by_running_averages, 2);
}

/* Weights are not compared: Adam divides by the size of a gradient, so a last bit could be the whole of a first
 * step. */
static void assert_same_game(game_change one_way, game_change other_way)
{
    game games[2];
    gn_gan_report reports[2];
    for (int i = 0; i < 2; i++) {
        games[i] = game_new(1, 0.8f, i == 0 ? one_way : other_way);
        play(&games[i], 1, &reports[i]);
    }
    assert_true(fabs(reports[0].d_loss - reports[1].d_loss) < 1e-6);
    assert_true(fabs(reports[0].d_gradient_norm - reports[1].d_gradient_norm) < 1e-5 * reports[1].d_gradient_norm);
    assert_true(fabs(reports[0].d_real - reports[1].d_real) < 1e-6 &&
                fabs(reports[0].d_fake - reports[1].d_fake) < 1e-6);
    for (int i = 0; i < 2; i++)
        game_free(&games[i]);
}

static void test_one_pass_or_several_are_the_same_game(void **state)
{
    (void)state;
    assert_same_game(together, apart);
    assert_same_game(together_with_wrong_labels, apart_with_wrong_labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy_of_each_kind_of_pair),
        cmocka_unit_test(test_pairs_not_shown_have_no_accuracy),
        cmocka_unit_test(test_boundary_of_least_squares),
        cmocka_unit_test(test_reported_penalty),
        cmocka_unit_test(test_clipped_critic),
        cmocka_unit_test(test_auxiliary_classifier),
        cmocka_unit_test(test_classifier_is_paid_by_both),
        cmocka_unit_test(test_fakes_have_labels_of_their_own),
        cmocka_unit_test(test_wrong_output_is_refused),
        cmocka_unit_test(test_real_and_fake_share_a_pass_where_rows_stand_alone),
        cmocka_unit_test(test_both_players_see_the_same_noise),
        cmocka_unit_test(test_frozen_norms_hold_for_all_that_the_generator_pays),
        cmocka_unit_test(test_one_pass_or_several_are_the_same_game),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
