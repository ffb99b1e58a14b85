/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_ops.c - the speed of the kernels at the shapes of the dcgan example, beside what the machine can do.
 *
 * Matrix products and convolutions: GFLOP/s, and the share of one large sgemm (2048^3, all threads, one call of the BLAS).
 * Element-wise kernels: GB/s of what they read and write, and the share of a STREAM-like triad.
 * usage: bench_ops [--json] [--threads N] [--repetitions N] [--only TEXT] */
#include "core/context.h"
#include "kernels/kernels.h"

#include <gannet/version.h>
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

enum { BATCH = 64, BUFFERS = 4, MOST_REPETITIONS = 101 };
static const int64_t buffer_floats = 2048 * 2048;

typedef struct bench {
    gn_context *context;
    float *buffers[BUFFERS];
    int64_t *indices;
    int repetitions;
    bool json;
    const char *only;
    double sgemm, triad; /* operations and bytes per second */
} bench;

/* One call to be timed: work is its floating-point operations, or its bytes when it is bound by memory. */
typedef struct job {
    const char *name;
    void (*run)(const bench *b, const struct job *job);
    double work;
    bool bytes;
    gn__conv_shape shape;
    int64_t m, n, k;
    bool transpose_a, transpose_b;
    int f;
} job;

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

/* The median time of one call in seconds, after one to warm up. */
static double measure(const bench *b, const job *j)
{
    double times[MOST_REPETITIONS];
    j->run(b, j);
    for (int i = 0; i < b->repetitions; i++) {
        const double start = now();
        j->run(b, j);
        times[i] = now() - start;
    }
    qsort(times, (size_t)b->repetitions, sizeof *times, compare);
    return times[b->repetitions / 2];
}

/* --- what is measured --------------------------------------------------------------------------------------------------------- */

static void run_sgemm(const bench *b, const job *j)
{
#if defined(GANNET_BLAS_BUILTIN)
    b->context->kernels->gemm(b->context, false, false, j->m, j->n, j->k, 1, b->buffers[0], j->k, b->buffers[1], j->n,
                              0, b->buffers[2], j->n);
#else
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)j->m, (int)j->n, (int)j->k, 1, b->buffers[0], (int)j->k,
                b->buffers[1], (int)j->n, 0, b->buffers[2], (int)j->n);
#endif
}

static void run_gemm(const bench *b, const job *j)
{
    b->context->kernels->gemm(b->context, j->transpose_a, j->transpose_b, j->m, j->n, j->k, 1, b->buffers[0],
                              j->transpose_a ? j->m : j->k, b->buffers[1], j->transpose_b ? j->k : j->n, 0,
                              b->buffers[2], j->n);
}

static void run_conv(const bench *b, const job *j)
{
    b->context->kernels->conv2d(b->context, &j->shape, b->buffers[0], b->buffers[1], NULL, b->buffers[2]);
}

static void run_conv_transpose(const bench *b, const job *j)
{
    b->context->kernels->conv2d_transpose(b->context, &j->shape, b->buffers[2], b->buffers[1], NULL, b->buffers[0]);
}

static void run_conv_kernel(const bench *b, const job *j)
{
    b->context->kernels->conv2d_kernel(b->context, &j->shape, b->buffers[0], b->buffers[2], b->buffers[3]);
}

static void triad_tile(void *argument, int64_t tile, int worker)
{
    const bench *b = argument;
    const int64_t size = buffer_floats / 64;
    const float *restrict x = b->buffers[0] + tile * size, *restrict y = b->buffers[1] + tile * size;
    float *restrict z = b->buffers[2] + tile * size;
    (void)worker;
    for (int64_t i = 0; i < size; i++)
        z[i] = x[i] + 3.0f * y[i];
}

static void run_triad(const bench *b, const job *j)
{
    (void)j;
    bench copy = *b;
    gn__parallel_for(b->context->pool, 64, triad_tile, &copy);
}

static void run_unary(const bench *b, const job *j)
{
    b->context->kernels->unary(b->context, (gn__unary)j->f, 0.2f, 1, j->m * j->n, b->buffers[0], b->buffers[1]);
}

static void run_binary(const bench *b, const job *j)
{
    b->context->kernels->binary(b->context, (gn__binary)j->f, 0.2f, 1, j->m * j->n, b->buffers[0], b->buffers[1],
                                b->buffers[2]);
}

static void run_binary_row(const bench *b, const job *j)
{
    b->context->kernels->binary_row(b->context, (gn__binary)j->f, j->m, j->n, b->buffers[0], b->buffers[3],
                                    b->buffers[2]);
}

static void run_sum(const bench *b, const job *j)
{
    b->context->kernels->sum(b->context, 1, j->m, j->n, b->buffers[0], b->buffers[3]);
}

static void run_statistics(const bench *b, const job *j)
{
    b->context->kernels->norm_statistics(b->context, j->m, j->n, b->buffers[0], b->buffers[3], b->buffers[3] + j->n);
}

static void run_norm(const bench *b, const job *j)
{
    const float *p = b->buffers[3];
    b->context->kernels->norm_apply(b->context, j->m, j->n, b->buffers[0], p, p + j->n, p + 2 * j->n, p + 3 * j->n,
                                    0.2f, b->buffers[1]);
}

static void run_norm_sums(const bench *b, const job *j)
{
    float *p = b->buffers[3];
    b->context->kernels->norm_gradient_sums(b->context, j->m, j->n, b->buffers[0], p, p + j->n, p + 2 * j->n,
                                            p + 3 * j->n, 0.2f, b->buffers[1], p + 4 * j->n, p + 5 * j->n);
}

static void run_norm_gradient(const bench *b, const job *j)
{
    const float *p = b->buffers[3];
    b->context->kernels->norm_gradient(b->context, j->m, j->n, b->buffers[0], p, p + j->n, p + 2 * j->n, p + 3 * j->n,
                                       0.2f, b->buffers[1], p + 4 * j->n, p + 5 * j->n, b->buffers[2]);
}

static void run_max_pool(const bench *b, const job *j)
{
    b->context->kernels->max_pool(b->context, &j->shape, b->buffers[0], b->buffers[1], b->indices);
}

static void run_softmax(const bench *b, const job *j)
{
    b->context->kernels->softmax(b->context, j->m, j->n, b->buffers[0], b->buffers[1]);
}

static void run_adam(const bench *b, const job *j)
{
    b->context->kernels->adam(b->context, j->m, b->buffers[0], b->buffers[1], b->buffers[2], b->buffers[3], 1, 0, 0.5f,
                              0.999f, 2e-4f, 1, 1e-8f);
}

/* --- the list ----------------------------------------------------------------------------------------------------------------- */

static void report(const bench *b, const job *j, double seconds, double peak)
{
    const double rate = j->work / seconds;
    const char *unit = j->bytes ? "GB/s" : "GFLOP/s";
    if (b->json)
        printf("{\"name\": \"%s\", \"microseconds\": %.1f, \"rate\": %.2f, \"unit\": \"%s\", \"share\": %.3f}\n",
               j->name, 1e6 * seconds, 1e-9 * rate, unit, rate / peak);
    else
        printf("%-44s %9.1f us %8.1f %-7s %5.2f\n", j->name, 1e6 * seconds, 1e-9 * rate, unit, rate / peak);
}

static void run_job(const bench *b, const job *j)
{
    if (b->only == NULL || strstr(j->name, b->only) != NULL)
        report(b, j, measure(b, j), j->bytes ? b->triad : b->sgemm);
}

static void bench_conv(const bench *b, const char *name, gn__conv_shape s)
{
    char text[96];
    job j = {.name = text, .shape = s};
    j.work = 2.0 * (double)(s.n * s.oh * s.ow * s.k) * (double)(s.kh * s.kw * s.c);
    snprintf(text, sizeof text, "conv2d           %s", name);
    j.run = run_conv;
    run_job(b, &j);
    snprintf(text, sizeof text, "conv2d_transpose %s", name);
    j.run = run_conv_transpose;
    run_job(b, &j);
    snprintf(text, sizeof text, "conv2d_kernel    %s", name);
    j.run = run_conv_kernel;
    run_job(b, &j);
}

/* A kernel of size 4, stride 2, padding 1, from h x h x c to half of that. */
static gn__conv_shape halving(int64_t h, int64_t c, int64_t k)
{
    return (gn__conv_shape){BATCH, h, h, c, h / 2, h / 2, k, 4, 4, 2, 2, 1, 1, 1, 1};
}

/* Numbers in [-1/2, 1/2): a kernel may be slow on what another one left behind. */
static void refill(const bench *b)
{
    for (int i = 0; i < BUFFERS; i++)
        for (int64_t k = 0; k < buffer_floats; k++)
            b->buffers[i][k] = (float)((k * 7919 + i) % 1000) * 1e-3f - 0.5f;
}

static void bench_convs(const bench *b)
{
    refill(b);
    bench_conv(b, "14x14x128 <-> 7x7x256 k4 s2", halving(14, 128, 256));
    bench_conv(b, "28x28x64 <-> 14x14x128 k4 s2", halving(28, 64, 128));
    bench_conv(b, "14x14x64 <-> 7x7x128 k4 s2", halving(14, 64, 128));
    bench_conv(b, "28x28x2 <-> 14x14x64 k4 s2", halving(28, 2, 64));
    bench_conv(b, "28x28x64 <-> 28x28x1 k3 s1", (gn__conv_shape){BATCH, 28, 28, 64, 28, 28, 1, 3, 3, 1, 1, 1, 1, 1, 1});
}

static void bench_gemm(const bench *b, const char *name, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                       int64_t k)
{
    const job j = {.name = name,
                   .run = run_gemm,
                   .work = 2.0 * (double)m * (double)n * (double)k,
                   .m = m,
                   .n = n,
                   .k = k,
                   .transpose_a = transpose_a,
                   .transpose_b = transpose_b};
    run_job(b, &j);
}

static void bench_gemms(const bench *b)
{
    refill(b);
    bench_gemm(b, "gemm 2048 2048 2048", false, false, 2048, 2048, 2048);
    bench_gemm(b, "gemm 512 512 512", false, false, 512, 512, 512);
    bench_gemm(b, "gemm 512 512 512, both transposed", true, true, 512, 512, 512);
    bench_gemm(b, "gemm 64 12544 110", false, false, 64, 12544, 110);
    bench_gemm(b, "gemm 110 12544 64, A transposed", true, false, 110, 12544, 64);
    bench_gemm(b, "gemm 64 110 12544, B transposed", false, true, 64, 110, 12544);
    bench_gemm(b, "gemm 64 1 6272", false, false, 64, 1, 6272);
    bench_gemm(b, "gemm 6272 1 64, A transposed", true, false, 6272, 1, 64);
    bench_gemm(b, "gemm 64 6272 1, B transposed", false, true, 64, 6272, 1);
}

/* arrays: how many arrays of m n floats are read or written. */
static void bench_memory(const bench *b, const char *name, void (*run)(const bench *, const job *), int f, int64_t m,
                         int64_t n, int arrays)
{
    const job j = {
        .name = name, .run = run, .work = 4.0 * arrays * (double)(m * n), .bytes = true, .m = m, .n = n, .f = f};
    run_job(b, &j);
}

static void bench_elements(const bench *b)
{
    refill(b);
    enum { COUNT = BATCH * 28 * 28 * 64 };
    bench_memory(b, "add 3.2M", run_binary, GN__ADD, COUNT, 1, 3);
    bench_memory(b, "leaky_relu 3.2M", run_unary, GN__LEAKY_RELU, COUNT, 1, 2);
    bench_memory(b, "leaky_relu gradient 3.2M", run_binary, GN__LEAKY_RELU_GRADIENT, COUNT, 1, 3);
    bench_memory(b, "exp 3.2M", run_unary, GN__EXP, COUNT, 1, 2);
    bench_memory(b, "log 3.2M", run_unary, GN__LOG, COUNT, 1, 2);
    bench_memory(b, "tanh 3.2M", run_unary, GN__TANH, COUNT, 1, 2);
    bench_memory(b, "sigmoid 3.2M", run_unary, GN__SIGMOID, COUNT, 1, 2);
    bench_memory(b, "softplus 3.2M", run_unary, GN__SOFTPLUS, COUNT, 1, 2);
    bench_memory(b, "add row [50176,64]", run_binary_row, GN__ADD, 50176, 64, 2);
    bench_memory(b, "sum [50176,64] over rows", run_sum, 0, 50176, 64, 1);
    bench_memory(b, "softmax [4096,10]", run_softmax, 0, 4096, 10, 2);
    bench_memory(b, "adam 1.4M", run_adam, 0, 1400000, 1, 7);
    const job pool = {.name = "max_pool 28x28x64 k2 s2",
                      .run = run_max_pool,
                      .work = COUNT * (4 + 3.0),
                      .bytes = true,
                      .shape = {BATCH, 28, 28, 64, 14, 14, 64, 2, 2, 2, 2, 1, 1, 0, 0}};
    run_job(b, &pool);
}

static void bench_norms(const bench *b)
{
    refill(b);
    static const int64_t sizes[][2] = {{64, 12544}, {12544, 128}, {50176, 64}, {3136, 128}};
    for (int i = 0; i < 4; i++) {
        const int64_t rows = sizes[i][0], channels = sizes[i][1];
        char text[96];
        snprintf(text, sizeof text, "norm statistics [%d,%d]", (int)rows, (int)channels);
        bench_memory(b, text, run_statistics, 0, rows, channels, 1);
        snprintf(text, sizeof text, "norm apply [%d,%d]", (int)rows, (int)channels);
        bench_memory(b, text, run_norm, 0, rows, channels, 2);
        snprintf(text, sizeof text, "norm gradient sums [%d,%d]", (int)rows, (int)channels);
        bench_memory(b, text, run_norm_sums, 0, rows, channels, 2);
        snprintf(text, sizeof text, "norm gradient [%d,%d]", (int)rows, (int)channels);
        bench_memory(b, text, run_norm_gradient, 0, rows, channels, 3);
    }
}

/* The two speeds that everything is compared with. The BLAS gets all threads for this one call, then goes back to one. */
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

static void measure_machine(bench *b)
{
    const job sgemm = {.name = "large sgemm 2048 2048 2048",
                       .run = run_sgemm,
                       .work = 2.0 * 2048 * 2048 * 2048,
                       .m = 2048,
                       .n = 2048,
                       .k = 2048};
    const job triad = {.name = "triad", .run = run_triad, .work = 12.0 * (double)buffer_floats, .bytes = true};
    set_blas_threads(gn_context_threads(b->context));
    const double sgemm_seconds = measure(b, &sgemm);
    set_blas_threads(1);
    const double triad_seconds = measure(b, &triad);
    b->sgemm = sgemm.work / sgemm_seconds;
    b->triad = triad.work / triad_seconds;
    report(b, &sgemm, sgemm_seconds, b->sgemm);
    report(b, &triad, triad_seconds, b->triad);
}

static bool open_bench(bench *b, int threads)
{
    b->context = gn_context_new(&(gn_context_options){.threads = threads});
    if (b->context == NULL)
        return false;
    b->indices = calloc((size_t)buffer_floats, sizeof *b->indices);
    bool complete = b->indices != NULL;
    for (int i = 0; i < BUFFERS; i++) {
        b->buffers[i] = aligned_alloc(64, (size_t)buffer_floats * sizeof(float));
        complete = complete && b->buffers[i] != NULL;
    }
    if (complete)
        refill(b);
    return complete;
}

static void close_bench(bench *b)
{
    for (int i = 0; i < BUFFERS; i++)
        free(b->buffers[i]);
    free(b->indices);
    gn_context_free(b->context);
}

static int usage(void)
{
    fputs("usage: bench_ops [--json] [--threads N] [--repetitions N] [--only TEXT]\n", stderr);
    return 2;
}

int main(int count, char **arguments)
{
    bench b = {.repetitions = 9};
    int threads = 0;
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? arguments[i + 1] : NULL;
        if (strcmp(arguments[i], "--json") == 0) {
            b.json = true;
            continue;
        }
        if (value == NULL)
            return usage();
        if (strcmp(arguments[i], "--threads") == 0)
            threads = atoi(value);
        else if (strcmp(arguments[i], "--repetitions") == 0)
            b.repetitions = atoi(value);
        else if (strcmp(arguments[i], "--only") == 0)
            b.only = value;
        else
            return usage();
        i++;
    }
    if (b.repetitions < 1 || b.repetitions > MOST_REPETITIONS)
        return usage();
    if (!open_bench(&b, threads)) {
        fputs("bench_ops: out of memory or threads\n", stderr);
        close_bench(&b);
        return 1;
    }
    if (!b.json)
        printf("%s, %d threads, median of %d\n", gn_build_info(), gn_context_threads(b.context), b.repetitions);
    measure_machine(&b);
    bench_convs(&b);
    bench_gemms(&b);
    bench_elements(&b);
    bench_norms(&b);
    close_bench(&b);
    return 0;
}
