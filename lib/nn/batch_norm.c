/* SPDX-License-Identifier: MIT */
/* lib/nn/batch_norm.c - batch normalisation: the batch's statistics, or their running averages. */
#include "nn/batch_norm.h"

typedef struct batch_norm {
    gn_parameter *weight, *bias;
    gn_tensor *running_mean, *running_variance;
    gn_tensor *mean, *variance; /* of the last batch */
    gn_real momentum, epsilon;
    gn_real slope; /* of the activation that follows; 1: none */
} batch_norm;

static void move(gn_tensor *running, const gn_tensor *batch, gn_real momentum)
{
    gn_real *average = gn_tensor_data(running);
    const gn_real *value = gn_tensor_values(batch);
    for (int64_t c = 0; c < gn_tensor_count(running); c++)
        average[c] = momentum * average[c] + (1 - momentum) * value[c];
}

static gn_var *by_batch(const batch_norm *layer, gn_var *x, gn_var *gamma, gn_var *beta, bool update)
{
    gn_var *y = gn_batch_norm(x, gamma, beta, layer->epsilon, layer->slope, gn_tensor_data(layer->mean),
                              gn_tensor_data(layer->variance));
    if (update && gn_tape_status(gn_var_tape(x)) == GN_OK) {
        move(layer->running_mean, layer->mean, layer->momentum);
        move(layer->running_variance, layer->variance, layer->momentum);
    }
    return y;
}

/* (x - mean) gamma / sqrt(variance + epsilon) + beta, with all but two ops on [C]. The averages are copied, since a later
 * call may move them while this value is still in use. */
static gn_var *by_average(const batch_norm *layer, gn_var *x, gn_var *gamma, gn_var *beta)
{
    gn_tape *tape = gn_var_tape(x);
    const gn_shape shape = gn_tensor_shape(layer->running_mean);
    gn_var *mean = gn_values(tape, shape, gn_tensor_values(layer->running_mean));
    gn_var *variance = gn_values(tape, shape, gn_tensor_values(layer->running_variance));
    gn_var *factor = gn_div(gamma, gn_sqrt(gn_offset(variance, layer->epsilon)));
    gn_var *y = gn_add(gn_mul(x, factor), gn_sub(beta, gn_mul(mean, factor)));
    return layer->slope == 1 ? y : gn_leaky_relu(y, layer->slope);
}

/* Broadcasting would let a wrong number of channels pass when one side has a single one. */
static bool check_input(const gn_module *module, const batch_norm *layer, gn_var *x)
{
    const gn_shape shape = gn_var_shape(x);
    const long long channels = gn_tensor_count(layer->running_mean);
    char text[64];
    if (shape.rank >= 2 && shape.size[shape.rank - 1] == channels)
        return true;
    gn_tape_fail(gn_var_tape(x), GN_ERROR_SHAPE, "batch_norm '%s': input %s, expected rank 2 or more and %lld channels",
                 gn_module_name(module), gn_shape_text(shape, text, sizeof text), channels);
    return false;
}

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const batch_norm *layer = gn_module_state(module);
    gn_var *x = inputs[0];
    if (!check_input(module, layer, x))
        return x;
    gn_var *gamma = gn_parameter_var(gn_var_tape(x), layer->weight);
    gn_var *beta = gn_parameter_var(gn_var_tape(x), layer->bias);
    const gn_statistics statistics = gn_module_statistics(module);
    if (statistics == GN_STATISTICS_RUNNING)
        return by_average(layer, x, gamma, beta);
    return by_batch(layer, x, gamma, beta, statistics == GN_STATISTICS_BATCH_UPDATE);
}

static void free_state(gn_module *module)
{
    const batch_norm *layer = gn_module_state(module);
    gn_tensor_free(layer->mean);
    gn_tensor_free(layer->variance);
}

static const gn_module_class batch_norm_class = {
    .name = "batch_norm", .forward = forward, .free_state = free_state, .inputs = 1};

bool gn__is_batch_norm(const gn_module *module)
{
    return gn_module_get_class(module) == &batch_norm_class;
}

gn_var *gn__batch_norm_apply(gn_module *module, gn_var *x, gn_real slope)
{
    batch_norm *layer = gn_module_state(module);
    layer->slope = slope;
    x = gn_apply(module, x);
    layer->slope = 1;
    return x;
}

static gn_status check(gn_context *context, const gn_batch_norm_options *options)
{
    if (options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "batch_norm: options is NULL");
    if (gn_shape_count(GN_SHAPE(options->size)) == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "batch_norm: size is %lld, expected at least 1",
                               (long long)options->size);
    if (!(options->momentum >= 0 && options->momentum < 1))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "batch_norm: momentum is %g, expected 0 < momentum < 1",
                               (double)options->momentum);
    if (!(options->epsilon >= 0 && options->epsilon < 1))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "batch_norm: epsilon is %g, expected 0 < epsilon < 1",
                               (double)options->epsilon);
    return GN_OK;
}

gn_module *gn_batch_norm_layer(gn_context *context, const gn_batch_norm_options *options)
{
    if (check(context, options) != GN_OK)
        return NULL;
    gn_module *module = gn_module_new(context, &batch_norm_class, options->name, sizeof(batch_norm));
    if (module == NULL)
        return NULL;
    batch_norm *layer = gn_module_state(module);
    const gn_shape shape = GN_SHAPE(options->size);
    gn_init init = options->weight_init;
    if (init.kind == GN_INIT_DEFAULT && init.scale == 0)
        init = (gn_init){GN_INIT_CONSTANT, 1};
    layer->momentum = options->momentum == 0 ? 0.99f : options->momentum;
    layer->epsilon = options->epsilon == 0 ? 1e-3f : options->epsilon;
    layer->slope = 1;
    layer->weight = gn_module_add_parameter(module, "weight", shape, init, options->size, options->size);
    layer->bias = gn_module_add_parameter(module, "bias", shape, (gn_init){0}, options->size, options->size);
    layer->running_mean = gn_module_add_buffer(module, "running_mean", shape, 0);
    layer->running_variance = gn_module_add_buffer(module, "running_variance", shape, 1);
    layer->mean = gn_tensor_new(context, shape);
    layer->variance = gn_tensor_new(context, shape);
    if (layer->mean != NULL && layer->variance != NULL)
        return gn_module_complete(module);
    gn_module_free(module);
    return NULL;
}
