/* SPDX-License-Identifier: MIT */
/* examples/common/maxout_gan.h - the two networks of the first conditional GAN (Mirza & Osindero 2014, section 4.1).
 * What a small_gan says does not concern them. */
#ifndef EXAMPLES_MAXOUT_GAN_H
#define EXAMPLES_MAXOUT_GAN_H

#include "common/small_gan.h"

enum { MAXOUT_GAN_LATENT = 100, MAXOUT_GAN_CLASSES = 10 };

/* noise [N,100] -> 200, label [N,10] -> 1000; both -> 1200 -> 784 -> picture [N,28,28,1]. */
gn_module *maxout_generator(gn_context *context, const small_gan *networks);

/* picture [N,28,28,1] -> maxout 240 x 5, label [N,10] -> maxout 50 x 5; both -> maxout 240 x 4 -> logit [N,1]. */
gn_module *maxout_discriminator(gn_context *context, const small_gan *networks);

#endif
