/* SPDX-License-Identifier: MIT */
/* gannet/layers.h - the layers.
 *
 * A constructor returns a module, or NULL with the reason in gn_context_message(). In every options struct zero means
 * the documented default and `name` may be NULL. Modules are nested directly: the outer one takes the inner ones over,
 * and a NULL among them is its failure too. Weights start from the context's seed and the order of construction (gcc
 * and clang make nested ones from first to last, which C does not promise). */
#ifndef GANNET_LAYERS_H
#define GANNET_LAYERS_H

#include <gannet/module.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- with parameters ---------------------------------------------------------------------------------------------- */

/* Dense: x [N,in] -> x weight + bias [N,out]. weight [in,out], bias [out]. A bias_init with no_bias is refused, here
 * and below. */
typedef struct gn_dense_options {
    int64_t in, out;
    bool no_bias;
    gn_init weight_init, bias_init; /* default Glorot uniform, zeros */
    const char *name;
} gn_dense_options;
GN_API gn_module *gn_dense_layer(gn_context *context, const gn_dense_options *options);

/* Conv2d and its transpose over images [N,H,W,in] -> [N,OH,OW,out]; sizes as gn_conv2d and gn_conv_transpose2d state
 * them. weight [kernel,kernel,in,out] for conv2d, [kernel,kernel,out,in] for conv_transpose2d; bias [out]. */
typedef struct gn_conv2d_options {
    int64_t in, out;
    int64_t kernel;          /* height and width */
    int64_t stride;          /* default 1 */
    int64_t padding;         /* zeros on every side */
    gn_padding padding_mode; /* GN_PADDING_SAME: TensorFlow's and Keras's rule; padding must be 0 */
    int64_t output_padding;  /* conv_transpose2d only: below stride or dilation; 0 with GN_PADDING_SAME */
    int64_t dilation;        /* default 1 */
    bool no_bias;
    gn_init weight_init, bias_init; /* default Glorot uniform, zeros */
    const char *name;
} gn_conv2d_options;
GN_API gn_module *gn_conv2d_layer(gn_context *context, const gn_conv2d_options *options);
GN_API gn_module *gn_conv_transpose2d_layer(gn_context *context, const gn_conv2d_options *options);

/* Batch normalisation over all axes but the last: weight (gamma, starts at 1) and bias (beta, 0) of [size], buffers
 * running_mean (0) and running_variance (1). Keras's convention: running = momentum running + (1 - momentum) batch, so
 * momentum is the weight of the OLD value (PyTorch's 0.1 is 0.9 here). The batch is normalised by the biased variance
 * (n), and the same goes into the average, as in Keras 3 (PyTorch stores the unbiased one). Which statistics are used:
 * gn_module_set_statistics. */
typedef struct gn_batch_norm_options {
    int64_t size;        /* of the last axis */
    float momentum;      /* default 0.99; 0 < momentum < 1 */
    float epsilon;       /* default 1e-3 (Keras; PyTorch's is 1e-5); 0 < epsilon < 1 */
    gn_init weight_init; /* default constant 1 */
    /* After n updates the averages are divided by 1 - momentum^n, as Adam's moments are, so that they hold no trace of
     * the 0 and 1 that they start from: running = m' running + (1 - m') batch with m' = momentum (1 - momentum^(n-1)) /
     * (1 - momentum^n). Adds the buffer updates [1], which counts them. */
    bool bias_correction;
    const char *name;
} gn_batch_norm_options;
GN_API gn_module *gn_batch_norm_layer(gn_context *context, const gn_batch_norm_options *options);

/* Conditional batch normalisation (Dumoulin et al. 2017; de Vries et al. 2017): takes x [N,...,size] and label
 * [N,classes] (one-hot or soft), and has a gamma and a beta for each class: weight and bias [classes,size], the rest as
 * gn_batch_norm_layer. */
typedef struct gn_conditional_batch_norm_options {
    int64_t size, classes;
    float momentum, epsilon; /* defaults as above */
    bool bias_correction;
    const char *name;
} gn_conditional_batch_norm_options;
GN_API gn_module *gn_conditional_batch_norm_layer(gn_context *context,
                                                  const gn_conditional_batch_norm_options *options);

/* How far the running averages of the batch norms of a tree are from the statistics of the batch that each saw last:
 * the largest over the layers of the mean over channels of |running_mean - mean| / s + |running_s / s - 1|, s =
 * sqrt(variance + epsilon) and running_s the same of running_variance. 0 without batch norms, or before their first
 * batch. */
GN_API double gn_batch_norm_gap(const gn_module *module);

/* Maxout (Goodfellow et al. 2013): units linear maps in pieces each, the largest piece wins.
 * x [N,in] -> [N,units]; weight [in, units pieces] (default Glorot uniform), bias [units pieces] (default zeros), unit
 * u owning pieces u*pieces .. */
typedef struct gn_maxout_options {
    int64_t in, units, pieces;
    gn_init weight_init, bias_init;
    const char *name;
} gn_maxout_options;
GN_API gn_module *gn_maxout_layer(gn_context *context, const gn_maxout_options *options);

/* Embedding: class numbers [N] -> rows of weight [classes,size], [N,size]. An input [N,classes] (one-hot or
 * soft labels) is multiplied with weight instead, which is the same for one-hot rows. */
typedef struct gn_embedding_options {
    int64_t classes, size;
    gn_init weight_init; /* default U(-0.05, 0.05), as Keras */
    const char *name;
} gn_embedding_options;
GN_API gn_module *gn_embedding_layer(gn_context *context, const gn_embedding_options *options);

/* Gated recurrent unit (Cho et al. 2014, in PyTorch's form): x [N,T,in] -> the state after the last step [N,size], from
 * a state of zeros. With the input's and the state's parts  a = x weight + bias  of each gate,
 *     r = sigmoid(a_r + b_r), z = sigmoid(a_z + b_z), n = tanh(a_n + r b_n), h' = (1 - z) n + z h.
 * input_weight [in,3 size], input_bias [3 size], hidden_weight [size,3 size], hidden_bias [3 size], gates in the order
 * r, z, n. Shorter sequences are best filled up in front: what stands there comes before what counts. The time of a
 * backward pass grows with T^2, and so does its memory when it is recorded to be differentiated again (32 sequences of
 * 256 steps, size 64: 3 GB). */
typedef struct gn_gru_options {
    int64_t in, size;
    gn_init init; /* of all weights and biases; default U(-1/sqrt(size), 1/sqrt(size)), as PyTorch */
    const char *name;
} gn_gru_options;
GN_API gn_module *gn_gru_layer(gn_context *context, const gn_gru_options *options);

/* Projection (Miyato & Koyama 2018): takes features x [N,in] and label [N,classes], gives the logit
 * x weight + bias + sum over j of (label embedding)_j x_j, [N,1]. weight [in,1], bias [1], embedding [classes,in]. */
typedef struct gn_projection_options {
    int64_t in, classes;
    gn_init weight_init, embedding_init; /* default Glorot uniform */
    const char *name;
} gn_projection_options;
GN_API gn_module *gn_projection_layer(gn_context *context, const gn_projection_options *options);

/* Spectral normalisation (Miyato et al. 2018): the layer (dense, conv2d, conv_transpose2d, maxout, embedding,
 * projection, any module with 1 to 4 parameters of rank 2 or more of its own, "bias" left out) works with each of these
 * weights divided by sigma, the largest singular value of the weight as a matrix [inputs, outputs] (both convolutions:
 * [KH KW in, out], whichever of in and out the weight keeps first; as PyTorch), estimated by `iterations` rounds of
 * power iteration whenever statistics are updated (GN_STATISTICS_BATCH_UPDATE: a discriminator's own steps); otherwise
 * by the vectors of the last update. They are buffers, weight_u [outputs] and weight_v [inputs] for a parameter
 * "weight", and saved with the module. Gradients pass through sigma = u W v with u and v as constants: those of a
 * gradient penalty are exact; the second derivative by the weight itself leaves out how u and v turn, as PyTorch's
 * does. A weight of zeros has no sigma and gives NaN. Takes the layer over. iterations: 0 to 1000, of which 0 stands
 * for 1. */
GN_API gn_module *gn_spectral_norm_layer(gn_context *context, gn_module *layer, int iterations);

/* Minibatch discrimination (Salimans et al. 2016): x [N,in] -> [N, in + kernels], each added feature telling how near
 * the other rows of the batch are: with M = x weight as [N,kernels,dimensions],
 *     o_ib = sum over j != i of exp(-|M_ib - M_jb|_1).
 * weight [in, kernels dimensions]. A training step holds about N^2 kernels (4 dimensions + 5) numbers: by default
 * 40 MB for 64 rows, 600 MB for 256 and 2.4 GB for 512; with a gradient penalty 1.6 times as many. */
typedef struct gn_minibatch_discrimination_options {
    int64_t in;
    int64_t kernels, dimensions; /* default 100 and 5; dimensions at most 1024 */
    gn_init weight_init;         /* default N(0, 0.05) */
    const char *name;
} gn_minibatch_discrimination_options;
GN_API gn_module *gn_minibatch_discrimination_layer(gn_context *context,
                                                    const gn_minibatch_discrimination_options *options);

/* --- without parameters ------------------------------------------------------------------------------------------- */

/* The ops of these names (gannet/ops.h), element by element on any shape; slope as for gn_leaky_relu. */
GN_API gn_module *gn_relu_layer(gn_context *context);
GN_API gn_module *gn_leaky_relu_layer(gn_context *context, float slope);
GN_API gn_module *gn_tanh_layer(gn_context *context);
GN_API gn_module *gn_sigmoid_layer(gn_context *context);
GN_API gn_module *gn_softplus_layer(gn_context *context);

/* Dropout (Srivastava et al. 2014) on any shape. In training each element becomes zero with probability rate and the
 * others are multiplied by 1 / (1 - rate), 0 <= rate < 1; out of training the input passes unchanged. The mask is drawn
 * from the tape's random numbers. */
GN_API gn_module *gn_dropout_layer(gn_context *context, float rate);

GN_API gn_module *gn_flatten_layer(gn_context *context); /* [N,...] -> [N, product of the rest] */

/* [N,...] -> [N, item...], the elements in the same order. item has rank 0 to 5 and as many elements as a row. */
GN_API gn_module *gn_reshape_layer(gn_context *context, gn_shape item);

/* Nearest: every pixel factor x factor times, [N,H,W,C] -> [N,factor H,factor W,C]; factor 1 to 1024. */
GN_API gn_module *gn_upsample_layer(gn_context *context, int64_t factor);

/* Largest and mean element of each kernel x kernel window, without padding: [N,H,W,C] -> [N,OH,OW,C] with OH = (H -
 * kernel) / stride + 1, rounded down. kernel is at least 1, and at most H and W; stride 0 stands for kernel. */
GN_API gn_module *gn_max_pool2d_layer(gn_context *context, int64_t kernel, int64_t stride);
GN_API gn_module *gn_avg_pool2d_layer(gn_context *context, int64_t kernel, int64_t stride);

/* Largest and mean element of the whole image: [N,H,W,C] -> [N,C]. */
GN_API gn_module *gn_global_max_pool2d_layer(gn_context *context);
GN_API gn_module *gn_global_avg_pool2d_layer(gn_context *context);

/* Minibatch standard deviation (Karras et al. 2018): one number, the mean over all features of sqrt(variance over a
 * group (n) + 1e-8), is added as one more channel to every row and pixel of the group: [N,...,C] -> [N,...,C+1]. Groups
 * are of `group` rows that follow one another (at least 2, dividing N; StyleGAN has 4), or the whole batch with 0 or
 * when it is smaller. */
GN_API gn_module *gn_minibatch_stddev_layer(gn_context *context, int64_t group);

/* Takes x [N,C] or [N,H,W,C] and label [N,K], and gives both, the label repeated at every pixel: [N,C+K] or
 * [N,H,W,C+K]. At the input or, in a gn_conditional, at every layer (Radford et al. 2016, code for conditional
 * MNIST). */
GN_API gn_module *gn_label_concat_layer(gn_context *context);

GN_API gn_module *gn_identity_layer(gn_context *context); /* gives its input back: a branch that does nothing */

/* --- made of others ----------------------------------------------------------------------------------------------- */

/* One after another. The first child takes all inputs (a join, for example), every other one the result before it.
 * gn_sequential(context, "name", first, second, ...) */
GN_API gn_module *gn_sequential_layer(gn_context *context, const char *name, gn_module *const *children, size_t count);
#define gn_sequential(context, name, ...)                                                                              \
    gn_sequential_layer(context, name, (gn_module *[]){__VA_ARGS__},                                                   \
                        sizeof((gn_module *[]){__VA_ARGS__}) / sizeof(gn_module *))

/* As gn_sequential, for a network whose layers look at the label again and again: takes x and label, and each child
 * that takes two values (conditional batch norm, label concat, projection, another gn_conditional) gets the label with
 * what came before it. gn_conditional(context, "name", first, second, ...) */
GN_API gn_module *gn_conditional_layer(gn_context *context, const char *name, gn_module *const *children, size_t count);
#define gn_conditional(context, name, ...)                                                                             \
    gn_conditional_layer(context, name, (gn_module *[]){__VA_ARGS__},                                                  \
                         sizeof((gn_module *[]){__VA_ARGS__}) / sizeof(gn_module *))

/* body(x) + shortcut(x); the shortcut is often gn_identity_layer(context). Takes both over. He et al. 2016. A body or
 * shortcut that takes a label too (gn_conditional) gets it when the block does. */
GN_API gn_module *gn_residual_layer(gn_context *context, const char *name, gn_module *body, gn_module *shortcut);

/* Several inputs become one: branch i is applied to input i, and the results are concatenated along the last axis,
 * added or multiplied element by element, with sizes of 1 repeated, but never rows of a batch. The number of inputs
 * must be the number of branches. gn_join(context, "name", kind, ...) */
typedef enum gn_join_kind { GN_JOIN_CONCAT = 0, GN_JOIN_ADD, GN_JOIN_MULTIPLY } gn_join_kind;
GN_API gn_module *gn_join_layer(gn_context *context, const char *name, gn_join_kind kind, gn_module *const *branches,
                                size_t count);
#define gn_join(context, name, kind, ...)                                                                              \
    gn_join_layer(context, name, kind, (gn_module *[]){__VA_ARGS__},                                                   \
                  sizeof((gn_module *[]){__VA_ARGS__}) / sizeof(gn_module *))

#ifdef __cplusplus
}
#endif
#endif
