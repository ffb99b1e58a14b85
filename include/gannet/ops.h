/* SPDX-License-Identifier: MIT */
/* gannet/ops.h - the differentiable operations.
 *
 * Each takes values and gives a value on the same tape; inputs that do not fit poison the tape with GN_ERROR_SHAPE or
 * GN_ERROR_ARGUMENT and a message that names the op, the layer it was called from and the shapes. NULL only where all
 * values that an op is given are NULL, since there is no tape to fail. */
#ifndef GANNET_OPS_H
#define GANNET_OPS_H

#include <gannet/tape.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- element by element. The result has the shape of the input. The two inputs of a binary op may differ in shape,
 * when both can be repeated to one by NumPy's rule: axes are aligned at the last one, and a size of 1 or a missing axis
 * is repeated. Where a function has no finite value the result is infinite or NaN, as C's, and no error. What is NaN
 * gives NaN, in maximum, minimum, sign and clamp too, and in the maxima below. ------------------------------------- */

GN_API gn_var *gn_add(gn_var *a, gn_var *b);     /* a + b */
GN_API gn_var *gn_sub(gn_var *a, gn_var *b);     /* a - b */
GN_API gn_var *gn_mul(gn_var *a, gn_var *b);     /* a * b */
GN_API gn_var *gn_div(gn_var *a, gn_var *b);     /* a / b; infinite where b alone is 0, NaN where both are */
GN_API gn_var *gn_maximum(gn_var *a, gn_var *b); /* max(a, b); where equal and finite each gets half the gradient */
GN_API gn_var *gn_minimum(gn_var *a, gn_var *b); /* min(a, b), likewise */

GN_API gn_var *gn_neg(gn_var *x);                    /* -x */
GN_API gn_var *gn_scale(gn_var *x, gn_real factor);  /* factor * x */
GN_API gn_var *gn_offset(gn_var *x, gn_real number); /* x + number */

/* x^exponent, as C's pow: NaN where x is negative and exponent no whole number, infinite where x is 0 and exponent
 * negative. The gradient is exponent * x^(exponent - 1), so infinite at 0 for an exponent below 1, and 0 for exponent
 * 0. */
GN_API gn_var *gn_power(gn_var *x, gn_real exponent);

GN_API gn_var *gn_exp(gn_var *x);    /* e^x */
GN_API gn_var *gn_log(gn_var *x);    /* natural logarithm: -infinity at 0, NaN below; the gradient is 1 / x anywhere */
GN_API gn_var *gn_sqrt(gn_var *x);   /* square root: NaN below 0; gradient 1 / (2 sqrt(x)), infinite at 0 */
GN_API gn_var *gn_abs(gn_var *x);    /* |x|, gradient 0 at 0 */
GN_API gn_var *gn_square(gn_var *x); /* x^2 */
GN_API gn_var *gn_sign(gn_var *x);   /* -1, 0 or 1; its gradient is zero */
GN_API gn_var *gn_relu(gn_var *x);   /* max(x, 0), gradient 0 at 0 */

/* min(max(x, low), high); the gradient is 1 within, ends included, and 0 outside. low <= high. */
GN_API gn_var *gn_clamp(gn_var *x, gn_real low, gn_real high);

/* x > 0 ? x : slope * x, with slope finite and at least 0. */
GN_API gn_var *gn_leaky_relu(gn_var *x, gn_real slope);

GN_API gn_var *gn_tanh(gn_var *x);     /* hyperbolic tangent */
GN_API gn_var *gn_sigmoid(gn_var *x);  /* 1 / (1 + e^-x) */
GN_API gn_var *gn_softplus(gn_var *x); /* log(1 + e^x), without overflow */

/* The same value, through which no gradient passes. No copy. */
GN_API gn_var *gn_stop_gradient(gn_var *x);

/* --- along axes --------------------------------------------------------------------------------------------------- */

/* Sets of axes: bit i stands for axis i, GN_AXIS(0) | GN_AXIS(2) for the first and the third. */
#define GN_AXIS(axis) (1u << (axis))
#define GN_ALL_AXES   (~0u)

/* Over the axes of the set. With keep_axes they stay, with size 1; without, they go. */
GN_API gn_var *gn_sum(gn_var *x, unsigned axes, bool keep_axes);
GN_API gn_var *gn_mean(gn_var *x, unsigned axes, bool keep_axes);
GN_API gn_var *gn_max(gn_var *x, unsigned axes, bool keep_axes); /* the first largest element gets the gradient */

/* Over the last axis: e^x / sum(e^x), and its logarithm. Both are computed from x less its maximum, so that the first
 * is finite for any finite x. The second is too, unless an element lies below the largest by more than a float can
 * hold: it is -infinity there. */
GN_API gn_var *gn_softmax(gn_var *x);
GN_API gn_var *gn_log_softmax(gn_var *x);

/* --- shape -------------------------------------------------------------------------------------------------------- */

/* The same elements in the same order under another shape; one size may be -1. No copy. */
GN_API gn_var *gn_reshape(gn_var *x, gn_shape shape);

/* Repeats x to shape by NumPy's rule: with axes aligned at the last one, each size of x must be 1 or that of shape,
 * which may have more axes in front: [3] or [1,3] or [2,1] -> [2,3]. */
GN_API gn_var *gn_broadcast(gn_var *x, gn_shape shape);

/* Axis i of the result is axis order[i] of x; order has as many numbers as x has axes, and each axis once: [N,H,W,C] ->
 * [N,C,H,W] with {0, 3, 1, 2}. */
GN_API gn_var *gn_transpose(gn_var *x, const int *order);

/* 1 to GN_MAX_INPUTS values one after another along an axis, on which sizes may differ, and only there: [N,2] and [N,3]
 * -> [N,5] along axis 1. NULL, too, for inputs NULL or count below 1. */
GN_API gn_var *gn_concat(gn_var *const *inputs, int count, int axis);

/* Elements start .. start+length-1 of an axis, all of them within it; length at least 1, the size that it then has. */
GN_API gn_var *gn_slice(gn_var *x, int axis, int64_t start, int64_t length);

/* Zeros before and after, along one axis, whose size grows by before + after; both at least 0. */
GN_API gn_var *gn_pad(gn_var *x, int axis, int64_t before, int64_t after);

/* Rows of x by number: x [R,...], indices [N] with whole numbers 0 <= i < R as elements -> [N,...]. No gradient to
 * indices. gn_scatter_rows is its adjoint: x [N,...], indices [N] -> [rows,...], rows with the same number are
 * added. */
GN_API gn_var *gn_gather_rows(gn_var *x, gn_var *indices);
GN_API gn_var *gn_scatter_rows(gn_var *x, gn_var *indices, int64_t rows);

/* labels [N] with whole numbers 0 <= k < classes -> [N,classes], 1 at the label and 0 elsewhere. No gradient. */
GN_API gn_var *gn_one_hot(gn_var *labels, int64_t classes);

/* --- linear ------------------------------------------------------------------------------------------------------- */

/* a' b' with a' = a or its transpose: [M,K] x [K,N] -> [M,N]. */
GN_API gn_var *gn_matmul(gn_var *a, gn_var *b, bool transpose_a, bool transpose_b);

/* x [N,I], weight [I,O], bias [O] or NULL -> x weight + bias [N,O]. */
GN_API gn_var *gn_linear(gn_var *x, gn_var *weight, gn_var *bias);

/* L1 distances of all pairs of rows, y_ijb = sum over d of |x_idb - x_jdb|: x [N,D,B] -> [N,N,B]. Minibatch
 * discrimination's (Salimans et al. 2016), where slices, differences and their sum would hold 2 D values of [N,N,B].
 * The gradient of |0| is 0. */
GN_API gn_var *gn_pair_distances(gn_var *x);

/* --- convolution and pooling of images [N,H,W,C] ------------------------------------------------------------------ */

/* How the rows and columns of zeros around an image are chosen. */
typedef enum gn_padding {
    GN_PADDING_EXPLICIT = 0, /* as the sizes say */
    /* TensorFlow and Keras: output ceil(n / s); total = max((ceil(n / s) - 1) s + (k - 1) d + 1 - n, 0), half of it
     * (rounded down) before, the rest after. Padding sizes must be 0 */
    GN_PADDING_SAME,
} gn_padding;

/* Geometry of a convolution. Zero means: stride 1, dilation 1, no padding. */
typedef struct gn_window {
    int64_t stride_height, stride_width;
    int64_t dilation_height, dilation_width;
    int64_t padding_top, padding_bottom, padding_left, padding_right;
    gn_padding padding;
    int64_t output_padding_height, output_padding_width; /* conv_transpose2d only: rows and columns added at the end */
} gn_window;

/* Cross-correlation, as every framework's conv2d. x [N,H,W,C], kernel [KH,KW,C,K], bias [K] or NULL -> [N,OH,OW,K] with
 * OH = (H + top + bottom - (KH-1) dilation - 1) / stride + 1, rounded down. window NULL: all defaults.
 *
 * A NaN or infinity may reach more outputs than those whose windows hold it, here and in the adjoints. What computes by
 * tiles (2 x 2 or 4 x 4 outputs, see docs/design.md) spreads one of the image over its tile, though never to another
 * picture; and an infinite weight may meet a zero around the image, which is NaN, or by tiles reach its whole output
 * channel. */
GN_API gn_var *gn_conv2d(gn_var *x, gn_var *kernel, gn_var *bias, const gn_window *window);

/* The adjoint of conv2d with regard to its image: x [N,H,W,C], kernel [KH,KW,K,C] (K output channels first, as the
 * conv2d that it is the adjoint of has them), bias [K] or NULL -> [N,OH,OW,K] with
 * OH = (H-1) stride - top - bottom + (KH-1) dilation + 1 + output_padding: 7 -> 14 with kernel 4, stride 2, padding 1.
 * output_padding must be smaller than the stride or the dilation. With GN_PADDING_SAME it must be 0, and OH = H stride,
 * cropped as Keras does (the rows "before" at the start, the rest at the end). */
GN_API gn_var *gn_conv_transpose2d(gn_var *x, gn_var *kernel, gn_var *bias, const gn_window *window);

/* The adjoint of conv2d with regard to its kernel: image [N,H,W,C], out_gradient [N,OH,OW,K] -> [KH,KW,C,K]. */
GN_API gn_var *gn_conv2d_kernel_gradient(gn_var *image, gn_var *out_gradient, int64_t kernel_height,
                                         int64_t kernel_width, const gn_window *window);

/* Largest and mean element of each kernel_height x kernel_width window, x [N,H,W,C] -> [N,OH,OW,C]; sizes as conv2d.
 * Padding never wins a maximum and is not counted by a mean (PyTorch's count_include_pad=False). Dilation must be 1,
 * and every window must touch the image: GN_ERROR_ARGUMENT otherwise. */
GN_API gn_var *gn_max_pool2d(gn_var *x, int64_t kernel_height, int64_t kernel_width, const gn_window *window);
GN_API gn_var *gn_avg_pool2d(gn_var *x, int64_t kernel_height, int64_t kernel_width, const gn_window *window);

/* Every pixel repeated factor times (1 to 1024) in both directions: [N,H,W,C] -> [N,factor H,factor W,C]. */
GN_API gn_var *gn_upsample_nearest2d(gn_var *x, int64_t factor);

/* --- normalisation and noise -------------------------------------------------------------------------------------- */

/* Batch normalisation with the batch's own statistics, over all axes but the last, then an optional leaky ReLU:
 *   y = f(gamma (x - mean) / sqrt(variance + epsilon) + beta),  f(u) = u > 0 ? u : slope u  (slope 1: no activation)
 * x [...,C] of rank 2 or more, gamma [C], beta [C], epsilon above 0, slope at least 0; the variance is the biased one
 * (divided by n). mean and variance (each NULL or C numbers) receive the statistics. Ioffe & Szegedy 2015; the
 * activation is here because both are limited by memory traffic. */
GN_API gn_var *gn_batch_norm(gn_var *x, gn_var *gamma, gn_var *beta, gn_real epsilon, gn_real slope, gn_real *mean,
                             gn_real *variance);

/* Dropout (Srivastava et al. 2014): zeroes each element with probability rate, 0 <= rate < 1, and multiplies the others
 * by 1 / (1 - rate). The mask is drawn from the tape's random numbers. */
GN_API gn_var *gn_dropout(gn_var *x, gn_real rate);

#ifdef __cplusplus
}
#endif
#endif
