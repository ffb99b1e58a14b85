/* SPDX-License-Identifier: MIT */
/* examples/common/dense_gan.h - the two networks of a plain GAN of dense layers (Goodfellow et al. 2014). What a
 * small_gan says does not concern them. */
#ifndef EXAMPLES_DENSE_GAN_H
#define EXAMPLES_DENSE_GAN_H

#include "common/small_gan.h"

enum { DENSE_GAN_LATENT = 100 };

/* noise [N,100] -> 256 -> 512 -> 784 -> picture [N,28,28,1]. */
gn_module *dense_generator(gn_context *context, const small_gan *networks);

/* picture [N,28,28,1] -> 512 -> 256 -> logit [N,1]. */
gn_module *dense_discriminator(gn_context *context, const small_gan *networks);

#endif
