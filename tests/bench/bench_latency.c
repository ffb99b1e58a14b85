/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_latency.c - how long a generator or classifier takes for one picture and for 64, beside the time
 * that its operations would take in large sgemms with all threads, or that its weights take to be read from memory,
 * whichever is longer. */
#include "common/measure.h"
#include "common/work.h"

#include <stdio.h>
#include <stdlib.h>

/* for one figure */
enum { TIMES = 10 };

static const struct {
    const char *work, *name;
} rows[] = {{"dcgan", "dcgan generator"}, {"mlp_cgan", "mlp_cgan generator"}, {"mnist_cnn", "mnist_cnn"}};

static double inference_time(work *w)
{
    double seconds = 0;
    for (int i = -1; i < TIMES && seconds >= 0; i++) {
        const double one = work_infer(w);
        seconds = one < 0 ? -1 : i < 0 ? 0 : seconds + one / TIMES; /* the first warms up */
    }
    return seconds;
}

static bool measure(bench *b, work *w, const char *name)
{
    double times[BENCH_MOST], limits[BENCH_MOST], ratios[BENCH_MOST];
    const double operations = work_inference_operations(w), bytes = work_inference_weights(w);
    for (int i = 0; i < b->repetitions; i++) {
        const double product = operations / bench_sgemm_speed(b), reading = bytes / bench_triad_speed(b);
        times[i] = inference_time(w);
        if (times[i] < 0)
            return false;
        limits[i] = product > reading ? product : reading;
        ratios[i] = times[i] / limits[i];
    }
    bench_print(b, &(figure){.name = name,
                             .unit = "ms",
                             .value = 1e3 * bench_median(times, b->repetitions),
                             .limit = 1e3 * bench_median(limits, b->repetitions),
                             .ratio = bench_median(ratios, b->repetitions)});
    return true;
}

static bool bench_row(bench *b, const char *kind, const char *of, int64_t batch)
{
    char name[64];
    snprintf(name, sizeof name, "%s, batch %d", of, (int)batch);
    if (!bench_wants(b, name))
        return true;
    work *w = work_new(b->context, kind, batch, true);
    const bool done = w != NULL && measure(b, w, name);
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
        done = bench_row(&b, rows[i].work, rows[i].name, 1) && bench_row(&b, rows[i].work, rows[i].name, 64);
    return bench_close(&b, done ? EXIT_SUCCESS : EXIT_FAILURE);
}
