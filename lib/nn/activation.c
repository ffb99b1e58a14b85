/* SPDX-License-Identifier: MIT */
/* lib/nn/activation.c - element-wise functions as layers. */
#include "nn/activation.h"

#include <math.h>

static gn_var *relu(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)count;
    return gn_relu(inputs[0]);
}

static gn_var *leaky_relu(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    return gn_leaky_relu(inputs[0], *(const float *)gn_module_state(module));
}

static gn_var *tanh_of(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)count;
    return gn_tanh(inputs[0]);
}

static gn_var *sigmoid(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)count;
    return gn_sigmoid(inputs[0]);
}

static gn_var *softplus(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)count;
    return gn_softplus(inputs[0]);
}

static gn_var *identity(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)count;
    return inputs[0];
}

static const gn_module_class relu_class = {.name = "relu", .forward = relu, .inputs = 1, .row_by_row = true};
static const gn_module_class leaky_relu_class = {
    .name = "leaky_relu", .forward = leaky_relu, .inputs = 1, .row_by_row = true};
static const gn_module_class tanh_class = {.name = "tanh", .forward = tanh_of, .inputs = 1, .row_by_row = true};
static const gn_module_class sigmoid_class = {.name = "sigmoid", .forward = sigmoid, .inputs = 1, .row_by_row = true};
static const gn_module_class softplus_class = {
    .name = "softplus", .forward = softplus, .inputs = 1, .row_by_row = true};
static const gn_module_class identity_class = {
    .name = "identity", .forward = identity, .inputs = 1, .row_by_row = true};

gn_module *gn_relu_layer(gn_context *context)
{
    return gn_module_new(context, &relu_class, NULL, 0);
}

gn_module *gn_leaky_relu_layer(gn_context *context, float slope)
{
    if (!(slope >= 0 && isfinite(slope))) {
        gn_context_fail(context, GN_ERROR_ARGUMENT, "leaky_relu: slope is %g, expected 0 <= slope < inf",
                        (double)slope);
        return NULL;
    }
    gn_module *module = gn_module_new(context, &leaky_relu_class, NULL, sizeof slope);
    if (module != NULL)
        *(float *)gn_module_state(module) = slope;
    return module;
}

gn_module *gn_tanh_layer(gn_context *context)
{
    return gn_module_new(context, &tanh_class, NULL, 0);
}

gn_module *gn_sigmoid_layer(gn_context *context)
{
    return gn_module_new(context, &sigmoid_class, NULL, 0);
}

gn_module *gn_softplus_layer(gn_context *context)
{
    return gn_module_new(context, &softplus_class, NULL, 0);
}

gn_module *gn_identity_layer(gn_context *context)
{
    return gn_module_new(context, &identity_class, NULL, 0);
}

bool gn__activation_slope(gn_module *module, gn_real *slope)
{
    const gn_module_class *kind = gn_module_get_class(module);
    *slope = kind == &leaky_relu_class ? *(const float *)gn_module_state(module) : 0;
    return kind == &leaky_relu_class || kind == &relu_class;
}
