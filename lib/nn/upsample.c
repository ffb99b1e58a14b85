/* SPDX-License-Identifier: MIT */
/* lib/nn/upsample.c - images grow by repeating pixels. */
#include <gannet/layers.h>

typedef struct upsample {
    int64_t factor;
} upsample;

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const upsample *layer = gn_module_state(module);
    return gn_upsample_nearest2d(inputs[0], layer->factor);
}

static const gn_module_class upsample_class = {.name = "upsample", .forward = forward, .inputs = 1, .row_by_row = true};

gn_module *gn_upsample_layer(gn_context *context, int64_t factor)
{
    if (factor < 1 || factor > 1024) {
        gn_context_fail(context, GN_ERROR_ARGUMENT, "upsample: factor is %lld, expected 1 to 1024", (long long)factor);
        return NULL;
    }
    gn_module *module = gn_module_new(context, &upsample_class, NULL, sizeof(upsample));
    if (module != NULL)
        *(upsample *)gn_module_state(module) = (upsample){factor};
    return module;
}
