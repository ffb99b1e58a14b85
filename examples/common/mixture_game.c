/* SPDX-License-Identifier: MIT */
/* examples/common/mixture_game.c - points of a mixture of normal distributions, and two networks that play for them. */
#include "common/mixture_game.h"

#include <math.h>
#include <stdlib.h>

enum { HIDDEN = 400, UNITS = 200, PIECES = 5, POINTS = 100000 };

static const gn_init weights = {.kind = GN_INIT_NORMAL, .scale = 0.02f};

/* --- points ------------------------------------------------------------------------------------------------------------------------ */

static int modes_of(mixture_shape shape)
{
    return shape == MIXTURE_RING ? 8 : 25;
}

double mixture_deviation(mixture_shape shape)
{
    return shape == MIXTURE_RING ? 0.01 : 0.05;
}

static void centre_of(mixture_shape shape, int mode, float *centre)
{
    const double angle = 2 * acos(-1.0) * mode / 8;
    centre[0] = shape == MIXTURE_RING ? (float)cos(angle) : (float)(2 * (mode / 5) - 4);
    centre[1] = shape == MIXTURE_RING ? (float)sin(angle) : (float)(2 * (mode % 5) - 4);
}

gn_tensor *mixture_centres(gn_context *context, mixture_shape shape)
{
    gn_tensor *centres = gn_tensor_new(context, GN_SHAPE(modes_of(shape), 2));
    for (int mode = 0; centres != NULL && mode < modes_of(shape); mode++)
        centre_of(shape, mode, gn_tensor_data(centres) + 2 * mode);
    return centres;
}

typedef struct source {
    mixture_shape shape;
    uint64_t seed;
} source;

static gn_status point(const void *user, int64_t index, gn_real *image, int *label)
{
    const source *s = user;
    gn_random random = {.seed = s->seed, .stream = (uint64_t)index};
    const float deviation = (float)mixture_deviation(s->shape);
    *label = (int)gn_random_integer(&random, (uint32_t)modes_of(s->shape));
    centre_of(s->shape, *label, image);
    image[0] += deviation * gn_random_normal(&random);
    image[1] += deviation * gn_random_normal(&random);
    return GN_OK;
}

static void free_source(gn_context *context, void *user)
{
    (void)context;
    free(user);
}

gn_dataset *mixture_points(gn_context *context, mixture_shape shape, uint64_t seed)
{
    source *s = malloc(sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (source){shape, seed};
    return gn_dataset_new(context, &(gn_dataset_source){.count = POINTS,
                                                        .height = 1,
                                                        .width = 1,
                                                        .channels = 2,
                                                        .classes = modes_of(shape),
                                                        .item = point,
                                                        .free_user = free_source,
                                                        .user = s});
}

/* --- networks ---------------------------------------------------------------------------------------------------------------------- */

/* dense -> batch norm -> ReLU. */
static gn_module *hidden(gn_context *context, int64_t in)
{
    return gn_sequential(
        context, NULL,
        gn_dense_layer(context, &(gn_dense_options){.in = in, .out = HIDDEN, .no_bias = true, .weight_init = weights}),
        gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = HIDDEN, .momentum = 0.95f}),
        gn_relu_layer(context));
}

gn_module *mixture_generator(gn_context *context)
{
    return gn_sequential(context, "generator", hidden(context, 2), hidden(context, HIDDEN), hidden(context, HIDDEN),
                         hidden(context, HIDDEN),
                         gn_dense_layer(context, &(gn_dense_options){.in = HIDDEN, .out = 2, .weight_init = weights}),
                         gn_reshape_layer(context, GN_SHAPE(1, 1, 2)));
}

static gn_module *maxout(gn_context *context, int64_t in)
{
    return gn_maxout_layer(context,
                           &(gn_maxout_options){.in = in, .units = UNITS, .pieces = PIECES, .weight_init = weights});
}

static gn_module *discrimination(gn_context *context)
{
    return gn_minibatch_discrimination_layer(
        context, &(gn_minibatch_discrimination_options){.in = UNITS, .kernels = 50, .dimensions = 5});
}

/* How many points D judges at once, what it is told of the batch, and how far G looks ahead. */
static const struct {
    const char *name;
    int packing;
    gn_module *(*layer)(gn_context *context);
    int added; /* features that the layer adds */
    int unrolled_steps;
} remedies[MIXTURE_REMEDIES] = {
    [MIXTURE_PLAIN] = {"plain", 1, NULL, 0, 0},
    [MIXTURE_PACKING2] = {"packing2", 2, NULL, 0, 0},
    [MIXTURE_DISCRIMINATION] = {"discrimination", 1, discrimination, 50, 0},
    [MIXTURE_STDDEV] = {"stddev", 1, gn_minibatch_stddev_layer, 1, 0},
    [MIXTURE_UNROLLED] = {"unrolled", 1, NULL, 0, 3},
};

const char *mixture_remedy_name(mixture_remedy remedy)
{
    return remedies[remedy].name;
}

gn_module *mixture_discriminator(gn_context *context, mixture_remedy remedy)
{
    gn_module *batch = remedies[remedy].layer == NULL ? gn_identity_layer(context) : remedies[remedy].layer(context);
    return gn_sequential(
        context, "discriminator", gn_flatten_layer(context), maxout(context, 2 * remedies[remedy].packing),
        maxout(context, UNITS), batch, maxout(context, UNITS + remedies[remedy].added),
        gn_dense_layer(context, &(gn_dense_options){.in = UNITS, .out = 1, .weight_init = weights, .name = "logit"}));
}

gn_gan_options mixture_options(gn_module *generator, gn_module *discriminator, mixture_shape shape,
                               mixture_remedy remedy, int64_t steps)
{
    const gn_optimizer_options adam = {
        .rate = 2e-3f, .beta1 = 0.2f, .schedule = {.kind = GN_SCHEDULE_LINEAR, .steps = steps, .last = 0.01f}};
    return (gn_gan_options){
        .generator = generator,
        .discriminator = discriminator,
        .latent = {.size = 2},
        .instance_noise = shape == MIXTURE_RING ? 0.2f : 0.5f,
        .instance_noise_steps = steps * 3 / 5 + 1,
        .packing = remedies[remedy].packing,
        .unrolled_steps = remedies[remedy].unrolled_steps,
        .generator_optimizer = adam,
        .discriminator_optimizer = adam,
        .average_decay = 0.999f,
    };
}
