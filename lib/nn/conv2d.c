/* SPDX-License-Identifier: MIT */
/* lib/nn/conv2d.c - the convolution layer, and the constructor that it shares with its transpose. */
#include "nn/conv2d.h"

#include "autodiff/tape.h"
#include "nn/init.h"

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const gn__conv2d *layer = gn_module_state(module);
    gn_tape *tape = gn_var_tape(inputs[0]);
    return gn__conv2d_finished(inputs[0], gn_parameter_var(tape, layer->weight),
                               layer->bias == NULL ? NULL : gn_parameter_var(tape, layer->bias), &layer->window,
                               &layer->fusion.finish);
}

static const gn_module_class conv2d_class = {.name = "conv2d", .forward = forward, .inputs = 1, .row_by_row = true};

gn__fusion *gn__conv2d_fusion(gn_module *module)
{
    const bool either = gn_module_get_class(module) == &conv2d_class || gn__is_conv_transpose2d(module);
    return either ? &((gn__conv2d *)gn_module_state(module))->fusion : NULL;
}

static gn_status check_sizes(gn_context *context, const char *kind, const gn_conv2d_options *o)
{
    if (gn_shape_count(GN_SHAPE(o->kernel, o->kernel, o->in, o->out)) == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "%s: in is %lld, out %lld and kernel %lld, expected at least 1 and at most 2^40 weights",
                               kind, (long long)o->in, (long long)o->out, (long long)o->kernel);
    if (o->stride < 0 || o->dilation < 0 || o->padding < 0 || o->output_padding < 0)
        return gn_context_fail(
            context, GN_ERROR_ARGUMENT,
            "%s: stride is %lld, dilation %lld, padding %lld, output_padding %lld, expected 0 or more", kind,
            (long long)o->stride, (long long)o->dilation, (long long)o->padding, (long long)o->output_padding);
    return GN_OK;
}

static gn_status check_output_padding(gn_context *context, const char *kind, const gn_conv2d_options *o,
                                      bool transposed)
{
    if (o->output_padding == 0)
        return GN_OK;
    const int64_t stride = o->stride == 0 ? 1 : o->stride, dilation = o->dilation == 0 ? 1 : o->dilation;
    if (!transposed)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "%s: output_padding is %lld, which only conv_transpose2d has", kind,
                               (long long)o->output_padding);
    if (o->padding_mode == GN_PADDING_SAME)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "%s: output_padding is %lld, expected 0 with GN_PADDING_SAME", kind,
                               (long long)o->output_padding);
    if (o->output_padding >= stride && o->output_padding >= dilation)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "%s: output_padding is %lld, expected less than the stride, %lld, or the dilation, %lld",
                               kind, (long long)o->output_padding, (long long)stride, (long long)dilation);
    return GN_OK;
}

static gn_status check(gn_context *context, const char *kind, const gn_conv2d_options *o, bool transposed)
{
    if (o == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s: options is NULL", kind);
    if (o->padding_mode != GN_PADDING_EXPLICIT && o->padding_mode != GN_PADDING_SAME)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s: padding_mode is %d, expected one of gn_padding", kind,
                               (int)o->padding_mode);
    if (o->padding_mode == GN_PADDING_SAME && o->padding != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s: padding is %lld, expected 0 with GN_PADDING_SAME", kind,
                               (long long)o->padding);
    gn_status status = check_sizes(context, kind, o);
    if (status == GN_OK)
        status = check_output_padding(context, kind, o, transposed);
    return status == GN_OK ? gn__init_check_bias(context, kind, o->no_bias, o->bias_init) : status;
}

static gn_window window_of(const gn_conv2d_options *o)
{
    return (gn_window){
        .stride_height = o->stride,
        .stride_width = o->stride,
        .dilation_height = o->dilation,
        .dilation_width = o->dilation,
        .padding_top = o->padding,
        .padding_bottom = o->padding,
        .padding_left = o->padding,
        .padding_right = o->padding,
        .padding = o->padding_mode,
        .output_padding_height = o->output_padding,
        .output_padding_width = o->output_padding,
    };
}

gn_module *gn__conv2d_new(gn_context *context, const gn_module_class *module_class, const gn_conv2d_options *options,
                          bool transposed)
{
    if (check(context, module_class->name, options, transposed) != GN_OK)
        return NULL;
    gn_module *module = gn_module_new(context, module_class, options->name, sizeof(gn__conv2d));
    if (module == NULL)
        return NULL;
    gn__conv2d *layer = gn_module_state(module);
    const int64_t k = options->kernel, in = options->in, out = options->out;
    const int64_t fan_in = k * k * in, fan_out = k * k * out;
    const gn_shape shape = transposed ? GN_SHAPE(k, k, out, in) : GN_SHAPE(k, k, in, out);
    layer->window = window_of(options);
    layer->fusion = (gn__fusion){out, gn__unfinished};
    layer->weight = gn_module_add_parameter(module, "weight", shape, options->weight_init, fan_in, fan_out);
    if (!options->no_bias)
        layer->bias = gn_module_add_parameter(module, "bias", GN_SHAPE(out), options->bias_init, fan_in, fan_out);
    return gn_module_complete(module);
}

gn_module *gn_conv2d_layer(gn_context *context, const gn_conv2d_options *options)
{
    return gn__conv2d_new(context, &conv2d_class, options, false);
}
