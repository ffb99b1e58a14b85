/* SPDX-License-Identifier: MIT */
/* lib/gan/loss.c - the losses of the game. Adding one is adding a row and its functions. */
#include "autodiff/tape.h"
#include "gan/gan.h"

#include <gannet/loss.h>
#include <math.h>

/* --- the rows ----------------------------------------------------------------------------------------------------- */

static gn_var *cross_entropy(void *user, gn_var *logits, gn_var *target)
{
    (void)user;
    return gn_bce_with_logits(logits, target);
}

/* G undoes what D gains on fakes, the game as it was defined: its gradient vanishes while D rejects them. */
static gn_var *saturating(void *user, gn_var *logits)
{
    (void)user;
    return gn_neg(gn_bce_with_logits(logits, gn_constant(gn_var_tape(logits), 0)));
}

static gn_var *squares(void *user, gn_var *logits, gn_var *target)
{
    (void)user;
    return gn_mse(logits, target);
}

/* The side of a target that is 0 or 1, times x: as the critic of a Wasserstein distance and the hinge want it. */
static gn_var *signed_logits(gn_var *logits, gn_var *target)
{
    return gn_mul(logits, gn_offset(gn_scale(target, 2), -1));
}

static gn_var *hinge(void *user, gn_var *logits, gn_var *target)
{
    (void)user;
    return gn_hinge(signed_logits(logits, target), 1);
}

static gn_var *critic(void *user, gn_var *logits, gn_var *target)
{
    (void)user;
    return gn_neg(gn_mean(signed_logits(logits, target), GN_ALL_AXES, false));
}

static gn_var *raise(void *user, gn_var *logits)
{
    (void)user;
    return gn_neg(gn_mean(logits, GN_ALL_AXES, false));
}

/* Without a function of its own G is paid for fakes that pass as real: its gradient is large while D rejects them. */
static const gn_gan_loss_functions losses[] = {
    [GN_GAN_NON_SATURATING] = {.name = "non_saturating", .discriminator = cross_entropy, .takes_targets = true},
    [GN_GAN_SATURATING] = {.name = "saturating",
                           .discriminator = cross_entropy,
                           .generator = saturating,
                           .takes_targets = true},
    [GN_GAN_LEAST_SQUARES] = {.name = "least_squares",
                              .discriminator = squares,
                              .takes_targets = true,
                              .boundary = 0.5f},
    [GN_GAN_HINGE] = {.name = "hinge", .discriminator = hinge, .generator = raise},
    [GN_GAN_WASSERSTEIN] = {.name = "wasserstein", .discriminator = critic, .generator = raise, .boundary = NAN},
    [GN_GAN_RELATIVISTIC] = {.name = "relativistic",
                             .discriminator = cross_entropy,
                             .takes_targets = true,
                             .relative = true,
                             .boundary = NAN},
};

const gn_gan_loss_functions *gn__gan_loss_find(gn_gan_loss loss)
{
    return (size_t)loss < sizeof losses / sizeof losses[0] ? &losses[loss] : NULL;
}

const gn_gan_loss_functions *gn__gan_loss_of(const gn_gan_options *options)
{
    return options->own_loss != NULL ? options->own_loss : gn__gan_loss_find(options->loss);
}

/* --- targets ------------------------------------------------------------------------------------------------------ */

/* A side of the game: what D should answer, as a number or a range, and the same for the other side, which a flip
 * takes. */
typedef struct side {
    float low[2], high[2];
} side;

static gn_real draw_target(const side *s, float flip_probability, gn_random *random)
{
    const int flipped = gn_random_uniform(random) < flip_probability;
    return s->low[flipped] + (s->high[flipped] - s->low[flipped]) * gn_random_uniform(random);
}

/* One number for all logits, or one drawn for each. */
static gn_var *targets(const gn_gan *gan, gn_random *random, gn_var *logits, bool real)
{
    const gn_gan_options *o = &gan->options;
    const float low[2] = {o->fake_target, o->real_target}, high[2] = {o->fake_target_high, o->real_target_high};
    const side s = {{low[real], low[!real]}, {high[real], high[!real]}};
    if (o->flip_probability == 0 && s.low[0] == s.high[0])
        return gn_constant(gn_var_tape(logits), s.low[0]);
    gn_var *target = gn_full(gn_var_tape(logits), gn_var_shape(logits), 0);
    for (int64_t i = 0; gn_var_data(target) != NULL && i < gn_shape_count(gn_var_shape(target)); i++)
        gn_op_output(target)[i] = draw_target(&s, o->flip_probability, random);
    return target;
}

/* --- what the players pay ----------------------------------------------------------------------------------------- */

/* Logits seen from the mean of the others. */
static gn_var *relative_to(gn_var *logits, gn_var *others)
{
    return gn_sub(logits, gn_mean(others, GN_ALL_AXES, false));
}

/* What is paid for logits: by D's function when they have a target, by G's own when they have none. Functions of others
 * are not called with what has no values. */
static gn_var *loss_of(const gn_gan *gan, gn_var *logits, gn_var *target)
{
    const gn_gan_loss_functions *loss = gan->loss;
    gn_tape *tape = gn_var_tape(logits);
    if (gn_tape_status(tape) != GN_OK)
        return &tape->poison;
    const bool recording = gn__tape_hold(tape);
    gn_var *paid = target != NULL ? loss->discriminator(loss->user, logits, target)
                                  : loss->generator(loss->user, logits);
    gn__tape_release(tape, recording);
    return gn__gan_one_number(gan, paid, "loss", loss->name);
}

static gn_var *weigh(gn_var *loss, float weight)
{
    return weight == 1 ? loss : gn_scale(loss, weight);
}

gn_var *gn__gan_discriminator_loss(const gn_gan *gan, uint64_t turn, gn_var *real, gn_var *fake, gn_var *wrong)
{
    const bool relative = gan->loss->relative;
    const gn_gan_pairs *weights = &gan->options.pairs;
    gn_random random = gn__gan_random(gan, GN__TARGETS, turn);
    gn_var *x = relative ? relative_to(real, fake) : real, *y = relative ? relative_to(fake, real) : fake;
    gn_var *sum = weigh(loss_of(gan, x, targets(gan, &random, x, true)), weights->real_right);
    sum = gn_add(sum, weigh(loss_of(gan, y, targets(gan, &random, y, false)), weights->fake_right));
    if (wrong == NULL)
        return sum;
    return gn_add(sum, weigh(loss_of(gan, wrong, targets(gan, &random, wrong, false)), weights->real_wrong));
}

gn_var *gn__gan_generator_loss(const gn_gan *gan, gn_var *real, gn_var *fake)
{
    const gn_gan_loss_functions *loss = gan->loss;
    gn_tape *tape = gn_var_tape(fake);
    gn_var *y = loss->relative ? relative_to(fake, real) : fake;
    gn_var *sum = loss_of(gan, y, loss->generator == NULL ? gn_constant(tape, 1) : NULL);
    if (!loss->relative)
        return sum;
    return gn_add(sum, loss_of(gan, relative_to(real, fake), gn_constant(tape, 0)));
}
