/* SPDX-License-Identifier: MIT */
/* tests/bench/common/networks.c - networks that other programs train too, besides the example's DC-GAN. */
#include "common/networks.h"

static gn_module *dense(gn_context *context, int64_t in, int64_t out, const char *name)
{
    return gn_dense_layer(context, &(gn_dense_options){.in = in, .out = out, .name = name});
}

static gn_module *norm(gn_context *context, int64_t size, const char *name)
{
    const gn_batch_norm_options options = {.size = size, .momentum = 0.8f, .epsilon = 1e-3f, .name = name};
    return gn_batch_norm_layer(context, &options);
}

static gn_module *conv(gn_context *context, int64_t in, int64_t out, const char *name)
{
    return gn_conv2d_layer(context, &(gn_conv2d_options){.in = in, .out = out, .kernel = 3, .name = name});
}

/* The other input times what is learned for the label. */
static gn_module *times_label(gn_context *context, gn_module *other, int64_t size)
{
    const gn_embedding_options options = {.classes = NETWORK_CLASSES, .size = size, .name = "label"};
    return gn_join(context, "input", GN_JOIN_MULTIPLY, other, gn_embedding_layer(context, &options));
}

gn_module *mlp_generator(gn_context *context)
{
    return gn_sequential(
        context, "generator", times_label(context, gn_identity_layer(context), NETWORK_LATENT),
        dense(context, NETWORK_LATENT, 256, "dense1"), gn_leaky_relu_layer(context, 0.2f), norm(context, 256, "norm1"),
        dense(context, 256, 512, "dense2"), gn_leaky_relu_layer(context, 0.2f), norm(context, 512, "norm2"),
        dense(context, 512, 1024, "dense3"), gn_leaky_relu_layer(context, 0.2f), norm(context, 1024, "norm3"),
        dense(context, 1024, 784, "picture"), gn_tanh_layer(context), gn_reshape_layer(context, GN_SHAPE(28, 28, 1)));
}

gn_module *mlp_discriminator(gn_context *context, float dropout)
{
    return gn_sequential(
        context, "discriminator", times_label(context, gn_flatten_layer(context), 784),
        dense(context, 784, 512, "dense1"), gn_leaky_relu_layer(context, 0.2f), dense(context, 512, 512, "dense2"),
        gn_leaky_relu_layer(context, 0.2f), gn_dropout_layer(context, dropout), dense(context, 512, 512, "dense3"),
        gn_leaky_relu_layer(context, 0.2f), gn_dropout_layer(context, dropout), dense(context, 512, 1, "logit"));
}

gn_module *mnist_cnn(gn_context *context, float dropout)
{
    return gn_sequential(context, "classifier", conv(context, 1, 32, "conv1"),
                         gn_relu_layer(context),                                                 /* [N,26,26,32] */
                         conv(context, 32, 32, "conv2"), gn_relu_layer(context),                 /* [N,24,24,32] */
                         gn_max_pool2d_layer(context, 2, 2), gn_dropout_layer(context, dropout), /* [N,12,12,32] */
                         gn_flatten_layer(context), dense(context, 12 * 12 * 32, 128, "dense1"), gn_relu_layer(context),
                         gn_dropout_layer(context, dropout), dense(context, 128, NETWORK_CLASSES, "dense2"));
}
