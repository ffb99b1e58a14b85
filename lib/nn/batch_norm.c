/* SPDX-License-Identifier: MIT */
/* lib/nn/batch_norm.c - batch normalisation: the batch's statistics, or their running averages. */
#include "nn/batch_norm.h"

#include "autodiff/tape.h"
#include "core/context.h"
#include "core/tensor.h"
#include "nn/init.h"
#include "nn/schedule.h"

#include <tgmath.h>

/* --- running averages --------------------------------------------------------------------------------------------- */

static void move_both(const gn__batch_norm *layer, gn_real momentum)
{
    gn__tensor_move(layer->running_mean, layer->mean, momentum);
    gn__tensor_move(layer->running_variance, layer->variance, momentum);
}

/* For the n-th update: makes of an average that was divided by 1 - momentum^(n-1) one that is by 1 - momentum^n. */
static gn_real corrected(double momentum, int64_t n)
{
    return (gn_real)(momentum * (1 - gn__power(momentum, n - 1)) / (1 - gn__power(momentum, n)));
}

/* A float counts no further than 2^24, and what a file holds may be no count at all. */
static int64_t count_update(gn_tensor *updates)
{
    gn_real *count = gn_tensor_data(updates);
    *count = (gn_real)fmin(fmax((double)*count, 0) + 1, 1 << 24);
    return (int64_t)*count;
}

static void update(gn__batch_norm *layer)
{
    if (layer->updates == NULL)
        move_both(layer, layer->momentum);
    else
        move_both(layer, corrected((double)layer->momentum, count_update(layer->updates)));
}

/* Both kinds of batch norm are freed by one function, and nothing else is: that tells them from other modules. */
static gn__batch_norm *state_of(const gn_module *module)
{
    return gn_module_get_class(module)->free_state == gn__batch_norm_free ? gn_module_state(module) : NULL;
}

void gn__batch_norm_accumulate(gn_module *module, int index)
{
    const gn__batch_norm *layer = module == NULL ? NULL : state_of(module);
    if (layer != NULL && layer->seen)
        move_both(layer, (gn_real)index / (gn_real)(index + 1));
    for (size_t i = 0; i < gn_module_child_count(module); i++)
        gn__batch_norm_accumulate(gn_module_child(module, i), index);
}

/* Of one channel: the difference of the means, and of the deviations, in deviations of the batch. */
static inline gn_real channel_gap(gn_real running_mean, gn_real running_variance, gn_real mean, gn_real variance,
                                  gn_real epsilon)
{
    const gn_real deviation = sqrt(variance + epsilon);
    return fabs(running_mean - mean) / deviation + fabs(sqrt(running_variance + epsilon) / deviation - 1);
}

enum { SOME_CHANNELS = 128 }; /* at a time: square roots side by side */

static double gap_of(const gn__batch_norm *layer)
{
    const gn_real *running_mean = gn_tensor_values(layer->running_mean), *mean = gn_tensor_values(layer->mean);
    const gn_real *running_variance = gn_tensor_values(layer->running_variance);
    const gn_real *variance = gn_tensor_values(layer->variance);
    const int64_t channels = gn_tensor_count(layer->mean);
    gn_real gaps[SOME_CHANNELS];
    double sum = 0;
    for (int64_t first = 0; first < channels; first += SOME_CHANNELS) {
        const int64_t count = channels - first < SOME_CHANNELS ? channels - first : SOME_CHANNELS;
        for (int64_t c = 0; c < count; c++)
            gaps[c] = channel_gap(running_mean[first + c], running_variance[first + c], mean[first + c],
                                  variance[first + c], layer->epsilon);
        for (int64_t c = 0; c < count; c++)
            sum += (double)gaps[c];
    }
    return sum / (double)channels;
}

double gn_batch_norm_gap(const gn_module *module)
{
    const gn__batch_norm *layer = module == NULL ? NULL : state_of(module);
    double largest = layer != NULL && layer->seen ? gap_of(layer) : 0;
    for (size_t i = 0; i < gn_module_child_count(module); i++) {
        const double gap = gn_batch_norm_gap(gn_module_child(module, i));
        if (gap > largest || isnan(gap))
            largest = gap;
    }
    return largest;
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

gn_var *gn__batch_norm_by_batch(gn_module *module, gn_var *x, gn_var *gamma, gn_var *beta)
{
    gn__batch_norm *layer = gn_module_state(module);
    gn_var *y = gn_batch_norm(x, gamma, beta, layer->epsilon, layer->fusion.finish.slope, gn_tensor_data(layer->mean),
                              gn_tensor_data(layer->variance));
    if (gn_tape_status(gn_var_tape(x)) != GN_OK)
        return y;
    layer->seen = true;
    if (gn_module_statistics(module) == GN_STATISTICS_BATCH_UPDATE)
        update(layer);
    return y;
}

/* The averages are copied, since a later call may move them while this value is still in use. Where nothing is recorded
 * for a gradient, one pass does. For an export it is y = x factor + shift, which can be folded into the layer before;
 * otherwise the mean is subtracted first, which keeps more digits when it is large. */
gn_var *gn__batch_norm_by_average(gn_module *module, gn_var *x, gn_var *gamma, gn_var *beta)
{
    const gn__batch_norm *layer = gn_module_state(module);
    const gn_real *running_mean = gn_tensor_values(layer->running_mean);
    const gn_real *running_variance = gn_tensor_values(layer->running_variance);
    const gn_real slope = layer->fusion.finish.slope;
    gn_tape *tape = gn_var_tape(x);
    if (!tape->recording && gn_var_shape(gamma).rank == 1)
        return gn__batch_norm_given(x, gamma, beta, running_mean, running_variance, layer->epsilon, slope);
    const gn_shape shape = gn_tensor_shape(layer->running_mean);
    gn_var *mean = gn_values(tape, shape, running_mean);
    gn_var *variance = gn_values(tape, shape, running_variance);
    gn_var *factor = gn_div(gamma, gn_sqrt(gn_offset(variance, layer->epsilon)));
    gn_var *y = tape->traced ? gn_add(gn_mul(x, factor), gn_sub(beta, gn_mul(mean, factor)))
                             : gn_add(gn_mul(gn_sub(x, mean), factor), beta);
    return slope == 1 ? y : gn_leaky_relu(y, slope);
}

/* Broadcasting would let a wrong number of channels pass when one side has a single one. */
bool gn__batch_norm_fits(gn_module *module, gn_var *x)
{
    const gn__batch_norm *layer = gn_module_state(module);
    const gn_shape shape = gn_var_shape(x);
    const long long channels = gn_tensor_count(layer->running_mean);
    char text[64];
    if (shape.rank >= 2 && shape.size[shape.rank - 1] == channels)
        return true;
    gn_tape_fail(gn_var_tape(x), GN_ERROR_SHAPE, "%s '%s': input %s, expected rank 2 or more and %lld channels",
                 gn_module_get_class(module)->name, gn_module_name(module), gn_shape_text(shape, text, sizeof text),
                 channels);
    return false;
}

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const gn__batch_norm *layer = gn_module_state(module);
    gn_var *x = inputs[0];
    if (!gn__batch_norm_fits(module, x))
        return x;
    gn_var *gamma = gn_parameter_var(gn_var_tape(x), layer->weight);
    gn_var *beta = gn_parameter_var(gn_var_tape(x), layer->bias);
    const bool running = gn_module_statistics(module) == GN_STATISTICS_RUNNING;
    return (running ? gn__batch_norm_by_average : gn__batch_norm_by_batch)(module, x, gamma, beta);
}

static const gn_module_class batch_norm_class = {
    .name = "batch_norm", .forward = forward, .free_state = gn__batch_norm_free, .inputs = 1};

gn__fusion *gn__batch_norm_fusion(gn_module *module)
{
    return gn_module_get_class(module) == &batch_norm_class ? &((gn__batch_norm *)gn_module_state(module))->fusion
                                                            : NULL;
}

bool gn__batch_norm_finish(gn_module *module, gn_tape *tape, int64_t channels, gn__finish *finish)
{
    const gn__batch_norm *layer = gn_module_get_class(module) == &batch_norm_class ? gn_module_state(module) : NULL;
    if (layer == NULL || tape->recording || gn_module_statistics(module) != GN_STATISTICS_RUNNING ||
        gn_tensor_count(layer->running_mean) != channels)
        return false;
    finish->epsilon = layer->epsilon;
    finish->mean = gn_tensor_values(layer->running_mean);
    finish->variance = gn_tensor_values(layer->running_variance);
    finish->gamma = gn_var_data(gn_parameter_var(tape, layer->weight));
    finish->beta = gn_var_data(gn_parameter_var(tape, layer->bias));
    return true;
}

/* --- making ------------------------------------------------------------------------------------------------------- */

void gn__batch_norm_free(gn_module *module)
{
    const gn__batch_norm *layer = gn_module_state(module);
    gn_tensor_free(layer->mean);
    gn_tensor_free(layer->variance);
}

static gn_status check(gn_context *context, const char *kind, const gn_batch_norm_options *options)
{
    if (gn_shape_count(GN_SHAPE(options->size)) == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s: size is %lld, expected at least 1", kind,
                               (long long)options->size);
    if (!(options->momentum >= 0 && options->momentum < 1))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s: momentum is %g, expected 0 < momentum < 1", kind,
                               (double)options->momentum);
    if (!(options->epsilon >= 0 && options->epsilon < 1))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s: epsilon is %g, expected 0 < epsilon < 1", kind,
                               (double)options->epsilon);
    return GN_OK;
}

gn_module *gn__batch_norm_new(gn_context *context, const gn_module_class *kind, gn_shape shape,
                              const gn_batch_norm_options *options)
{
    if (check(context, kind->name, options) != GN_OK)
        return NULL;
    gn_module *module = gn_module_new(context, kind, options->name, sizeof(gn__batch_norm));
    if (module == NULL)
        return NULL;
    gn__batch_norm *layer = gn_module_state(module);
    const int64_t size = options->size;
    const gn_init init = gn__init_or(options->weight_init, (gn_init){GN_INIT_CONSTANT, 1});
    layer->momentum = options->momentum == 0 ? 0.99f : options->momentum;
    layer->epsilon = options->epsilon == 0 ? 1e-3f : options->epsilon;
    layer->fusion.finish = gn__unfinished;
    layer->weight = gn_module_add_parameter(module, "weight", shape, init, size, size);
    layer->bias = gn_module_add_parameter(module, "bias", shape, (gn_init){GN_INIT_CONSTANT, 0}, size, size);
    layer->running_mean = gn_module_add_buffer(module, "running_mean", GN_SHAPE(size), 0);
    layer->running_variance = gn_module_add_buffer(module, "running_variance", GN_SHAPE(size), 1);
    if (options->bias_correction)
        layer->updates = gn_module_add_buffer(module, "updates", GN_SHAPE(1), 0);
    layer->mean = gn_tensor_new(context, GN_SHAPE(size));
    layer->variance = gn_tensor_new(context, GN_SHAPE(size));
    if (layer->mean != NULL && layer->variance != NULL)
        return gn_module_complete(module);
    gn_module_free(module);
    return NULL;
}

gn_module *gn_batch_norm_layer(gn_context *context, const gn_batch_norm_options *options)
{
    if (options != NULL)
        return gn__batch_norm_new(context, &batch_norm_class, GN_SHAPE(options->size), options);
    return gn__fail(context, GN_ERROR_ARGUMENT, "batch_norm: options is NULL");
}
