/* SPDX-License-Identifier: MIT */
/* examples/common/text_network.h - the networks of text2image: captions and pictures as vectors, a judge of scenes, and
 * the two players (after Reed et al. 2016, for 32x32 pictures). */
#ifndef EXAMPLES_TEXT_NETWORK_H
#define EXAMPLES_TEXT_NETWORK_H

#include "common/scene.h"

enum { TEXT_SIZE = 64, TEXT_LATENT = 64, JUDGED_LOGITS = SCENE_DIGITS + SCENE_COLOURS + SCENE_SIZES + SCENE_SLANTS };

/* words [N,CAPTION_WORDS] -> vector [N,TEXT_SIZE]: embedding, gated recurrent unit, dense. */
gn_module *text_encoder(gn_context *context);

/* picture [N,32,32,3] -> vector [N,TEXT_SIZE], to be like that of its caption. */
gn_module *picture_encoder(gn_context *context);

/* picture -> logits [N,JUDGED_LOGITS] of digit, colour, size and slant, one after another. */
gn_module *scene_judge(gn_context *context);

/* noise [N,TEXT_LATENT], text [N,TEXT_SIZE] -> picture. */
gn_module *text_generator(gn_context *context);

/* picture, text -> logit [N,1]. */
gn_module *text_discriminator(gn_context *context);

#endif
