/* SPDX-License-Identifier: MIT */
/* lib/kernels/optimizer.c - Adam's loop, vectorised and in tiles. */
#include "core/context.h"
#include "core/processor.h"
#include "kernels/kernels.h"

#include <math.h>

enum { TILE = 32 * 1024 }; /* elements */

typedef struct adam_job {
    gn__adam step;
    int64_t count;
    float *p, *m, *v;
    const float *g;
} adam_job;

GN__INLINE void adam(adam_job job, int64_t first, int64_t last)
{
    float *const p = job.p, *const m = job.m, *const v = job.v;
    const float *const g = job.g;
    const gn__adam step = job.step;
    GN__INDEPENDENT
    for (int64_t i = first; i < last; i++) {
        const float gradient = step.gradient_scale * g[i] + step.weight_decay * p[i];
        m[i] = step.beta1 * m[i] + (1 - step.beta1) * gradient;
        v[i] = step.beta2 * v[i] + (1 - step.beta2) * (gradient * gradient);
        p[i] -= step.corrected_rate * m[i] / (sqrtf(v[i]) * step.root_correction + step.epsilon);
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

void gn__adam_fast(gn_context *context, const gn__adam *step, int64_t count, float *p, const float *g, float *m,
                   float *v)
{
    adam_job job = {*step, count, p, m, v, g};
    gn__parallel_for(context->pool, (count + TILE - 1) / TILE, adam_tile, &job);
}
