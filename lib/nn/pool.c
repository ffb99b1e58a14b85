/* SPDX-License-Identifier: MIT */
/* lib/nn/pool.c - pooling over windows and over whole images. */
#include <gannet/layers.h>

typedef struct pool {
    int64_t kernel;
    gn_window window;
} pool;

static gn_var *max_pool(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const pool *layer = gn_module_state(module);
    return gn_max_pool2d(inputs[0], layer->kernel, layer->kernel, &layer->window);
}

static gn_var *avg_pool(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const pool *layer = gn_module_state(module);
    return gn_avg_pool2d(inputs[0], layer->kernel, layer->kernel, &layer->window);
}

/* Without this a batch of grey images [N,H,W] would pass. */
static void check_image(const gn_module *module, gn_var *x)
{
    char text[64];
    if (gn_var_shape(x).rank != 4)
        gn_tape_fail(gn_var_tape(x), GN_ERROR_SHAPE, "%s '%s': input %s, expected [N,H,W,C]",
                     gn_module_get_class(module)->name, gn_module_name(module),
                     gn_shape_text(gn_var_shape(x), text, sizeof text));
}

static gn_var *global_max(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    check_image(module, inputs[0]);
    return gn_max(inputs[0], GN_AXIS(1) | GN_AXIS(2), false);
}

static gn_var *global_avg(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    check_image(module, inputs[0]);
    return gn_mean(inputs[0], GN_AXIS(1) | GN_AXIS(2), false);
}

static const gn_module_class max_pool_class = {
    .name = "max_pool2d", .forward = max_pool, .inputs = 1, .row_by_row = true};
static const gn_module_class avg_pool_class = {
    .name = "avg_pool2d", .forward = avg_pool, .inputs = 1, .row_by_row = true};
static const gn_module_class global_max_class = {
    .name = "global_max_pool2d", .forward = global_max, .inputs = 1, .row_by_row = true};
static const gn_module_class global_avg_class = {
    .name = "global_avg_pool2d", .forward = global_avg, .inputs = 1, .row_by_row = true};

static gn_module *pool_new(gn_context *context, const gn_module_class *module_class, int64_t kernel, int64_t stride)
{
    if (kernel < 1 || stride < 0) {
        gn_context_fail(context, GN_ERROR_ARGUMENT,
                        "%s: kernel is %lld and stride %lld, expected kernel >= 1 and stride >= 0", module_class->name,
                        (long long)kernel, (long long)stride);
        return NULL;
    }
    if (stride == 0)
        stride = kernel;
    gn_module *module = gn_module_new(context, module_class, NULL, sizeof(pool));
    if (module != NULL)
        *(pool *)gn_module_state(module) = (pool){kernel, {.stride_height = stride, .stride_width = stride}};
    return module;
}

gn_module *gn_max_pool2d_layer(gn_context *context, int64_t kernel, int64_t stride)
{
    return pool_new(context, &max_pool_class, kernel, stride);
}

gn_module *gn_avg_pool2d_layer(gn_context *context, int64_t kernel, int64_t stride)
{
    return pool_new(context, &avg_pool_class, kernel, stride);
}

gn_module *gn_global_max_pool2d_layer(gn_context *context)
{
    return gn_module_new(context, &global_max_class, NULL, 0);
}

gn_module *gn_global_avg_pool2d_layer(gn_context *context)
{
    return gn_module_new(context, &global_avg_class, NULL, 0);
}
