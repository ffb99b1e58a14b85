/* SPDX-License-Identifier: MIT */
/* examples/common/mixture_game.c - points of a mixture of normal distributions, and two networks that play for them. */
#include "common/mixture_game.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HIDDEN = 400, UNITS = 200, PIECES = 5, POINTS = 100000 };

/* Of a layer of maxout units: 1 / sqrt(UNITS), which keeps the size of what passes. */
static const gn_init weights = {.kind = GN_INIT_NORMAL, .scale = 0.07f};

/* What is different in the game for each shape. */
static const struct {
    float extent;    /* how far out the outermost modes are along an axis */
    float deviation; /* of a mode */
    float turning;   /* G's hidden weights are drawn so wide: the wider, the less a step of Adam's turns them */
    float logit;     /* D's last weights are drawn so wide */
    float rate;      /* G's, in D's */
    float epsilon;   /* of Adam */
    float noise;     /* a quarter of the distance between modes */
    int modes;
    int batch; /* where nothing else is said */
    gn_gan_loss loss;
} shapes[] = {
    [MIXTURE_RING] = {.extent = 1,
                      .deviation = 0.01f,
                      .turning = 0.1f,
                      .logit = 0.07f,
                      .rate = 4,
                      .epsilon = 1e-8f,
                      .noise = 0.2f,
                      .modes = 8,
                      .batch = 128,
                      .loss = GN_GAN_NON_SATURATING},
    [MIXTURE_GRID] = {.extent = 4,
                      .deviation = 0.05f,
                      .turning = 0.4f,
                      .logit = 0.02f,
                      .rate = 6,
                      .epsilon = 1e-5f,
                      .noise = 0.5f,
                      .modes = 25,
                      .batch = 64,
                      .loss = GN_GAN_RELATIVISTIC},
};

/* --- points ------------------------------------------------------------------------------------------------------- */

double mixture_deviation(mixture_shape shape)
{
    return (double)shapes[shape].deviation;
}

static void centre_of(mixture_shape shape, int mode, float *centre)
{
    const double angle = 2 * acos(-1.0) * mode / 8;
    centre[0] = shape == MIXTURE_RING ? (float)cos(angle) : (float)(2 * (mode / 5) - 4);
    centre[1] = shape == MIXTURE_RING ? (float)sin(angle) : (float)(2 * (mode % 5) - 4);
}

gn_tensor *mixture_centres(gn_context *context, mixture_shape shape)
{
    gn_tensor *centres = gn_tensor_new(context, GN_SHAPE(shapes[shape].modes, 2));
    for (int mode = 0; centres != NULL && mode < shapes[shape].modes; mode++)
        centre_of(shape, mode, gn_tensor_data(centres) + 2 * mode);
    return centres;
}

int64_t mixture_batch(mixture_shape shape)
{
    return shapes[shape].batch;
}

typedef struct source {
    mixture_shape shape;
    uint64_t seed;
} source;

static gn_status point(const void *user, int64_t index, gn_real *image, int *label)
{
    const source *s = user;
    gn_random random = {.seed = s->seed, .stream = (uint64_t)index};
    const float deviation = shapes[s->shape].deviation;
    *label = (int)gn_random_integer(&random, (uint32_t)shapes[s->shape].modes);
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
    const gn_dataset_source points = {.count = POINTS,
                                      .height = 1,
                                      .width = 1,
                                      .channels = 2,
                                      .classes = shapes[shape].modes,
                                      .item = point,
                                      .free_user = free_source,
                                      .user = s};
    return gn_dataset_new(context, &points);
}

/* --- networks ----------------------------------------------------------------------------------------------------- */

/* dense -> batch norm -> ReLU. The norm hides the scale of the weights. */
static gn_module *hidden(gn_context *context, mixture_shape shape, int64_t in)
{
    const gn_init turned_slowly = {.kind = GN_INIT_NORMAL, .scale = shapes[shape].turning};
    return gn_sequential(
        context, NULL,
        gn_dense_layer(context,
                       &(gn_dense_options){.in = in, .out = HIDDEN, .no_bias = true, .weight_init = turned_slowly}),
        gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = HIDDEN, .momentum = 0.95f}),
        gn_relu_layer(context));
}

gn_module *mixture_generator(gn_context *context, mixture_shape shape)
{
    const gn_init as_wide_as_the_points = {.kind = GN_INIT_NORMAL, .scale = 0.0625f * shapes[shape].extent};
    return gn_sequential(
        context, "generator", hidden(context, shape, 2), hidden(context, shape, HIDDEN), hidden(context, shape, HIDDEN),
        hidden(context, shape, HIDDEN),
        gn_dense_layer(context, &(gn_dense_options){.in = HIDDEN, .out = 2, .weight_init = as_wide_as_the_points}),
        gn_reshape_layer(context, GN_SHAPE(1, 1, 2)));
}

static gn_module *maxout(gn_context *context, int64_t in, gn_init weight, gn_init bias)
{
    return gn_maxout_layer(
        context,
        &(gn_maxout_options){.in = in, .units = UNITS, .pieces = PIECES, .weight_init = weight, .bias_init = bias});
}

/* At first each unit looks at one point of a pack: its weights for the others are 0. */
static void look_at_one_point(gn_module *layer, int packing)
{
    gn_real *weight = gn_tensor_data(gn_parameter_value(gn_parameters(layer).items[0]));
    for (int64_t row = 0; row < 2 * packing; row++)
        for (int64_t unit = 0; unit < UNITS; unit++)
            if (unit % packing != row / 2)
                memset(weight + (row * UNITS + unit) * PIECES, 0, PIECES * sizeof *weight);
}

/* The first layer's pieces meet all over the points from the beginning. With PacGAN's weights and no biases they all
 * meet at 0, and that D needs the most steps to learn to look closely. */
static gn_module *look(gn_context *context, mixture_shape shape, int packing)
{
    gn_module *layer = maxout(context, 2 * packing,
                              (gn_init){.kind = GN_INIT_NORMAL, .scale = 0.6f / shapes[shape].extent},
                              (gn_init){.kind = GN_INIT_UNIFORM, .scale = 0.6f});
    if (layer != NULL)
        look_at_one_point(layer, packing);
    return layer;
}

static gn_module *discrimination(gn_context *context)
{
    return gn_minibatch_discrimination_layer(
        context, &(gn_minibatch_discrimination_options){.in = UNITS, .kernels = 50, .dimensions = 5});
}

/* The larger the groups, the more evenly G finds the modes (over 4 points of the grid some stayed rare); the smaller,
 * the better it knows which of them was at fault. */
static gn_module *stddev(gn_context *context)
{
    return gn_minibatch_stddev_layer(context, 8);
}

/* How many points D judges at once, what it is told of the batch, how far G looks ahead, how many steps there are where
 * nothing else is said (minutes each; a step that looks ahead takes four to seven times as long), and over which part
 * of them the noise fades: pairs of the grid need it longer to keep their modes. */
static const struct {
    const char *name;
    int packing;
    gn_module *(*layer)(gn_context *context);
    int added; /* features that the layer adds */
    int unrolled_steps;
    int steps[MIXTURE_SHAPES];
    float noise_part[MIXTURE_SHAPES];
} remedies[MIXTURE_REMEDIES] = {
    [MIXTURE_PLAIN] = {"plain", 1, NULL, 0, 0, {5000, 40000}, {0.5f, 0.3f}},
    [MIXTURE_PACKING2] = {"packing2", 2, NULL, 0, 0, {5000, 50000}, {0.5f, 0.5f}},
    [MIXTURE_DISCRIMINATION] = {"discrimination", 1, discrimination, 50, 0, {5000, 16000}, {0.5f, 0.3f}},
    [MIXTURE_STDDEV] = {"stddev", 1, stddev, 1, 0, {5000, 40000}, {0.5f, 0.3f}},
    [MIXTURE_UNROLLED] = {"unrolled", 1, NULL, 0, 3, {2500, 4000}, {0.5f, 0.3f}},
};

const char *mixture_remedy_name(mixture_remedy remedy)
{
    return remedies[remedy].name;
}

int64_t mixture_steps(mixture_shape shape, mixture_remedy remedy)
{
    return remedies[remedy].steps[shape];
}

gn_module *mixture_discriminator(gn_context *context, mixture_shape shape, mixture_remedy remedy)
{
    const gn_init no_bias = {0}, last = {.kind = GN_INIT_NORMAL, .scale = shapes[shape].logit};
    gn_module *batch = remedies[remedy].layer == NULL ? gn_identity_layer(context) : remedies[remedy].layer(context);
    return gn_sequential(
        context, "discriminator", gn_flatten_layer(context), look(context, shape, remedies[remedy].packing),
        maxout(context, UNITS, weights, no_bias), batch,
        maxout(context, UNITS + remedies[remedy].added, weights, no_bias),
        gn_dense_layer(context, &(gn_dense_options){.in = UNITS, .out = 1, .weight_init = last, .name = "logit"}));
}

/* PacGAN's rate is 1e-4 for 400,000 steps. Here it is ten times that for D and more for G, whose gains, shifts and last
 * layer have a long way to go until its points jump from mode to mode; its hidden weights must not be turned as fast.
 * Half a cosine brings both rates down to a hundredth, because a step of Adam's must end up smaller than a mode. With a
 * momentum of 0.9 the two swing around each other. Where D of the grid is sure its gradients vanish; with an epsilon of
 * 1e-8 its steps did not, and it forgot what it had learned. Noise that fades keeps D from leading G into the first
 * modes that it sees. */
gn_gan_options mixture_options(gn_module *generator, gn_module *discriminator, mixture_shape shape,
                               mixture_remedy remedy, int64_t steps)
{
    gn_optimizer_options adam = {
        .rate = 1e-3f,
        .beta1 = 0.5f,
        .beta2 = 0.99f,
        .epsilon = shapes[shape].epsilon,
        .schedule = {.kind = GN_SCHEDULE_COSINE, .steps = steps, .last = 0.01f},
    };
    gn_gan_options options = {
        .generator = generator,
        .discriminator = discriminator,
        .latent = {.size = 2},
        .loss = shapes[shape].loss,
        .instance_noise = shapes[shape].noise,
        .instance_noise_steps = (int64_t)(remedies[remedy].noise_part[shape] * (float)steps) + 1,
        .packing = remedies[remedy].packing,
        .unrolled_steps = remedies[remedy].unrolled_steps,
        .discriminator_optimizer = adam,
        .average_decay = 0.995f,
    };
    adam.rate *= shapes[shape].rate;
    options.generator_optimizer = adam;
    return options;
}
