/* SPDX-License-Identifier: MIT */
/* lib/nn/conditional_batch_norm.c - batch normalisation with a gamma and a beta for each class (Dumoulin et al.
 * 2017). */
#include "core/context.h"
#include "nn/batch_norm.h"
#include "nn/label.h"

/* Gamma or beta for each row, in the rank of x: [N,1,..,1,C]. */
static gn_var *choose(gn_var *x, gn_var *label, gn_parameter *parameter)
{
    gn_var *rows = gn_matmul(label, gn_parameter_var(gn_var_tape(x), parameter), false, false);
    return gn__label_align(rows, gn_var_shape(x).rank);
}

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const gn__batch_norm *layer = gn_module_state(module);
    gn_var *x = inputs[0], *label = inputs[1];
    const gn_shape shape = gn_tensor_shape(gn_parameter_value(layer->weight));
    if (!gn__batch_norm_fits(module, x) || !gn__label_fits(module, x, label, shape.size[0]))
        return x;
    gn_var *gamma = choose(x, label, layer->weight);
    gn_var *beta = choose(x, label, layer->bias);
    if (gn_module_statistics(module) == GN_STATISTICS_RUNNING)
        return gn__batch_norm_by_average(module, x, gamma, beta);
    const gn_shape channels = GN_SHAPE(shape.size[1]);
    gn_tape *tape = gn_var_tape(x);
    gn_var *normal = gn__batch_norm_by_batch(module, x, gn_full(tape, channels, 1), gn_full(tape, channels, 0));
    return gn_add(gn_mul(normal, gamma), beta);
}

static const gn_module_class conditional_batch_norm_class = {
    .name = "conditional_batch_norm", .forward = forward, .free_state = gn__batch_norm_free, .inputs = 2};

gn_module *gn_conditional_batch_norm_layer(gn_context *context, const gn_conditional_batch_norm_options *options)
{
    if (options == NULL)
        return gn__fail(context, GN_ERROR_ARGUMENT, "conditional_batch_norm: options is NULL");
    const gn_shape shape = GN_SHAPE(options->classes, options->size);
    if (options->size > 0 && gn_shape_count(shape) == 0)
        return gn__fail(context, GN_ERROR_ARGUMENT,
                        "conditional_batch_norm: classes is %lld, expected at least 1 and at most 2^40 weights",
                        (long long)options->classes);
    const gn_batch_norm_options common = {.size = options->size,
                                          .momentum = options->momentum,
                                          .epsilon = options->epsilon,
                                          .bias_correction = options->bias_correction,
                                          .name = options->name};
    return gn__batch_norm_new(context, &conditional_batch_norm_class, shape, &common);
}
