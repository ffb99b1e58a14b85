/* SPDX-License-Identifier: MIT */
/* lib/nn/reshape.c - each item of a batch gets another shape. */
#include <gannet/layers.h>

typedef struct reshape {
    gn_shape item;
} reshape;

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const reshape *layer = gn_module_state(module);
    gn_shape shape = {.rank = layer->item.rank + 1, .size = {gn_var_shape(inputs[0]).size[0]}};
    for (int axis = 1; axis < shape.rank; axis++)
        shape.size[axis] = layer->item.size[axis - 1];
    return gn_reshape(inputs[0], shape);
}

static const gn_module_class reshape_class = {.name = "reshape", .forward = forward, .inputs = 1, .row_by_row = true};

gn_module *gn_reshape_layer(gn_context *context, gn_shape item)
{
    if (gn_shape_count(item) == 0 || item.rank >= GN_MAX_RANK) {
        char text[64];
        gn_context_fail(context, GN_ERROR_SHAPE, "reshape: item is %s, expected rank 0 to %d and sizes of at least 1",
                        gn_shape_text(item, text, sizeof text), GN_MAX_RANK - 1);
        return NULL;
    }
    gn_module *module = gn_module_new(context, &reshape_class, NULL, sizeof(reshape));
    if (module != NULL)
        *(reshape *)gn_module_state(module) = (reshape){item};
    return module;
}
