/* SPDX-License-Identifier: MIT */
/* examples/common/progress.h - how far a training is: a bar on a terminal, plain lines elsewhere. */
#ifndef EXAMPLES_PROGRESS_H
#define EXAMPLES_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress_bar {
    bool quiet, terminal;
    int64_t total, batch;
    double last_step, last_shown; /* times */
    double step_seconds;          /* of a step, smoothed; 0 before the first */
} progress_bar;

/* Begins at this moment. batch is the number of images in a step. quiet: nothing is ever printed. */
progress_bar progress_begin(int64_t total, int64_t batch, bool quiet);

/* Tells of a finished step. figures is what the program has to say of it, such as its losses. */
void progress_step(progress_bar *progress, int64_t step, const char *figures);

/* Takes the bar away, so that something else can be printed. */
void progress_clear(const progress_bar *progress);

/* Seconds on a clock that only runs forward. */
double seconds_now(void);

#endif
