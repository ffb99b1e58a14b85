/* SPDX-License-Identifier: MIT */
/* examples/common/small_gan.h - the conditional DC-GAN with a quarter of the channels, for studies that train many of
 * them.
 *
 * Each option is one thing that a study asks about; zero is what dcgan does. */
#ifndef EXAMPLES_SMALL_GAN_H
#define EXAMPLES_SMALL_GAN_H

#include <gannet/gannet.h>

typedef enum small_batch_layer {
    SMALL_NOTHING,
    SMALL_DISCRIMINATION, /* minibatch discrimination before D's logit */
    SMALL_STDDEV,         /* minibatch standard deviation there */
} small_batch_layer;

typedef struct small_gan {
    int64_t latent;       /* default 100 */
    int64_t channels;     /* of a picture: default 1 */
    int64_t classes;      /* 0: unconditional */
    float momentum;       /* of all batch norms: default 0.8 */
    bool bias_correction; /* of the generator's batch norms */
    bool plain_generator; /* no batch norm in G */
    bool plain_judge;     /* none in D, as a gradient penalty wants it */
    bool residual;        /* two residual blocks in G */
    int packing;          /* pictures that D judges at once: default 1 */
    small_batch_layer batch_layer;
} small_gan;

/* noise [N,latent] (and label [N,classes]) -> picture [N,28,28,channels]. */
gn_module *small_generator(gn_context *context, const small_gan *gan);

/* picture [N,28,28,packing channels] (and label [N,packing classes]) -> logit [N,1]. */
gn_module *small_discriminator(gn_context *context, const small_gan *gan);

/* Twice as large, and half as large: 4x4 windows, weights N(0, 0.02) (Radford et al. 2016); and as large: 3x3. */
gn_module *small_up(gn_context *context, int64_t in, int64_t out);
gn_module *small_down(gn_context *context, int64_t in, int64_t out);
gn_module *small_same(gn_context *context, int64_t in, int64_t out);

/* The layer that tells D of the batch, after which there are more features. */
gn_module *small_batch_features(gn_context *context, small_batch_layer layer, int64_t *features);

#endif
