/* SPDX-License-Identifier: MIT */
/* lib/autodiff/window.c - the geometry of convolutions and pooling: strides, dilation, and the rules of padding. */
#include "autodiff/window.h"

/* Sizes above this are mistakes; below it no product of two overflows. */
static const int64_t most = INT64_C(1) << 30;

/* What a window that is NULL stands for. */
static const gn_window plain = {0};

/* One direction (height or width) of a window; stride and dilation already have their defaults. */
typedef struct line {
    int64_t kernel, stride, dilation, before, after, output_padding;
} line;

static line vertical(const gn_window *window, int64_t kernel)
{
    return (line){kernel,
                  window->stride_height == 0 ? 1 : window->stride_height,
                  window->dilation_height == 0 ? 1 : window->dilation_height,
                  window->padding_top,
                  window->padding_bottom,
                  window->output_padding_height};
}

static line horizontal(const gn_window *window, int64_t kernel)
{
    return (line){kernel,
                  window->stride_width == 0 ? 1 : window->stride_width,
                  window->dilation_width == 0 ? 1 : window->dilation_width,
                  window->padding_left,
                  window->padding_right,
                  window->output_padding_width};
}

/* Pixels that a dilated kernel spans. */
static int64_t span(const line *l)
{
    return (l->kernel - 1) * l->dilation + 1;
}

static bool check_line(gn_var *x, const char *op, const char *direction, const line *l)
{
    const struct {
        const char *name;
        int64_t value, least;
    } sizes[] = {{"kernel", l->kernel, 1},       {"stride", l->stride, 1},
                 {"dilation", l->dilation, 1},   {"padding before", l->before, 0},
                 {"padding after", l->after, 0}, {"output padding", l->output_padding, 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].value < sizes[i].least || sizes[i].value > most) {
            gn__op_fail(x, op, GN_ERROR_ARGUMENT, "%s: %s is %lld, expected %lld to 2^30", direction, sizes[i].name,
                        (long long)sizes[i].value, (long long)sizes[i].least);
            return false;
        }
    if (l->kernel > most / l->dilation) {
        gn__op_fail(x, op, GN_ERROR_ARGUMENT, "%s: kernel %lld with dilation %lld spans more than 2^30 pixels",
                    direction, (long long)l->kernel, (long long)l->dilation);
        return false;
    }
    return true;
}

static bool has_padding(const line *l)
{
    return l->before != 0 || l->after != 0;
}

/* TensorFlow's rule for an image of n pixels: reference
 * https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2 */
static void set_same_padding(line *l, int64_t n)
{
    const int64_t outputs = (n + l->stride - 1) / l->stride;
    const int64_t total = (outputs - 1) * l->stride + span(l) - n;
    l->before = total > 0 ? total / 2 : 0;
    l->after = total > 0 ? total - l->before : 0;
}

/* Both directions and the rule of padding, checked; fails when SAME comes with explicit sizes. */
static bool open_lines(gn_var *x, const char *op, const gn_window *window, gn_shape kernel, line *v, line *h)
{
    *v = vertical(window, kernel.size[0]);
    *h = horizontal(window, kernel.size[1]);
    if (!check_line(x, op, "height", v) || !check_line(x, op, "width", h))
        return false;
    if (window->padding != GN_PADDING_EXPLICIT && window->padding != GN_PADDING_SAME) {
        gn__op_fail(x, op, GN_ERROR_ARGUMENT, "padding is %d, expected one of gn_padding", (int)window->padding);
        return false;
    }
    if (window->padding == GN_PADDING_SAME && (has_padding(v) || has_padding(h))) {
        gn__op_fail(x, op, GN_ERROR_ARGUMENT, "padding is %lld + %lld by %lld + %lld, expected 0 with GN_PADDING_SAME",
                    (long long)v->before, (long long)v->after, (long long)h->before, (long long)h->after);
        return false;
    }
    return true;
}

static bool check_image(gn_var *x, const char *op)
{
    const gn_shape shape = x->shape;
    bool fits = shape.rank == 4;
    for (int axis = 0; axis < 4 && fits; axis++)
        fits = shape.size[axis] <= most;
    if (!fits) {
        char text[64];
        gn__op_fail(x, op, GN_ERROR_SHAPE, "input %s, expected an image [N,H,W,C]",
                    gn_shape_text(shape, text, sizeof text));
    }
    return fits;
}

static gn__conv_shape geometry(int64_t n, const line *v, const line *h)
{
    return (gn__conv_shape){
        .n = n,
        .kh = v->kernel,
        .kw = h->kernel,
        .stride_h = v->stride,
        .stride_w = h->stride,
        .dilation_h = v->dilation,
        .dilation_w = h->dilation,
        .top = v->before,
        .left = h->before,
    };
}

static bool conv_outputs(gn_var *x, const char *op, const line *l, int64_t n, int64_t *outputs)
{
    const int64_t room = n + l->before + l->after - span(l);
    *outputs = room / l->stride + 1;
    if (room >= 0)
        return true;
    gn__op_fail(x, op, GN_ERROR_SHAPE,
                "kernel %lld (dilation %lld) is larger than the input's %lld pixels with padding %lld + %lld",
                (long long)l->kernel, (long long)l->dilation, (long long)n, (long long)l->before, (long long)l->after);
    return false;
}

bool gn__window_conv(gn_var *x, const char *op, const gn_window *window, gn_shape kernel, gn__conv_shape *s)
{
    const int64_t *large = x->shape.size;
    line v, h;
    if (window == NULL)
        window = &plain;
    if (!check_image(x, op) || !open_lines(x, op, window, kernel, &v, &h))
        return false;
    if (v.output_padding != 0 || h.output_padding != 0) {
        gn__op_fail(x, op, GN_ERROR_ARGUMENT, "output padding is %lld by %lld, which only conv_transpose2d has",
                    (long long)v.output_padding, (long long)h.output_padding);
        return false;
    }
    if (window->padding == GN_PADDING_SAME) {
        set_same_padding(&v, large[1]);
        set_same_padding(&h, large[2]);
    }
    *s = geometry(large[0], &v, &h);
    s->h = large[1], s->w = large[2], s->c = large[3], s->k = kernel.size[3];
    return conv_outputs(x, op, &v, s->h, &s->oh) && conv_outputs(x, op, &h, s->w, &s->ow);
}

/* The large size for n small pixels; with SAME it is the one whose conv2d with SAME gives n back, n * stride. */
static bool transpose_outputs(gn_var *x, const char *op, line *l, bool same, int64_t n, int64_t *outputs)
{
    if (same)
        set_same_padding(l, n * l->stride);
    *outputs = same ? n * l->stride : (n - 1) * l->stride - l->before - l->after + span(l) + l->output_padding;
    if (l->output_padding != 0 && (same || (l->output_padding >= l->stride && l->output_padding >= l->dilation))) {
        gn__op_fail(x, op, GN_ERROR_ARGUMENT,
                    "output padding %lld must be smaller than the stride or the dilation, and 0 with SAME",
                    (long long)l->output_padding);
        return false;
    }
    if (*outputs >= 1 && *outputs <= most)
        return true;
    gn__op_fail(x, op, GN_ERROR_SHAPE,
                "%lld input pixels, kernel %lld, stride %lld and padding %lld + %lld leave %lld output pixels",
                (long long)n, (long long)l->kernel, (long long)l->stride, (long long)l->before, (long long)l->after,
                (long long)*outputs);
    return false;
}

bool gn__window_transpose(gn_var *x, const char *op, const gn_window *window, gn_shape kernel, gn__conv_shape *s)
{
    const int64_t *small = x->shape.size;
    line v, h;
    if (window == NULL)
        window = &plain;
    const bool same = window->padding == GN_PADDING_SAME;
    int64_t height, width;
    if (!check_image(x, op) || !open_lines(x, op, window, kernel, &v, &h) ||
        !transpose_outputs(x, op, &v, same, small[1], &height) || !transpose_outputs(x, op, &h, same, small[2], &width))
        return false;
    *s = geometry(small[0], &v, &h);
    s->oh = small[1], s->ow = small[2], s->k = small[3];
    s->h = height, s->w = width, s->c = kernel.size[2];
    return true;
}

gn_shape gn__large_shape(const gn__conv_shape *s)
{
    return GN_SHAPE(s->n, s->h, s->w, s->c);
}

gn_shape gn__small_shape(const gn__conv_shape *s)
{
    return GN_SHAPE(s->n, s->oh, s->ow, s->k);
}
