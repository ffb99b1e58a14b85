/* SPDX-License-Identifier: MIT */
/* lib/kernels/winograd_wide.h - the maps of minimal filtering with AVX-512: for three taps, whose squares 32 registers
 * hold more of, and for a kernel of two. The same bits as winograd.h's. */
#ifndef GN_KERNELS_WINOGRAD_WIDE_H
#define GN_KERNELS_WINOGRAD_WIDE_H

#include "kernels/winograd.h"

enum { GN__WINOGRAD_WIDE = 16 }; /* channels at a time: counts are multiples */

void gn__winograd_points_wide(gn__square square, int64_t count, const float *const *values, float *points,
                              int64_t plane);
void gn__winograd_values_wide(gn__square square, int64_t count, const float *points, int64_t plane,
                              const float *const *begin, float *const *values);
void gn__winograd_complete_wide(int64_t count, float *points, int64_t plane);

#endif
