/* SPDX-License-Identifier: MIT */
/* lib/kernels/winograd_wide.h - the maps of minimal filtering for three taps with AVX-512, whose 32 registers hold more
 * of a square. The same bits as winograd.h's. */
#ifndef GN_KERNELS_WINOGRAD_WIDE_H
#define GN_KERNELS_WINOGRAD_WIDE_H

#include "kernels/winograd.h"

enum { GN__WINOGRAD_WIDE = 16 }; /* channels at a time: counts are multiples */

void gn__winograd_points_wide(gn__square square, int64_t count, const float *const *values, float *points,
                              int64_t plane);
void gn__winograd_values_wide(gn__square square, int64_t count, const float *points, int64_t plane,
                              const float *const *begin, float *const *values);

#endif
