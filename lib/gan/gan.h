/* SPDX-License-Identifier: MIT */
/* lib/gan/gan.h - the inside of a gan, for the files of this folder. */
#ifndef GN_GAN_GAN_H
#define GN_GAN_GAN_H

#include "core/context.h"

#include <gannet/gan.h>

/* Old fakes with what they were made for, for D to see again (replay.c). */
typedef struct gn__replay_pool {
    gn_tensor *images, *conditions, *labels; /* [capacity, ...]; NULL until the first step, or when there are none */
    int64_t count;                           /* pictures in it */
} gn__replay_pool;

struct gn_gan {
    gn_context *context;
    gn_gan_options options;            /* with all defaults filled in */
    const gn_gan_loss_functions *loss; /* the row of options.loss, or options.own_loss */
    gn_tape *tape;
    gn_optimizer *generator_optimizer, *discriminator_optimizer;
    gn_tensor **average; /* of each tensor of the generator; NULL without a running average */
    size_t average_count;
    gn__replay_pool pool;
    bool playing; /* in the middle of a step */
    int64_t steps;
    gn_gan_report last;        /* what the steps so far have reported last */
    double greatest_diversity; /* of the samples that were looked at; 0: none yet */
    double best;               /* metric of gn_gan_save_best; NaN: none yet */
};

/* What the random numbers of a step are for: each purpose of each step has its own stream, and each turn its part of
 * that. Low numbers of streams are those of samples and data. */
typedef enum gn__gan_purpose {
    GN__NOISE = 1,
    GN__DROPOUT,
    GN__REAL_VIEW,
    GN__FAKE_VIEW,
    GN__TARGETS,
    GN__WRONG_CONDITIONS,
    GN__REPLAY,
    GN__PENALTY, /* and one more for each further penalty */
    GN__INTERPOLATION = GN__PENALTY + GN_GAN_PENALTIES,
} gn__gan_purpose;
gn_random gn__gan_random(const gn_gan *gan, int purpose, uint64_t turn);

/* One turn of the game on the tape: n pictures of a batch, and as many fakes, each with a row that describes it
 * (one-hot or given) and its class number, NULL when there are none. */
typedef struct gn__gan_turn {
    uint64_t number;                              /* in this step */
    gn_var *real, *conditions, *labels;           /* [n,H,W,C], [n,K], [n] */
    gn_var *fake, *fake_conditions, *fake_labels; /* likewise */
} gn__gan_turn;

/* GN_OK, unless `what` is called by a function that a step, or the tape's recording, waits for. gan.c */
gn_status gn__gan_refuse_from_within(const gn_gan *gan, const char *what);

/* --- batch.c ------------------------------------------------------------------------------------------------------ */

/* Does the batch fit the game, and is everything in it finite? */
gn_status gn__gan_check_batch(const gn_gan *gan, const gn_batch *batch);

/* --- options.c ---------------------------------------------------------------------------------------------------- */

/* Fills in the defaults and checks every option, and by the rules. */
gn_status gn__gan_options_check(gn_context *context, gn_gan_options *options);

/* The choices that change what the next step does, as text: a checkpoint made under others is refused. */
void gn__gan_options_describe(const gn_gan *gan, char *text, size_t size);

/* Numbers in the row that describes a picture; 0 in an unconditional game. */
int64_t gn__gan_condition_size(const gn_gan_options *options);

/* --- rules.c ------------------------------------------------------------------------------------------------------ */

/* Whether the options, defaults filled in, go together and with the networks. What is unwise is logged as a warning. */
gn_status gn__gan_rules_check(gn_context *context, const gn_gan_options *options);

/* --- latent.c ----------------------------------------------------------------------------------------------------- */

/* Checks a latent and fills in its defaults. */
gn_status gn__latent_check(gn_context *context, gn_latent *latent);

/* Draws noise for count pictures, one after another, into z [count, size]; with truncation above 0 numbers beyond
 * truncation * scale are drawn again. */
void gn__latent_fill(const gn_latent *latent, float truncation, gn_random *random, int64_t count, gn_real *z);

/* The same with a stream for each picture, so that none depends on how many are drawn with it: the noise of pictures
 * first to first+count-1 of a seed. */
void gn__latent_fill_each(const gn_latent *latent, float truncation, uint64_t seed, int64_t first, int64_t count,
                          gn_real *z);

/* Truncation is for normal noise, and 0 (none) or at least 1/16. */
gn_status gn__latent_check_truncation(gn_context *context, const gn_latent *latent, float truncation);

/* --- loss.c ------------------------------------------------------------------------------------------------------- */

/* The row of a loss; NULL when there is none. */
const gn_gan_loss_functions *gn__gan_loss_find(gn_gan_loss loss);

/* The one that a game is played by: its own, or the row of its loss. */
const gn_gan_loss_functions *gn__gan_loss_of(const gn_gan_options *options);

/* What D pays for real, fake and (NULL: not shown) wrongly labelled logits, and what G pays for those of its fakes.
 * real is needed by relative losses only. */
gn_var *gn__gan_discriminator_loss(const gn_gan *gan, uint64_t turn, gn_var *real, gn_var *fake, gn_var *wrong);
gn_var *gn__gan_generator_loss(const gn_gan *gan, gn_var *real, gn_var *fake);

/* --- augment.c ---------------------------------------------------------------------------------------------------- */

/* GN_ERROR_ARGUMENT for a number out of its range, and for NULL. */
gn_status gn__augment_check(gn_context *context, const gn_augment_options *options);

/* Does it change anything? */
bool gn__augment_changes(const gn_augment_options *options);

/* --- view.c ------------------------------------------------------------------------------------------------------- */

/* Images as D sees them: with instance noise, augmented, and packed [n/m,H,W,m C]. */
gn_var *gn__gan_show(const gn_gan *gan, gn_var *images, gn__gan_purpose purpose, uint64_t turn);

/* Conditions as D sees them: packed [n/m, m K]. NULL for NULL. */
gn_var *gn__gan_show_conditions(const gn_gan *gan, gn_var *conditions);

/* Those of the fakes: some, by options.interpolation, between two of these. NULL for NULL. */
gn_var *gn__gan_interpolate(const gn_gan *gan, gn_var *conditions, uint64_t turn);

/* Others than the turn's, for the same pictures. */
gn_var *gn__gan_wrong_conditions(const gn_gan *gan, const gn__gan_turn *turn);

/* --- players.c ---------------------------------------------------------------------------------------------------- */

/* noise z [n,latent], conditions [n,K] -> generator -> image [n,H,W,C] */
gn_var *gn__gan_generate(const gn_gan *gan, gn_var *z, gn_var *conditions, gn_statistics statistics);

/* All that D pays in a turn. report (NULL: not wanted) collects what D said, divided by options.accumulation. */
gn_var *gn__gan_discriminator_turn(gn_gan *gan, const gn__gan_turn *turn, gn_statistics statistics,
                                   gn_gan_report *report);

/* All that G pays in a turn. */
gn_var *gn__gan_generator_turn(gn_gan *gan, const gn__gan_turn *turn);

/* --- penalty.c ---------------------------------------------------------------------------------------------------- */

/* The sum of the penalties that are due on D's next step, weights included; NULL when none is. */
gn_var *gn__gan_penalties(gn_gan *gan, gn_gan_view *view, uint64_t turn);

/* What somebody's function gave, when that is one number; otherwise the tape fails, naming kind and name. */
gn_var *gn__gan_one_number(const gn_gan *gan, gn_var *value, const char *kind, const char *name);

const char *gn__gan_penalty_name(gn_gan_penalty_kind kind); /* NULL: there is none */
bool gn__gan_penalty_takes_gradient(gn_gan_penalty_kind kind);
bool gn__gan_penalty_uses_logits(gn_gan_penalty_kind kind); /* is it the slope of what D says of real or of fake? */

/* --- replay.c ----------------------------------------------------------------------------------------------------- */

/* Puts the fakes of a turn into the pool, or old ones from there in their place. */
gn_status gn__replay_exchange(gn_gan *gan, gn__gan_turn *turn);

/* Makes the tensors of the pool for pictures of this shape (the batch axis is ignored). */
gn_status gn__replay_open(gn_gan *gan, gn_shape images);
void gn__replay_close(const gn__replay_pool *pool);

/* --- unroll.c ----------------------------------------------------------------------------------------------------- */

/* Plays options.unrolled_steps of D's steps on the tape: from here to the next reset or rewind D's parameters stand for
 * what they would then be, as functions of the fakes. */
gn_status gn__gan_unroll(gn_gan *gan, const gn__gan_turn *turn);

/* --- watch.c ------------------------------------------------------------------------------------------------------ */

/* Fails with GN_ERROR_NUMBER, and names the first op whose result is not finite, unless loss and gradient are. */
gn_status gn__gan_check_loss(const gn_gan *gan, const char *player, gn_var *loss);
gn_status gn__gan_check_gradient(const gn_gan *gan, const char *player, gn_module *network, gn_var *loss, double norm);

/* Fails with GN_ERROR_NUMBER when a tensor of a network has such a number, which no loss shows where, say, a tanh makes
 * 1 of it. `moved`: the optimizer has just written the parameters, and looked at them. */
gn_status gn__gan_check_network(const gn_gan *gan, gn_module *network, bool moved);

/* Looks at a fixed batch of samples, if it is time to. */
gn_status gn__gan_watch(gn_gan *gan);

/* --- inference.c -------------------------------------------------------------------------------------------------- */

/* A generator that is to work for its pictures alone, and what it needs for that. While it is open its tape records
 * nothing; closing it puts back the tape's recording and the modes of the generator's modules. */
typedef struct gn__inference {
    gn_tape *tape;
    gn_module *generator;
    int64_t condition_size; /* numbers in a row of conditions; 0: none */
    gn_latent latent;
    gn_gan *exchanged; /* the game whose generator holds its running average meanwhile; NULL: it does not */
    bool own_tape, recording;
} gn__inference;

/* The generator of a game on the game's tape, or one that stands alone on a tape of its own; caller is for messages. To
 * be closed if GN_OK. */
gn_status gn__inference_of_game(gn__inference *inference, gn_gan *gan, bool average, const char *caller);
gn_status gn__inference_alone(gn__inference *inference, gn_module *generator, int64_t condition_size,
                              const gn_latent *latent, bool average, const char *caller);
void gn__inference_close(gn__inference *inference);

/* --- average.c ---------------------------------------------------------------------------------------------------- */

/* The running average of the generator's tensors: made as a copy, moved after each generator step. */
gn_status gn__average_open(gn_gan *gan);
void gn__average_close(gn_gan *gan);
void gn__average_update(gn_gan *gan);

/* Is there one, with the generator's tensors as they are now? If not, fails with GN_ERROR_STATE in the caller's
 * name. */
gn_status gn__average_check(const gn_gan *gan, const char *caller);

/* Exchanges the generator's tensors with the average; twice puts everything back. */
void gn__average_swap(gn_gan *gan);

#endif
