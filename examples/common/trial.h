/* SPDX-License-Identifier: MIT */
/* examples/common/trial.h - one of a study's many trainings of a small gan. */
#ifndef EXAMPLES_TRIAL_H
#define EXAMPLES_TRIAL_H

#include "common/small_gan.h"
#include "common/study.h"

typedef gn_module *(*network_maker)(gn_context *context, const small_gan *networks);

typedef struct trial_plan {
    small_gan networks;
    network_maker generator, discriminator; /* default small_generator, small_discriminator */
    gn_gan_options game;  /* but for what follows from the rest: networks, classes, packing, seed, size of the noise */
    gn_dataset *pictures; /* borrowed; default the study's */
    gn_batches_options batches; /* size default STUDY_BATCH; the seed follows */
} trial_plan;

/* Has a context of its own, so that trials with one number begin with the same weights and see the same pictures and
 * noise. */
typedef struct trial {
    study *study;
    bool conditional;
    gn_context *context;
    gn_batches *batches;
    gn_module *generator, *discriminator;
    gn_gan *gan;
    gn_gan_report report; /* of the last step */
} trial;

/* number: 0, 1, .. in the study. The players' rates are 1e-3 unless the plan has others. On failure too it is to be
 * closed. */
gn_status trial_open(trial *t, study *s, const trial_plan *plan, int64_t number);

/* Trains until so many steps have been made. */
gn_status trial_run(trial *t, int64_t steps);

/* Opens, trains and judges at the end. */
gn_status trial_make(trial *t, study *s, const trial_plan *plan, int64_t number, int64_t steps, judgement *result);

/* Pictures with these labels, or for NULL so many without; always from the same noise. NULL, told to the study, on
 * failure. */
gn_tensor *trial_sample(trial *t, const gn_tensor *labels, int64_t count);

/* 100 pictures of each class (30 in a quick study), or as many without labels, drawn in inference mode. */
gn_status trial_judge(trial *t, judgement *result);

/* Passes a failure on to the study, whose message is printed at the end. */
gn_status trial_check(const trial *t, gn_status status);

void trial_close(trial *t); /* which may be all zeros */

#endif
