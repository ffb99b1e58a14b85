/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_conv.c - convolution, and the two adjoints that close the family.
 *
 * All three share one geometry of a large image L [N,H,W,C], a small image S [N,OH,OW,K] and a kernel W [KH,KW,C,K],
 * and are linear in each argument:
 *     conv2d:                 S = conv(L, W)
 *     conv_transpose2d:       L = transpose(S, W)     with <conv(L, W), S> = <L, transpose(S, W)>
 *     conv2d_kernel_gradient: W = kernel(L, S)        with <conv(L, W), S> = <W, kernel(L, S)>
 * so the gradient of each with regard to an argument is another one of the three, at any order. The kernel's comes
 * first: it is the last that reads the image, whose memory can then take the image's gradient. */
#include "autodiff/attributes.h"
#include "autodiff/backward.h"
#include "autodiff/window.h"
#include "kernels/finish.h"

static const gn__conv_attributes *attributes_of(const gn_var *out)
{
    return out->attributes;
}

static const gn__conv_shape *geometry_of(const gn_var *out)
{
    return &attributes_of(out)->shape;
}

static const gn__finish *finish_of(const gn_var *out)
{
    return &attributes_of(out)->finish;
}

/* Records one of the three; bias may be NULL. */
static gn_var *record(const gn_op *op, gn_var *a, gn_var *b, gn_var *bias, gn_shape shape, const gn__conv_shape *s,
                      const gn__finish *finish)
{
    gn_var *inputs[] = {a, b, bias};
    const gn__conv_attributes attributes = {*s, *finish};
    return gn_record(op, inputs, bias != NULL ? 3 : 2, shape, &attributes, sizeof attributes);
}

static gn_var *conv(gn_var *large, gn_var *kernel, const gn__conv_shape *s)
{
    return record(&gn__op_conv2d, large, kernel, NULL, gn__small_shape(s), s, &gn__unfinished);
}

static gn_var *transpose(gn_var *small, gn_var *kernel, const gn__conv_shape *s)
{
    return record(&gn__op_conv_transpose2d, small, kernel, NULL, gn__large_shape(s), s, &gn__unfinished);
}

static gn_var *kernel_gradient(gn_var *large, gn_var *small, const gn__conv_shape *s)
{
    return record(&gn__op_conv2d_kernel_gradient, large, small, NULL, GN_SHAPE(s->kh, s->kw, s->c, s->k), s,
                  &gn__unfinished);
}

static gn_var *bias_gradient(gn_var *out_gradient)
{
    return gn_sum(out_gradient, GN_AXIS(0) | GN_AXIS(1) | GN_AXIS(2), false);
}

static const gn_real *bias_data(const gn_var *out)
{
    return out->input_count == 3 ? out->inputs[2]->data : NULL;
}

/* --- conv2d ------------------------------------------------------------------------------------------------------- */

static gn_status conv_forward(gn_var *out)
{
    return gn__kernels_of(out)->conv2d(gn__context_of(out), geometry_of(out), out->inputs[0]->data,
                                       out->inputs[1]->data, bias_data(out), gn__finish_or_null(finish_of(out)),
                                       out->data);
}

/* A leaky ReLU has the sign of what it was applied to. */
static void conv_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    out_gradient = gn__leaky_relu_gradient(out_gradient, out, finish_of(out)->slope);
    if (wanted[1]) {
        gn__gradient_aim(out->inputs[1]);
        gradients[1] = kernel_gradient(out->inputs[0], out_gradient, geometry_of(out));
    }
    if (wanted[0])
        gradients[0] = transpose(out_gradient, out->inputs[1], geometry_of(out));
    if (wanted[2])
        gradients[2] = bias_gradient(out_gradient);
}

const gn_op gn__op_conv2d = {"conv2d", conv_forward, conv_gradient, false};

/* Checks what conv2d and its transpose have in common. in_axis and out_axis are the kernel's channel axes. */
static bool check_kernel(const char *op, gn_var *x, const gn_var *kernel, const gn_var *bias, int in_axis, int out_axis)
{
    char text[64], text_kernel[64];
    if (x->shape.rank != 4 || kernel->shape.rank != 4)
        gn__op_fail(x, op, GN_ERROR_SHAPE, "input %s and kernel %s, expected rank 4",
                    gn_shape_text(x->shape, text, sizeof text),
                    gn_shape_text(kernel->shape, text_kernel, sizeof text_kernel));
    else if (x->shape.size[3] != kernel->shape.size[in_axis])
        gn__op_fail(x, op, GN_ERROR_SHAPE, "input %s has %lld channels, kernel %s wants %lld",
                    gn_shape_text(x->shape, text, sizeof text), (long long)x->shape.size[3],
                    gn_shape_text(kernel->shape, text_kernel, sizeof text_kernel),
                    (long long)kernel->shape.size[in_axis]);
    else if (bias != NULL && (bias->shape.rank != 1 || bias->shape.size[0] != kernel->shape.size[out_axis]))
        gn__op_fail(x, op, GN_ERROR_SHAPE, "bias %s does not fit kernel %s",
                    gn_shape_text(bias->shape, text, sizeof text),
                    gn_shape_text(kernel->shape, text_kernel, sizeof text_kernel));
    return x->tape->status == GN_OK;
}

gn_var *gn__conv2d_finished(gn_var *x, gn_var *kernel, gn_var *bias, const gn_window *window, const gn__finish *finish)
{
    gn_var *inputs[] = {x, kernel, bias};
    if (!gn__check_inputs("conv2d", inputs, bias != NULL ? 3 : 2))
        return gn__poison_of(inputs, 3);
    gn__conv_shape s;
    if (!check_kernel("conv2d", x, kernel, bias, 2, 3) || !gn__window_conv(x, "conv2d", window, kernel->shape, &s))
        return &x->tape->poison;
    return record(&gn__op_conv2d, x, kernel, bias, gn__small_shape(&s), &s, finish);
}

gn_var *gn_conv2d(gn_var *x, gn_var *kernel, gn_var *bias, const gn_window *window)
{
    return gn__conv2d_finished(x, kernel, bias, window, &gn__unfinished);
}

/* --- conv_transpose2d --------------------------------------------------------------------------------------------- */

static gn_status transpose_forward(gn_var *out)
{
    return gn__kernels_of(out)->conv_transpose2d(gn__context_of(out), geometry_of(out), out->inputs[0]->data,
                                                 out->inputs[1]->data, bias_data(out),
                                                 gn__finish_or_null(finish_of(out)), out->data);
}

static void transpose_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    out_gradient = gn__leaky_relu_gradient(out_gradient, out, finish_of(out)->slope);
    if (wanted[1]) {
        gn__gradient_aim(out->inputs[1]);
        gradients[1] = kernel_gradient(out_gradient, out->inputs[0], geometry_of(out));
    }
    if (wanted[0])
        gradients[0] = conv(out_gradient, out->inputs[1], geometry_of(out));
    if (wanted[2])
        gradients[2] = bias_gradient(out_gradient);
}

const gn_op gn__op_conv_transpose2d = {"conv_transpose2d", transpose_forward, transpose_gradient, false};

gn_var *gn__conv_transpose2d_finished(gn_var *x, gn_var *kernel, gn_var *bias, const gn_window *window,
                                      const gn__finish *finish)
{
    gn_var *inputs[] = {x, kernel, bias};
    if (!gn__check_inputs("conv_transpose2d", inputs, bias != NULL ? 3 : 2))
        return gn__poison_of(inputs, 3);
    gn__conv_shape s;
    if (!check_kernel("conv_transpose2d", x, kernel, bias, 3, 2) ||
        !gn__window_transpose(x, "conv_transpose2d", window, kernel->shape, &s))
        return &x->tape->poison;
    return record(&gn__op_conv_transpose2d, x, kernel, bias, gn__large_shape(&s), &s, finish);
}

gn_var *gn_conv_transpose2d(gn_var *x, gn_var *kernel, gn_var *bias, const gn_window *window)
{
    return gn__conv_transpose2d_finished(x, kernel, bias, window, &gn__unfinished);
}

/* --- conv2d_kernel_gradient --------------------------------------------------------------------------------------- */

static gn_status kernel_forward(gn_var *out)
{
    return gn__kernels_of(out)->conv2d_kernel_gradient(gn__context_of(out), geometry_of(out), out->inputs[0]->data,
                                                       out->inputs[1]->data, out->data);
}

static void kernel_gradient_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    if (wanted[0])
        gradients[0] = transpose(out->inputs[1], out_gradient, geometry_of(out));
    if (wanted[1])
        gradients[1] = conv(out->inputs[0], out_gradient, geometry_of(out));
}

const gn_op gn__op_conv2d_kernel_gradient = {"conv2d_kernel_gradient", kernel_forward, kernel_gradient_gradient, false};

gn_var *gn_conv2d_kernel_gradient(gn_var *image, gn_var *out_gradient, int64_t kernel_height, int64_t kernel_width,
                                  const gn_window *window)
{
    gn_var *inputs[] = {image, out_gradient};
    const char *op = "conv2d_kernel_gradient";
    if (!gn__check_inputs(op, inputs, 2))
        return gn__poison_of(inputs, 2);
    gn__conv_shape s;
    const gn_shape small = out_gradient->shape;
    const gn_shape kernel = GN_SHAPE(kernel_height, kernel_width, 1, small.rank == 4 ? small.size[3] : 1);
    if (!gn__window_conv(image, op, window, kernel, &s))
        return &image->tape->poison;
    if (!gn_shape_equal(gn__small_shape(&s), small)) {
        char found[64], wanted[64];
        return gn__op_fail(image, op, GN_ERROR_SHAPE, "out_gradient has shape %s, the convolution's result %s",
                           gn_shape_text(small, found, sizeof found),
                           gn_shape_text(gn__small_shape(&s), wanted, sizeof wanted));
    }
    return kernel_gradient(image, out_gradient, &s);
}
