/* SPDX-License-Identifier: MIT */
/* examples/common/dcgan_network.c - the conditional DC-GAN, layer by layer (after Radford et al. 2016 and Mirza & Osindero 2014). */
#include "common/dcgan_network.h"

static const gn_init weights = {.kind = GN_INIT_NORMAL, .scale = 0.02f};

float dcgan_momentum(dcgan_variant variant)
{
    return variant == DCGAN_SIMPLE ? 0.99f : 0.8f;
}

/* A batch norm subtracts the mean, and so would undo the bias of the layer before it. */
typedef enum bias_kind { WITH_BIAS, NO_BIAS } bias_kind;

static gn_module *dense(gn_context *context, int64_t in, int64_t out, bias_kind bias, const char *name)
{
    const gn_dense_options options = {
        .in = in, .out = out, .no_bias = bias == NO_BIAS, .weight_init = weights, .name = name};
    return gn_dense_layer(context, &options);
}

static gn_module *norm(gn_context *context, int64_t size, float momentum, const char *name)
{
    const gn_batch_norm_options options = {.size = size, .momentum = momentum, .epsilon = 1e-3f, .name = name};
    return gn_batch_norm_layer(context, &options);
}

/* Kernel 4, stride 2 and padding 1: half the height and width as a convolution, twice as its transpose. */
static gn_conv2d_options by_two(int64_t in, int64_t out, bias_kind bias, const char *name)
{
    return (gn_conv2d_options){.in = in,
                               .out = out,
                               .kernel = 4,
                               .stride = 2,
                               .padding = 1,
                               .no_bias = bias == NO_BIAS,
                               .weight_init = weights,
                               .name = name};
}

static gn_module *up(gn_context *context, int64_t in, int64_t out, const char *name)
{
    const gn_conv2d_options options = by_two(in, out, NO_BIAS, name);
    return gn_conv_transpose2d_layer(context, &options);
}

static gn_module *down(gn_context *context, int64_t in, int64_t out, bias_kind bias, const char *name)
{
    const gn_conv2d_options options = by_two(in, out, bias, name);
    return gn_conv2d_layer(context, &options);
}

static gn_module *picture(gn_context *context, int64_t in)
{
    const gn_conv2d_options options = {
        .in = in, .out = 1, .kernel = 3, .padding = 1, .weight_init = weights, .name = "picture"};
    return gn_conv2d_layer(context, &options);
}

/* clang-format off: one line for what belongs together, with the shape that comes out */

gn_module *dcgan_generator(gn_context *context, float momentum)
{
    return gn_sequential(
        context, "generator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), gn_identity_layer(context)), /* [N,110] */
        dense(context, DCGAN_LATENT + DCGAN_CLASSES, 7 * 7 * 256, NO_BIAS, "project"),
        norm(context, 7 * 7 * 256, momentum, "norm0"), gn_relu_layer(context),
        gn_reshape_layer(context, GN_SHAPE(7, 7, 256)),                                              /* [N,7,7,256] */
        up(context, 256, 128, "up1"), norm(context, 128, momentum, "norm1"), gn_relu_layer(context), /* [N,14,14,128] */
        up(context, 128, 64, "up2"), norm(context, 64, momentum, "norm2"), gn_relu_layer(context),   /* [N,28,28,64] */
        picture(context, 64), gn_tanh_layer(context));                                               /* [N,28,28,1] */
}

/* The label becomes a plane beside the picture. */
static gn_module *label_plane(gn_context *context)
{
    return gn_sequential(context, "label", dense(context, DCGAN_CLASSES, 28 * 28, WITH_BIAS, "project"),
                         gn_reshape_layer(context, GN_SHAPE(28, 28, 1)));
}

/* A critic with a gradient penalty must not look at the batch. */
static gn_module *norm_unless_critic(gn_context *context, dcgan_variant variant)
{
    return variant == DCGAN_WGAN_GP ? gn_identity_layer(context) : norm(context, 128, dcgan_momentum(variant), "norm2");
}

gn_module *dcgan_discriminator(gn_context *context, dcgan_variant variant)
{
    return gn_sequential(
        context, "discriminator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), label_plane(context)), /* [N,28,28,2] */
        down(context, 2, 64, WITH_BIAS, "down1"), gn_leaky_relu_layer(context, 0.2f),                /* [N,14,14,64] */
        down(context, 64, 128, variant == DCGAN_WGAN_GP ? WITH_BIAS : NO_BIAS, "down2"),
        norm_unless_critic(context, variant), gn_leaky_relu_layer(context, 0.2f),       /* [N,7,7,128] */
        gn_flatten_layer(context), dense(context, 7 * 7 * 128, 1, WITH_BIAS, "logit")); /* [N,1] */
}

/* clang-format on */

gn_gan_options dcgan_options(dcgan_variant variant, gn_module *generator, gn_module *discriminator, uint64_t seed)
{
    const bool critic = variant == DCGAN_WGAN_GP;
    const gn_optimizer_options adam = {.rate = 2e-4f, .beta1 = 0.5f, .beta2 = 0.999f};
    const gn_optimizer_options slower = {.rate = 1e-4f, .beta1 = 0.5f, .beta2 = 0.9f};
    return (gn_gan_options){
        .generator = generator,
        .discriminator = discriminator,
        .classes = DCGAN_CLASSES,
        .latent = {.size = DCGAN_LATENT, .distribution = GN_LATENT_NORMAL},
        .loss = critic ? GN_GAN_WASSERSTEIN : GN_GAN_NON_SATURATING,
        .real_target = critic ? 0 : 0.9f,
        .penalties[0].kind = critic ? GN_GAN_GRADIENT_PENALTY : GN_GAN_NO_PENALTY,
        .discriminator_steps = critic ? 5 : 1,
        .generator_optimizer = critic ? slower : adam,
        .discriminator_optimizer = critic ? slower : adam,
        .seed = seed,
    };
}
