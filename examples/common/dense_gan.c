/* SPDX-License-Identifier: MIT */
/* examples/common/dense_gan.c - a generator and a discriminator of dense layers. */
#include "common/dense_gan.h"

static gn_module *hidden(gn_context *context, int64_t in, int64_t out)
{
    return gn_sequential(context, NULL, gn_dense_layer(context, &(gn_dense_options){.in = in, .out = out}),
                         gn_leaky_relu_layer(context, 0.2f));
}

gn_module *dense_generator(gn_context *context, const small_gan *networks)
{
    (void)networks;
    return gn_sequential(context, "generator", hidden(context, DENSE_GAN_LATENT, 256), hidden(context, 256, 512),
                         gn_dense_layer(context, &(gn_dense_options){.in = 512, .out = 28 * 28}),
                         gn_tanh_layer(context), gn_reshape_layer(context, GN_SHAPE(28, 28, 1)));
}

gn_module *dense_discriminator(gn_context *context, const small_gan *networks)
{
    (void)networks;
    return gn_sequential(context, "discriminator", gn_flatten_layer(context), hidden(context, 28 * 28, 512),
                         hidden(context, 512, 256), gn_dense_layer(context, &(gn_dense_options){.in = 256, .out = 1}));
}
