/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_step.c - training steps in milliseconds, beside the time that their operations would take in large
 * sgemms.
 *
 * Both are measured in turn in one run, because machines change speed; the ratio of each pair counts, and its median is
 * printed. */
#include "common/measure.h"
#include "common/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* of each in a pair */
enum { ROUNDS = 3 };

/* What a step of dcgan needs (G 3 x forward, D 3 x forward, twice back in full and once to its inputs), in round
 * numbers that every other figure here is quoted with. What it does is counted by test_step_counts. */
static const double dcgan_operations = 26.6e9 / 64;

static const struct {
    const char *work;
    int64_t batch;
} rows[] = {
    {"dcgan", 16},  {"dcgan", 32},   {"dcgan", 64},   {"dcgan", 128},   {"dcgan", 256},
    {"dcgan", 512}, {"dcgan", 1024}, {"wgan_gp", 64}, {"mlp_cgan", 32}, {"mnist_cnn", 64},
};

static bool measure(bench *b, work *w, const char *name, double operations)
{
    double times[BENCH_MOST], limits[BENCH_MOST], ratios[BENCH_MOST];
    for (int i = -1; i < b->repetitions; i++) {
        const double seconds = work_rounds(w, ROUNDS), limit = operations / bench_sgemm_speed(b);
        if (seconds < 0)
            return false;
        if (i < 0) /* warming up */
            continue;
        times[i] = seconds;
        limits[i] = limit;
        ratios[i] = seconds / limit;
    }
    bench_print(b, &(figure){.name = name,
                             .unit = "ms",
                             .value = 1e3 * bench_median(times, b->repetitions),
                             .limit = 1e3 * bench_median(limits, b->repetitions),
                             .ratio = bench_median(ratios, b->repetitions)});
    return true;
}

static bool bench_row(bench *b, const char *kind, int64_t batch)
{
    char name[64];
    snprintf(name, sizeof name, "%s step, batch %d", kind, (int)batch);
    if (!bench_wants(b, name))
        return true;
    work *w = work_new(b->context, kind, batch, true);
    bool done = w != NULL && work_rounds(w, 1) >= 0;
    const double counted = done ? work_operations(w) : 0;
    if (done)
        done = measure(b, w, name, strcmp(kind, "dcgan") == 0 ? dcgan_operations * (double)batch : counted);
    work_free(w);
    return done;
}

int main(int argc, char **argv)
{
    bench b;
    if (!bench_open(&b, argc, argv, 11))
        return bench_close(&b, 2);
    bool done = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && done; i++)
        done = bench_row(&b, rows[i].work, rows[i].batch);
    return bench_close(&b, done ? EXIT_SUCCESS : EXIT_FAILURE);
}
