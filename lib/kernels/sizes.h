/* SPDX-License-Identifier: MIT */
/* lib/kernels/sizes.h - arithmetic of sizes, for cutting work into tiles. */
#ifndef GN_KERNELS_SIZES_H
#define GN_KERNELS_SIZES_H

#include <stdint.h>

static inline int64_t gn__smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t gn__larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* a / b rounded up, for a >= 0 and b > 0. */
static inline int64_t gn__ceiling(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

#endif
