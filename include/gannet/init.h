/* SPDX-License-Identifier: MIT */
/* gannet/init.h - how parameters start. */
#ifndef GANNET_INIT_H
#define GANNET_INIT_H

#include <gannet/random.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a tensor starts from. */
typedef enum gn_init_kind {
    /* the layer's own, else Glorot uniform for rank 2 and more (weights), zeros for less (biases) */
    GN_INIT_DEFAULT = 0,
    /* U(-a, a), a = scale sqrt(6 / (fan_in + fan_out)); Glorot & Bengio 2010, Keras's default */
    GN_INIT_GLOROT_UNIFORM,
    GN_INIT_GLOROT_NORMAL, /* N(0, s), s = scale sqrt(2 / (fan_in + fan_out)) */
    GN_INIT_HE_UNIFORM,    /* U(-a, a), a = scale sqrt(6 / fan_in); He et al. 2015 */
    GN_INIT_HE_NORMAL,     /* N(0, s), s = scale sqrt(2 / fan_in) */
    GN_INIT_NORMAL,        /* N(0, scale); DCGAN's is scale 0.02 */
    GN_INIT_UNIFORM,       /* U(-scale, scale) */
    /* orthonormal rows or columns, whichever are fewer, of the matrix [count / last, last], times scale; rank 2 or
     * more. Saxe et al. 2014 */
    GN_INIT_ORTHOGONAL,
    GN_INIT_CONSTANT, /* scale; zero by default */
} gn_init_kind;

/* scale 0 stands for 1, except for GN_INIT_CONSTANT, where it is the number itself, of any sign; else it is finite and
 * not negative. GN_INIT_DEFAULT takes none. */
typedef struct gn_init {
    gn_init_kind kind;
    float scale;
} gn_init;

/* Fills a tensor from random, which moves on by the numbers drawn. fan_in and fan_out, at least 1: how many inputs an
 * output depends on, and how many outputs an input reaches. Both convolution layers give KH KW in and KH KW out, and
 * leave the stride out of account: the numbers are those of a conv2d of stride 1. For conv_transpose2d PyTorch and
 * Keras take the two the other way round, so that there Glorot's start is the same as theirs, and He's is not.
 *
 * GN_ERROR_ARGUMENT for a kind, scale or fan out of range, a NULL, and an orthogonal tensor of rank below 2;
 * GN_ERROR_MEMORY for GN_INIT_ORTHOGONAL, which needs room for a second tensor. The tensor and random are then as they
 * were. */
GN_API gn_status gn_init_fill(gn_tensor *tensor, gn_init init, int64_t fan_in, int64_t fan_out, gn_random *random);

#ifdef __cplusplus
}
#endif
#endif
