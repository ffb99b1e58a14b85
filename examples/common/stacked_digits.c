/* SPDX-License-Identifier: MIT */
/* examples/common/stacked_digits.c - three digits as the channels of a picture. */
#include "common/stacked_digits.h"

#include <stdlib.h>

enum { PIXELS = 28 * 28, CHANNELS = 3, COUNT = 128000 };

static const gn_init weights = {.kind = GN_INIT_NORMAL, .scale = 0.02f};

/* --- pictures ----------------------------------------------------------------------------------------------------- */

typedef struct stack {
    gn_tensor *digits; /* [base,28,28,1] */
    uint64_t seed;
} stack;

static gn_status item(const void *user, int64_t index, gn_real *image, int *label)
{
    const stack *s = user;
    const uint32_t base = (uint32_t)gn_tensor_shape(s->digits).size[0];
    gn_random random = {.seed = s->seed, .stream = (uint64_t)index};
    for (int channel = 0; channel < CHANNELS; channel++) {
        const gn_real *digit = gn_tensor_values(s->digits) + (int64_t)gn_random_integer(&random, base) * PIXELS;
        for (int i = 0; i < PIXELS; i++)
            image[i * CHANNELS + channel] = digit[i];
    }
    *label = 0;
    return GN_OK;
}

static void free_stack(gn_context *context, void *user)
{
    stack *s = user;
    (void)context;
    gn_tensor_free(s->digits);
    free(s);
}

gn_dataset *stacked_digits(gn_context *context, gn_dataset *digits, int64_t base, uint64_t seed)
{
    stack *s = malloc(sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (stack){gn_tensor_new(context, GN_SHAPE(base, 28, 28, 1)), seed};
    if (s->digits == NULL || gn_dataset_gather(digits, NULL, 0, s->digits, NULL) != GN_OK) {
        free_stack(context, s);
        return NULL;
    }
    const gn_dataset_source stacks = {.count = COUNT,
                                      .height = 28,
                                      .width = 28,
                                      .channels = CHANNELS,
                                      .classes = 1,
                                      .item = item,
                                      .free_user = free_stack,
                                      .user = s};
    return gn_dataset_new(context, &stacks);
}

/* --- networks ----------------------------------------------------------------------------------------------------- */

static gn_module *norm(gn_context *context, int64_t size)
{
    return gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = size, .momentum = 0.9f});
}

static gn_module *up(gn_context *context, int64_t in, int64_t out, int64_t output_padding)
{
    return gn_sequential(context, NULL,
                         gn_conv_transpose2d_layer(context, &(gn_conv2d_options){.in = in,
                                                                                 .out = out,
                                                                                 .kernel = 3,
                                                                                 .stride = 2,
                                                                                 .padding = 1,
                                                                                 .output_padding = output_padding,
                                                                                 .weight_init = weights}),
                         norm(context, out), gn_relu_layer(context));
}

static gn_module *residual(gn_context *context, const small_gan *networks, int64_t channels)
{
    if (!networks->residual)
        return gn_identity_layer(context);
    return gn_residual_layer(context, NULL,
                             gn_sequential(context, NULL, small_same(context, channels, channels),
                                           norm(context, channels), gn_relu_layer(context),
                                           small_same(context, channels, channels)),
                             gn_identity_layer(context));
}

gn_module *stacked_generator(gn_context *context, const small_gan *networks)
{
    const gn_dense_options first = {.in = STACKED_LATENT, .out = 4 * 4 * 64, .weight_init = weights};
    return gn_sequential(context, "generator", gn_dense_layer(context, &first), norm(context, 4 * 4 * 64),
                         gn_relu_layer(context), gn_reshape_layer(context, GN_SHAPE(4, 4, 64)),
                         residual(context, networks, 64), up(context, 64, 32, 0), residual(context, networks, 32),
                         up(context, 32, 16, 1), up(context, 16, 8, 1), small_same(context, 8, CHANNELS),
                         gn_tanh_layer(context));
}

static gn_module *down(gn_context *context, int64_t in, int64_t out)
{
    return gn_conv2d_layer(
        context,
        &(gn_conv2d_options){.in = in, .out = out, .kernel = 3, .stride = 2, .padding = 1, .weight_init = weights});
}

gn_module *stacked_discriminator(gn_context *context, const small_gan *networks)
{
    const int64_t packing = networks->packing > 1 ? networks->packing : 1;
    int64_t features = 4 * 4 * 16;
    gn_module *batch = small_batch_features(context, networks->batch_layer, &features);
    return gn_sequential(
        context, "discriminator", down(context, CHANNELS * packing, 4), gn_leaky_relu_layer(context, 0.3f),
        down(context, 4, 8), norm(context, 8), gn_leaky_relu_layer(context, 0.3f), down(context, 8, 16),
        norm(context, 16), gn_leaky_relu_layer(context, 0.3f), gn_flatten_layer(context), batch,
        gn_dense_layer(context, &(gn_dense_options){.in = features, .out = 1, .weight_init = weights}));
}
