/* SPDX-License-Identifier: MIT */
/* lib/kernels/pair.c - distances of all pairs of rows in vectorised loops, shared by the threads by rows. */
#include "core/context.h"
#include "core/processor.h"
#include "kernels/kernels.h"

#include <string.h>

typedef struct pair_job {
    int64_t n, dimensions, inner;
    const float *from, *m;
    float *to;
} pair_job;

/* As a product with a sign, so that a NaN stays one. */
GN__INLINE float sign_of(float a, float b)
{
    return (float)((a > b) - (a < b));
}

/* Row i against all rows. */
GN__INLINE void distances(const pair_job *job, int64_t i)
{
    const int64_t inner = job->inner, row = job->dimensions * inner;
    for (int64_t j = 0; j < job->n; j++) {
        float *restrict const z = job->to + (i * job->n + j) * inner;
        memset(z, 0, (size_t)inner * sizeof *z);
        for (int64_t d = 0; d < row; d += inner) {
            const float *const v = job->from + i * row + d, *const other_v = job->from + j * row + d;
            const float *const m = job->m + i * row + d, *const other_m = job->m + j * row + d;
            for (int64_t b = 0; b < inner; b++)
                z[b] += sign_of(m[b], other_m[b]) * (v[b] - other_v[b]);
        }
    }
}

GN__INLINE void sums(const pair_job *job, int64_t i)
{
    const int64_t inner = job->inner, row = job->dimensions * inner;
    memset(job->to + i * row, 0, (size_t)row * sizeof *job->to);
    for (int64_t j = 0; j < job->n; j++) {
        const float *const z = job->from + (i * job->n + j) * inner, *const other_z = job->from +
                                                                                      (j * job->n + i) * inner;
        for (int64_t d = 0; d < row; d += inner) {
            const float *const m = job->m + i * row + d, *const other_m = job->m + j * row + d;
            float *restrict const v = job->to + i * row + d;
            for (int64_t b = 0; b < inner; b++)
                v[b] += sign_of(m[b], other_m[b]) * (z[b] + other_z[b]);
        }
    }
}

static void distances_plain(const pair_job *job, int64_t i)
{
    distances(job, i);
}

GN__AVX2 static void distances_avx2(const pair_job *job, int64_t i)
{
    distances(job, i);
}

static void sums_plain(const pair_job *job, int64_t i)
{
    sums(job, i);
}

GN__AVX2 static void sums_avx2(const pair_job *job, int64_t i)
{
    sums(job, i);
}

static void distances_tile(void *argument, int64_t i, int worker)
{
    (void)worker;
    (gn__has_avx2() ? distances_avx2 : distances_plain)(argument, i);
}

static void sums_tile(void *argument, int64_t i, int worker)
{
    (void)worker;
    (gn__has_avx2() ? sums_avx2 : sums_plain)(argument, i);
}

void gn__pair_distances_fast(gn_context *context, int64_t n, int64_t dimensions, int64_t inner, const float *v,
                             const float *m, float *z)
{
    pair_job job = {n, dimensions, inner, v, m, z};
    gn__parallel_for(context->pool, n, distances_tile, &job);
}

void gn__pair_sums_fast(gn_context *context, int64_t n, int64_t dimensions, int64_t inner, const float *z,
                        const float *m, float *v)
{
    pair_job job = {n, dimensions, inner, z, m, v};
    gn__parallel_for(context->pool, n, sums_tile, &job);
}
