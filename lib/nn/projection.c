/* SPDX-License-Identifier: MIT */
/* lib/nn/projection.c - a logit that depends on the label through an inner product (Miyato & Koyama 2018). */
#include "nn/label.h"

typedef struct projection {
    gn_parameter *weight, *bias, *embedding;
} projection;

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const projection *layer = gn_module_state(module);
    gn_var *x = inputs[0], *label = inputs[1];
    gn_tape *tape = gn_var_tape(x);
    gn_var *embedding = gn_parameter_var(tape, layer->embedding);
    if (!gn__label_fits(module, x, label, gn_var_shape(embedding).size[0]))
        return x;
    gn_var *plain = gn_linear(x, gn_parameter_var(tape, layer->weight), gn_parameter_var(tape, layer->bias));
    gn_var *products = gn_mul(gn_matmul(label, embedding, false, false), x);
    return gn_add(plain, gn_sum(products, GN_AXIS(1), true));
}

static const gn_module_class projection_class = {
    .name = "projection", .forward = forward, .inputs = 2, .row_by_row = true};

static gn_status check(gn_context *context, const gn_projection_options *options)
{
    if (options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "projection: options is NULL");
    if (gn_shape_count(GN_SHAPE(options->in, options->classes)) == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "projection: in is %lld and classes %lld, expected at least 1 and at most 2^40 weights",
                               (long long)options->in, (long long)options->classes);
    return GN_OK;
}

gn_module *gn_projection_layer(gn_context *context, const gn_projection_options *options)
{
    if (check(context, options) != GN_OK)
        return NULL;
    gn_module *module = gn_module_new(context, &projection_class, options->name, sizeof(projection));
    if (module == NULL)
        return NULL;
    projection *layer = gn_module_state(module);
    const int64_t in = options->in, classes = options->classes;
    layer->weight = gn_module_add_parameter(module, "weight", GN_SHAPE(in, 1), options->weight_init, in, 1);
    layer->bias = gn_module_add_parameter(module, "bias", GN_SHAPE(1), (gn_init){GN_INIT_CONSTANT, 0}, in, 1);
    layer->embedding = gn_module_add_parameter(module, "embedding", GN_SHAPE(classes, in), options->embedding_init,
                                               classes, in);
    return gn_module_complete(module);
}
