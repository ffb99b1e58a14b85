/* SPDX-License-Identifier: MIT */
/* tests/golden/test_dcgan.c - 20 steps of a conditional DC-GAN held against PyTorch's: losses, the norm of every
 * parameter, and the running statistics. dcgan.safetensors is made by make_dcgan.py. */
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdio.h>

enum { SEED = 17, STEPS = 20, BATCH = 16, LATENT = 6, CLASSES = 3 };

/* Adam divides by the root of a squared gradient, so a rounding error of 1e-7 in a small gradient can move a weight by
 * a visible part of a step of 2e-3; after 20 steps the norms still agree to the fifth digit. */
static const double tolerance = 1e-4;

static gn_module *norm(gn_context *context, int64_t size, const char *name)
{
    return gn_batch_norm_layer(
        context, &(gn_batch_norm_options){.size = size, .momentum = 0.8f, .epsilon = 1e-3f, .name = name});
}

static gn_module *up(gn_context *context, int64_t in, int64_t out, const char *name)
{
    return gn_conv_transpose2d_layer(
        context, &(gn_conv2d_options){
                     .in = in, .out = out, .kernel = 4, .stride = 2, .padding = 1, .no_bias = true, .name = name});
}

static gn_module *generator_new(gn_context *context)
{
    return gn_sequential(
        context, "generator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), gn_identity_layer(context)),
        gn_dense_layer(context,
                       &(gn_dense_options){.in = LATENT + CLASSES, .out = 32, .no_bias = true, .name = "project"}),
        norm(context, 32, "norm0"), gn_relu_layer(context), gn_reshape_layer(context, GN_SHAPE(2, 2, 8)),
        up(context, 8, 6, "up1"), norm(context, 6, "norm1"), gn_relu_layer(context), up(context, 6, 4, "up2"),
        norm(context, 4, "norm2"), gn_relu_layer(context),
        gn_conv2d_layer(context, &(gn_conv2d_options){.in = 4, .out = 1, .kernel = 3, .padding = 1, .name = "picture"}),
        gn_tanh_layer(context));
}

static gn_module *discriminator_new(gn_context *context)
{
    gn_conv2d_options down1 = {.in = 2, .out = 4, .kernel = 4, .stride = 2, .padding = 1, .name = "down1"},
                      down2 = down1;
    down2.in = 4, down2.out = 6, down2.no_bias = true, down2.name = "down2";
    return gn_sequential(
        context, "discriminator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context),
                gn_sequential(context, "label",
                              gn_dense_layer(context, &(gn_dense_options){.in = CLASSES, .out = 64, .name = "project"}),
                              gn_reshape_layer(context, GN_SHAPE(8, 8, 1)))),
        gn_conv2d_layer(context, &down1), gn_leaky_relu_layer(context, 0.2f), gn_conv2d_layer(context, &down2),
        norm(context, 6, "norm2"), gn_leaky_relu_layer(context, 0.2f), gn_flatten_layer(context),
        gn_dense_layer(context, &(gn_dense_options){.in = 24, .out = 1, .name = "logit"}));
}

/* The same numbers as philox.py draws. */
static void fill(gn_tensor *tensor, uint64_t stream, float low, float high)
{
    gn_random random = {.seed = SEED, .stream = stream};
    gn_random_fill_uniform(&random, gn_tensor_data(tensor), gn_tensor_count(tensor), low, high);
}

static void start(gn_module *network, uint64_t first_stream)
{
    const gn_parameter_list parameters = gn_parameters(network);
    for (size_t i = 0; i < parameters.count; i++)
        fill(gn_parameter_value(parameters.items[i]), first_stream + i, -0.3f, 0.3f);
}

/* A tensor of the fixture. */
static gn_tensor *golden(gn_context *context, const gn_archive *archive, const char *prefix, const char *name)
{
    char key[160];
    gn_shape shape;
    snprintf(key, sizeof key, "%s%s", prefix, name);
    if (gn_archive_shape(archive, key, &shape) != GN_OK)
        fail_msg("%s: %s", key, gn_context_message(context));
    gn_tensor *tensor = gn_tensor_new(context, shape);
    assert_int_equal(gn_archive_get(archive, key, tensor), GN_OK);
    return tensor;
}

static double worst;

static void compare(const char *what, int step, double found, double expected)
{
    const double error = fabs(found - expected) / fmax(fabs(expected), 1e-3);
    worst = fmax(worst, error);
    if (!(error <= tolerance))
        fail_msg("%s after step %d is %.9g, PyTorch's %.9g: relative error %.2g", what, step + 1, found, expected,
                 error);
}

static void compare_at(gn_context *context, const gn_archive *archive, const char *name, int step, double found)
{
    gn_tensor *expected = golden(context, archive, "", name);
    compare(name, step, found, (double)gn_tensor_values(expected)[step]);
    gn_tensor_free(expected);
}

static void compare_norms(gn_context *context, const gn_archive *archive, gn_module *network, int step)
{
    const gn_parameter_list parameters = gn_parameters(network);
    for (size_t i = 0; i < parameters.count; i++) {
        const gn_tensor *value = gn_parameter_value(parameters.items[i]);
        gn_tensor *expected = golden(context, archive, "norm/", gn_parameter_name(parameters.items[i]));
        double squares = 0;
        for (int64_t j = 0; j < gn_tensor_count(value); j++)
            squares += (double)gn_tensor_values(value)[j] * (double)gn_tensor_values(value)[j];
        compare(gn_parameter_name(parameters.items[i]), step, sqrt(squares), (double)gn_tensor_values(expected)[step]);
        gn_tensor_free(expected);
    }
}

static void compare_buffers(gn_context *context, const gn_archive *archive, gn_module *network)
{
    for (size_t i = 0; i < gn_module_tensor_count(network); i++) {
        const gn_named_tensor named = gn_module_tensor(network, i);
        char key[160];
        snprintf(key, sizeof key, "end/%s", named.name);
        if (!gn_archive_has(archive, key))
            continue;
        gn_tensor *expected = golden(context, archive, "end/", named.name);
        for (int64_t j = 0; j < gn_tensor_count(expected); j++)
            compare(named.name, STEPS - 1, (double)gn_tensor_values(named.tensor)[j],
                    (double)gn_tensor_values(expected)[j]);
        gn_tensor_free(expected);
    }
}

static void test_twenty_steps(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 2});
    gn_archive *archive = gn_archive_load(context, GN_TESTS_DIR "/golden/dcgan.safetensors");
    if (archive == NULL)
        fail_msg("%s", gn_context_message(context));
    gn_module *generator = generator_new(context), *discriminator = discriminator_new(context);
    const gn_optimizer_options adam = {.rate = 2e-3f, .beta1 = 0.5f};
    gn_gan *gan = gn_gan_new(context, &(gn_gan_options){
                                          .generator = generator,
                                          .discriminator = discriminator,
                                          .classes = CLASSES,
                                          .latent = {.size = LATENT, .distribution = GN_LATENT_UNIFORM},
                                          .real_target = 0.9f,
                                          .generator_optimizer = adam,
                                          .discriminator_optimizer = adam,
                                          .seed = SEED,
                                      });
    if (gan == NULL)
        fail_msg("%s", gn_context_message(context));
    start(generator, 1000);
    start(discriminator, 2000);
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(BATCH, 8, 8, 1)),
              *labels = gn_tensor_new(context, GN_SHAPE(BATCH));
    fill(images, 3000, -1, 1);
    for (int i = 0; i < BATCH; i++)
        gn_tensor_data(labels)[i] = (gn_real)(i % CLASSES);
    for (int step = 0; step < STEPS; step++) {
        gn_gan_report report;
        assert_int_equal(gn_gan_step(gan, &(gn_batch){.images = images, .labels = labels, .size = BATCH}, &report),
                         GN_OK);
        compare_at(context, archive, "d_loss", step, report.d_loss);
        compare_at(context, archive, "g_loss", step, report.g_loss);
        compare_norms(context, archive, generator, step);
        compare_norms(context, archive, discriminator, step);
    }
    compare_buffers(context, archive, generator);
    compare_buffers(context, archive, discriminator);
    printf("largest relative distance from PyTorch over %d steps: %.1e\n", STEPS, worst);
    gn_tensor_free(images);
    gn_tensor_free(labels);
    gn_gan_free(gan);
    gn_module_free(generator);
    gn_module_free(discriminator);
    gn_archive_free(archive);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twenty_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
