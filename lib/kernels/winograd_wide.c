/* SPDX-License-Identifier: MIT */
/* lib/kernels/winograd_wide.c - the maps of Winograd's minimal filtering for AVX-512. */
#define GN__WINOGRAD_VECTOR GN__WINOGRAD_WIDE

#include "kernels/winograd_wide.h"

#include "kernels/winograd_maps.h"

GN__AVX512 void gn__winograd_points_wide(gn__square square, int64_t count, const float *const *values, float *points,
                                         int64_t plane)
{
    if (square == GN__LARGE_SQUARE)
        find_points(GN__LARGE_SQUARE, 3, count, values, points, plane);
    else if (square == GN__KERNEL_SQUARE)
        find_points(GN__KERNEL_SQUARE, 3, count, values, points, plane);
    else
        find_points(GN__SMALL_SQUARE, 3, count, values, points, plane);
}

GN__AVX512 void gn__winograd_values_wide(gn__square square, int64_t count, const float *points, int64_t plane,
                                         const float *const *begin, float *const *values)
{
    if (square == GN__LARGE_SQUARE)
        add_values(GN__LARGE_SQUARE, 3, count, points, plane, begin, values);
    else if (square == GN__KERNEL_SQUARE)
        add_values(GN__KERNEL_SQUARE, 3, count, points, plane, begin, values);
    else
        add_values(GN__SMALL_SQUARE, 3, count, points, plane, begin, values);
}

GN__AVX512 void gn__winograd_complete_wide(int64_t count, float *points, int64_t plane)
{
    complete(count, points, plane);
}
