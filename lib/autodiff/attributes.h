/* SPDX-License-Identifier: MIT */
/* lib/autodiff/attributes.h - what ops keep beside their inputs, for those who read a recording. Convolutions' begin
 * with a gn__conv_shape, which is all that pooling keeps. */
#ifndef GN_AUTODIFF_ATTRIBUTES_H
#define GN_AUTODIFF_ATTRIBUTES_H

#include "kernels/kernels.h"

/* neg to softplus */
typedef struct gn__unary_attributes {
    gn__unary f;
    gn_real a, b;
} gn__unary_attributes;

/* broadcast and transpose: the step in the source, in elements, for one step along each axis of the result; 0
 * repeats. */
typedef struct gn__copy_attributes {
    int64_t stride[GN_MAX_RANK];
    int order[GN_MAX_RANK]; /* transpose only */
} gn__copy_attributes;

/* concat, slice and pad */
typedef struct gn__piece_attributes {
    int axis;
    int64_t start, length; /* slice: which part of the input; pad: where the input stands in the result */
} gn__piece_attributes;

/* Convolutions; those that other programs get are not finished (gn_tape.traced). */
typedef struct gn__conv_attributes {
    gn__conv_shape shape;
    gn__finish finish;
} gn__conv_attributes;

/* Other programs get none that is finished (gn_tape.traced). */
typedef struct gn__linear_attributes {
    gn__finish finish;
} gn__linear_attributes;

typedef struct gn__matmul_attributes {
    bool transpose_a, transpose_b;
} gn__matmul_attributes;

#endif
