/* SPDX-License-Identifier: MIT */
/* tests/bench/common/measure.c - what benchmarks share. */
#include "common/measure.h"

#include "core/context.h"
#include "kernels/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if !defined(GANNET_BLAS_BUILTIN)
#include <cblas.h>
#endif
#if defined(GANNET_BLAS_BLIS)
void bli_thread_set_num_threads(int64_t threads);
#endif

enum { TIMES = 3 /* a limit is measured in a row, after one to warm up */ };
static const int64_t matrix_size = (int64_t)BENCH_SIDE * BENCH_SIDE;

/* --- arguments and output ----------------------------------------------------------------------------------------- */

static bool read_arguments(bench *b, int *threads, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--json") == 0) {
            b->json = true;
            continue;
        }
        if (*value == '\0')
            return false;
        if (strcmp(argv[i], "--threads") == 0)
            *threads = atoi(value);
        else if (strcmp(argv[i], "--repetitions") == 0)
            b->repetitions = atoi(value);
        else if (strcmp(argv[i], "--only") == 0)
            b->only = value;
        else
            return false;
        i++;
    }
    return *threads >= 0 && b->repetitions >= 1 && b->repetitions <= BENCH_MOST;
}

static bool fill_matrices(bench *b)
{
    for (int i = 0; i < 3; i++) {
        b->matrices[i] = aligned_alloc(64, (size_t)matrix_size * sizeof(float));
        if (b->matrices[i] == NULL)
            return false;
        for (int64_t j = 0; j < matrix_size; j++)
            b->matrices[i][j] = (float)(j % 13) * 0.1f;
    }
    return true;
}

static void print_usage(FILE *file, const char *program)
{
    fprintf(file, "usage: %s [--json] [--threads N] [--repetitions N] [--only TEXT]\n", program);
}

/* Ends the program. */
static void help(const bench *b)
{
    print_usage(stdout, b->program);
    printf("\nMeasures and prints figures beside the machine's limits (docs/performance.md).\n\n"
           "  --json           print JSON\n"
           "  --threads N      threads; 0, the default: as many as there are processors\n"
           "  --repetitions N  measurements, 1 to %d, of which the median is printed; default %d\n"
           "  --only TEXT      only figures whose name has TEXT\n",
           BENCH_MOST, b->repetitions);
    exit(EXIT_SUCCESS);
}

bool bench_open(bench *b, int argc, char **argv, int repetitions)
{
    *b = (bench){.program = argv[0], .repetitions = repetitions};
    int threads = 0;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        help(b);
    if (!read_arguments(b, &threads, argc, argv)) {
        print_usage(stderr, argv[0]);
        return false;
    }
    b->context = gn_context_new(&(gn_context_options){.threads = threads});
    if (b->context == NULL || !fill_matrices(b)) {
        fprintf(stderr, "%s: out of memory or threads\n", argv[0]);
        return false;
    }
    if (!b->json)
        printf("%s, %d threads, %d repetitions\n%-48s %10s %-8s %10s %6s\n", gn__blas_name(),
               gn_context_threads(b->context), b->repetitions, "", "measured", "", "limit", "ratio");
    return true;
}

int bench_close(bench *b, int code)
{
    if (b->json && b->context != NULL)
        printf("%s]\n", b->figures > 0 ? "\n" : "[");
    const bool nothing = code == EXIT_SUCCESS && b->figures == 0;
    if (code != EXIT_SUCCESS && b->context != NULL)
        fprintf(stderr, "%s: %s\n", b->program, gn_context_message(b->context));
    if (nothing)
        fprintf(stderr, "%s: no figure's name has '%s'\n", b->program, b->only);
    for (int i = 0; i < 3; i++)
        free(b->matrices[i]);
    gn_context_free(b->context);
    return nothing ? 2 : code;
}

bool bench_wants(const bench *b, const char *name)
{
    return b->only == NULL || strstr(name, b->only) != NULL;
}

void bench_print(bench *b, const figure *f)
{
    if (b->json)
        printf("%s\n{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"limit\": %.6g, \"ratio\": %.4f}",
               b->figures > 0 ? "," : "[", f->name, f->value, f->unit, f->limit, f->ratio);
    else
        printf("%-48s %10.2f %-8s %10.2f %6.2f\n", f->name, f->value, f->unit, f->limit, f->ratio);
    fflush(stdout);
    b->figures++;
}

/* --- time --------------------------------------------------------------------------------------------------------- */

double bench_now(void)
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

double bench_median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

/* --- the machine's limits ----------------------------------------------------------------------------------------- */

static void set_blas_threads(int threads)
{
#if defined(GANNET_BLAS_OPENBLAS)
    openblas_set_num_threads(threads);
#elif defined(GANNET_BLAS_BLIS)
    bli_thread_set_num_threads(threads);
#else
    (void)threads;
#endif
}

static void large_sgemm(const bench *b)
{
    enum { N = BENCH_SIDE };
#if defined(GANNET_BLAS_BUILTIN)
    b->context->kernels->gemm(b->context, &(gn__product){
                                              .m = N,
                                              .n = N,
                                              .k = N,
                                              .a = {b->matrices[0], N, false},
                                              .b = {b->matrices[1], N, false},
                                              .c = b->matrices[2],
                                              .c_stride = N,
                                          });
#else
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1, b->matrices[0], N, b->matrices[1], N, 0,
                b->matrices[2], N);
#endif
}

static void triad_tile(void *argument, int64_t tile, int worker)
{
    const bench *b = argument;
    const int64_t size = matrix_size / 64;
    const float *restrict x = b->matrices[0] + tile * size, *restrict y = b->matrices[1] + tile * size;
    float *restrict z = b->matrices[2] + tile * size;
    (void)worker;
    for (int64_t i = 0; i < size; i++)
        z[i] = x[i] + 3.0f * y[i];
}

static void triad(const bench *b)
{
    bench copy = *b;
    gn__parallel_for(b->context->pool, 64, triad_tile, &copy);
}

/* The mean time of a call in seconds. */
static double time_of(void (*call)(const bench *), const bench *b)
{
    call(b);
    const double start = bench_now();
    for (int i = 0; i < TIMES; i++)
        call(b);
    return (bench_now() - start) / TIMES;
}

double bench_sgemm_speed(const bench *b)
{
    set_blas_threads(gn_context_threads(b->context));
    const double seconds = time_of(large_sgemm, b);
    set_blas_threads(1);
    /* OpenBLAS's threads spin for 2^28 ticks of the processor's clock after a product before they sleep, 0.11 s at 2.45
     * GHz: not on the time of what comes next. */
    nanosleep(&(struct timespec){.tv_nsec = 150000000}, NULL);
    return 2.0 * BENCH_SIDE * BENCH_SIDE * BENCH_SIDE / seconds;
}

double bench_triad_speed(const bench *b)
{
    return 3.0 * sizeof(float) * (double)matrix_size / time_of(triad, b);
}
