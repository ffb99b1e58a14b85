/* SPDX-License-Identifier: MIT */
/* lib/kernels/finish_reference.c - the norm and the leaky ReLU of what has been computed, as a plain loop; and the
 * finish that does nothing. */
#include "kernels/finish.h"

#include <stddef.h>
#include <tgmath.h>

const gn__finish gn__unfinished = {.slope = 1};

const gn__finish *gn__finish_or_null(const gn__finish *finish)
{
    return finish->mean != NULL || finish->slope != 1 ? finish : NULL;
}

void gn__finish_reference(const gn__finish *finish, int64_t rows, int64_t channels, gn_real *y)
{
    for (int64_t i = 0; i < rows * channels && finish != NULL; i++) {
        const int64_t j = i % channels;
        gn_real u = y[i];
        if (finish->mean != NULL)
            u = finish->gamma[j] * ((u - finish->mean[j]) * (1 / sqrt(finish->variance[j] + finish->epsilon))) +
                finish->beta[j];
        y[i] = u > 0 || u != u ? u : finish->slope == 0 ? 0 : finish->slope * u;
    }
}
