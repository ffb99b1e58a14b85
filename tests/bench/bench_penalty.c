/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_penalty.c - what the gradient penalty costs: critic steps of the WGAN-GP variant of dcgan with and without it, in
 * pairs. */
#define _POSIX_C_SOURCE 200809L
#include "common/dcgan_network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 64, PAIRS = 11, TIMES = 4 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x)
{
    qsort(x, PAIRS, sizeof *x, compare);
    return x[PAIRS / 2];
}

/* A game whose generator never moves: only its critic's steps are of interest. */
typedef struct critic {
    gn_module *generator, *discriminator;
    gn_gan *gan;
} critic;

static critic critic_new(gn_context *context, gn_gan_penalty_kind penalty)
{
    critic c = {dcgan_generator(context, &dcgan_digits, 0.8f),
                dcgan_discriminator(context, &dcgan_digits, DCGAN_WGAN_GP), NULL};
    gn_gan_options options = dcgan_options(DCGAN_WGAN_GP, DCGAN_CLASSES, c.generator, c.discriminator, 1);
    options.penalties[0].kind = penalty;
    options.discriminator_steps = 1000;
    c.gan = gn_gan_new(context, &options);
    return c;
}

static void critic_free(critic *c)
{
    gn_gan_free(c->gan);
    gn_module_free(c->discriminator);
    gn_module_free(c->generator);
}

/* Seconds of a step, the first of a few left out; negative when one failed. */
static double step_time(const critic *c, const gn_batch *batch)
{
    double begin = 0;
    for (int i = -1; i < TIMES; i++) {
        if (i == 0)
            begin = now();
        if (gn_gan_step(c->gan, batch, NULL) != GN_OK)
            return -1;
    }
    return (now() - begin) / TIMES;
}

static int measure(gn_context *context, gn_batches *batches, bool json)
{
    critic plain = critic_new(context, GN_GAN_NO_PENALTY), penalised = critic_new(context, GN_GAN_GRADIENT_PENALTY);
    double without[PAIRS], with[PAIRS], ratio[PAIRS];
    const gn_batch *batch = gn_batches_next(batches);
    bool done = true;
    for (int i = -1; i < PAIRS && done; i++) {
        const double a = step_time(&plain, batch), b = step_time(&penalised, batch);
        done = a > 0 && b > 0;
        if (i < 0)
            continue;
        without[i] = a;
        with[i] = b;
        ratio[i] = b / a;
    }
    critic_free(&plain);
    critic_free(&penalised);
    if (!done)
        return EXIT_FAILURE;
    printf(json ? "{\"bench\":\"critic_step\",\"batch\":%d,\"plain_ms\":%.2f,\"penalty_ms\":%.2f,\"ratio\":%.3f}\n"
                : "critic step, batch %d: %.1f ms, with gradient penalty %.1f ms\nratio, median of pairs: %.3f\n",
           BATCH, 1e3 * median(without), 1e3 * median(with), median(ratio));
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !json) {
        fprintf(stderr, "usage: bench_penalty [--json]\n");
        return 2;
    }
    gn_context *context = gn_context_new(NULL);
    gn_dataset *digits = gn_digits_new(context, NULL);
    gn_batches *batches = gn_batches_new(digits, &(gn_batches_options){.size = BATCH});
    const int code = batches == NULL ? EXIT_FAILURE : measure(context, batches, json);
    if (code != EXIT_SUCCESS)
        fprintf(stderr, "bench_penalty: %s\n", gn_context_message(context));
    gn_batches_free(batches);
    gn_dataset_free(digits);
    gn_context_free(context);
    return code;
}
