/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_pool.c - pooling and up-sampling of images. */
#include "autodiff/window.h"

static const gn__conv_shape *geometry_of(const gn_var *out)
{
    return out->attributes;
}

/* Every window must touch the image, or it would have no largest element and no mean. */
static bool pool_geometry(gn_var *x, const char *op, int64_t kh, int64_t kw, const gn_window *window, gn__conv_shape *s)
{
    if (!gn__window_conv(x, op, window, GN_SHAPE(kh, kw, 1, 1), s))
        return false;
    s->k = s->c;
    if (s->dilation_h != 1 || s->dilation_w != 1) {
        gn__op_fail(x, op, GN_ERROR_ARGUMENT, "dilation is %lld x %lld, expected 1", (long long)s->dilation_h,
                    (long long)s->dilation_w);
        return false;
    }
    if (s->top >= kh || s->left >= kw || (s->oh - 1) * s->stride_h - s->top >= s->h ||
        (s->ow - 1) * s->stride_w - s->left >= s->w) {
        gn__op_fail(x, op, GN_ERROR_ARGUMENT,
                    "padding is %lld + %lld by %lld + %lld, expected no window of %lld x %lld wholly in it",
                    (long long)window->padding_top, (long long)window->padding_bottom, (long long)window->padding_left,
                    (long long)window->padding_right, (long long)kh, (long long)kw);
        return false;
    }
    return true;
}

/* --- largest element ---------------------------------------------------------------------------------------------- */

static gn_status max_pool_forward(gn_var *out)
{
    int64_t *where = gn__op_save(out, (size_t)gn_shape_count(out->shape) * sizeof *where);
    if (where == NULL)
        return GN_ERROR_MEMORY;
    gn__kernels_of(out)->max_pool2d(gn__context_of(out), geometry_of(out), out->inputs[0]->data, out->data, where);
    return GN_OK;
}

static void max_pool_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn__put(out_gradient, out->saved, out->shape.size[0], out->inputs[0]->shape);
}

const gn_op gn__op_max_pool2d = {"max_pool2d", max_pool_forward, max_pool_gradient, false};

gn_var *gn_max_pool2d(gn_var *x, int64_t kernel_height, int64_t kernel_width, const gn_window *window)
{
    if (!gn__check_inputs("max_pool2d", &x, 1))
        return gn__poison_of(&x, 1);
    gn__conv_shape s;
    if (!pool_geometry(x, "max_pool2d", kernel_height, kernel_width, window, &s))
        return &x->tape->poison;
    return gn_record(&gn__op_max_pool2d, &x, 1, gn__small_shape(&s), &s, sizeof s);
}

/* --- mean, and its adjoint ---------------------------------------------------------------------------------------- */

static gn_status avg_pool_forward(gn_var *out)
{
    gn__kernels_of(out)->avg_pool2d(gn__context_of(out), geometry_of(out), out->inputs[0]->data, out->data);
    return GN_OK;
}

static gn_status avg_pool_adjoint_forward(gn_var *out)
{
    gn__kernels_of(out)->avg_pool2d_gradient(gn__context_of(out), geometry_of(out), out->inputs[0]->data, out->data);
    return GN_OK;
}

static void avg_pool_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    const gn__conv_shape *s = geometry_of(out);
    gradients[0] = gn_record(&gn__op_avg_pool2d_gradient, &out_gradient, 1, gn__large_shape(s), s, sizeof *s);
}

static void avg_pool_adjoint_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    const gn__conv_shape *s = geometry_of(out);
    gradients[0] = gn_record(&gn__op_avg_pool2d, &out_gradient, 1, gn__small_shape(s), s, sizeof *s);
}

const gn_op gn__op_avg_pool2d = {"avg_pool2d", avg_pool_forward, avg_pool_gradient, false};
const gn_op gn__op_avg_pool2d_gradient = {"avg_pool2d_gradient", avg_pool_adjoint_forward, avg_pool_adjoint_gradient,
                                          false};

gn_var *gn_avg_pool2d(gn_var *x, int64_t kernel_height, int64_t kernel_width, const gn_window *window)
{
    if (!gn__check_inputs("avg_pool2d", &x, 1))
        return gn__poison_of(&x, 1);
    gn__conv_shape s;
    if (!pool_geometry(x, "avg_pool2d", kernel_height, kernel_width, window, &s))
        return &x->tape->poison;
    return gn_record(&gn__op_avg_pool2d, &x, 1, gn__small_shape(&s), &s, sizeof s);
}

/* --- up-sampling -------------------------------------------------------------------------------------------------- */

static int64_t factor_of(const gn_var *out)
{
    return *(const int64_t *)out->attributes;
}

static gn_status upsample_forward(gn_var *out)
{
    const int64_t *size = out->inputs[0]->shape.size;
    gn__kernels_of(out)->upsample_nearest2d(gn__context_of(out), size[0], size[1], size[2], size[3], factor_of(out),
                                            out->inputs[0]->data, out->data);
    return GN_OK;
}

/* The adjoint of repeating is the sum over each factor x factor square: its mean times the number of pixels. */
static void upsample_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    const int64_t factor = factor_of(out);
    const gn_window window = {.stride_height = factor, .stride_width = factor};
    gradients[0] = gn_scale(gn_avg_pool2d(out_gradient, factor, factor, &window), (gn_real)(factor * factor));
}

const gn_op gn__op_upsample_nearest2d = {"upsample_nearest2d", upsample_forward, upsample_gradient, false};

gn_var *gn_upsample_nearest2d(gn_var *x, int64_t factor)
{
    if (!gn__check_inputs("upsample_nearest2d", &x, 1))
        return gn__poison_of(&x, 1);
    char text[64];
    if (x->shape.rank != 4)
        return gn__op_fail(x, "upsample_nearest2d", GN_ERROR_SHAPE, "input %s, expected an image [N,H,W,C]",
                           gn_shape_text(x->shape, text, sizeof text));
    if (factor < 1 || factor > 1024)
        return gn__op_fail(x, "upsample_nearest2d", GN_ERROR_ARGUMENT, "factor is %lld, expected 1 to 1024",
                           (long long)factor);
    gn_shape shape = x->shape;
    shape.size[1] *= factor;
    shape.size[2] *= factor;
    return gn_record(&gn__op_upsample_nearest2d, &x, 1, shape, &factor, sizeof factor);
}
