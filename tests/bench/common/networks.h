/* SPDX-License-Identifier: MIT */
/* tests/bench/common/networks.h - networks that other programs train too, besides the example's DC-GAN. */
#ifndef BENCH_NETWORKS_H
#define BENCH_NETWORKS_H

#include <gannet/layers.h>

enum { NETWORK_LATENT = 100, NETWORK_CLASSES = 10 };

/* The conditional GAN of dense layers of Keras-GAN (cgan.py): noise [N,100], label [N,10] -> picture [N,28,28,1], and
 * picture, label -> logit [N,1]. dropout is 0.4 there. */
gn_module *mlp_generator(gn_context *context);
gn_module *mlp_discriminator(gn_context *context, float dropout);

/* The classifier of KANN's mnist-cnn: picture [N,28,28,1] -> ten logits. dropout is 0.2 there. */
gn_module *mnist_cnn(gn_context *context, float dropout);

#endif
