/* SPDX-License-Identifier: MIT */
/* gannet/ops.h - the differentiable operations.
 *
 * Each takes values and gives a value on the same tape; inputs that do not fit poison the tape with GN_ERROR_SHAPE or
 * GN_ERROR_ARGUMENT and a message that names the op, the layer it was called from and the shapes. */
#ifndef GANNET_OPS_H
#define GANNET_OPS_H

#include <gannet/tape.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- element by element. The two inputs of a binary op may differ in shape when one can be broadcast to the other by
 * NumPy's rule: axes are aligned at the last one, and a size of 1 or a missing axis is repeated. ---------------------- */

GN_API gn_var *gn_add(gn_var *a, gn_var *b);     /* a + b */
GN_API gn_var *gn_sub(gn_var *a, gn_var *b);     /* a - b */
GN_API gn_var *gn_mul(gn_var *a, gn_var *b);     /* a * b */
GN_API gn_var *gn_div(gn_var *a, gn_var *b);     /* a / b */
GN_API gn_var *gn_maximum(gn_var *a, gn_var *b); /* max(a, b); where equal each gets half the gradient (PyTorch) */
GN_API gn_var *gn_minimum(gn_var *a, gn_var *b); /* min(a, b), likewise */

GN_API gn_var *gn_neg(gn_var *x);                     /* -x */
GN_API gn_var *gn_scale(gn_var *x, gn_real factor);   /* factor * x */
GN_API gn_var *gn_offset(gn_var *x, gn_real number);  /* x + number */
GN_API gn_var *gn_power(gn_var *x, gn_real exponent); /* x^exponent, as pow() */
GN_API gn_var *gn_exp(gn_var *x);                     /* e^x */
GN_API gn_var *gn_log(gn_var *x);                     /* natural logarithm */
GN_API gn_var *gn_sqrt(gn_var *x);                    /* square root */
GN_API gn_var *gn_abs(gn_var *x);                     /* |x|, gradient 0 at 0 */
GN_API gn_var *gn_square(gn_var *x);                  /* x^2 */
GN_API gn_var *gn_sign(gn_var *x);                    /* -1, 0 or 1; its gradient is zero */
GN_API gn_var *gn_relu(gn_var *x);                    /* max(x, 0), gradient 0 at 0 */

/* min(max(x, low), high); the gradient is 1 within, ends included, and 0 outside. low <= high. */
GN_API gn_var *gn_clamp(gn_var *x, gn_real low, gn_real high);

/* x > 0 ? x : slope * x, with slope at least 0. */
GN_API gn_var *gn_leaky_relu(gn_var *x, gn_real slope);

GN_API gn_var *gn_tanh(gn_var *x);     /* hyperbolic tangent */
GN_API gn_var *gn_sigmoid(gn_var *x);  /* 1 / (1 + e^-x) */
GN_API gn_var *gn_softplus(gn_var *x); /* log(1 + e^x), without overflow */

/* The same value, through which no gradient passes. No copy. */
GN_API gn_var *gn_stop_gradient(gn_var *x);

/* --- along axes. Bit i of axes stands for axis i: GN_AXIS(0) | GN_AXIS(2), GN_ALL_AXES for all of them. With
 * keep_axes the reduced axes stay, with size 1; without, they go. ------------------------------------------------------ */

/* Sets of axes: bit i stands for axis i. */
#define GN_AXIS(axis) (1u << (axis))
#define GN_ALL_AXES   (~0u)

/* Over the axes of the set. With keep_axes they stay, with size 1; without, they go. */
GN_API gn_var *gn_sum(gn_var *x, unsigned axes, bool keep_axes);
GN_API gn_var *gn_mean(gn_var *x, unsigned axes, bool keep_axes);
GN_API gn_var *gn_max(gn_var *x, unsigned axes, bool keep_axes); /* the first largest element gets the gradient */

/* Over the last axis: e^x / sum(e^x), and its logarithm; both shifted by the maximum, so that the first is finite for any
 * finite x, and the second where no other element is larger by more than a float can be: it is -inf there. */
GN_API gn_var *gn_softmax(gn_var *x);
GN_API gn_var *gn_log_softmax(gn_var *x);

/* --- shape -------------------------------------------------------------------------------------------------------- */

/* The same elements in the same order under another shape; one size may be -1. No copy. */
GN_API gn_var *gn_reshape(gn_var *x, gn_shape shape);

/* Repeats x to shape by NumPy's rule. */
GN_API gn_var *gn_broadcast(gn_var *x, gn_shape shape);

/* Axis i of the result is axis order[i] of x; order has as many numbers as x has axes. */
GN_API gn_var *gn_transpose(gn_var *x, const int *order);

/* Up to GN_MAX_INPUTS values one after another along an axis. */
GN_API gn_var *gn_concat(gn_var *const *inputs, int count, int axis);

/* Elements start .. start+length-1 of an axis. */
GN_API gn_var *gn_slice(gn_var *x, int axis, int64_t start, int64_t length);

/* Zeros before and after, along one axis. */
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
    GN_PADDING_SAME, /* TensorFlow and Keras: output ceil(n / stride); total = max((ceil(n/s)-1) s + (k-1) d + 1 - n, 0),
                                half of it (rounded down) before, the rest after. Padding sizes must be 0 */
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
 * OH = (H + top + bottom - (KH-1) dilation - 1) / stride + 1, rounded down. window NULL: all defaults. */
GN_API gn_var *gn_conv2d(gn_var *x, gn_var *kernel, gn_var *bias, const gn_window *window);

/* The adjoint of conv2d with regard to its image: x [N,H,W,C], kernel [KH,KW,K,C] (K output channels first, as the
 * conv2d that it is the adjoint of has them), bias [K] or NULL -> [N,OH,OW,K] with
 * OH = (H-1) stride - top - bottom + (KH-1) dilation + 1 + output_padding: 7 -> 14 with kernel 4, stride 2, padding 1.
 * With GN_PADDING_SAME, OH = H stride, cropped as Keras does (the rows "before" at the start, the rest at the end). */
GN_API gn_var *gn_conv_transpose2d(gn_var *x, gn_var *kernel, gn_var *bias, const gn_window *window);

/* The adjoint of conv2d with regard to its kernel: image [N,H,W,C], out_gradient [N,OH,OW,K] -> [KH,KW,C,K]. */
GN_API gn_var *gn_conv2d_kernel_gradient(gn_var *image, gn_var *out_gradient, int64_t kernel_height,
                                         int64_t kernel_width, const gn_window *window);

/* Largest and mean element of each kernel_height x kernel_width window, x [N,H,W,C] -> [N,OH,OW,C]; sizes as conv2d.
 * Padding never wins a maximum and is not counted by a mean (PyTorch's count_include_pad=False). Dilation must be 1. */
GN_API gn_var *gn_max_pool2d(gn_var *x, int64_t kernel_height, int64_t kernel_width, const gn_window *window);
GN_API gn_var *gn_avg_pool2d(gn_var *x, int64_t kernel_height, int64_t kernel_width, const gn_window *window);

/* Every pixel repeated factor times in both directions: [N,H,W,C] -> [N,factor H,factor W,C]. */
GN_API gn_var *gn_upsample_nearest2d(gn_var *x, int64_t factor);

/* --- normalisation and noise -------------------------------------------------------------------------------------- */

/* Batch normalisation with the batch's own statistics, over all axes but the last, then an optional leaky ReLU:
 *   y = f(gamma (x - mean) / sqrt(variance + epsilon) + beta),  f(u) = u > 0 ? u : slope u  (slope 1: no activation)
 * x [...,C], gamma [C], beta [C]; the variance is the biased one (divided by n). mean and variance (each NULL or C numbers)
 * receive the statistics. Ioffe & Szegedy 2015; the activation is here because both are limited by memory traffic. */
GN_API gn_var *gn_batch_norm(gn_var *x, gn_var *gamma, gn_var *beta, gn_real epsilon, gn_real slope, gn_real *mean,
                             gn_real *variance);

/* Zeroes each element with probability rate and multiplies the others by 1 / (1 - rate); 0 <= rate < 1. The mask is
 * drawn from the tape's random numbers. */
GN_API gn_var *gn_dropout(gn_var *x, gn_real rate);

#ifdef __cplusplus
}
#endif
#endif
