/* SPDX-License-Identifier: MIT */
/* examples/common/dcgan_network.h - the two networks of the conditional DC-GAN for digits, and those of the same family
 * for larger pictures. */
#ifndef EXAMPLES_DCGAN_NETWORK_H
#define EXAMPLES_DCGAN_NETWORK_H

#include <gannet/gannet.h>

enum { DCGAN_LATENT = 100, DCGAN_CLASSES = 10, DCGAN_MAX_CHANNELS = 16, DCGAN_MAX_CLASSES = 256 };

/* What the pictures are like: size 28 with one channel in ten classes, or 32 or 64 with up to 16 channels in up to
 * 256. */
typedef struct dcgan_pictures {
    int64_t size, channels, classes;
} dcgan_pictures;

/* 28x28x1 in ten classes. */
extern const dcgan_pictures dcgan_digits;

/* Is there a network for them? */
bool dcgan_has_network(const dcgan_pictures *pictures);

typedef enum dcgan_variant {
    DCGAN_SIMPLE,   /* batch norm with Keras's default momentum, 0.99 */
    DCGAN_MOMENTUM, /* with 0.8 */
    DCGAN_WGAN_GP, /* a critic without batch norm, Wasserstein loss and gradient penalty (Gulrajani et al. 2017); G as above */
} dcgan_variant;

/* What the generator's batch norms work with: the weight of the old value in their averages. */
float dcgan_momentum(dcgan_variant variant);

/* noise [N,100], label [N,classes] -> picture [N,size,size,channels] in [-1,1]. */
gn_module *dcgan_generator(gn_context *context, const dcgan_pictures *pictures, float momentum);

/* picture [N,size,size,channels], label [N,classes] -> logit [N,1]. */
gn_module *dcgan_discriminator(gn_context *context, const dcgan_pictures *pictures, dcgan_variant variant);

/* The game that the two are trained in. With the first two variants one-sided label smoothing, and Adam with rate 2e-4
 * and beta1 0.5; with the third five critic steps to one of the generator, a penalty of weight 10, and Adam with 1e-4,
 * 0.5 and 0.9. */
gn_gan_options dcgan_options(dcgan_variant variant, int64_t classes, gn_module *generator, gn_module *discriminator,
                             uint64_t seed);

#endif
