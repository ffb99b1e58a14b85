/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_memory.c - the most memory that a process has resident while it trains, beside what must be there
 * at once: each parameter with its gradient and two moments. */
#include "common/child.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *work;
    int64_t batch;
} rows[] = {{"dcgan", 64}, {"dcgan", 256}, {"wgan_gp", 64}, {"mlp_cgan", 32}, {"mnist_cnn", 64}};

static bool bench_row(bench *b, const char *work, int64_t batch)
{
    char name[64];
    snprintf(name, sizeof name, "%s, batch %d: peak memory", work, (int)batch);
    if (!bench_wants(b, name))
        return true;
    double resident[BENCH_MOST], least = 0;
    for (int i = 0; i < b->repetitions; i++) {
        child c;
        if (!child_run(b, work, batch, "memory", &c))
            return false;
        resident[i] = c.answer[0];
        least = 4 * sizeof(float) * c.parameters;
    }
    const double median = bench_median(resident, b->repetitions);
    bench_print(
        b,
        &(figure){.name = name, .unit = "MB", .value = 1e-6 * median, .limit = 1e-6 * least, .ratio = median / least});
    return true;
}

int main(int argc, char **argv)
{
    bench b;
    if (!bench_open(&b, argc, argv, 3))
        return bench_close(&b, 2);
    bool done = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && done; i++)
        done = bench_row(&b, rows[i].work, rows[i].batch);
    return bench_close(&b, done ? EXIT_SUCCESS : EXIT_FAILURE);
}
