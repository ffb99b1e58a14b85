/* SPDX-License-Identifier: MIT */
/* lib/kernels/optimizer.c - Adam's loop, vectorised and in tiles. */
#include "core/context.h"
#include "core/processor.h"
#include "kernels/kernels.h"

#include <math.h>

enum { TILE = 32 * 1024 }; /* elements */

typedef struct adam_job {
    int64_t count;
    float *p, *m, *v;
    const float *g;
    float gradient_scale, weight_decay, beta1, beta2, corrected_rate, root_correction, epsilon;
} adam_job;

GN__INLINE void adam(adam_job job, int64_t first, int64_t last)
{
    float *const p = job.p, *const m = job.m, *const v = job.v;
    const float *const g = job.g;
    GN__INDEPENDENT
    for (int64_t i = first; i < last; i++) {
        const float gradient = job.gradient_scale * g[i] + job.weight_decay * p[i];
        m[i] = job.beta1 * m[i] + (1 - job.beta1) * gradient;
        v[i] = job.beta2 * v[i] + (1 - job.beta2) * (gradient * gradient);
        p[i] -= job.corrected_rate * m[i] / (sqrtf(v[i]) * job.root_correction + job.epsilon);
    }
}

static void adam_plain(const adam_job *job, int64_t first, int64_t last)
{
    adam(*job, first, last);
}

GN__AVX2 static void adam_avx2(const adam_job *job, int64_t first, int64_t last)
{
    adam(*job, first, last);
}

static void adam_tile(void *argument, int64_t tile, int worker)
{
    const adam_job *job = argument;
    const int64_t first = tile * TILE, last = first + TILE < job->count ? first + TILE : job->count;
    (void)worker;
    if (gn__has_avx2())
        adam_avx2(job, first, last);
    else
        adam_plain(job, first, last);
}

void gn__adam_fast(gn_context *context, int64_t count, float *p, const float *g, float *m, float *v,
                   float gradient_scale, float weight_decay, float beta1, float beta2, float corrected_rate,
                   float root_correction, float epsilon)
{
    adam_job job = {count,           p,      m, v, g, gradient_scale, weight_decay, beta1, beta2, corrected_rate,
                    root_correction, epsilon};
    gn__parallel_for(context->pool, (count + TILE - 1) / TILE, adam_tile, &job);
}
