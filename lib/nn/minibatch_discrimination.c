/* SPDX-License-Identifier: MIT */
/* lib/nn/minibatch_discrimination.c - minibatch discrimination: features that tell how near the other pictures of a
 * batch are. */
#include "nn/init.h"

#include <gannet/layers.h>

typedef struct minibatch_discrimination {
    gn_parameter *weight;
    int64_t kernels, dimensions;
} minibatch_discrimination;

/* Each row is at distance 0 from itself, which adds 1 that is taken off again. */
static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const minibatch_discrimination *layer = gn_module_state(module);
    gn_var *x = inputs[0];
    gn_tape *tape = gn_var_tape(x);
    gn_var *maps = gn_linear(x, gn_parameter_var(tape, layer->weight), NULL);
    if (gn_tape_status(tape) != GN_OK)
        return maps;
    const int64_t n = gn_var_shape(x).size[0];
    maps = gn_reshape(maps, GN_SHAPE(n, layer->kernels, layer->dimensions));
    gn_var *distances = gn_pair_distances(gn_transpose(maps, (const int[]){0, 2, 1}));
    gn_var *nearness = gn_sum(gn_exp(gn_neg(distances)), GN_AXIS(1), false);
    gn_var *parts[] = {x, gn_offset(nearness, -1)};
    return gn_concat(parts, 2, 1);
}

static const gn_module_class minibatch_discrimination_class = {
    .name = "minibatch_discrimination", .forward = forward, .inputs = 1};

static gn_status check(gn_context *context, const gn_minibatch_discrimination_options *options)
{
    if (options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "minibatch_discrimination: options is NULL");
    if (options->kernels < 0 || options->kernels == INT64_MAX || options->dimensions < 0 ||
        options->dimensions > 1024 ||
        gn_shape_count(GN_SHAPE(options->in, options->kernels + 1, options->dimensions + 1)) == 0)
        return gn_context_fail(
            context, GN_ERROR_ARGUMENT,
            "minibatch_discrimination: in is %lld, kernels %lld and dimensions %lld, expected at least "
            "1, at most 1024 dimensions and 2^40 weights",
            (long long)options->in, (long long)options->kernels, (long long)options->dimensions);
    return GN_OK;
}

gn_module *gn_minibatch_discrimination_layer(gn_context *context, const gn_minibatch_discrimination_options *options)
{
    if (check(context, options) != GN_OK)
        return NULL;
    gn_module *module = gn_module_new(context, &minibatch_discrimination_class, options->name,
                                      sizeof(minibatch_discrimination));
    if (module == NULL)
        return NULL;
    minibatch_discrimination *layer = gn_module_state(module);
    layer->kernels = options->kernels == 0 ? 100 : options->kernels;
    layer->dimensions = options->dimensions == 0 ? 5 : options->dimensions;
    const gn_init init = gn__init_or(options->weight_init, (gn_init){GN_INIT_NORMAL, (float)0.05});
    const int64_t out = layer->kernels * layer->dimensions;
    layer->weight = gn_module_add_parameter(module, "weight", GN_SHAPE(options->in, out), init, options->in, out);
    return gn_module_complete(module);
}
