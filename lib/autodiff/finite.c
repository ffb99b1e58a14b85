/* SPDX-License-Identifier: MIT */
/* lib/autodiff/finite.c - where NaN and infinity came from. */
#include "autodiff/tape.h"

#include <math.h>

/* Without a way out of the first loop, so that it is a vector's. */
static int64_t first_of(const gn_real *x, int64_t count)
{
    unsigned bad = 0;
    for (int64_t i = 0; i < count; i++)
        bad |= !(x[i] - x[i] == 0);
    for (int64_t i = 0; i < count && bad; i++)
        if (!isfinite(x[i]))
            return i;
    return -1;
}

int64_t gn__first_not_finite(const gn_tensor *tensor)
{
    return first_of(gn_tensor_values(tensor), gn_tensor_count(tensor));
}

const gn_var *gn__tape_first_not_finite(const gn_tape *tape)
{
    const gn_var *first = NULL;
    for (const gn_var *var = tape->now.last; var != NULL; var = var->previous)
        if (var->data != NULL && first_of(var->data, gn_shape_count(var->shape)) >= 0)
            first = var;
    return first;
}
