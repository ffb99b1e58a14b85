/* SPDX-License-Identifier: MIT */
/* tests/bench/common/measure.h - what benchmarks share: arguments, a clock, the machine's own limits, and figures as a
 * table or as JSON. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <gannet/context.h>
#include <stdbool.h>

enum { BENCH_MOST = 201 /* repetitions */, BENCH_SIDE = 2048 /* of the matrices that the limits are measured with */ };

typedef struct bench {
    const char *program;
    gn_context *context;
    int repetitions;
    bool json;
    const char *only; /* figures whose name has this text; NULL: all */
    int figures;      /* printed so far */
    float *matrices[3];
} bench;

/* What was measured, beside what the machine allows: ratio is the median of value / limit, each pair measured in
 * turn. */
typedef struct figure {
    const char *name, *unit;
    double value, limit, ratio;
} figure;

/* Reads the arguments and opens a context; false after saying why not. The caller closes in both cases.
 * usage: PROGRAM [--json] [--threads N] [--repetitions N] [--only TEXT]; repetitions is the default. */
bool bench_open(bench *b, int argc, char **argv, int repetitions);

/* Ends the output. Returns code, so that it can end main; with a failure it says the context's message. */
int bench_close(bench *b, int code);

/* Is this figure asked for? */
bool bench_wants(const bench *b, const char *name);

void bench_print(bench *b, const figure *f);

/* Seconds, from some beginning. */
double bench_now(void);

/* The middle one; sorts the values. */
double bench_median(double *values, int count);

/* Multiply-adds of one large sgemm with all threads, counted as two, per second. The library has set the BLAS to one
 * thread; it is set back. */
double bench_sgemm_speed(const bench *b);

/* Bytes that a loop z = x + 3 y with all threads reads and writes in a second. */
double bench_triad_speed(const bench *b);

#endif
