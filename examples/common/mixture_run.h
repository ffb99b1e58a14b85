/* SPDX-License-Identifier: MIT */
/* examples/common/mixture_run.h - one game for the points of a mixture. */
#ifndef EXAMPLES_MIXTURE_RUN_H
#define EXAMPLES_MIXTURE_RUN_H

#include "common/mixture_game.h"

typedef struct mixture_run {
    mixture_shape shape;
    gn_context *context;
    gn_dataset *points;
    gn_batches *batches;
    gn_module *generator, *discriminator;
    gn_gan *gan;
} mixture_run;

/* steps: what the rates fall over. batch: points in a step, a multiple of how many are packed. On failure too it is to
 * be closed. */
gn_status mixture_run_open(mixture_run *run, mixture_shape shape, mixture_remedy remedy, int64_t steps, int64_t batch,
                           uint64_t seed, int threads);
void mixture_run_close(mixture_run *run);

/* Plays until so many steps have been made. */
gn_status mixture_run_play(mixture_run *run, int64_t steps);

/* 2,500 points [2500,2] of the generator's running average, always from the same noise; the caller frees them. */
gn_tensor *mixture_run_sample(mixture_run *run);

/* Points as dots on the square picture with this index of pictures [N,S,S,C], brighter where there are more; x to the
 * right, y up. In colour (C 3) there is also a circle around each mode. */
gn_status mixture_draw(const mixture_run *run, const gn_tensor *points, gn_tensor *pictures, int64_t index);

/* These points, scored by PacGAN's rule: a point counts when it lies within 3 deviations of its mode. */
gn_status mixture_run_score(mixture_run *run, gn_mode_report *report);

#endif
