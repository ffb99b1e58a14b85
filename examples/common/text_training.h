/* SPDX-License-Identifier: MIT */
/* examples/common/text_training.h - how the networks of text2image learn, and how what they draw is judged. */
#ifndef EXAMPLES_TEXT_TRAINING_H
#define EXAMPLES_TEXT_TRAINING_H

#include "common/progress.h"
#include "common/scene_batch.h"

typedef struct text_training {
    gn_context *context;
    scene_maker *maker;
    gn_module *encoder, *pictures, *judge, *generator, *discriminator;
    gn_module *average; /* the generator's running average, after the game */
    gn_tape *tape;
    gn_gan *gan;
    scene_batch batch;
    uint64_t seed;
    bool quiet;
    double begin;          /* by seconds_now */
    bool json;             /* print the game's steps as JSON */
    gn_tensorboard *board; /* gets its figures; NULL: none was asked for */
} text_training;

enum { TEXT_BATCH = 64 };

/* interpolation as in gn_gan_options. */
gn_status text_training_open(text_training *t, gn_context *context, uint64_t seed, float interpolation, bool quiet);
void text_training_close(text_training *t);

/* All three stop early, with GN_OK, when the program is interrupted. */

/* Captions and pictures become vectors that are alike when they belong together (the symmetric cross-entropy over a
 * batch, in the spirit of Reed et al. 2016's joint embedding). found receives the share of new captions whose own
 * picture is the nearest of a batch's. */
gn_status text_training_match(text_training *t, int64_t steps, double *found);

/* The judge learns digit, colour, size and slant of real scenes. */
gn_status text_training_judge(text_training *t, int64_t steps);

/* Keeps the encoder and the average. */
typedef gn_status (*text_saver)(const text_training *t, const void *user);

/* The game: D is shown right pairs, drawn pictures, and pictures with the text of another (Reed et al. 2016's GAN-CLS).
 * Every 1,000 steps and at its end `average` takes over G's running average, its batch norms are re-estimated, and it
 * is saved; not before the first step. A board that cannot be written stops nothing: closing it tells. */
gn_status text_training_play(text_training *t, int64_t steps, text_saver save, const void *user);

/* Shares of pictures in which the judge sees what was asked: digit, colour, size, slant, and all four. */
typedef struct text_score {
    double right[SCENE_HEADS + 1];
} text_score;

/* Of `count` new scenes as they are (drawn false), or as the average draws them from their captions. */
gn_status text_training_score(text_training *t, int64_t count, bool held_out, bool drawn, text_score *score);

/* Vectors [N,TEXT_SIZE] of captions; the caller frees them. NULL with a message, such as that of a word that is not
 * known. */
gn_tensor *text_vectors(gn_context *context, gn_module *encoder, const char *const *captions, int64_t count);

#endif
