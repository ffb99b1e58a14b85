/* SPDX-License-Identifier: MIT */
/* tests/gan/networks.h - tiny networks and data that the tests of this folder share. */
#ifndef GN_TESTS_GAN_NETWORKS_H
#define GN_TESTS_GAN_NETWORKS_H

#include <gannet/gannet.h>

enum { TINY_LATENT = 3, TINY_CLASSES = 2, TINY_SIDE = 4 };

/* noise [N,3], label [N,2] -> image [N,4,4,1], with a batch norm of the given momentum. */
static inline gn_module *tiny_generator(gn_context *context, float momentum)
{
    return gn_sequential(
        context, "generator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), gn_identity_layer(context)),
        gn_dense_layer(
            context,
            &(gn_dense_options){.in = TINY_LATENT + TINY_CLASSES, .out = 8, .no_bias = true, .name = "project"}),
        gn_reshape_layer(context, GN_SHAPE(2, 2, 2)),
        gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 2, .momentum = momentum, .name = "norm"}),
        gn_relu_layer(context),
        gn_conv_transpose2d_layer(
            context, &(gn_conv2d_options){.in = 2, .out = 1, .kernel = 4, .stride = 2, .padding = 1, .name = "up"}),
        gn_tanh_layer(context));
}

/* image [N,4,4,1], label [N,2] -> logit [N,1], with batch norm and dropout. */
static inline gn_module *tiny_discriminator(gn_context *context, float dropout)
{
    return gn_sequential(
        context, "discriminator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context),
                gn_sequential(
                    context, "label",
                    gn_dense_layer(context, &(gn_dense_options){.in = TINY_CLASSES, .out = TINY_SIDE * TINY_SIDE}),
                    gn_reshape_layer(context, GN_SHAPE(TINY_SIDE, TINY_SIDE, 1)))),
        gn_conv2d_layer(
            context,
            &(gn_conv2d_options){
                .in = 2, .out = 3, .kernel = 4, .stride = 2, .padding = 1, .no_bias = true, .name = "conv"}),
        gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 3, .name = "norm"}),
        gn_leaky_relu_layer(context, 0.2f), gn_flatten_layer(context), gn_dropout_layer(context, dropout),
        gn_dense_layer(context, &(gn_dense_options){.in = 12, .out = 1, .name = "logit"}));
}

/* The same without batch norm and dropout. */
static inline gn_module *tiny_critic(gn_context *context)
{
    return gn_sequential(
        context, "discriminator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context),
                gn_sequential(
                    context, "label",
                    gn_dense_layer(context, &(gn_dense_options){.in = TINY_CLASSES, .out = TINY_SIDE * TINY_SIDE}),
                    gn_reshape_layer(context, GN_SHAPE(TINY_SIDE, TINY_SIDE, 1)))),
        gn_conv2d_layer(
            context, &(gn_conv2d_options){.in = 2, .out = 3, .kernel = 4, .stride = 2, .padding = 1, .name = "conv"}),
        gn_leaky_relu_layer(context, 0.2f), gn_flatten_layer(context),
        gn_dense_layer(context, &(gn_dense_options){.in = 12, .out = 1, .name = "logit"}));
}

/* A batch of count images whose class decides which half is bright; owned by the caller. */
typedef struct tiny_data {
    gn_tensor *images, *labels;
    gn_batch batch;
} tiny_data;

static inline tiny_data tiny_data_new(gn_context *context, int64_t count, uint64_t seed)
{
    tiny_data data = {.images = gn_tensor_new(context, GN_SHAPE(count, TINY_SIDE, TINY_SIDE, 1)),
                      .labels = gn_tensor_new(context, GN_SHAPE(count))};
    gn_random random = {.seed = seed, .stream = 99};
    const int64_t pixels = TINY_SIDE * TINY_SIDE;
    for (int64_t i = 0; data.images != NULL && data.labels != NULL && i < count; i++) {
        const gn_real label = (gn_real)(i % TINY_CLASSES);
        gn_tensor_data(data.labels)[i] = label;
        for (int64_t p = 0; p < pixels; p++) {
            const bool bright = (p < pixels / 2) == (label == 0);
            gn_tensor_data(data.images)[i * pixels + p] = (bright ? 0.8f : -0.8f) + 0.1f * gn_random_normal(&random);
        }
    }
    data.batch = (gn_batch){.images = data.images, .labels = data.labels, .size = count};
    return data;
}

static inline void tiny_data_free(tiny_data *data)
{
    gn_tensor_free(data->images);
    gn_tensor_free(data->labels);
}

/* A gan over the two networks; *generator and *discriminator are the caller's to free after it. */
static inline gn_gan_options tiny_options(gn_context *context, float momentum)
{
    return (gn_gan_options){
        .generator = tiny_generator(context, momentum),
        .discriminator = tiny_discriminator(context, 0.25f),
        .classes = TINY_CLASSES,
        .latent = {.size = TINY_LATENT},
        .real_target = 0.9f,
        .generator_optimizer = {.rate = 2e-3f},
        .discriminator_optimizer = {.rate = 2e-3f},
    };
}

#endif
