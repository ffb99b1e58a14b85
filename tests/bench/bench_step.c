/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_step.c - a training step of the dcgan example beside the time that its operations would take in large sgemms.
 *
 * Both are measured in turn in one run, because machines change speed; the ratio of each pair counts, and its median is printed.
 * usage: bench_step [--json] [--threads N] [--batch N] [--repetitions N] */
#include "common/dcgan_network.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if !defined(GANNET_BLAS_BUILTIN)
#include <cblas.h>
#endif

/* Multiply-adds count as two; nothing needless is counted: the first layers need no input gradients, D none of its weights in G's step. */
static const double operations_per_picture = 26.6e9 / 64;
enum { SIDE = 2048, MOST = 201, TIMES = 3 /* of each in a pair */ };

typedef struct bench {
    int threads, repetitions;
    int64_t batch;
    bool json;
    float *matrices[3];
} bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

/* Operations per second of one large sgemm by the BLAS with all threads. The library has set the BLAS to one thread; it is set back. */
static double sgemm_speed(const bench *b)
{
#if defined(GANNET_BLAS_BUILTIN)
    (void)b;
    return 0;
#else
#if defined(GANNET_BLAS_OPENBLAS)
    openblas_set_num_threads(b->threads);
#endif
    double seconds = 0;
    for (int i = -1; i < TIMES; i++) { /* the first one warms up */
        const double start = now();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, b->matrices[0], SIDE,
                    b->matrices[1], SIDE, 0, b->matrices[2], SIDE);
        seconds += i < 0 ? 0 : (now() - start) / TIMES;
    }
#if defined(GANNET_BLAS_OPENBLAS)
    openblas_set_num_threads(1);
#endif
    /* OpenBLAS's threads spin for about 30 ms after a product before they sleep: not on the step's time. */
    nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
    return 2.0 * SIDE * SIDE * SIDE / seconds;
#endif
}

static bool read_arguments(bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const long number = i + 1 < argc ? strtol(argv[i + 1], NULL, 10) : 0;
        if (strcmp(argv[i], "--json") == 0) {
            b->json = true;
            continue;
        }
        if (strcmp(argv[i], "--threads") == 0 && number >= 1 && number <= 64)
            b->threads = (int)number;
        else if (strcmp(argv[i], "--batch") == 0 && number >= 1 && number <= 4096)
            b->batch = number;
        else if (strcmp(argv[i], "--repetitions") == 0 && number >= 1 && number <= MOST)
            b->repetitions = (int)number;
        else
            return false;
        i++;
    }
    return true;
}

static void print(const bench *b, double step, double speed, double ratio)
{
    const double work = operations_per_picture * (double)b->batch;
    if (b->json)
        printf("{\"bench\":\"dcgan_step\",\"batch\":%lld,\"threads\":%d,\"step_ms\":%.3f,\"sgemm_gflops\":%.2f,"
               "\"sgemm_ms\":%.3f,\"ratio\":%.4f,\"images_per_second\":%.1f}\n",
               (long long)b->batch, b->threads, 1e3 * step, speed / 1e9, 1e3 * work / speed, ratio,
               (double)b->batch / step);
    else
        printf("dcgan step, batch %lld, %d threads: %.1f ms (%.0f images/s)\n"
               "its %.1f GFLOP as large sgemms at %.0f GFLOP/s: %.1f ms\nratio, median of %d pairs: %.3f\n",
               (long long)b->batch, b->threads, 1e3 * step, (double)b->batch / step, work / 1e9, speed / 1e9,
               1e3 * work / speed, b->repetitions, ratio);
}

/* The mean time of a step; negative when one failed. */
static double step_time(gn_gan *gan, gn_batches *batches)
{
    double seconds = 0;
    for (int i = -1; i < TIMES; i++) {
        const gn_batch *batch = gn_batches_next(batches);
        const double start = now();
        if (gn_gan_step(gan, batch, NULL) != GN_OK)
            return -1;
        seconds += i < 0 ? 0 : (now() - start) / TIMES;
    }
    return seconds;
}

static int measure(const bench *b, gn_gan *gan, gn_batches *batches)
{
    double steps[MOST], speeds[MOST], ratios[MOST];
    const double work = operations_per_picture * (double)b->batch;
    for (int i = -1; i < b->repetitions; i++) {
        const double seconds = step_time(gan, batches), speed = sgemm_speed(b);
        if (seconds < 0)
            return EXIT_FAILURE;
        if (i < 0) /* warming up */
            continue;
        steps[i] = seconds;
        speeds[i] = speed;
        ratios[i] = seconds * speed / work;
    }
    print(b, median(steps, b->repetitions), median(speeds, b->repetitions), median(ratios, b->repetitions));
    return EXIT_SUCCESS;
}

static int run(const bench *b, gn_context *context)
{
    gn_dataset *digits = gn_digits_new(context, NULL);
    gn_batches *batches = gn_batches_new(digits, &(gn_batches_options){.size = b->batch});
    gn_module *generator = dcgan_generator(context, &dcgan_digits, 0.8f);
    gn_module *discriminator = dcgan_discriminator(context, &dcgan_digits, DCGAN_MOMENTUM);
    const gn_gan_options options = dcgan_options(DCGAN_MOMENTUM, DCGAN_CLASSES, generator, discriminator, 1);
    gn_gan *gan = gn_gan_new(context, &options);
    const int code = gan != NULL && batches != NULL ? measure(b, gan, batches) : EXIT_FAILURE;
    if (code != EXIT_SUCCESS)
        fprintf(stderr, "bench_step: %s\n", gn_context_message(context));
    gn_gan_free(gan);
    gn_module_free(generator);
    gn_module_free(discriminator);
    gn_batches_free(batches);
    gn_dataset_free(digits);
    return code;
}

int main(int argc, char **argv)
{
    bench b = {.threads = 2, .batch = 64, .repetitions = 11};
    if (!read_arguments(&b, argc, argv)) {
        fprintf(stderr, "usage: bench_step [--json] [--threads N] [--batch N] [--repetitions N]\n");
        return 2;
    }
    const size_t count = (size_t)SIDE * SIDE;
    for (int i = 0; i < 3; i++) {
        b.matrices[i] = malloc(count * sizeof(float));
        for (size_t j = 0; b.matrices[i] != NULL && j < count; j++)
            b.matrices[i][j] = (float)(j % 13) * 0.1f;
    }
    gn_context *context = gn_context_new(&(gn_context_options){.threads = b.threads});
    const int code = context == NULL ? EXIT_FAILURE : run(&b, context);
    gn_context_free(context);
    for (int i = 0; i < 3; i++)
        free(b.matrices[i]);
    return code;
}
