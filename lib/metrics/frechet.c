/* SPDX-License-Identifier: MIT */
/* lib/metrics/frechet.c - the distance of two sets, each taken for a normal distribution. */
#include "kernels/eigen.h"
#include "metrics/rows.h"

#include <math.h>

/* Mean [D] and covariance [D,D] of a set, the latter divided by n - 1. */
typedef struct moments {
    double *mean, *covariance;
} moments;

static void find_mean(const gn__rows *rows, double *mean)
{
    for (int64_t i = 0; i < rows->count; i++)
        for (int64_t j = 0; j < rows->size; j++)
            mean[j] += (double)rows->x[i * rows->size + j] / (double)rows->count;
}

typedef struct covariance_work {
    const gn__rows *rows;
    const moments *m;
} covariance_work;

/* One row of the covariance, from the diagonal on. */
static void find_covariance_row(void *argument, int64_t j, int worker)
{
    const covariance_work *w = argument;
    const int64_t size = w->rows->size, count = w->rows->count;
    const double *mean = w->m->mean;
    double *row = w->m->covariance + j * size;
    (void)worker;
    for (int64_t i = 0; i < count; i++) {
        const gn_real *x = w->rows->x + i * size;
        const double centred = (double)x[j] - mean[j];
        for (int64_t k = j; k < size; k++)
            row[k] += centred * ((double)x[k] - mean[k]);
    }
    for (int64_t k = j; k < size; k++)
        row[k] /= (double)(count - 1);
}

static void find_moments(const gn__rows *rows, const moments *m)
{
    covariance_work w = {rows, m};
    find_mean(rows, m->mean);
    gn__parallel_for(rows->context->pool, rows->size, find_covariance_row, &w);
    for (int64_t j = 0; j < rows->size; j++)
        for (int64_t k = 0; k < j; k++)
            m->covariance[j * rows->size + k] = m->covariance[k * rows->size + j];
}

typedef struct product {
    int64_t n;
    const double *a, *b;
    double *out;
} product;

static void multiply_row(void *argument, int64_t i, int worker)
{
    const product *p = argument;
    (void)worker;
    for (int64_t j = 0; j < p->n; j++) {
        double sum = 0;
        for (int64_t k = 0; k < p->n; k++)
            sum += p->a[i * p->n + k] * p->b[j * p->n + k];
        p->out[i * p->n + j] = sum;
    }
}

/* out = a b' for n x n matrices. */
static void multiply(gn_context *context, int64_t n, const double *a, const double *b, double *out)
{
    product p = {n, a, b, out};
    gn__parallel_for(context->pool, n, multiply_row, &p);
}

static double root(double x)
{
    return x > 0 ? sqrt(x) : 0; /* covariances have no negative eigenvalues but by rounding */
}

/* trace((A B)^(1/2)): with A = V' diag(l) V it is that of the root of diag(l)^(1/2) V B V' diag(l)^(1/2), which is
 * symmetric. a is destroyed; work has room for two matrices and values for n numbers. */
static gn_status trace_of_root(gn_context *context, int64_t n, double *a, const double *b, double *work, double *values,
                               double *trace)
{
    double *half = work, *inner = work + n * n;
    gn_status status = gn__symmetric_eigen(context, n, a, values);
    if (status != GN_OK)
        return status;
    multiply(context, n, a, b, half);
    multiply(context, n, half, a, inner);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            inner[i * n + j] *= root(values[i]) * root(values[j]);
    status = gn__symmetric_eigen(context, n, inner, values);
    *trace = 0;
    for (int64_t i = 0; i < n && status == GN_OK; i++)
        *trace += root(values[i]);
    return status;
}

static gn_status measure(const gn__rows *a, const gn__rows *b, double *memory, double *distance)
{
    const int64_t n = a->size;
    const moments of_a = {memory, memory + n}, of_b = {of_a.covariance + n * n, of_a.covariance + n * n + n};
    double *work = of_b.covariance + n * n, *values = work + 2 * n * n, trace, sum = 0;
    find_moments(a, &of_a);
    find_moments(b, &of_b);
    for (int64_t j = 0; j < n; j++) {
        const double apart = of_a.mean[j] - of_b.mean[j];
        sum += apart * apart + of_a.covariance[j * n + j] + of_b.covariance[j * n + j];
    }
    const gn_status status = trace_of_root(a->context, n, of_a.covariance, of_b.covariance, work, values, &trace);
    if (status == GN_OK)
        *distance = fmax(sum - 2 * trace, 0);
    return status;
}

gn_status gn_frechet_distance(const gn_tensor *a, const gn_tensor *b, double *distance)
{
    enum { MAX_SIZE = 4096 };
    gn__rows x, y;
    gn_status status = gn__rows_open_two(&x, &y, "frechet distance", a, b, 2, distance);
    if (status != GN_OK)
        return status;
    if (x.size > MAX_SIZE)
        return gn_context_fail(x.context, GN_ERROR_SHAPE, "frechet distance: rows of %lld numbers, expected at most %d",
                               (long long)x.size, MAX_SIZE);
    const size_t n = (size_t)x.size, size = (4 * n * n + 3 * n) * sizeof(double);
    double *memory = gn__new(x.context, size);
    if (memory == NULL)
        return GN_ERROR_MEMORY;
    status = measure(&x, &y, memory, distance);
    gn__delete(x.context, memory, size);
    return status;
}
