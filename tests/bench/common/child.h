/* SPDX-License-Identifier: MIT */
/* tests/bench/common/child.h - a bench_worker as a child process, for what can only be measured from outside. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include "common/measure.h"

typedef struct child {
    double start;      /* seconds from its start to its first step done */
    double parameters; /* how many numbers it trains */
    double answer[2];  /* to its one request */
} child;

/* Runs the bench_worker that stands beside this program: its first step, and one request such as "step 3". False, with
 * a message in the context, when it does not answer. */
bool child_run(const bench *b, const char *work, int64_t batch, const char *request, child *c);

#endif
