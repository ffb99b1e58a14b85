/* SPDX-License-Identifier: MIT */
/* lib/autodiff/finite.c - where NaN and infinity came from. */
#include "autodiff/tape.h"

#include <math.h>

static bool all_finite(const gn_var *var)
{
    const int64_t count = gn_shape_count(var->shape);
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(var->data[i]))
            return false;
    return true;
}

const gn_var *gn__tape_first_not_finite(const gn_tape *tape)
{
    const gn_var *first = NULL;
    for (const gn_var *var = tape->now.last; var != NULL; var = var->previous)
        if (var->data != NULL && !all_finite(var))
            first = var;
    return first;
}
