/* SPDX-License-Identifier: MIT */
/* tests/faults/test_faults_of_others.c - faults that were found in well-known code, each as a test that it cannot
 * happen here.
 *
 * Those that other tests guard against already are listed here by where they stand:
 *   a generator step that moves the discriminator's averages (darknet)     tests/gan/test_gan.c
 *   a sample that changes with its batch mates (dcgan.torch #19)           tests/gan/test_sample.c
 *   an average of weights without batch norm's buffers (FastGAN #4)        tests/gan/test_average.c
 *   a resumed run that lost the discriminator or a moment (StudioGAN #116) tests/gan/test_checkpoint.c
 *   clipping that scales to 1 in place of the threshold (KANN)             tests/nn/test_optimizer.c
 *   a gradient check that compares magnitudes, so signs pass (KANN)        tests/double/test_planted_gradients.c
 *   SAME padding and the crop of its transpose a pixel off                 tests/autodiff/test_window.c */
#include "gan/networks.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static gn_context *context_new(void)
{
    return gn_context_new(&(gn_context_options){.seed = 3, .threads = 1});
}

/* TF-GAN's smoothing of 0.25 means a target of 0.875, torchgan's 0.75. Here the target itself is asked for. */
static void test_a_target_of_0_9_is_0_9(void **state)
{
    (void)state;
    gn_context *context = context_new();
    gn_tape *tape = gn_tape_new(context);
    const float logit = logf(0.9f / 0.1f); /* where the loss for a target of 0.9 is least */
    gn_var *x = gn_constant(tape, logit), *gradient;
    assert_int_equal(gn_gradients(gn_bce_with_logits(x, gn_constant(tape, 0.9f)), &x, 1, false, &gradient), GN_OK);
    assert_true(fabsf(gn_var_number(gradient)) < 1e-6f);
    gn_tape_free(tape);
    gn_context_free(context);
}

/* PyTorch-GAN writes BatchNorm2d(c, 0.8): the momentum became the epsilon (issue 116). */
static void test_momentum_is_not_epsilon(void **state)
{
    (void)state;
    gn_context *context = context_new();
    gn_module *norm = gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 1, .momentum = 0.8f});
    gn_tape *tape = gn_tape_new(context);
    gn_var *y = gn_apply(norm, gn_values(tape, GN_SHAPE(2, 1), (gn_real[]){-1, 1}));
    assert_true(fabsf(gn_var_data(y)[1] - 1 / sqrtf(1 + 1e-3f)) < 1e-6f); /* an epsilon of 0.8 would give 0.745 */
    gn_tape_free(tape);
    gn_module_free(norm);
    gn_context_free(context);
}

/* darknet and tiny-dnn normalise with n - 1 and differentiate with n. Here it is n in both, and in the running average
 * (Keras 3). */
static void test_variance_divides_by_n_everywhere(void **state)
{
    (void)state;
    gn_context *context = context_new();
    gn_module *norm = gn_batch_norm_layer(context,
                                          &(gn_batch_norm_options){.size = 1, .momentum = 0.5f, .epsilon = 1e-6f});
    gn_tensor *x = gn_tensor_from(context, GN_SHAPE(3, 1), (gn_real[]){0, 3, 6}); /* variance 6 by n, 9 by n - 1 */
    gn_tape *tape = gn_tape_new(context);
    gn_var *y = gn_apply(norm, gn_input(tape, x));
    assert_true(fabsf(gn_var_data(y)[2] - 3 / sqrtf(6)) < 1e-5f);
    const gn_tensor *running = NULL;
    for (size_t i = 0; i < gn_module_tensor_count(norm); i++)
        if (strstr(gn_module_tensor(norm, i).name, "running_variance") != NULL)
            running = gn_module_tensor(norm, i).tensor;
    assert_true(fabsf(gn_tensor_values(running)[0] - (0.5f * 1 + 0.5f * 6)) < 1e-5f);
    assert_int_equal(gn_gradcheck_module(norm, &x, 1, &(gn_gradcheck_options){.first_order_only = true}, NULL), GN_OK);
    gn_tape_free(tape);
    gn_tensor_free(x);
    gn_module_free(norm);
    gn_context_free(context);
}

/* KANN's conv2d flips its kernel in place while it runs, so threads cannot share it. */
static void test_forward_does_not_touch_the_weights(void **state)
{
    (void)state;
    gn_context *context = context_new();
    gn_module *conv = gn_conv2d_layer(context, &(gn_conv2d_options){.in = 2, .out = 3, .kernel = 3});
    gn_tensor *weight = gn_parameter_value(gn_parameters(conv).items[0]);
    gn_tensor *before = gn_tensor_from(context, gn_tensor_shape(weight), gn_tensor_values(weight));
    gn_tape *tape = gn_tape_new(context);
    gn_var *loss = gn_sum(gn_apply(conv, gn_full(tape, GN_SHAPE(2, 5, 5, 2), 1)), GN_ALL_AXES, false);
    assert_int_equal(gn_backward(loss, gn_parameters(conv)), GN_OK);
    assert_memory_equal(gn_tensor_values(weight), gn_tensor_values(before),
                        (size_t)gn_tensor_count(weight) * sizeof(gn_real));
    gn_tape_free(tape);
    gn_tensor_free(before);
    gn_module_free(conv);
    gn_context_free(context);
}

/* KANN's constructors give NULL for shapes that do not fit, and the next call reads through it (issue 6). */
static void test_a_network_that_does_not_fit_is_an_error_and_no_crash(void **state)
{
    (void)state;
    gn_context *context = context_new();
    gn_module *net = gn_sequential(context, "net", gn_dense_layer(context, &(gn_dense_options){.in = 4, .out = 3}),
                                   gn_relu_layer(context),
                                   gn_dense_layer(context, &(gn_dense_options){.in = 5, .out = 1}));
    gn_tape *tape = gn_tape_new(context);
    gn_var *y = gn_softmax(gn_tanh(gn_apply(net, gn_full(tape, GN_SHAPE(2, 4), 1))));
    assert_non_null(y);
    assert_int_equal(gn_backward(gn_sum(y, GN_ALL_AXES, false), gn_parameters(net)), GN_ERROR_SHAPE);
    assert_non_null(strstr(gn_context_message(context), "net.dense2"));
    assert_null(gn_sequential(context, "net", gn_dense_layer(context, &(gn_dense_options){.in = 0, .out = 3})));
    gn_tape_free(tape);
    gn_module_free(net);
    gn_context_free(context);
}

/* Keras-GAN and others put a sigmoid into D and clip it: where D is certain, G's gradient is lost. */
static void test_the_generators_gradient_survives_a_certain_discriminator(void **state)
{
    (void)state;
    gn_context *context = context_new();
    gn_tape *tape = gn_tape_new(context);
    gn_var *logit = gn_constant(tape, -60), *gradient;
    assert_int_equal(gn_gradients(gn_bce_with_logits(logit, gn_constant(tape, 1)), &logit, 1, false, &gradient), GN_OK);
    assert_true(fabsf(gn_var_number(gradient) + 1) < 1e-6f);
    gn_tape_free(tape);
    gn_context_free(context);
}

/* A checksum of the moments that an optimizer keeps. */
static double moments_of(const gn_gan_options *options, const char *path, const char *network)
{
    gn_context *context = gn_module_context(options->generator);
    gn_archive *archive = gn_archive_load(context, path);
    assert_non_null(archive);
    double sum = 0;
    for (size_t i = 0; i < gn_archive_count(archive); i++) {
        const char *name = gn_archive_name(archive, i);
        gn_shape shape;
        if (strncmp(name, "optimizer.", 10) != 0 || strstr(name, network) == NULL)
            continue;
        gn_archive_shape(archive, name, &shape);
        gn_tensor *tensor = gn_tensor_new(context, shape);
        assert_int_equal(gn_archive_get(archive, name, tensor), GN_OK);
        for (int64_t j = 0; j < gn_tensor_count(tensor); j++)
            sum += fabs((double)gn_tensor_values(tensor)[j]);
        gn_tensor_free(tensor);
    }
    gn_archive_free(archive);
    return sum;
}

/* darknet throws the discriminator's gradients of the generator's step away together with its momentum; mlpack gives
 * both networks one optimizer. Here the moments of both live on, each in its own optimizer at its own rate. */
static void test_each_network_keeps_its_own_optimizer(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/gannet-faults-%ld", (long)getpid());
    gn_context *context = context_new();
    gn_gan_options options = tiny_options(context, 0.8f);
    options.generator_optimizer.rate = 1e-12f;
    gn_gan *gan = gn_gan_new(context, &options);
    gn_tensor *g = gn_parameter_value(gn_parameters(options.generator).items[0]);
    gn_tensor *d = gn_parameter_value(gn_parameters(options.discriminator).items[2]);
    const gn_real g_before = gn_tensor_values(g)[0], d_before = gn_tensor_values(d)[0];
    tiny_data data = tiny_data_new(context, 8, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(gn_gan_step(gan, &data.batch, NULL), GN_OK);
    assert_true(fabsf(gn_tensor_values(g)[0] - g_before) < 1e-8f);
    assert_true(fabsf(gn_tensor_values(d)[0] - d_before) > 1e-4f);
    assert_int_equal(gn_gan_save(gan, path, NULL), GN_OK);
    assert_true(moments_of(&options, path, "discriminator") > 0 && moments_of(&options, path, "generator") > 0);
    remove(path);
    tiny_data_free(&data);
    gn_gan_free(gan);
    gn_module_free(options.generator);
    gn_module_free(options.discriminator);
    gn_context_free(context);
}

/* darknet's CPU build accepts adam=1 and does something else. An option that cannot be honoured is an error here. */
static void test_no_option_is_ignored_in_silence(void **state)
{
    (void)state;
    gn_context *context = context_new();
    gn_module *net = gn_dense_layer(context, &(gn_dense_options){.in = 2, .out = 1});
    assert_null(gn_optimizer_new(net, &(gn_optimizer_options){.kind = GN_ADAM, .nesterov = true}));
    assert_non_null(strstr(gn_context_message(context), "nesterov"));
    assert_null(gn_optimizer_new(net, &(gn_optimizer_options){.kind = GN_SGD, .beta1 = 0.5f}));
    assert_non_null(strstr(gn_context_message(context), "beta1"));
    gn_module_free(net);
    gn_context_free(context);
}

/* darknet trains on noise of unit length and samples with another; here one function draws both, with the gan's own
 * scale. */
static void test_noise_is_scaled_in_training_and_in_sampling(void **state)
{
    (void)state;
    gn_context *context = context_new();
    gn_module *identity = gn_sequential(context, "generator", gn_identity_layer(context));
    const gn_latent latent = {.size = 5, .distribution = GN_LATENT_SPHERICAL, .scale = 3};
    gn_tensor *z = gn_generator_sample(identity, 0, &latent, &(gn_sample_options){.seed = 1, .per_class = 4});
    assert_non_null(z);
    for (int i = 0; i < 4; i++) {
        double squares = 0;
        for (int j = 0; j < 5; j++)
            squares += (double)gn_tensor_values(z)[i * 5 + j] * (double)gn_tensor_values(z)[i * 5 + j];
        assert_true(fabs(sqrt(squares) - 3 * sqrt(5)) < 1e-4);
    }
    gn_tensor_free(z);
    gn_module_free(identity);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_target_of_0_9_is_0_9),
        cmocka_unit_test(test_momentum_is_not_epsilon),
        cmocka_unit_test(test_variance_divides_by_n_everywhere),
        cmocka_unit_test(test_forward_does_not_touch_the_weights),
        cmocka_unit_test(test_a_network_that_does_not_fit_is_an_error_and_no_crash),
        cmocka_unit_test(test_the_generators_gradient_survives_a_certain_discriminator),
        cmocka_unit_test(test_each_network_keeps_its_own_optimizer),
        cmocka_unit_test(test_no_option_is_ignored_in_silence),
        cmocka_unit_test(test_noise_is_scaled_in_training_and_in_sampling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
