/* SPDX-License-Identifier: MIT */
/* tests/faults/openmp_host.c - a program that itself uses OpenMP, for test_openmp.sh: trains in a parallel region,
 * prints the weights' bits. */
#include "gan/networks.h"

#include <inttypes.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOSTS = 4, STEPS = 5, SIDE = 300 };

static uint64_t add_bits(uint64_t hash, const gn_real *x, int64_t count)
{
    const unsigned char *bytes = (const unsigned char *)x;
    for (size_t i = 0; i < (size_t)count * sizeof *x; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

/* A product that is large enough for a BLAS to share among threads. */
static uint64_t multiply(gn_context *context)
{
    gn_tensor *a = gn_tensor_new(context, GN_SHAPE(SIDE, SIDE));
    gn_tape *tape = gn_tape_new(context);
    gn_random_fill_normal(&(gn_random){.seed = 1}, gn_tensor_data(a), gn_tensor_count(a), 0, 1);
    gn_var *x = gn_input(tape, a), *product = gn_matmul(x, x, false, false);
    const uint64_t bits = add_bits(1469598103934665603u, gn_var_data(product), gn_tensor_count(a));
    gn_tape_free(tape);
    gn_tensor_free(a);
    return bits;
}

static uint64_t train(void)
{
    gn_context *context = gn_context_new(&(gn_context_options){.seed = 5, .threads = 2});
    uint64_t bits = multiply(context);
    gn_gan_options options = tiny_options(context, 0.8f);
    gn_gan *gan = gn_gan_new(context, &options);
    tiny_data data = tiny_data_new(context, 8, 1);
    for (int i = 0; i < STEPS; i++)
        if (gn_gan_step(gan, &data.batch, NULL) != GN_OK)
            exit(EXIT_FAILURE);
    for (size_t i = 0; i < gn_module_tensor_count(options.generator); i++) {
        const gn_tensor *tensor = gn_module_tensor(options.generator, i).tensor;
        bits = add_bits(bits, gn_tensor_values(tensor), gn_tensor_count(tensor));
    }
    tiny_data_free(&data);
    gn_gan_free(gan);
    gn_module_free(options.generator);
    gn_module_free(options.discriminator);
    gn_context_free(context);
    return bits;
}

int main(void)
{
    const int threads = omp_get_max_threads();
    uint64_t bits[HOSTS];
    const uint64_t alone = train();
#pragma omp parallel for
    for (int i = 0; i < HOSTS; i++)
        bits[i] = train();
    for (int i = 0; i < HOSTS; i++)
        if (bits[i] != alone) {
            fprintf(stderr, "host %d of the parallel region has other weights than one alone\n", i);
            return EXIT_FAILURE;
        }
    if (omp_get_max_threads() != threads) {
        fprintf(stderr, "OpenMP's number of threads was %d, and is %d\n", threads, omp_get_max_threads());
        return EXIT_FAILURE;
    }
    printf("%016" PRIx64 "\n", alone);
    return EXIT_SUCCESS;
}
