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
    GN_INIT_GLOROT_UNIFORM, /* U(-a, a), a = scale sqrt(6 / (fan_in + fan_out)); Glorot & Bengio 2010, Keras's default */
    GN_INIT_GLOROT_NORMAL,  /* N(0, s), s = scale sqrt(2 / (fan_in + fan_out)) */
    GN_INIT_HE_UNIFORM,     /* U(-a, a), a = scale sqrt(6 / fan_in); He et al. 2015 */
    GN_INIT_HE_NORMAL,      /* N(0, s), s = scale sqrt(2 / fan_in) */
    GN_INIT_NORMAL,         /* N(0, scale); DCGAN's is scale 0.02 */
    GN_INIT_UNIFORM,        /* U(-scale, scale) */
    GN_INIT_ORTHOGONAL, /* orthonormal rows or columns of the [count / last, last] matrix, times scale; Saxe et al. 2014 */
    GN_INIT_CONSTANT, /* scale; zero by default */
} gn_init_kind;

/* scale 0 stands for 1, except for GN_INIT_CONSTANT, where it is the number itself; GN_INIT_DEFAULT takes none. */
typedef struct gn_init {
    gn_init_kind kind;
    float scale;
} gn_init;

/* Fills a tensor. fan_in and fan_out are the numbers of inputs and outputs that one element of output and input
 * sees: for a conv2d kernel KH KW C and KH KW K. */
GN_API gn_status gn_init_fill(gn_tensor *tensor, gn_init init, int64_t fan_in, int64_t fan_out, gn_random *random);

#ifdef __cplusplus
}
#endif
#endif
