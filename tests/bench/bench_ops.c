/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_ops.c - the speed of every kernel at the shapes of the DC-GAN and of LeNet, and at awkward ones,
 * beside what the machine can do.
 *
 * Matrix products and convolutions: GFLOP/s, and the share of one large sgemm (2048^3, all threads, one call of the
 * BLAS). Everything else: GB/s of what is read and written, and the share of a STREAM-like triad. */
#include "common/measure.h"
#include "core/context.h"
#include "kernels/kernels.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 64, BUFFERS = 4 };
static const int64_t buffer_floats = 2048 * 2048;

typedef struct ops_bench {
    bench base;
    gn_context *context;
    float *buffers[BUFFERS];
    int64_t *indices;
    double sgemm, triad; /* operations and bytes per second */
} ops_bench;

/* One call to be timed: work is its floating-point operations, or its bytes when it is bound by memory. */
typedef struct job {
    const char *name;
    void (*run)(const ops_bench *b, const struct job *job);
    double work;
    bool bytes;
    gn__conv_shape shape;
    int64_t m, n, k;
    bool transpose_a, transpose_b;
    int f;
} job;

/* The median time of one call in seconds, after one to warm up. */
static double measure(const ops_bench *b, const job *j)
{
    double times[BENCH_MOST];
    j->run(b, j);
    for (int i = 0; i < b->base.repetitions; i++) {
        const double start = bench_now();
        j->run(b, j);
        times[i] = bench_now() - start;
    }
    return bench_median(times, b->base.repetitions);
}

/* --- what is measured --------------------------------------------------------------------------------------------- */

static void run_gemm(const ops_bench *b, const job *j)
{
    b->context->kernels->gemm(b->context, &(gn__product){
                                              .m = j->m,
                                              .n = j->n,
                                              .k = j->k,
                                              .a = {b->buffers[0], j->transpose_a ? j->m : j->k, j->transpose_a},
                                              .b = {b->buffers[1], j->transpose_b ? j->k : j->n, j->transpose_b},
                                              .c = b->buffers[2],
                                              .c_stride = j->n,
                                          });
}

static void run_conv(const ops_bench *b, const job *j)
{
    b->context->kernels->conv2d(b->context, &j->shape, b->buffers[0], b->buffers[1], NULL, NULL, b->buffers[2]);
}

static void run_conv_transpose(const ops_bench *b, const job *j)
{
    b->context->kernels->conv_transpose2d(b->context, &j->shape, b->buffers[2], b->buffers[1], NULL, NULL,
                                          b->buffers[0]);
}

static void run_conv_kernel_gradient(const ops_bench *b, const job *j)
{
    b->context->kernels->conv2d_kernel_gradient(b->context, &j->shape, b->buffers[0], b->buffers[2], b->buffers[3]);
}

static void run_unary(const ops_bench *b, const job *j)
{
    b->context->kernels->unary(b->context, (gn__unary)j->f, 0.2f, 1, j->m * j->n, b->buffers[0], b->buffers[1]);
}

static void run_binary(const ops_bench *b, const job *j)
{
    b->context->kernels->binary(b->context, (gn__binary)j->f, 0.2f, 1, j->m * j->n, b->buffers[0], b->buffers[1],
                                b->buffers[2]);
}

static void run_binary_row(const ops_bench *b, const job *j)
{
    b->context->kernels->binary_row(b->context, (gn__binary)j->f, j->m, j->n, b->buffers[0], b->buffers[3],
                                    b->buffers[2]);
}

static void run_binary_column(const ops_bench *b, const job *j)
{
    b->context->kernels->binary_column(b->context, (gn__binary)j->f, j->m, j->n, b->buffers[0], b->buffers[3],
                                       b->buffers[2]);
}

static void run_max(const ops_bench *b, const job *j)
{
    b->context->kernels->max(b->context, 1, j->m, j->n, b->buffers[0], b->buffers[3], b->indices);
}

static void run_sum(const ops_bench *b, const job *j)
{
    b->context->kernels->sum(b->context, 1, j->m, j->n, b->buffers[0], b->buffers[3]);
}

static void run_statistics(const ops_bench *b, const job *j)
{
    b->context->kernels->norm_statistics(b->context, j->m, j->n, b->buffers[0], b->buffers[3], b->buffers[3] + j->n);
}

/* Mean and the rest stand in one buffer, gradients of gamma and beta behind them. */
static gn__norm norm_of(const ops_bench *b, const job *j)
{
    const float *p = b->buffers[3];
    return (gn__norm){j->m, j->n, b->buffers[0], p, p + j->n, p + 2 * j->n, p + 3 * j->n, 0.2f};
}

static void run_norm(const ops_bench *b, const job *j)
{
    const gn__norm norm = norm_of(b, j);
    b->context->kernels->norm_apply(b->context, &norm, b->buffers[1]);
}

static void run_norm_sums(const ops_bench *b, const job *j)
{
    const gn__norm norm = norm_of(b, j);
    float *sums = b->buffers[3] + 4 * j->n;
    b->context->kernels->norm_gradient_sums(b->context, &norm, b->buffers[1], sums, sums + j->n);
}

static void run_norm_gradient(const ops_bench *b, const job *j)
{
    const gn__norm norm = norm_of(b, j);
    const float *sums = b->buffers[3] + 4 * j->n;
    b->context->kernels->norm_gradient(b->context, &norm, b->buffers[1], sums, sums + j->n, b->buffers[2]);
}

static void run_max_pool(const ops_bench *b, const job *j)
{
    b->context->kernels->max_pool2d(b->context, &j->shape, b->buffers[0], b->buffers[1], b->indices);
}

static void run_avg_pool(const ops_bench *b, const job *j)
{
    b->context->kernels->avg_pool2d(b->context, &j->shape, b->buffers[0], b->buffers[1]);
}

static void run_avg_pool_gradient(const ops_bench *b, const job *j)
{
    b->context->kernels->avg_pool2d_gradient(b->context, &j->shape, b->buffers[1], b->buffers[0]);
}

/* From the small image of a pooling to its large one. */
static void run_upsample(const ops_bench *b, const job *j)
{
    const gn__conv_shape *s = &j->shape;
    b->context->kernels->upsample_nearest2d(b->context, s->n, s->oh, s->ow, s->c, s->stride_h, b->buffers[0],
                                            b->buffers[1]);
}

static void run_log_softmax(const ops_bench *b, const job *j)
{
    b->context->kernels->log_softmax(b->context, j->m, j->n, b->buffers[0], b->buffers[1]);
}

static void run_softmax(const ops_bench *b, const job *j)
{
    b->context->kernels->softmax(b->context, j->m, j->n, b->buffers[0], b->buffers[1]);
}

static void run_adam(const ops_bench *b, const job *j)
{
    const gn__adam step = {1, 0, 0.5f, 0.999f, 2e-4f, 1, 1e-8f};
    b->context->kernels->adam(b->context, &step, j->m, b->buffers[0], b->buffers[1], b->buffers[2], b->buffers[3]);
}

static void run_sgd(const ops_bench *b, const job *j)
{
    const gn__sgd step = {1, 0, 2e-4f, 0.9f, false};
    b->context->kernels->sgd(b->context, &step, j->m, b->buffers[0], b->buffers[1], b->buffers[2]);
}

static void run_rmsprop(const ops_bench *b, const job *j)
{
    const gn__rmsprop step = {1, 0, 2e-4f, 0.9f, 1e-8f, 0};
    b->context->kernels->rmsprop(b->context, &step, j->m, b->buffers[0], b->buffers[1], b->buffers[2], NULL);
}

/* m rows of n kernels of minibatch discrimination, of PAIR_SIZE numbers each (Salimans et al. 2016). */
enum { PAIR_SIZE = 5 };

static void run_pair_distances(const ops_bench *b, const job *j)
{
    b->context->kernels->pair_distances(b->context, j->m, PAIR_SIZE, j->n, b->buffers[0], b->buffers[0], b->buffers[1]);
}

static void run_pair_sums(const ops_bench *b, const job *j)
{
    b->context->kernels->pair_sums(b->context, j->m, PAIR_SIZE, j->n, b->buffers[1], b->buffers[0], b->buffers[2]);
}

/* --- the list ----------------------------------------------------------------------------------------------------- */

/* The limits are those of the run's beginning. */
static void run_job(ops_bench *b, const job *j)
{
    if (!bench_wants(&b->base, j->name))
        return;
    const double rate = j->work / measure(b, j), limit = j->bytes ? b->triad : b->sgemm;
    bench_print(&b->base, &(figure){.name = j->name,
                                    .unit = j->bytes ? "GB/s" : "GFLOP/s",
                                    .value = 1e-9 * rate,
                                    .limit = 1e-9 * limit,
                                    .ratio = rate / limit});
}

static void bench_conv(ops_bench *b, const char *name, gn__conv_shape s)
{
    char text[96];
    job j = {.name = text, .shape = s};
    j.work = 2.0 * (double)(s.n * s.oh * s.ow * s.k) * (double)(s.kh * s.kw * s.c);
    snprintf(text, sizeof text, "conv2d                 %s", name);
    j.run = run_conv;
    run_job(b, &j);
    snprintf(text, sizeof text, "conv_transpose2d       %s", name);
    j.run = run_conv_transpose;
    run_job(b, &j);
    snprintf(text, sizeof text, "conv2d_kernel_gradient %s", name);
    j.run = run_conv_kernel_gradient;
    run_job(b, &j);
}

/* A kernel of size 4, stride 2, padding 1, from h x h x c to half of that. */
static gn__conv_shape halving(int64_t h, int64_t c, int64_t k)
{
    return (gn__conv_shape){BATCH, h, h, c, h / 2, h / 2, k, 4, 4, 2, 2, 1, 1, 1, 1};
}

/* Numbers in [-1/2, 1/2): a kernel may be slow on what another one left behind. */
static void refill(const ops_bench *b)
{
    for (int i = 0; i < BUFFERS; i++)
        for (int64_t k = 0; k < buffer_floats; k++)
            b->buffers[i][k] = (float)((k * 7919 + i) % 1000) * 1e-3f - 0.5f;
}

static void bench_convs(ops_bench *b)
{
    refill(b);
    bench_conv(b, "14x14x128 <-> 7x7x256 k4 s2", halving(14, 128, 256));
    bench_conv(b, "28x28x64 <-> 14x14x128 k4 s2", halving(28, 64, 128));
    bench_conv(b, "14x14x64 <-> 7x7x128 k4 s2", halving(14, 64, 128));
    bench_conv(b, "28x28x2 <-> 14x14x64 k4 s2", halving(28, 2, 64));
    bench_conv(b, "28x28x64 <-> 28x28x1 k3 s1", (gn__conv_shape){BATCH, 28, 28, 64, 28, 28, 1, 3, 3, 1, 1, 1, 1, 1, 1});
    bench_conv(b, "28x28x1 <-> 24x24x32 k5 s1", (gn__conv_shape){BATCH, 28, 28, 1, 24, 24, 32, 5, 5, 1, 1, 1, 1, 0, 0});
    bench_conv(b, "12x12x32 <-> 8x8x64 k5 s1", (gn__conv_shape){BATCH, 12, 12, 32, 8, 8, 64, 5, 5, 1, 1, 1, 1, 0, 0});
    bench_conv(b, "26x26x32 <-> 24x24x32 k3 s1",
               (gn__conv_shape){BATCH, 26, 26, 32, 24, 24, 32, 3, 3, 1, 1, 1, 1, 0, 0});
    bench_conv(b, "17x13x37 <-> 9x5x53 k3 s2", (gn__conv_shape){BATCH, 17, 13, 37, 9, 5, 53, 3, 3, 2, 3, 1, 1, 1, 1});
    bench_conv(b, "9x9x31 <-> 9x9x3 k5 d2", (gn__conv_shape){BATCH, 9, 9, 31, 9, 9, 3, 5, 5, 1, 1, 2, 2, 4, 4});
    bench_conv(b, "7x7x256 <-> 7x7x19 k1 s1", (gn__conv_shape){BATCH, 7, 7, 256, 7, 7, 19, 1, 1, 1, 1, 1, 1, 0, 0});
}

static void bench_gemm(ops_bench *b, const char *name, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
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

static void bench_gemms(ops_bench *b)
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
    bench_gemm(b, "gemm 64 256 1024", false, false, 64, 256, 1024);
    bench_gemm(b, "gemm 64 10 256", false, false, 64, 10, 256);
    bench_gemm(b, "gemm 32 1024 512", false, false, 32, 1024, 512);
    bench_gemm(b, "gemm 1 12544 110", false, false, 1, 12544, 110);
    bench_gemm(b, "gemm 101 37 211", false, false, 101, 37, 211);
}

/* arrays: how many arrays of m n floats are read or written. */
static void bench_memory(ops_bench *b, const char *name, void (*run)(const ops_bench *, const job *), int f, int64_t m,
                         int64_t n, int arrays)
{
    const job j = {
        .name = name, .run = run, .work = 4.0 * arrays * (double)(m * n), .bytes = true, .m = m, .n = n, .f = f};
    run_job(b, &j);
}

static void bench_elements(ops_bench *b)
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
    bench_memory(b, "add 1001", run_binary, GN__ADD, 1001, 1, 3);
    bench_memory(b, "add row [50176,64]", run_binary_row, GN__ADD, 50176, 64, 2);
    bench_memory(b, "mul column [50176,64]", run_binary_column, GN__MUL, 50176, 64, 2);
    bench_memory(b, "sum [50176,64] over rows", run_sum, 0, 50176, 64, 1);
    bench_memory(b, "sum [50177,1] over rows", run_sum, 0, 50177, 1, 1);
    bench_memory(b, "max [50176,64] over rows", run_max, 0, 50176, 64, 1);
    bench_memory(b, "softmax [4096,10]", run_softmax, 0, 4096, 10, 2);
    bench_memory(b, "log_softmax [4096,10]", run_log_softmax, 0, 4096, 10, 2);
    bench_memory(b, "adam 1.4M", run_adam, 0, 1400000, 1, 7);
    bench_memory(b, "adam 1001", run_adam, 0, 1001, 1, 7);
    bench_memory(b, "sgd 1.4M", run_sgd, 0, 1400000, 1, 5);
    bench_memory(b, "rmsprop 0.6M", run_rmsprop, 0, 600000, 1, 5);
    bench_memory(b, "pair_distances 64 rows, 50 kernels of 5", run_pair_distances, 0, 64, 50, 64 + PAIR_SIZE);
    bench_memory(b, "pair_sums 64 rows, 50 kernels of 5", run_pair_sums, 0, 64, 50, 64 + 2 * PAIR_SIZE);
}

/* numbers: how many are read or written for each pixel of the large image. */
static void bench_pool(ops_bench *b, const char *name, void (*run)(const ops_bench *, const job *), double numbers)
{
    const job j = {.name = name,
                   .run = run,
                   .work = 4 * numbers * BATCH * 28 * 28 * 64,
                   .bytes = true,
                   .shape = {BATCH, 28, 28, 64, 14, 14, 64, 2, 2, 2, 2, 1, 1, 0, 0}};
    run_job(b, &j);
}

static void bench_pools(ops_bench *b)
{
    refill(b);
    bench_pool(b, "max_pool 28x28x64 k2 s2", run_max_pool, 1.75); /* where the largest was takes two more */
    bench_pool(b, "avg_pool 28x28x64 k2 s2", run_avg_pool, 1.25);
    bench_pool(b, "avg_pool gradient 28x28x64 k2 s2", run_avg_pool_gradient, 1.25);
    bench_pool(b, "upsample 14x14x64 by 2", run_upsample, 1.25);
}

static void bench_norms(ops_bench *b)
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

static bool open_buffers(ops_bench *b)
{
    b->indices = calloc((size_t)buffer_floats, sizeof *b->indices);
    bool complete = b->indices != NULL;
    for (int i = 0; i < BUFFERS; i++) {
        b->buffers[i] = aligned_alloc(64, (size_t)buffer_floats * sizeof(float));
        complete = complete && b->buffers[i] != NULL;
    }
    return complete;
}

static void measure_all(ops_bench *b)
{
    b->context = b->base.context;
    b->sgemm = bench_sgemm_speed(&b->base);
    b->triad = bench_triad_speed(&b->base);
    bench_convs(b);
    bench_gemms(b);
    bench_elements(b);
    bench_pools(b);
    bench_norms(b);
}

int main(int argc, char **argv)
{
    ops_bench b = {.indices = NULL};
    if (!bench_open(&b.base, argc, argv, 9))
        return bench_close(&b.base, 2);
    const bool complete = open_buffers(&b);
    if (complete)
        measure_all(&b);
    for (int i = 0; i < BUFFERS; i++)
        free(b.buffers[i]);
    free(b.indices);
    return bench_close(&b.base, complete ? EXIT_SUCCESS : EXIT_FAILURE);
}
