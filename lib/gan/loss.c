/* SPDX-License-Identifier: MIT */
/* lib/gan/loss.c - the losses of the game. Adding one is adding a row and its two functions. */
#include "gan/gan.h"

#include <gannet/loss.h>

static gn_var *bce(gn_var *logits, float target)
{
    return gn_bce_with_logits(logits, gn_constant(gn_var_tape(logits), target));
}

static gn_var *squared(gn_var *logits, float target)
{
    return gn_mse(logits, gn_constant(gn_var_tape(logits), target));
}

static gn_var *cross_entropy(gn_var *real, gn_var *fake, float real_target, float fake_target)
{
    return gn_add(bce(real, real_target), bce(fake, fake_target));
}

/* G is paid for fakes that pass as real: its gradient is large while D rejects them. */
static gn_var *non_saturating(gn_var *fake)
{
    return bce(fake, 1);
}

/* G undoes what D gains on fakes, the game as it was defined: its gradient vanishes while D rejects them. */
static gn_var *saturating(gn_var *fake)
{
    return gn_neg(bce(fake, 0));
}

static gn_var *least_squares(gn_var *real, gn_var *fake, float real_target, float fake_target)
{
    return gn_add(squared(real, real_target), squared(fake, fake_target));
}

static gn_var *least_squares_generator(gn_var *fake)
{
    return squared(fake, 1);
}

static const gn__gan_loss losses[] = {
    [GN_GAN_NON_SATURATING] = {"non_saturating", cross_entropy, non_saturating},
    [GN_GAN_SATURATING] = {"saturating", cross_entropy, saturating},
    [GN_GAN_LEAST_SQUARES] = {"least_squares", least_squares, least_squares_generator},
};

const gn__gan_loss *gn__gan_loss_find(gn_gan_loss loss)
{
    return (size_t)loss < sizeof losses / sizeof losses[0] ? &losses[loss] : NULL;
}
