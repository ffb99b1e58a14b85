/* SPDX-License-Identifier: MIT */
/* examples/common/dcgan_network.h - the two networks of the conditional DC-GAN for pictures of 28x28x1. */
#ifndef EXAMPLES_DCGAN_NETWORK_H
#define EXAMPLES_DCGAN_NETWORK_H

#include <gannet/gannet.h>

enum { DCGAN_LATENT = 100, DCGAN_CLASSES = 10 };

/* noise [N,100], label [N,10] -> picture [N,28,28,1] in [-1,1]. momentum is that of every batch norm: the weight of the old value. */
gn_module *dcgan_generator(gn_context *context, float momentum);

/* picture [N,28,28,1], label [N,10] -> logit [N,1]. */
gn_module *dcgan_discriminator(gn_context *context, float momentum);

/* The game that the two are trained in: one-sided label smoothing, Adam with rate 2e-4 and beta1 0.5. */
gn_gan_options dcgan_options(gn_module *generator, gn_module *discriminator, uint64_t seed);

#endif
