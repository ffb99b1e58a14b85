/* SPDX-License-Identifier: MIT */
/* lib/nn/embedding.c - a vector for each class. */
#include "nn/init.h"

#include <gannet/layers.h>

typedef struct embedding {
    gn_parameter *weight;
} embedding;

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const embedding *layer = gn_module_state(module);
    gn_tape *tape = gn_var_tape(inputs[0]);
    gn_var *weight = gn_parameter_var(tape, layer->weight);
    const gn_shape shape = gn_var_shape(inputs[0]);
    if (shape.rank == 1)
        return gn_gather_rows(weight, inputs[0]);
    if (shape.rank == 2)
        return gn_matmul(inputs[0], weight, false, false);
    char text[64];
    gn_tape_fail(tape, GN_ERROR_SHAPE, "embedding '%s': input %s, expected class numbers [N] or rows [N,%lld]",
                 gn_module_name(module), gn_shape_text(shape, text, sizeof text),
                 (long long)gn_var_shape(weight).size[0]);
    return inputs[0];
}

static const gn_module_class embedding_class = {
    .name = "embedding", .forward = forward, .inputs = 1, .row_by_row = true};

static gn_status check(gn_context *context, const gn_embedding_options *options)
{
    if (options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "embedding: options is NULL");
    if (gn_shape_count(GN_SHAPE(options->classes, options->size)) == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "embedding: classes is %lld and size %lld, expected at least 1 and at most 2^40 weights",
                               (long long)options->classes, (long long)options->size);
    return GN_OK;
}

gn_module *gn_embedding_layer(gn_context *context, const gn_embedding_options *options)
{
    if (check(context, options) != GN_OK)
        return NULL;
    gn_module *module = gn_module_new(context, &embedding_class, options->name, sizeof(embedding));
    if (module == NULL)
        return NULL;
    embedding *layer = gn_module_state(module);
    const gn_init init = gn__init_or(options->weight_init, (gn_init){GN_INIT_UNIFORM, 0.05f});
    layer->weight = gn_module_add_parameter(module, "weight", GN_SHAPE(options->classes, options->size), init,
                                            options->classes, options->size);
    return gn_module_complete(module);
}
