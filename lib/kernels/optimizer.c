/* SPDX-License-Identifier: MIT */
/* lib/kernels/optimizer.c - the optimizers' loops, vectorised and in tiles. */
#include "core/context.h"
#include "core/processor.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdatomic.h>

enum { TILE = 32 * 1024 }; /* elements */

/* An update, or a tile of one; moments that an optimizer does not keep are NULL. */
typedef struct update {
    const void *step; /* gn__adam, gn__sgd or gn__rmsprop */
    int64_t count;
    float *p, *first, *second;
    const float *g;
    bool (*loop)(const struct update *tile);
    atomic_bool *strayed; /* is any of p not finite? */
} update;

/* To be added up without a branch, so that the loop is a vector's. */
GN__INLINE unsigned strays(float x)
{
    return !(x - x == 0);
}

/* --- Adam --------------------------------------------------------------------------------------------------------- */

GN__INLINE bool adam(update u)
{
    unsigned bad = 0;
    const gn__adam step = *(const gn__adam *)u.step;
    float *const p = u.p, *const m = u.first, *const v = u.second;
    GN__INDEPENDENT
    for (int64_t i = 0; i < u.count; i++) {
        const float gradient = step.gradient_scale * u.g[i] + step.weight_decay * p[i];
        m[i] = step.beta1 * m[i] + (1 - step.beta1) * gradient;
        v[i] = step.beta2 * v[i] + (1 - step.beta2) * (gradient * gradient);
        p[i] -= step.corrected_rate * m[i] / (sqrtf(v[i]) * step.root_correction + step.epsilon);
        bad |= strays(p[i]);
    }
    return bad == 0;
}

static bool adam_plain(const update *u)
{
    return adam(*u);
}

GN__AVX2 static bool adam_avx2(const update *u)
{
    return adam(*u);
}

GN__AVX512 static bool adam_avx512(const update *u)
{
    return adam(*u);
}

/* --- SGD ---------------------------------------------------------------------------------------------------------- */

GN__INLINE bool sgd_loop(update u, bool has_momentum, bool nesterov)
{
    unsigned bad = 0;
    const gn__sgd step = *(const gn__sgd *)u.step;
    float *const p = u.p, *const v = u.first;
    GN__INDEPENDENT
    for (int64_t i = 0; i < u.count; i++) {
        const float gradient = step.gradient_scale * u.g[i] + step.weight_decay * p[i];
        float move = gradient;
        if (has_momentum) {
            v[i] = step.momentum * v[i] + gradient;
            move = nesterov ? gradient + step.momentum * v[i] : v[i];
        }
        p[i] -= step.rate * move;
        bad |= strays(p[i]);
    }
    return bad == 0;
}

GN__INLINE bool sgd(update u)
{
    if (u.first == NULL)
        return sgd_loop(u, false, false);
    if (((const gn__sgd *)u.step)->nesterov)
        return sgd_loop(u, true, true);
    return sgd_loop(u, true, false);
}

static bool sgd_plain(const update *u)
{
    return sgd(*u);
}

GN__AVX2 static bool sgd_avx2(const update *u)
{
    return sgd(*u);
}

/* --- RMSprop ------------------------------------------------------------------------------------------------------ */

GN__INLINE bool rmsprop_loop(update u, bool has_momentum)
{
    unsigned bad = 0;
    const gn__rmsprop step = *(const gn__rmsprop *)u.step;
    float *const p = u.p, *const v = u.first, *const b = u.second;
    GN__INDEPENDENT
    for (int64_t i = 0; i < u.count; i++) {
        const float gradient = step.gradient_scale * u.g[i] + step.weight_decay * p[i];
        v[i] = step.alpha * v[i] + (1 - step.alpha) * gradient * gradient;
        float move = gradient / (sqrtf(v[i]) + step.epsilon);
        if (has_momentum)
            move = b[i] = step.momentum * b[i] + move;
        p[i] -= step.rate * move;
        bad |= strays(p[i]);
    }
    return bad == 0;
}

GN__INLINE bool rmsprop(update u)
{
    return u.second == NULL ? rmsprop_loop(u, false) : rmsprop_loop(u, true);
}

static bool rmsprop_plain(const update *u)
{
    return rmsprop(*u);
}

GN__AVX2 static bool rmsprop_avx2(const update *u)
{
    return rmsprop(*u);
}

/* --- tiles -------------------------------------------------------------------------------------------------------- */

static int64_t tile_size(const update *whole)
{
    return gn__even_stretch(whole->count, TILE);
}

static void run_tile(void *argument, int64_t index, int worker)
{
    update tile = *(const update *)argument;
    const gn__stretch at = gn__stretch_at(tile.count, tile_size(&tile), index);
    (void)worker;
    tile.count = at.count;
    tile.p += at.first;
    tile.g += at.first;
    tile.first = tile.first == NULL ? NULL : tile.first + at.first;
    tile.second = tile.second == NULL ? NULL : tile.second + at.first;
    if (!tile.loop(&tile))
        atomic_store(tile.strayed, true);
}

static bool run(gn_context *context, update u)
{
    atomic_bool strayed = false;
    u.strayed = &strayed;
    gn__parallel_local(context->pool, gn__stretches(u.count, tile_size(&u)), run_tile, &u);
    return !strayed;
}

bool gn__adam_fast(gn_context *context, const gn__adam *step, int64_t count, float *p, const float *g, float *m,
                   float *v)
{
    return run(context, (update){step, count, p, m, v, g,
                                 gn__has_avx512() ? adam_avx512
                                 : gn__has_avx2() ? adam_avx2
                                                  : adam_plain,
                                 NULL});
}

bool gn__sgd_fast(gn_context *context, const gn__sgd *step, int64_t count, float *p, const float *g, float *v)
{
    return run(context, (update){step, count, p, v, NULL, g, gn__has_avx2() ? sgd_avx2 : sgd_plain, NULL});
}

bool gn__rmsprop_fast(gn_context *context, const gn__rmsprop *step, int64_t count, float *p, const float *g, float *v,
                      float *b)
{
    return run(context, (update){step, count, p, v, b, g, gn__has_avx2() ? rmsprop_avx2 : rmsprop_plain, NULL});
}
