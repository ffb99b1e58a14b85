/* SPDX-License-Identifier: MIT */
/* examples/common/dcgan_network.c - the conditional DC-GAN, layer by layer (after Radford et al. 2016 and Mirza &
 * Osindero 2014). */
#include "common/dcgan_network.h"

#include <stdio.h>

const dcgan_pictures dcgan_digits = {28, 1, DCGAN_CLASSES};

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

static gn_module *digits_generator(gn_context *context, float momentum)
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
static gn_module *label_plane(gn_context *context, const dcgan_pictures *pictures)
{
    const int64_t size = pictures->size;
    return gn_sequential(context, "label", dense(context, pictures->classes, size * size, WITH_BIAS, "project"),
                         gn_reshape_layer(context, GN_SHAPE(size, size, 1)));
}

/* A critic with a gradient penalty must not look at the batch. */
static gn_module *norm_unless_critic(gn_context *context, dcgan_variant variant, int64_t size, const char *name)
{
    return variant == DCGAN_WGAN_GP ? gn_identity_layer(context) : norm(context, size, dcgan_momentum(variant), name);
}

static gn_module *digits_discriminator(gn_context *context, dcgan_variant variant)
{
    return gn_sequential(
        context, "discriminator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context),
                label_plane(context, &dcgan_digits)),                                 /* [N,28,28,2] */
        down(context, 2, 64, WITH_BIAS, "down1"), gn_leaky_relu_layer(context, 0.2f), /* [N,14,14,64] */
        down(context, 64, 128, variant == DCGAN_WGAN_GP ? WITH_BIAS : NO_BIAS, "down2"),
        norm_unless_critic(context, variant, 128, "norm2"), gn_leaky_relu_layer(context, 0.2f), /* [N,7,7,128] */
        gn_flatten_layer(context), dense(context, 7 * 7 * 128, 1, WITH_BIAS, "logit"));         /* [N,1] */
}

/* clang-format on */

/* --- 32x32 and 64x64: 4x4 pictures of 256 channels, twice as large and half as deep with every step --------------- */

enum { FIRST = 4, DEEPEST = 256, MAX_LAYERS = 24 };

/* Layers in the order in which they are applied. */
typedef struct chain {
    gn_module *layers[MAX_LAYERS];
    size_t count;
} chain;

static void add(chain *c, gn_module *layer)
{
    c->layers[c->count++] = layer;
}

static const char *numbered(const char *name, int number, char text[16])
{
    snprintf(text, 16, "%s%d", name, number);
    return text;
}

static gn_module *large_generator(gn_context *context, const dcgan_pictures *pictures, float momentum)
{
    chain c = {.count = 0};
    char name[16];
    int64_t depth = DEEPEST;
    add(&c, gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), gn_identity_layer(context)));
    add(&c, dense(context, DCGAN_LATENT + pictures->classes, FIRST * FIRST * DEEPEST, NO_BIAS, "project"));
    add(&c, norm(context, FIRST * FIRST * DEEPEST, momentum, "norm0"));
    add(&c, gn_relu_layer(context));
    add(&c, gn_reshape_layer(context, GN_SHAPE(FIRST, FIRST, DEEPEST)));
    int stage = 1;
    for (int64_t size = 2 * FIRST; size < pictures->size; size *= 2, depth /= 2, stage++) {
        add(&c, up(context, depth, depth / 2, numbered("up", stage, name)));
        add(&c, norm(context, depth / 2, momentum, numbered("norm", stage, name)));
        add(&c, gn_relu_layer(context));
    }
    const gn_conv2d_options last = by_two(depth, pictures->channels, WITH_BIAS, "picture");
    add(&c, gn_conv_transpose2d_layer(context, &last));
    add(&c, gn_tanh_layer(context));
    return gn_sequential_layer(context, "generator", c.layers, c.count);
}

static gn_module *large_discriminator(gn_context *context, const dcgan_pictures *pictures, dcgan_variant variant)
{
    chain c = {.count = 0};
    char name[16];
    int64_t depth = DEEPEST * 2 * FIRST / pictures->size;
    add(&c, gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), label_plane(context, pictures)));
    add(&c, down(context, pictures->channels + 1, depth, WITH_BIAS, "down1"));
    add(&c, gn_leaky_relu_layer(context, 0.2f));
    for (int stage = 2; depth < DEEPEST; depth *= 2, stage++) {
        const bias_kind bias = variant == DCGAN_WGAN_GP ? WITH_BIAS : NO_BIAS;
        add(&c, down(context, depth, 2 * depth, bias, numbered("down", stage, name)));
        add(&c, norm_unless_critic(context, variant, 2 * depth, numbered("norm", stage, name)));
        add(&c, gn_leaky_relu_layer(context, 0.2f));
    }
    add(&c, gn_flatten_layer(context));
    add(&c, dense(context, FIRST * FIRST * DEEPEST, 1, WITH_BIAS, "logit"));
    return gn_sequential_layer(context, "discriminator", c.layers, c.count);
}

/* --- which of them ------------------------------------------------------------------------------------------------ */

static bool is_digits(const dcgan_pictures *pictures)
{
    return pictures->size == dcgan_digits.size;
}

bool dcgan_has_network(const dcgan_pictures *pictures)
{
    if (is_digits(pictures))
        return pictures->channels == 1 && pictures->classes == DCGAN_CLASSES;
    return (pictures->size == 32 || pictures->size == 64) && pictures->channels >= 1 &&
           pictures->channels <= DCGAN_MAX_CHANNELS && pictures->classes >= 1 && pictures->classes <= DCGAN_MAX_CLASSES;
}

gn_module *dcgan_generator(gn_context *context, const dcgan_pictures *pictures, float momentum)
{
    return is_digits(pictures) ? digits_generator(context, momentum) : large_generator(context, pictures, momentum);
}

gn_module *dcgan_discriminator(gn_context *context, const dcgan_pictures *pictures, dcgan_variant variant)
{
    return is_digits(pictures) ? digits_discriminator(context, variant)
                               : large_discriminator(context, pictures, variant);
}

gn_gan_options dcgan_options(dcgan_variant variant, int64_t classes, gn_module *generator, gn_module *discriminator,
                             uint64_t seed)
{
    const bool critic = variant == DCGAN_WGAN_GP;
    const gn_optimizer_options adam = {.rate = 2e-4f, .beta1 = 0.5f, .beta2 = 0.999f};
    const gn_optimizer_options slower = {.rate = 1e-4f, .beta1 = 0.5f, .beta2 = 0.9f};
    return (gn_gan_options){
        .generator = generator,
        .discriminator = discriminator,
        .classes = classes,
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
