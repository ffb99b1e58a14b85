/* SPDX-License-Identifier: MIT */
/* lib/nn/dense.c - the fully connected layer. */
#include "nn/dense.h"

#include "autodiff/tape.h"
#include "nn/init.h"

typedef struct dense {
    gn_parameter *weight, *bias; /* bias NULL: without */
    gn__fusion fusion;
} dense;

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const dense *layer = gn_module_state(module);
    gn_tape *tape = gn_var_tape(inputs[0]);
    return gn__linear_finished(inputs[0], gn_parameter_var(tape, layer->weight),
                               layer->bias == NULL ? NULL : gn_parameter_var(tape, layer->bias), &layer->fusion.finish);
}

static const gn_module_class dense_class = {.name = "dense", .forward = forward, .inputs = 1, .row_by_row = true};

gn__fusion *gn__dense_fusion(gn_module *module)
{
    return gn_module_get_class(module) == &dense_class ? &((dense *)gn_module_state(module))->fusion : NULL;
}

static gn_status check(gn_context *context, const gn_dense_options *options)
{
    if (options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "dense: options is NULL");
    if (gn_shape_count(GN_SHAPE(options->in, options->out)) == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "dense: in is %lld and out %lld, expected at least 1 and at most 2^40 weights",
                               (long long)options->in, (long long)options->out);
    return gn__init_check_bias(context, "dense", options->no_bias, options->bias_init);
}

gn_module *gn_dense_layer(gn_context *context, const gn_dense_options *options)
{
    if (check(context, options) != GN_OK)
        return NULL;
    gn_module *module = gn_module_new(context, &dense_class, options->name, sizeof(dense));
    if (module == NULL)
        return NULL;
    dense *layer = gn_module_state(module);
    const int64_t in = options->in, out = options->out;
    layer->fusion = (gn__fusion){out, gn__unfinished};
    layer->weight = gn_module_add_parameter(module, "weight", GN_SHAPE(in, out), options->weight_init, in, out);
    if (!options->no_bias)
        layer->bias = gn_module_add_parameter(module, "bias", GN_SHAPE(out), options->bias_init, in, out);
    return gn_module_complete(module);
}
