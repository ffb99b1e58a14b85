/* SPDX-License-Identifier: MIT */
/* examples/common/stacked_digits.h - three digits as the channels of a picture: 1000 modes to find or to lose, and the
 * small networks that Metz et al. 2017 and Lin et al. 2018 (PacGAN, table 3, D half as wide as G) play for them. */
#ifndef EXAMPLES_STACKED_DIGITS_H
#define EXAMPLES_STACKED_DIGITS_H

#include "common/small_gan.h"

enum { STACKED_MODES = 1000, STACKED_LATENT = 256 };

/* 128,000 pictures [28,28,3], each of three pictures drawn from the first `base` ones of digits. */
gn_dataset *stacked_digits(gn_context *context, gn_dataset *digits, int64_t base, uint64_t seed);

/* noise [N,256] -> 4x4x64 -> 7x7x32 -> 14x14x16 -> 28x28x8 -> picture [N,28,28,3]. Of the options it takes
 * `residual`. */
gn_module *stacked_generator(gn_context *context, const small_gan *networks);

/* picture [N,28,28,3 packing] -> 14x14x4 -> 7x7x8 -> 4x4x16 -> logit [N,1]. It takes `packing` and `batch_layer`. */
gn_module *stacked_discriminator(gn_context *context, const small_gan *networks);

#endif
