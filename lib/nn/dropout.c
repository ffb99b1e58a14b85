/* SPDX-License-Identifier: MIT */
/* lib/nn/dropout.c - drops elements while the module is in training. */
#include <gannet/layers.h>

typedef struct dropout {
    float rate;
} dropout;

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const dropout *layer = gn_module_state(module);
    return gn_module_training(module) ? gn_dropout(inputs[0], layer->rate) : inputs[0];
}

static const gn_module_class dropout_class = {.name = "dropout", .forward = forward, .inputs = 1, .row_by_row = true};

gn_module *gn_dropout_layer(gn_context *context, float rate)
{
    if (!(rate >= 0 && rate < 1)) {
        gn_context_fail(context, GN_ERROR_ARGUMENT, "dropout: rate is %g, expected 0 <= rate < 1", (double)rate);
        return NULL;
    }
    gn_module *module = gn_module_new(context, &dropout_class, NULL, sizeof(dropout));
    if (module != NULL)
        *(dropout *)gn_module_state(module) = (dropout){rate};
    return module;
}
