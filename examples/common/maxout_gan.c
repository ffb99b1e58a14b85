/* SPDX-License-Identifier: MIT */
/* examples/common/maxout_gan.c - a generator of rectified layers and a discriminator of maxout layers. */
#include "common/maxout_gan.h"

static const gn_init generator_weights = {.kind = GN_INIT_UNIFORM, .scale = 0.05f};
static const gn_init discriminator_weights = {.kind = GN_INIT_UNIFORM, .scale = 0.005f};

/* --- layers of our own: the paper's numbers lie in [0,1], the library's in [-1,1] --------------------------------- */

static gn_var *to_unit(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module;
    (void)count;
    return gn_offset(gn_scale(inputs[0], 0.5f), 0.5f);
}

static gn_var *from_unit(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module;
    (void)count;
    return gn_offset(gn_scale(inputs[0], 2), -1);
}

static const gn_module_class to_unit_class = {.name = "to_unit", .forward = to_unit, .inputs = 1, .row_by_row = true};
static const gn_module_class from_unit_class = {
    .name = "from_unit", .forward = from_unit, .inputs = 1, .row_by_row = true};

static gn_module *range_layer(gn_context *context, const gn_module_class *range)
{
    return gn_module_complete(gn_module_new(context, range, NULL, 0));
}

/* --- networks ----------------------------------------------------------------------------------------------------- */

static gn_module *rectified(gn_context *context, const char *name, int64_t in, int64_t out)
{
    return gn_sequential(
        context, name,
        gn_dense_layer(context, &(gn_dense_options){.in = in, .out = out, .weight_init = generator_weights}),
        gn_relu_layer(context), gn_dropout_layer(context, 0.5f));
}

static gn_module *maxout(gn_context *context, const char *name, int64_t in, int64_t units, int64_t pieces)
{
    return gn_sequential(
        context, name,
        gn_maxout_layer(
            context,
            &(gn_maxout_options){.in = in, .units = units, .pieces = pieces, .weight_init = discriminator_weights}),
        gn_dropout_layer(context, 0.5f));
}

gn_module *maxout_generator(gn_context *context, const small_gan *networks)
{
    (void)networks;
    return gn_sequential(
        context, "generator",
        gn_join(context, "input", GN_JOIN_CONCAT,
                gn_sequential(context, "noise", range_layer(context, &to_unit_class),
                              rectified(context, NULL, MAXOUT_GAN_LATENT, 200)),
                rectified(context, "label", MAXOUT_GAN_CLASSES, 1000)),
        rectified(context, "joint", 1200, 1200),
        gn_dense_layer(
            context,
            &(gn_dense_options){.in = 1200, .out = 28 * 28, .weight_init = generator_weights, .name = "pixels"}),
        gn_sigmoid_layer(context), range_layer(context, &from_unit_class),
        gn_reshape_layer(context, GN_SHAPE(28, 28, 1)));
}

gn_module *maxout_discriminator(gn_context *context, const small_gan *networks)
{
    (void)networks;
    return gn_sequential(
        context, "discriminator",
        gn_join(context, "input", GN_JOIN_CONCAT,
                gn_sequential(context, "picture", range_layer(context, &to_unit_class), gn_flatten_layer(context),
                              maxout(context, NULL, 28 * 28, 240, 5)),
                maxout(context, "label", MAXOUT_GAN_CLASSES, 50, 5)),
        maxout(context, "joint", 290, 240, 4),
        gn_dense_layer(context, &(gn_dense_options){.in = 240, .out = 1, .weight_init = discriminator_weights}));
}
