/* SPDX-License-Identifier: MIT */
/* examples/common/largest.c - which of some values is the largest. */
#include "common/largest.h"

int index_of_largest(const gn_real *values, int count)
{
    int best = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[best])
            best = i;
    return best;
}
