/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_start.c - how long it takes from the start of a process until its first training step is done,
 * beside a step of the same process when it is warm. */
#include "common/child.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *work;
    int64_t batch;
} rows[] = {{"dcgan", 64}, {"mlp_cgan", 32}, {"mnist_cnn", 64}};

static bool bench_row(bench *b, const char *work, int64_t batch)
{
    char name[64];
    snprintf(name, sizeof name, "%s, batch %d: start to first step", work, (int)batch);
    if (!bench_wants(b, name))
        return true;
    double times[BENCH_MOST], limits[BENCH_MOST], ratios[BENCH_MOST];
    for (int i = 0; i < b->repetitions; i++) {
        child c;
        if (!child_run(b, work, batch, "step 3", &c))
            return false;
        times[i] = c.start;
        limits[i] = c.answer[0];
        ratios[i] = times[i] / limits[i];
    }
    bench_print(b, &(figure){.name = name,
                             .unit = "ms",
                             .value = 1e3 * bench_median(times, b->repetitions),
                             .limit = 1e3 * bench_median(limits, b->repetitions),
                             .ratio = bench_median(ratios, b->repetitions)});
    return true;
}

int main(int argc, char **argv)
{
    bench b;
    if (!bench_open(&b, argc, argv, 5))
        return bench_close(&b, 2);
    bool done = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && done; i++)
        done = bench_row(&b, rows[i].work, rows[i].batch);
    return bench_close(&b, done ? EXIT_SUCCESS : EXIT_FAILURE);
}
