/* SPDX-License-Identifier: MIT */
/* tests/bench/common/counting.h - the fast kernels, counted: how often each is called, for how much work (the same on
 * every machine), and for how long. */
#ifndef BENCH_COUNTING_H
#define BENCH_COUNTING_H

#include "kernels/kernels.h"

/* Operations are multiply-adds, counted as two, of matrix products and convolutions, taps past the border included;
 * bytes are those of the numbers read and written, each array once. */
typedef struct kernel_count {
    const char *name;
    int64_t calls, operations, bytes;
    double seconds;
} kernel_count;

/* Sets all counts to zero. The table counts for whoever uses it, so one context at a time may. */
const gn__kernels *counting_start(void);

/* One count for each kernel of the table, in its order; and their sum. */
extern const int counting_kernels;
const kernel_count *counting_of(int kernel);
kernel_count counting_total(void);

#endif
