/* SPDX-License-Identifier: MIT */
/* lib/autodiff/finite.c - where NaN and infinity came from. */
#include "autodiff/finite.h"

#include "autodiff/tape.h"
#include "core/processor.h"

#include <math.h>
#include <stdatomic.h>

enum { STRETCH = 1 << 15 };

typedef struct search {
    const gn_real *x;
    int64_t count;
    atomic_bool found;
} search;

/* Without a way out of the loop, so that it is a vector's. */
GN__INLINE bool all_finite(const gn_real *x, int64_t count)
{
    unsigned bad = 0;
    for (int64_t i = 0; i < count; i++)
        bad |= !(x[i] - x[i] == 0);
    return bad == 0;
}

static bool all_finite_plain(const gn_real *x, int64_t count)
{
    return all_finite(x, count);
}

GN__AVX2 static bool all_finite_avx2(const gn_real *x, int64_t count)
{
    return all_finite(x, count);
}

bool gn__all_finite(const gn_real *x, int64_t count)
{
    return (gn__has_avx2() ? all_finite_avx2 : all_finite_plain)(x, count);
}

static void search_stretch(void *argument, int64_t index, int worker)
{
    search *s = argument;
    const gn__stretch at = gn__stretch_at(s->count, STRETCH, index);
    (void)worker;
    if (!gn__all_finite(s->x + at.first, at.count))
        atomic_store(&s->found, true);
}

static int64_t first_of(gn_context *context, const gn_real *x, int64_t count)
{
    search s = {.x = x, .count = count};
    gn__parallel_for(context->pool, gn__stretches(count, STRETCH), search_stretch, &s);
    const bool found = s.found;
    for (int64_t i = 0; i < count && found; i++)
        if (!isfinite(x[i]))
            return i;
    return -1;
}

int64_t gn__first_not_finite(const gn_tensor *tensor)
{
    return first_of(gn_tensor_context(tensor), gn_tensor_values(tensor), gn_tensor_count(tensor));
}

gn_status gn__check_finite(gn_context *context, const gn_tensor *tensor, const char *who, const char *what)
{
    const int64_t bad = gn__first_not_finite(tensor);
    return bad < 0 ? GN_OK
                   : gn_context_fail(context, GN_ERROR_NUMBER, "%s: element %lld of %s is %g", who, (long long)bad,
                                     what, (double)gn_tensor_values(tensor)[bad]);
}

const gn_var *gn__tape_first_not_finite(const gn_tape *tape)
{
    const gn_var *first = NULL;
    for (const gn_var *var = tape->now.last; var != NULL; var = var->previous) {
        const gn_real *data = gn_var_data(var);
        if (data != NULL && first_of(tape->context, data, gn_shape_count(var->shape)) >= 0)
            first = var;
    }
    return first;
}
