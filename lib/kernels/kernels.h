/* SPDX-License-Identifier: MIT */
/* lib/kernels/kernels.h - the kernels: functions on buffers, listed in kernels.def.
 *
 * Every kernel exists as a plain loop in a *_reference.c file, which stays the oracle; faster ones stand beside it
 * under the same signature. gn__kernels_reference and gn__kernels_fast are the two tables; the context holds the one in
 * use. Kernels that need memory take it by gn__scratch and gn__worker_scratch and report GN_ERROR_MEMORY; no other
 * failure exists here: callers have checked everything. Results are the same bits for any number of threads.
 *
 * Legend: N images; H, W, C height, width, channels of the large image of a convolution; OH, OW, K those of the small
 * one; KH, KW the window. Buffers never overlap unless a comment says so. */
#ifndef GN_KERNELS_KERNELS_H
#define GN_KERNELS_KERNELS_H

#include <gannet/tensor.h>

/* A convolution's geometry, shared by its three directions: large image [N,H,W,C], small image [N,OH,OW,K], kernel
 * [KH,KW,C,K]. Small pixel (oy, ox) sees large pixel (oy stride_h + ky dilation_h - top, ox stride_w + kx dilation_w -
 * left). */
typedef struct gn__conv_shape {
    int64_t n, h, w, c, oh, ow, k, kh, kw;
    int64_t stride_h, stride_w, dilation_h, dilation_w, top, left;
} gn__conv_shape;

/* Element-wise functions of one input; a and b are their numbers (slope, exponent, bounds), unused by most. */
typedef enum gn__unary {
    GN__NEG,
    GN__SCALE,  /* a x */
    GN__OFFSET, /* x + a */
    GN__POWER,  /* x^a */
    GN__EXP,
    GN__LOG,
    GN__SQRT,
    GN__ABS,
    GN__SQUARE,
    GN__SIGN,
    GN__CLAMP,      /* to [a,b] */
    GN__LEAKY_RELU, /* x > 0 ? x : a x; with a = 0 it is relu, which turns -infinity into 0 */
    GN__TANH,
    GN__SIGMOID,
    GN__SOFTPLUS,
    GN__UNARY_COUNT
} gn__unary;

/* Element-wise functions of two inputs. The last four are gradients: x is the gradient of the output, y what it is
 * masked by. */
typedef enum gn__binary {
    GN__ADD,
    GN__SUB,
    GN__MUL,
    GN__DIV,
    GN__MAXIMUM, /* NaN when either is */
    GN__MINIMUM,
    GN__LEAKY_RELU_GRADIENT, /* y > 0 ? x : a x */
    GN__TANH_GRADIENT,       /* x (1 - y^2) */
    GN__SIGMOID_GRADIENT,    /* x y (1 - y) */
    GN__CLAMP_GRADIENT,      /* a <= y <= b ? x : 0 */
    GN__BINARY_COUNT
} gn__binary;

/* What is stored row by row, the rows `stride` numbers apart; or the transpose of that. */
typedef struct gn__matrix {
    const gn_real *numbers;
    int64_t stride;
    bool transposed;
} gn__matrix;

/* What becomes of every sum u of a channel, the last axis of what a product or convolution gives: f(u), f the leaky
 * ReLU (GN__LEAKY_RELU), which slope 1 leaves out; with a mean f(gamma (u - mean) / sqrt(variance + epsilon) + beta), a
 * batch norm by given statistics [channels]. Where a finish is asked for, NULL stands for none. */
typedef struct gn__finish {
    gn_real slope, epsilon;
    const gn_real *mean, *variance, *gamma, *beta; /* mean NULL: no norm */
} gn__finish;

/* C [m,n] = begin [m,n] + A [m,k] B [k,n], finished. The rows of begin are begin_stride apart, with 0 one row for all;
 * it may be c itself, and NULL stands for zeros. */
typedef struct gn__product {
    int64_t m, n, k;
    gn__matrix a, b;
    const gn_real *begin;
    int64_t begin_stride;
    gn_real *c;
    int64_t c_stride;
    const gn__finish *finish;
    double *squares; /* NULL, or where the sum of the squares of C goes, if they come by the way; else it is left */
} gn__product;

/* Parallel over tiles of C. */
typedef gn_status gn__gemm_function(gn_context *context, const gn__product *product);

/* small = conv(large, kernel) + bias, finished; bias [K] or NULL. */
typedef gn_status gn__conv2d_function(gn_context *context, const gn__conv_shape *s, const gn_real *large,
                                      const gn_real *kernel, const gn_real *bias, const gn__finish *finish,
                                      gn_real *small);

/* large = the adjoint of conv with regard to large, applied to small; + bias [C] or NULL; finished. Every element of
 * large is written. */
typedef gn_status gn__conv_transpose2d_function(gn_context *context, const gn__conv_shape *s, const gn_real *small,
                                                const gn_real *kernel, const gn_real *bias, const gn__finish *finish,
                                                gn_real *large);

/* kernel = the adjoint of conv with regard to kernel: sum over n, oy, ox of large x small. */
typedef gn_status gn__conv2d_kernel_gradient_function(gn_context *context, const gn__conv_shape *s,
                                                      const gn_real *large, const gn_real *small, gn_real *kernel);

/* y[i] = f(x[i]); x and y may be the same buffer. */
typedef void gn__unary_function(gn_context *context, gn__unary f, gn_real a, gn_real b, int64_t count, const gn_real *x,
                                gn_real *y);

/* z[i] = f(x[i], y[i]); z may be x or y. a, b as for unary. */
typedef void gn__binary_function(gn_context *context, gn__binary f, gn_real a, gn_real b, int64_t count,
                                 const gn_real *x, const gn_real *y, gn_real *z);

/* z[i,j] = f(x[i,j], side[j]) (row) or f(x[i,j], side[i]) (column): x and z [rows,columns]; for broadcasting along one
 * side. z may be x. a and b are 0. */
typedef void gn__binary_side_function(gn_context *context, gn__binary f, int64_t rows, int64_t columns,
                                      const gn_real *x, const gn_real *side, gn_real *z);

/* x [outer,middle,inner] -> y [outer,inner]: sum over middle. Sums run in an order that depends on the sizes only, in
 * blocks, so that rounding errors stay small. */
typedef gn_status gn__sum_function(gn_context *context, int64_t outer, int64_t middle, int64_t inner, const gn_real *x,
                                   gn_real *y);

/* As sum, the largest element (NaN when there is one); where[outer,inner] receives the flat index in x of the first
 * largest. */
typedef void gn__max_function(gn_context *context, int64_t outer, int64_t middle, int64_t inner, const gn_real *x,
                              gn_real *y, int64_t *where);

/* Over the last axis, x [rows,columns]: softmax, or log-softmax. y may be x. */
typedef void gn__softmax_function(gn_context *context, int64_t rows, int64_t columns, const gn_real *x, gn_real *y);

/* Batch norm of x [rows,channels]: what all but its statistics need to know. */
typedef struct gn__norm {
    int64_t rows, channels;
    const gn_real *x, *mean, *inverse, *gamma, *beta; /* inverse [channels]: 1/sqrt(variance + epsilon) */
    gn_real slope;                                    /* f(u) = u > 0 ? u : slope u */
} gn__norm;

/* statistics: mean and biased variance of each channel, about a middle or in two passes: no cancellation. apply:
 * y = f(gamma (x - mean) inverse + beta). gradient_sums: with d = out_gradient f'(u): beta_gradient = sum d,
 * gamma_gradient = sum d (x - mean) inverse. gradient: x_gradient = gamma inverse (d - beta_gradient/rows -
 * xhat gamma_gradient/rows); x_gradient may be out_gradient, y may be x. */
typedef gn_status gn__norm_statistics_function(gn_context *context, int64_t rows, int64_t channels, const gn_real *x,
                                               gn_real *mean, gn_real *variance);
typedef void gn__norm_apply_function(gn_context *context, const gn__norm *norm, gn_real *y);
typedef gn_status gn__norm_gradient_sums_function(gn_context *context, const gn__norm *norm,
                                                  const gn_real *out_gradient, gn_real *gamma_gradient,
                                                  gn_real *beta_gradient);
typedef void gn__norm_gradient_function(gn_context *context, const gn__norm *norm, const gn_real *out_gradient,
                                        const gn_real *gamma_gradient, const gn_real *beta_gradient,
                                        gn_real *x_gradient);

/* Pooling over windows of the conv geometry (c == k, dilation 1). max: where receives the flat index in x of the first
 * largest element of each window (NaN counts as largest). avg: mean over the window's pixels that lie inside the image;
 * gradient is its adjoint. A window that lies outside gives 0, with where -1. */
typedef void gn__max_pool2d_function(gn_context *context, const gn__conv_shape *s, const gn_real *large, gn_real *small,
                                     int64_t *where);
typedef void gn__avg_pool2d_function(gn_context *context, const gn__conv_shape *s, const gn_real *large,
                                     gn_real *small);
typedef void gn__avg_pool2d_gradient_function(gn_context *context, const gn__conv_shape *s, const gn_real *small,
                                              gn_real *large);

/* [n,h,w,c] -> [n,h factor,w factor,c]: every pixel repeated. */
typedef void gn__upsample_nearest2d_function(gn_context *context, int64_t n, int64_t h, int64_t w, int64_t c,
                                             int64_t factor, const gn_real *x, gn_real *y);

/* All pairs of rows, with s = sign(m_idb - m_jdb) and v, m [n,dimensions,inner], z [n,n,inner]. distances: z_ijb = sum
 * over d of s (v_idb - v_jdb), for v = m the L1 distances. sums, its adjoint: v_idb = sum over j of s (z_ijb +
 * z_jib). */
typedef void gn__pair_distances_function(gn_context *context, int64_t n, int64_t dimensions, int64_t inner,
                                         const gn_real *v, const gn_real *m, gn_real *z);
typedef void gn__pair_sums_function(gn_context *context, int64_t n, int64_t dimensions, int64_t inner, const gn_real *z,
                                    const gn_real *m, gn_real *v);

/* The optimizers' loops over one parameter say whether all of p is finite afterwards. Adam's: p, m, v are updated.
 * m = beta1 m + (1-beta1) g', v = beta2 v + (1-beta2) g'^2, p -= corrected_rate m / (sqrt(v) root_correction +
 * epsilon), g' = gradient_scale g + weight_decay p. */
typedef struct gn__adam {
    gn_real gradient_scale, weight_decay, beta1, beta2, corrected_rate, root_correction, epsilon;
} gn__adam;
typedef bool gn__adam_function(gn_context *context, const gn__adam *step, int64_t count, gn_real *p, const gn_real *g,
                               gn_real *m, gn_real *v);

/* SGD's: without momentum, where v is NULL, p -= rate g'. Otherwise v = momentum v + g', and p -= rate v, with nesterov
 * rate (g' + momentum v). */
typedef struct gn__sgd {
    gn_real gradient_scale, weight_decay, rate, momentum;
    bool nesterov;
} gn__sgd;
typedef bool gn__sgd_function(gn_context *context, const gn__sgd *step, int64_t count, gn_real *p, const gn_real *g,
                              gn_real *v);

/* RMSprop's: v = alpha v + (1-alpha) g'^2, u = g' / (sqrt(v) + epsilon). Without momentum, where b is NULL, p -= rate
 * u; otherwise b = momentum b + u, p -= rate b. */
typedef struct gn__rmsprop {
    gn_real gradient_scale, weight_decay, rate, alpha, epsilon, momentum;
} gn__rmsprop;
typedef bool gn__rmsprop_function(gn_context *context, const gn__rmsprop *step, int64_t count, gn_real *p,
                                  const gn_real *g, gn_real *v, gn_real *b);

#define GN__KERNEL(name, kind) gn__##kind##_function gn__##name##_reference, gn__##name##_fast;
#include "kernels/kernels.def"
#undef GN__KERNEL

typedef struct gn__kernels {
    const char *name;
#define GN__KERNEL(name, kind) gn__##kind##_function *name; /* NOLINT(bugprone-macro-parentheses) */
#include "kernels/kernels.def"
#undef GN__KERNEL
} gn__kernels;

extern const gn__kernels gn__kernels_reference;
extern const gn__kernels gn__kernels_fast;

/* Prepares the BLAS for this process: one thread per call, its buffers mapped. GN_ERROR_MEMORY when they cannot be. */
gn_status gn__blas_prepare(gn_context *context);

/* The BLAS in use and its core, such as "OpenBLAS 0.3.21 SkylakeX" or "built-in GEMM". Static storage. */
const char *gn__blas_name(void);

#endif
