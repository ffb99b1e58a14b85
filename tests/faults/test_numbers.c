/* SPDX-License-Identifier: MIT */
/* tests/faults/test_numbers.c - numbers that are not finite are found in the step in which they come up, logits may be
 * large, and numbers close to zero cost no time. */
#include "files.h"
#include "gan/game.h"

#include <gannet/loss.h>
#include <math.h>
#include <time.h>

/* --- NaN and infinity --------------------------------------------------------------------------------------------- */

static int injected, found;

/* After a step on a bad number: it was refused with a name, and the run goes on from its last checkpoint as if nothing
 * had been. */
static bool survives(game *g, const char *place, uint64_t expected)
{
    gn_context_clear(g->context);
    if (gn_gan_step(g->gan, &g->data.batch, NULL) != GN_ERROR_NUMBER ||
        strstr(gn_context_message(g->context), " is ") == NULL) {
        print_error("%s: %s\n", place, gn_context_message(g->context));
        return false;
    }
    assert_int_equal(gn_gan_load(g->gan, path_of("good")), GN_OK);
    play(g, 2, NULL);
    return bits_of(g->options.generator, NULL) == expected;
}

static void inject(const char *place, bool images, bool generator, size_t index, gn_real bad, uint64_t expected)
{
    game g = game_new(1, 0.8f, NULL);
    gn_module *network = generator ? g.options.generator : g.options.discriminator;
    gn_tensor *tensor = images ? g.data.images : gn_module_tensor(network, index).tensor;
    assert_int_equal(gn_gan_load(g.gan, path_of("good")), GN_OK);
    const gn_real kept = gn_tensor_data(tensor)[0];
    gn_tensor_data(tensor)[0] = bad;
    injected++;
    gn_context_clear(g.context);
    if (images) { /* what is in the batch stays bad until somebody mends it */
        const gn_status status = gn_gan_step(g.gan, &g.data.batch, NULL);
        gn_tensor_data(tensor)[0] = kept;
        play(&g, 2, NULL);
        found += status == GN_ERROR_NUMBER && bits_of(g.options.generator, NULL) == expected;
    } else {
        found += survives(&g, place, expected);
    }
    game_free(&g);
}

/* Into each parameter and each running average. */
static void inject_each(const gn_module *network, bool generator, uint64_t expected)
{
    static const gn_real bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < gn_module_tensor_count(network); i++)
        for (int b = 0; b < 3; b++)
            inject(gn_module_tensor(network, i).name, false, generator, i, bad[b], expected);
}

static void bad_numbers_are_found_and_the_last_checkpoint_goes_on(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    play(&g, 2, NULL);
    assert_int_equal(gn_gan_save(g.gan, path_of("good"), NULL), GN_OK);
    play(&g, 2, NULL);
    const uint64_t expected = bits_of(g.options.generator, NULL);
    inject_each(g.options.generator, true, expected);
    inject_each(g.options.discriminator, false, expected);
    inject("images", true, false, 0, NAN, expected);
    inject("images", true, false, 0, -INFINITY, expected);
    print_message("    NaN and infinity in weights and pictures: found %d of %d\n", found, injected);
    game_free(&g);
    assert_int_equal(found, injected);
}

/* An optimizer may overflow in the last step before a checkpoint. */
static void a_run_with_bad_numbers_is_not_saved(void **state)
{
    (void)state;
    size_t size;
    game g = game_new(1, 0.8f, NULL);
    play(&g, 2, NULL);
    assert_int_equal(gn_gan_save(g.gan, path_of("kept"), NULL), GN_OK);
    unsigned char *bytes = get_file(path_of("kept"), &size);
    gn_tensor_data(gn_parameter_value(gn_parameters(g.options.generator).items[0]))[3] = INFINITY;
    assert_int_equal(gn_gan_save(g.gan, path_of("kept"), NULL), GN_ERROR_NUMBER);
    assert_message(g.context, GN_ERROR_NUMBER, "not saved: element 3 of 'generator.project.weight' is inf");
    assert_true(file_holds(path_of("kept"), bytes, size));
    free(bytes);
    game_free(&g);
}

/* As classifiers are trained, without a gan: the step is refused, and the weights that were there are saved. */
static void a_loop_of_ones_own_stops_too(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_module *net = gn_dense_layer(context, &(gn_dense_options){.in = 2, .out = 1, .name = "net"});
    gn_optimizer *optimizer = gn_optimizer_new(net, NULL);
    gn_tape *tape = gn_tape_new(context);
    gn_var *x = gn_values(tape, GN_SHAPE(1, 2), (const gn_real[]){1, (gn_real)NAN});
    assert_int_equal(gn_backward(gn_mean(gn_square(gn_apply(net, x)), GN_ALL_AXES, false), gn_parameters(net)), GN_OK);
    assert_int_equal(gn_optimizer_step(optimizer), GN_ERROR_NUMBER);
    assert_message(context, GN_ERROR_NUMBER, "optimizer: element 0 of the gradient of 'net.weight' is nan");
    assert_int_equal(gn_module_save(net, path_of("net"), NULL), GN_OK);
    gn_tensor_data(gn_parameter_value(gn_parameters(net).items[0]))[1] = (gn_real)NAN;
    assert_int_equal(gn_module_save(net, path_of("net"), NULL), GN_ERROR_NUMBER);
    assert_message(context, GN_ERROR_NUMBER, "not saved: element 1 of 'net.weight' is nan");
    assert_int_equal(gn_module_load(net, path_of("net")), GN_OK);
    gn_tape_free(tape);
    gn_optimizer_free(optimizer);
    gn_module_free(net);
    gn_context_free(context);
}

/* --- large logits ------------------------------------------------------------------------------------------------- */

static gn_var *loss_of(int which, gn_var *logits, gn_tape *tape)
{
    switch (which) {
    case 0:
        return gn_bce_with_logits(logits, gn_full(tape, GN_SHAPE(4, 2), 0.9f));
    case 1:
        return gn_bce_with_logits(logits, gn_full(tape, GN_SHAPE(4, 2), 0));
    case 2:
        return gn_cross_entropy_with_logits(logits, gn_values(tape, GN_SHAPE(4), (const gn_real[]){0, 1, 0, 1}));
    case 3:
        return gn_mse(logits, gn_full(tape, GN_SHAPE(4, 2), 1));
    case 4:
        return gn_hinge(logits, 1);
    default:
        return gn_hinge(logits, -1);
    }
}

/* Logits as every tape sees them: all alike, and the largest beside the smallest. */
static bool finite_loss(gn_tape *tape, int which, gn_real even, gn_real odd)
{
    gn_real x[8];
    gn_var *gradient;
    bool finite = true;
    for (int i = 0; i < 8; i++)
        x[i] = i % 2 == 0 ? even : odd;
    gn_tape_reset(tape);
    gn_var *logits = gn_values(tape, GN_SHAPE(4, 2), x), *loss = loss_of(which, logits, tape);
    assert_int_equal(gn_gradients(loss, &logits, 1, false, &gradient), GN_OK);
    for (int i = 0; i < 8; i++)
        finite &= isfinite(gn_var_data(gradient)[i]) != 0;
    return finite && isfinite(gn_var_number(loss));
}

static void losses_and_gradients_are_finite_for_large_logits(void **state)
{
    (void)state;
    static const gn_real logits[] = {0, 1e-38f, -1e-38f, 1e-45f, 20, -20, 88, -88, 104, -104, 1e4f, -1e4f};
    enum { LOSSES = 6, LOGITS = sizeof logits / sizeof logits[0] };
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tape *tape = gn_tape_new(context);
    int tried = 0, finite = 0;
    for (int which = 0; which < LOSSES; which++)
        for (int i = 0; i < LOGITS; i++)
            for (int j = 0; j < LOGITS; j++, tried++)
                finite += finite_loss(tape, which, logits[i], logits[j]);
    print_message("    losses and their gradients for logits to 1e4: finite %d of %d\n", finite, tried);
    gn_tape_free(tape);
    gn_context_free(context);
    assert_int_equal(finite, tried);
}

/* --- denormal numbers --------------------------------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A step of a small network whose gradients, and so the optimizer's moments, are about as large as scale. The best of
 * some. */
static double step_time(gn_real scale, gn_optimizer_kind kind)
{
    enum { ROUNDS = 40 };
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1, .seed = 3});
    gn_module *net = gn_sequential(
        context, "net", gn_conv2d_layer(context, &(gn_conv2d_options){.in = 8, .out = 16, .kernel = 3, .padding = 1}),
        gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 16}), gn_leaky_relu_layer(context, 0.2f),
        gn_flatten_layer(context), gn_dense_layer(context, &(gn_dense_options){.in = 16 * 14 * 14, .out = 64}));
    gn_optimizer *optimizer = gn_optimizer_new(
        net, &(gn_optimizer_options){.kind = kind, .rate = 1e-4f, .momentum = kind == GN_SGD ? 0.9f : 0});
    gn_tape *tape = gn_tape_new(context);
    double best = INFINITY;
    for (int i = 0; i < ROUNDS; i++) {
        gn_random random = {.seed = 1};
        gn_tape_reset(tape);
        gn_tensor *x = gn_tensor_new(context, GN_SHAPE(8, 14, 14, 8));
        gn_random_fill_normal(&random, gn_tensor_data(x), gn_tensor_count(x), 0, 1);
        const double begin = seconds();
        gn_var *y = gn_mean(gn_square(gn_apply(net, gn_input(tape, x))), GN_ALL_AXES, false);
        assert_int_equal(gn_backward(gn_scale(y, scale), gn_parameters(net)), GN_OK);
        assert_int_equal(gn_optimizer_step(optimizer), GN_OK);
        best = fmin(best, seconds() - begin);
        gn_tensor_free(x);
    }
    gn_tape_free(tape);
    gn_optimizer_free(optimizer);
    gn_module_free(net);
    gn_context_free(context);
    return best;
}

/* The bound is wide, because the machine may be busy; docs/reliability.md has what was measured. */
static void denormal_gradients_cost_no_time(void **state)
{
    (void)state;
    const gn_optimizer_kind kinds[] = {GN_ADAM, GN_SGD};
    for (int k = 0; k < 2; k++) {
        const double normal = step_time(1, kinds[k]), denormal = step_time(1e-38f, kinds[k]);
        print_message("    a step with denormal gradients, %s: %.2f times the time of others\n",
                      k == 0 ? "Adam" : "SGD", denormal / normal);
        assert_true(denormal < 4 * normal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_numbers_are_found_and_the_last_checkpoint_goes_on),
        cmocka_unit_test(a_run_with_bad_numbers_is_not_saved),
        cmocka_unit_test(a_loop_of_ones_own_stops_too),
        cmocka_unit_test(losses_and_gradients_are_finite_for_large_logits),
        cmocka_unit_test(denormal_gradients_cost_no_time),
    };
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
