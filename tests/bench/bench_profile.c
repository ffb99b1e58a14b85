/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_profile.c - where the milliseconds of a training step go: the time in each kernel, beside the least
 * that its operations would take in large sgemms, or its bytes in a triad, whichever is longer. Means over the
 * repetitions. */
#include "common/counting.h"
#include "common/measure.h"
#include "common/work.h"
#include "core/context.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *work;
    int64_t batch;
} rows[] = {{"dcgan", 64}, {"mlp_cgan", 32}, {"mnist_cnn", 64}};

static void print_row(bench *b, const char *kind, const char *part, double seconds, double limit)
{
    char name[64];
    snprintf(name, sizeof name, "%s: %s", kind, part);
    bench_print(b, &(figure){.name = name,
                             .unit = "ms",
                             .value = 1e3 * seconds / b->repetitions,
                             .limit = 1e3 * limit / b->repetitions,
                             .ratio = limit > 0 ? seconds / limit : 0});
}

static double least(const kernel_count *c, double sgemm, double triad)
{
    const double product = (double)c->operations / sgemm, reading = (double)c->bytes / triad;
    return product > reading ? product : reading;
}

/* All kernels that were called, what is done outside of them, and the whole. */
static void print_profile(bench *b, const char *kind, double seconds)
{
    const double sgemm = bench_sgemm_speed(b), triad = bench_triad_speed(b);
    double limits = 0;
    for (int k = 0; k < counting_kernels; k++) {
        const kernel_count *c = counting_of(k);
        if (c->calls > 0)
            print_row(b, kind, c->name, c->seconds, least(c, sgemm, triad));
        limits += least(c, sgemm, triad);
    }
    print_row(b, kind, "outside the kernels", seconds - counting_total().seconds, 0);
    print_row(b, kind, "step", seconds, limits);
}

static bool bench_row(bench *b, const char *kind, int64_t batch)
{
    if (!bench_wants(b, kind))
        return true;
    work *w = work_new(b->context, kind, batch, true);
    const gn__kernels *kernels = b->context->kernels;
    bool done = w != NULL && work_rounds(w, 2) >= 0;
    b->context->kernels = counting_start();
    const double mean = done ? work_rounds(w, b->repetitions) : -1;
    b->context->kernels = kernels;
    if (mean >= 0)
        print_profile(b, kind, mean * b->repetitions);
    work_free(w);
    return mean >= 0;
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
