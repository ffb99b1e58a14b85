/* SPDX-License-Identifier: MIT */
/* gannet/augment.h - differentiable augmentation: pictures are changed at random by ops, so that gradients flow through
 * (Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training").
 *
 * A discriminator that only ever sees changed pictures, real and fake by the same policy, cannot learn few real ones by
 * heart, and the generator does not learn the changes. */
#ifndef GANNET_AUGMENT_H
#define GANNET_AUGMENT_H

#include <gannet/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What may happen to a picture; each number is drawn for each picture by itself, uniformly. Zero: not at all. */
typedef struct gn_augment_options {
    float translation; /* moved by up to this share of height and of width, each direction; whole pixels; at most 1 */
    float cutout;      /* a rectangle with this share of height and width becomes 0, mid-grey; it may stand over an
                        * edge by half; at most 1 */
    float rotation;    /* turned by up to so many degrees either way; at most 180 */
    float scale;       /* made larger or smaller by a factor from 1 / (1 + scale) to 1 + scale, even in its
                        * logarithm; at most 10 */
    float brightness;  /* U(-brightness, brightness) is added; at most 10 */
    float contrast;    /* differences from the picture's mean times U(1 - contrast, 1 + contrast); at most 1 */
} gn_augment_options;

/* Changes images [N,H,W,C] in [-1,1]: brightness, contrast, then scale, rotation and translation at once (bilinear
 * between pixels unless only translated), then cutout. What comes in from outside the picture is -1 (black). The same
 * random gives the same changes. Gradients of any order with regard to images. Options that are all zero change
 * nothing; a number out of its range is GN_ERROR_ARGUMENT. */
GN_API gn_var *gn_augment(gn_var *images, const gn_augment_options *options, gn_random random);

#ifdef __cplusplus
}
#endif
#endif
