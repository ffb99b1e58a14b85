/* SPDX-License-Identifier: MIT */
/* examples/common/small_gan.c - the conditional DC-GAN with a quarter of the channels, for studies that train many of
 * them. */
#include "common/small_gan.h"

static const gn_init weights = {.kind = GN_INIT_NORMAL, .scale = 0.02f};

enum { LATENT = 100, WIDTH = 16 };

static int64_t or_else(int64_t value, int64_t preset)
{
    return value == 0 ? preset : value;
}

static gn_module *dense(gn_context *context, int64_t in, int64_t out)
{
    return gn_dense_layer(context, &(gn_dense_options){.in = in, .out = out, .weight_init = weights});
}

static gn_module *norm(gn_context *context, const small_gan *gan, int64_t size, bool absent)
{
    if (absent)
        return gn_identity_layer(context);
    return gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = size,
                                                                 .momentum = gan->momentum == 0 ? 0.8f : gan->momentum,
                                                                 .bias_correction = gan->bias_correction});
}

static gn_module *generator_norm(gn_context *context, const small_gan *gan, int64_t size)
{
    return norm(context, gan, size, gan->plain_generator);
}

gn_module *small_up(gn_context *context, int64_t in, int64_t out)
{
    return gn_conv_transpose2d_layer(
        context,
        &(gn_conv2d_options){.in = in, .out = out, .kernel = 4, .stride = 2, .padding = 1, .weight_init = weights});
}

gn_module *small_down(gn_context *context, int64_t in, int64_t out)
{
    return gn_conv2d_layer(
        context,
        &(gn_conv2d_options){.in = in, .out = out, .kernel = 4, .stride = 2, .padding = 1, .weight_init = weights});
}

gn_module *small_same(gn_context *context, int64_t in, int64_t out)
{
    return gn_conv2d_layer(
        context, &(gn_conv2d_options){.in = in, .out = out, .kernel = 3, .padding = 1, .weight_init = weights});
}

/* x + conv(relu(norm(conv(relu(norm(x)))))): He et al. 2016b. */
static gn_module *residual(gn_context *context, const small_gan *gan, int64_t channels)
{
    if (!gan->residual)
        return gn_identity_layer(context);
    return gn_residual_layer(context, NULL,
                             gn_sequential(context, NULL, generator_norm(context, gan, channels),
                                           gn_relu_layer(context), small_same(context, channels, channels),
                                           generator_norm(context, gan, channels), gn_relu_layer(context),
                                           small_same(context, channels, channels)),
                             gn_identity_layer(context));
}

static gn_module *generator_input(gn_context *context, const small_gan *gan)
{
    if (gan->classes == 0)
        return gn_identity_layer(context);
    return gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), gn_identity_layer(context));
}

gn_module *small_generator(gn_context *context, const small_gan *gan)
{
    return gn_sequential(context, "generator", generator_input(context, gan),
                         dense(context, or_else(gan->latent, LATENT) + gan->classes, 7 * 7 * 4 * WIDTH),
                         generator_norm(context, gan, 7 * 7 * 4 * WIDTH), gn_relu_layer(context),
                         gn_reshape_layer(context, GN_SHAPE(7, 7, 4 * WIDTH)), residual(context, gan, 4 * WIDTH),
                         small_up(context, 4 * WIDTH, 2 * WIDTH), generator_norm(context, gan, 2 * WIDTH),
                         gn_relu_layer(context), residual(context, gan, 2 * WIDTH), small_up(context, 2 * WIDTH, WIDTH),
                         generator_norm(context, gan, WIDTH), gn_relu_layer(context),
                         small_same(context, WIDTH, or_else(gan->channels, 1)), gn_tanh_layer(context));
}

/* The label becomes a plane beside the picture. */
static gn_module *discriminator_input(gn_context *context, const small_gan *gan)
{
    if (gan->classes == 0)
        return gn_identity_layer(context);
    return gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context),
                   gn_sequential(context, "label", dense(context, gan->classes * or_else(gan->packing, 1), 28 * 28),
                                 gn_reshape_layer(context, GN_SHAPE(28, 28, 1))));
}

gn_module *small_batch_features(gn_context *context, small_batch_layer layer, int64_t *features)
{
    enum { KERNELS = 20 };
    const int64_t in = *features;
    if (layer == SMALL_NOTHING)
        return gn_identity_layer(context);
    *features += layer == SMALL_STDDEV ? 1 : KERNELS;
    if (layer == SMALL_STDDEV)
        return gn_minibatch_stddev_layer(context, 0);
    return gn_minibatch_discrimination_layer(context,
                                             &(gn_minibatch_discrimination_options){.in = in, .kernels = KERNELS});
}

gn_module *small_discriminator(gn_context *context, const small_gan *gan)
{
    const int64_t channels = or_else(gan->channels, 1) * or_else(gan->packing, 1) + (gan->classes > 0);
    int64_t features = 7 * 7 * 2 * WIDTH;
    gn_module *batch = small_batch_features(context, gan->batch_layer, &features);
    return gn_sequential(context, "discriminator", discriminator_input(context, gan),
                         small_down(context, channels, WIDTH), gn_leaky_relu_layer(context, 0.2f),
                         small_down(context, WIDTH, 2 * WIDTH), norm(context, gan, 2 * WIDTH, gan->plain_judge),
                         gn_leaky_relu_layer(context, 0.2f), gn_flatten_layer(context), batch,
                         dense(context, features, 1));
}
