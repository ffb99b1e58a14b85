/* SPDX-License-Identifier: MIT */
/* lib/nn/maxout.c - maxout: of several linear maps the largest wins. */
#include <gannet/layers.h>

typedef struct maxout {
    gn_parameter *weight, *bias;
    int64_t units, pieces;
} maxout;

/* [N,in] -> [N,units pieces] -> [N,units,pieces] -> [N,units] */
static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const maxout *layer = gn_module_state(module);
    gn_tape *tape = gn_var_tape(inputs[0]);
    gn_var *maps = gn_linear(inputs[0], gn_parameter_var(tape, layer->weight), gn_parameter_var(tape, layer->bias));
    return gn_max(gn_reshape(maps, GN_SHAPE(-1, layer->units, layer->pieces)), GN_AXIS(2), false);
}

static const gn_module_class maxout_class = {.name = "maxout", .forward = forward, .inputs = 1, .row_by_row = true};

static gn_status check(gn_context *context, const gn_maxout_options *options)
{
    if (options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "maxout: options is NULL");
    if (gn_shape_count(GN_SHAPE(options->in, options->units, options->pieces)) == 0)
        return gn_context_fail(
            context, GN_ERROR_ARGUMENT,
            "maxout: in is %lld, units %lld and pieces %lld, expected at least 1 and at most 2^40 weights",
            (long long)options->in, (long long)options->units, (long long)options->pieces);
    return GN_OK;
}

gn_module *gn_maxout_layer(gn_context *context, const gn_maxout_options *options)
{
    if (check(context, options) != GN_OK)
        return NULL;
    gn_module *module = gn_module_new(context, &maxout_class, options->name, sizeof(maxout));
    if (module == NULL)
        return NULL;
    maxout *layer = gn_module_state(module);
    const int64_t in = options->in, out = options->units * options->pieces;
    layer->units = options->units;
    layer->pieces = options->pieces;
    layer->weight = gn_module_add_parameter(module, "weight", GN_SHAPE(in, out), options->weight_init, in, out);
    layer->bias = gn_module_add_parameter(module, "bias", GN_SHAPE(out), options->bias_init, in, out);
    return gn_module_complete(module);
}
