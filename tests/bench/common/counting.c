/* SPDX-License-Identifier: MIT */
/* tests/bench/common/counting.c - the fast kernels, counted. */
#include "common/counting.h"

#include "common/measure.h"

enum {
#define GN__KERNEL(name, kind) COUNT_##name,
#include "kernels/kernels.def"
#undef GN__KERNEL
    KERNELS
};

static const char *const names[KERNELS] = {
#define GN__KERNEL(name, kind) #name,
#include "kernels/kernels.def"
#undef GN__KERNEL
};

static kernel_count counts[KERNELS];

/* Counts a call that begins now. */
static double count(int kernel, int64_t operations, int64_t numbers)
{
    counts[kernel].calls++;
    counts[kernel].operations += operations;
    counts[kernel].bytes += numbers * (int64_t)sizeof(gn_real);
    return bench_now();
}

static void stop(int kernel, double start)
{
    counts[kernel].seconds += bench_now() - start;
}

static double count_conv(int kernel, const gn__conv_shape *s, const gn_real *bias, int64_t biases)
{
    const int64_t large = s->n * s->h * s->w * s->c, small = s->n * s->oh * s->ow * s->k;
    const int64_t weights = s->kh * s->kw * s->c * s->k;
    return count(kernel, 2 * s->n * s->oh * s->ow * weights, large + small + weights + (bias != NULL ? biases : 0));
}

static int64_t pooled(const gn__conv_shape *s)
{
    return s->n * s->c * (s->h * s->w + s->oh * s->ow);
}

/* --- one for each kernel ------------------------------------------------------------------------------------------ */

static gn_status gemm(gn_context *context, const gn__product *p)
{
    const int64_t begin_rows = p->begin == NULL ? 0 : p->begin_stride == 0 ? 1 : p->m;
    const double start = count(COUNT_gemm, 2 * p->m * p->n * p->k,
                               p->m * p->k + p->k * p->n + p->m * p->n + begin_rows * p->n);
    const gn_status status = gn__kernels_fast.gemm(context, p);
    stop(COUNT_gemm, start);
    return status;
}

static gn_status conv2d(gn_context *context, const gn__conv_shape *s, const gn_real *large, const gn_real *kernel,
                        const gn_real *bias, const gn__finish *finish, gn_real *small)
{
    const double start = count_conv(COUNT_conv2d, s, bias, s->k);
    const gn_status status = gn__kernels_fast.conv2d(context, s, large, kernel, bias, finish, small);
    stop(COUNT_conv2d, start);
    return status;
}

static gn_status conv_transpose2d(gn_context *context, const gn__conv_shape *s, const gn_real *small,
                                  const gn_real *kernel, const gn_real *bias, const gn__finish *finish, gn_real *large)
{
    const double start = count_conv(COUNT_conv_transpose2d, s, bias, s->c);
    const gn_status status = gn__kernels_fast.conv_transpose2d(context, s, small, kernel, bias, finish, large);
    stop(COUNT_conv_transpose2d, start);
    return status;
}

static gn_status conv2d_kernel_gradient(gn_context *context, const gn__conv_shape *s, const gn_real *large,
                                        const gn_real *small, gn_real *kernel)
{
    const double start = count_conv(COUNT_conv2d_kernel_gradient, s, NULL, 0);
    const gn_status status = gn__kernels_fast.conv2d_kernel_gradient(context, s, large, small, kernel);
    stop(COUNT_conv2d_kernel_gradient, start);
    return status;
}

static void unary(gn_context *context, gn__unary f, gn_real a, gn_real b, int64_t size, const gn_real *x, gn_real *y)
{
    const double start = count(COUNT_unary, 0, 2 * size);
    gn__kernels_fast.unary(context, f, a, b, size, x, y);
    stop(COUNT_unary, start);
}

static void binary(gn_context *context, gn__binary f, gn_real a, gn_real b, int64_t size, const gn_real *x,
                   const gn_real *y, gn_real *z)
{
    const double start = count(COUNT_binary, 0, 3 * size);
    gn__kernels_fast.binary(context, f, a, b, size, x, y, z);
    stop(COUNT_binary, start);
}

static void binary_row(gn_context *context, gn__binary f, int64_t rows, int64_t columns, const gn_real *x,
                       const gn_real *side, gn_real *z)
{
    const double start = count(COUNT_binary_row, 0, 2 * rows * columns + columns);
    gn__kernels_fast.binary_row(context, f, rows, columns, x, side, z);
    stop(COUNT_binary_row, start);
}

static void binary_column(gn_context *context, gn__binary f, int64_t rows, int64_t columns, const gn_real *x,
                          const gn_real *side, gn_real *z)
{
    const double start = count(COUNT_binary_column, 0, 2 * rows * columns + rows);
    gn__kernels_fast.binary_column(context, f, rows, columns, x, side, z);
    stop(COUNT_binary_column, start);
}

static gn_status sum(gn_context *context, int64_t outer, int64_t middle, int64_t inner, const gn_real *x, gn_real *y)
{
    const double start = count(COUNT_sum, 0, outer * inner * (middle + 1));
    const gn_status status = gn__kernels_fast.sum(context, outer, middle, inner, x, y);
    stop(COUNT_sum, start);
    return status;
}

static void max(gn_context *context, int64_t outer, int64_t middle, int64_t inner, const gn_real *x, gn_real *y,
                int64_t *where)
{
    const double start = count(COUNT_max, 0, outer * inner * (middle + 3));
    gn__kernels_fast.max(context, outer, middle, inner, x, y, where);
    stop(COUNT_max, start);
}

static void softmax(gn_context *context, int64_t rows, int64_t columns, const gn_real *x, gn_real *y)
{
    const double start = count(COUNT_softmax, 0, 2 * rows * columns);
    gn__kernels_fast.softmax(context, rows, columns, x, y);
    stop(COUNT_softmax, start);
}

static void log_softmax(gn_context *context, int64_t rows, int64_t columns, const gn_real *x, gn_real *y)
{
    const double start = count(COUNT_log_softmax, 0, 2 * rows * columns);
    gn__kernels_fast.log_softmax(context, rows, columns, x, y);
    stop(COUNT_log_softmax, start);
}

static gn_status norm_statistics(gn_context *context, int64_t rows, int64_t channels, const gn_real *x, gn_real *mean,
                                 gn_real *variance)
{
    const double start = count(COUNT_norm_statistics, 0, (rows + 2) * channels);
    const gn_status status = gn__kernels_fast.norm_statistics(context, rows, channels, x, mean, variance);
    stop(COUNT_norm_statistics, start);
    return status;
}

static void norm_apply(gn_context *context, const gn__norm *norm, gn_real *y)
{
    const double start = count(COUNT_norm_apply, 0, (2 * norm->rows + 4) * norm->channels);
    gn__kernels_fast.norm_apply(context, norm, y);
    stop(COUNT_norm_apply, start);
}

static gn_status norm_gradient_sums(gn_context *context, const gn__norm *norm, const gn_real *out_gradient,
                                    gn_real *gamma_gradient, gn_real *beta_gradient)
{
    const double start = count(COUNT_norm_gradient_sums, 0, (2 * norm->rows + 6) * norm->channels);
    const gn_status status = gn__kernels_fast.norm_gradient_sums(context, norm, out_gradient, gamma_gradient,
                                                                 beta_gradient);
    stop(COUNT_norm_gradient_sums, start);
    return status;
}

static void norm_gradient(gn_context *context, const gn__norm *norm, const gn_real *out_gradient,
                          const gn_real *gamma_gradient, const gn_real *beta_gradient, gn_real *x_gradient)
{
    const double start = count(COUNT_norm_gradient, 0, (3 * norm->rows + 6) * norm->channels);
    gn__kernels_fast.norm_gradient(context, norm, out_gradient, gamma_gradient, beta_gradient, x_gradient);
    stop(COUNT_norm_gradient, start);
}

static void max_pool2d(gn_context *context, const gn__conv_shape *s, const gn_real *large, gn_real *small,
                       int64_t *where)
{
    const double start = count(COUNT_max_pool2d, 0, pooled(s) + 2 * s->n * s->oh * s->ow * s->c);
    gn__kernels_fast.max_pool2d(context, s, large, small, where);
    stop(COUNT_max_pool2d, start);
}

static void avg_pool2d(gn_context *context, const gn__conv_shape *s, const gn_real *large, gn_real *small)
{
    const double start = count(COUNT_avg_pool2d, 0, pooled(s));
    gn__kernels_fast.avg_pool2d(context, s, large, small);
    stop(COUNT_avg_pool2d, start);
}

static void avg_pool2d_gradient(gn_context *context, const gn__conv_shape *s, const gn_real *small, gn_real *large)
{
    const double start = count(COUNT_avg_pool2d_gradient, 0, pooled(s));
    gn__kernels_fast.avg_pool2d_gradient(context, s, small, large);
    stop(COUNT_avg_pool2d_gradient, start);
}

static void upsample_nearest2d(gn_context *context, int64_t n, int64_t h, int64_t w, int64_t c, int64_t factor,
                               const gn_real *x, gn_real *y)
{
    const double start = count(COUNT_upsample_nearest2d, 0, n * h * w * c * (1 + factor * factor));
    gn__kernels_fast.upsample_nearest2d(context, n, h, w, c, factor, x, y);
    stop(COUNT_upsample_nearest2d, start);
}

static void pair_distances(gn_context *context, int64_t n, int64_t dimensions, int64_t inner, const gn_real *v,
                           const gn_real *m, gn_real *z)
{
    const double start = count(COUNT_pair_distances, 3 * n * n * dimensions * inner, n * inner * (dimensions + n));
    gn__kernels_fast.pair_distances(context, n, dimensions, inner, v, m, z);
    stop(COUNT_pair_distances, start);
}

static void pair_sums(gn_context *context, int64_t n, int64_t dimensions, int64_t inner, const gn_real *z,
                      const gn_real *m, gn_real *v)
{
    const double start = count(COUNT_pair_sums, 3 * n * n * dimensions * inner, n * inner * (2 * dimensions + n));
    gn__kernels_fast.pair_sums(context, n, dimensions, inner, z, m, v);
    stop(COUNT_pair_sums, start);
}

static bool adam(gn_context *context, const gn__adam *step, int64_t size, gn_real *p, const gn_real *g, gn_real *m,
                 gn_real *v)
{
    const double start = count(COUNT_adam, 0, 7 * size);
    const bool finite = gn__kernels_fast.adam(context, step, size, p, g, m, v);
    stop(COUNT_adam, start);
    return finite;
}

static bool sgd(gn_context *context, const gn__sgd *step, int64_t size, gn_real *p, const gn_real *g, gn_real *v)
{
    const double start = count(COUNT_sgd, 0, (v == NULL ? 3 : 5) * size);
    const bool finite = gn__kernels_fast.sgd(context, step, size, p, g, v);
    stop(COUNT_sgd, start);
    return finite;
}

static bool rmsprop(gn_context *context, const gn__rmsprop *step, int64_t size, gn_real *p, const gn_real *g,
                    gn_real *v, gn_real *b)
{
    const double start = count(COUNT_rmsprop, 0, (b == NULL ? 5 : 7) * size);
    const bool finite = gn__kernels_fast.rmsprop(context, step, size, p, g, v, b);
    stop(COUNT_rmsprop, start);
    return finite;
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static const gn__kernels counted = {
    .name = "counted",
#define GN__KERNEL(name, kind) .name = name,
#include "kernels/kernels.def"
#undef GN__KERNEL
};

const int counting_kernels = KERNELS;

const gn__kernels *counting_start(void)
{
    for (int i = 0; i < KERNELS; i++)
        counts[i] = (kernel_count){.name = names[i]};
    return &counted;
}

const kernel_count *counting_of(int kernel)
{
    return &counts[kernel];
}

kernel_count counting_total(void)
{
    kernel_count total = {.name = "total"};
    for (int i = 0; i < KERNELS; i++) {
        total.calls += counts[i].calls;
        total.operations += counts[i].operations;
        total.bytes += counts[i].bytes;
        total.seconds += counts[i].seconds;
    }
    return total;
}
