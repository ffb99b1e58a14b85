/* SPDX-License-Identifier: MIT */
/* examples/common/dcgan_network.c - the conditional DC-GAN, layer by layer (after Radford et al. 2016 and Mirza & Osindero 2014). */
#include "common/dcgan_network.h"

static const gn_init weights = {.kind = GN_INIT_NORMAL, .scale = 0.02f};

static gn_module *norm(gn_context *context, int64_t size, float momentum, const char *name)
{
    return gn_batch_norm_layer(
        context, &(gn_batch_norm_options){.size = size, .momentum = momentum, .epsilon = 1e-3f, .name = name});
}

/* Twice the height and width. No bias: a batch norm follows. */
static gn_module *up(gn_context *context, int64_t in, int64_t out, const char *name)
{
    return gn_conv_transpose2d_layer(context, &(gn_conv2d_options){.in = in,
                                                                  .out = out,
                                                                  .kernel = 4,
                                                                  .stride = 2,
                                                                  .padding = 1,
                                                                  .no_bias = true,
                                                                  .weight_init = weights,
                                                                  .name = name});
}

gn_module *dcgan_generator(gn_context *context, float momentum)
{
    return gn_sequential(
        context, "generator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), gn_identity_layer(context)),
        gn_dense_layer(context, &(gn_dense_options){.in = DCGAN_LATENT + DCGAN_CLASSES,
                                                    .out = 7 * 7 * 256,
                                                    .no_bias = true,
                                                    .weight_init = weights,
                                                    .name = "project"}),
        norm(context, 7 * 7 * 256, momentum, "norm0"), gn_relu_layer(context), gn_reshape_layer(context, GN_SHAPE(7, 7, 256)),
        up(context, 256, 128, "up1"), norm(context, 128, momentum, "norm1"), gn_relu_layer(context),
        up(context, 128, 64, "up2"), norm(context, 64, momentum, "norm2"), gn_relu_layer(context),
        gn_conv2d_layer(context, &(gn_conv2d_options){.in = 64,
                                                      .out = 1,
                                                      .kernel = 3,
                                                      .padding = 1,
                                                      .weight_init = weights,
                                                      .name = "picture"}),
        gn_tanh_layer(context));
}

/* Half the height and width. */
static gn_module *down(gn_context *context, int64_t in, int64_t out, bool no_bias, const char *name)
{
    return gn_conv2d_layer(context, &(gn_conv2d_options){.in = in,
                                                         .out = out,
                                                         .kernel = 4,
                                                         .stride = 2,
                                                         .padding = 1,
                                                         .no_bias = no_bias,
                                                         .weight_init = weights,
                                                         .name = name});
}

/* The label becomes a plane beside the picture. */
static gn_module *label_plane(gn_context *context)
{
    return gn_sequential(context, "label",
                         gn_dense_layer(context, &(gn_dense_options){.in = DCGAN_CLASSES,
                                                                     .out = 28 * 28,
                                                                     .weight_init = weights,
                                                                     .name = "project"}),
                         gn_reshape_layer(context, GN_SHAPE(28, 28, 1)));
}

gn_module *dcgan_discriminator(gn_context *context, float momentum)
{
    return gn_sequential(
        context, "discriminator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), label_plane(context)),
        down(context, 2, 64, false, "down1"), gn_leaky_relu_layer(context, 0.2f),
        down(context, 64, 128, true, "down2"), norm(context, 128, momentum, "norm2"), gn_leaky_relu_layer(context, 0.2f),
        gn_flatten_layer(context),
        gn_dense_layer(context, &(gn_dense_options){.in = 7 * 7 * 128, .out = 1, .weight_init = weights, .name = "logit"}));
}

gn_gan_options dcgan_options(gn_module *generator, gn_module *discriminator, uint64_t seed)
{
    const gn_optimizer_options adam = {.rate = 2e-4f, .beta1 = 0.5f, .beta2 = 0.999f};
    return (gn_gan_options){
        .generator = generator,
        .discriminator = discriminator,
        .classes = DCGAN_CLASSES,
        .latent = {.size = DCGAN_LATENT, .distribution = GN_LATENT_NORMAL},
        .loss = GN_GAN_NON_SATURATING,
        .real_target = 0.9f,
        .generator_optimizer = adam,
        .discriminator_optimizer = adam,
        .seed = seed,
    };
}
