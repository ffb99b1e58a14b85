/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_penalty.c - what the gradient penalty costs: critic steps of the WGAN-GP variant of dcgan with it,
 * beside steps without it as the limit, in pairs. */
#include "common/measure.h"
#include "common/work.h"

#include <stdlib.h>

enum { BATCH = 64, ROUNDS = 4 };

static bool measure(bench *b, work *plain, work *penalised)
{
    double without[BENCH_MOST], with[BENCH_MOST], ratios[BENCH_MOST];
    for (int i = -1; i < b->repetitions; i++) {
        const double x = work_rounds(plain, ROUNDS), y = work_rounds(penalised, ROUNDS);
        if (x < 0 || y < 0)
            return false;
        if (i < 0) /* warming up */
            continue;
        without[i] = x;
        with[i] = y;
        ratios[i] = y / x;
    }
    bench_print(b, &(figure){.name = "critic step with gradient penalty, batch 64",
                             .unit = "ms",
                             .value = 1e3 * bench_median(with, b->repetitions),
                             .limit = 1e3 * bench_median(without, b->repetitions),
                             .ratio = bench_median(ratios, b->repetitions)});
    return true;
}

int main(int argc, char **argv)
{
    bench b;
    if (!bench_open(&b, argc, argv, 11))
        return bench_close(&b, 2);
    work *plain = work_new(b.context, "critic", BATCH, true),
         *penalised = work_new(b.context, "critic_gp", BATCH, true);
    const bool done = plain != NULL && penalised != NULL && measure(&b, plain, penalised);
    work_free(plain);
    work_free(penalised);
    return bench_close(&b, done ? EXIT_SUCCESS : EXIT_FAILURE);
}
