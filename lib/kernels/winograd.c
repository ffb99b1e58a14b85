/* SPDX-License-Identifier: MIT */
/* lib/kernels/winograd.c - the maps of Winograd's minimal filtering for AVX2 and any processor, and which to take. */
#define GN__WINOGRAD_VECTOR 8

#include "kernels/winograd.h"

#include "core/processor.h"
#include "kernels/winograd_maps.h"
#include "kernels/winograd_wide.h"

int64_t gn__square_side(gn__square square, int64_t taps)
{
    return side_of(square, (int)taps);
}

unsigned gn__winograd_needs(int64_t taps, unsigned small, unsigned large)
{
    /* Bits of the numbers that each point is made of, for two taps and for three. */
    static const unsigned char of_small[2][MAX_SIDE] = {{1, 3, 2}, {1, 15, 15, 15, 15, 8}};
    static const unsigned char of_large[2][MAX_SIDE] = {{3, 2, 6}, {21, 30, 30, 30, 30, 42}};
    unsigned points = 0;
    for (int i = 0; i < points_of((int)taps); i++)
        if ((of_small[taps - 2][i] & small) != 0 && (of_large[taps - 2][i] & large) != 0)
            points |= 1U << i;
    return points;
}

/* The compiler writes a loop for each kind of square and number of taps. */
GN__INLINE void any_points(gn__square square, int64_t taps, int64_t count, const float *const *values, float *points,
                           int64_t plane)
{
    if (square == GN__LARGE_SQUARE && taps == 2)
        find_points(GN__LARGE_SQUARE, 2, count, values, points, plane);
    else if (square == GN__LARGE_SQUARE)
        find_points(GN__LARGE_SQUARE, 3, count, values, points, plane);
    else if (square == GN__KERNEL_SQUARE && taps == 2)
        find_points(GN__KERNEL_SQUARE, 2, count, values, points, plane);
    else if (square == GN__KERNEL_SQUARE)
        find_points(GN__KERNEL_SQUARE, 3, count, values, points, plane);
    else if (taps == 2)
        find_points(GN__SMALL_SQUARE, 2, count, values, points, plane);
    else
        find_points(GN__SMALL_SQUARE, 3, count, values, points, plane);
}

GN__INLINE void any_values(gn__square square, int64_t taps, int64_t count, const float *points, int64_t plane,
                           const float *const *begin, float *const *values)
{
    if (square == GN__LARGE_SQUARE && taps == 2)
        add_values(GN__LARGE_SQUARE, 2, count, points, plane, begin, values);
    else if (square == GN__LARGE_SQUARE)
        add_values(GN__LARGE_SQUARE, 3, count, points, plane, begin, values);
    else if (square == GN__KERNEL_SQUARE && taps == 2)
        add_values(GN__KERNEL_SQUARE, 2, count, points, plane, begin, values);
    else if (square == GN__KERNEL_SQUARE)
        add_values(GN__KERNEL_SQUARE, 3, count, points, plane, begin, values);
    else if (taps == 2)
        add_values(GN__SMALL_SQUARE, 2, count, points, plane, begin, values);
    else
        add_values(GN__SMALL_SQUARE, 3, count, points, plane, begin, values);
}

static void points_plain(gn__square square, int64_t taps, int64_t count, const float *const *values, float *points,
                         int64_t plane)
{
    any_points(square, taps, count, values, points, plane);
}

GN__AVX2 static void points_avx2(gn__square square, int64_t taps, int64_t count, const float *const *values,
                                 float *points, int64_t plane)
{
    any_points(square, taps, count, values, points, plane);
}

static void values_plain(gn__square square, int64_t taps, int64_t count, const float *points, int64_t plane,
                         const float *const *begin, float *const *values)
{
    any_values(square, taps, count, points, plane, begin, values);
}

GN__AVX2 static void values_avx2(gn__square square, int64_t taps, int64_t count, const float *points, int64_t plane,
                                 const float *const *begin, float *const *values)
{
    any_values(square, taps, count, points, plane, begin, values);
}

const int gn__winograd_corners[4] = {0, 2, 6, 8};

static void complete_plain(int64_t count, float *points, int64_t plane)
{
    complete(count, points, plane);
}

GN__AVX2 static void complete_avx2(int64_t count, float *points, int64_t plane)
{
    complete(count, points, plane);
}

void gn__winograd_complete(int64_t count, float *points, int64_t plane)
{
    if (count % GN__WINOGRAD_WIDE == 0 && gn__has_avx512())
        gn__winograd_complete_wide(count, points, plane);
    else
        (gn__has_avx2() ? complete_avx2 : complete_plain)(count, points, plane);
}

/* A square for two taps fits into the registers of either. */
static bool suits_wide(int64_t taps, int64_t count)
{
    return taps == 3 && count % GN__WINOGRAD_WIDE == 0 && gn__has_avx512();
}

void gn__winograd_points(gn__square square, int64_t taps, int64_t count, const float *const *values, float *points,
                         int64_t plane)
{
    if (suits_wide(taps, count))
        gn__winograd_points_wide(square, count, values, points, plane);
    else
        (gn__has_avx2() ? points_avx2 : points_plain)(square, taps, count, values, points, plane);
}

void gn__winograd_values(gn__square square, int64_t taps, int64_t count, const float *points, int64_t plane,
                         const float *const *begin, float *const *values)
{
    if (suits_wide(taps, count))
        gn__winograd_values_wide(square, count, points, plane, begin, values);
    else
        (gn__has_avx2() ? values_avx2 : values_plain)(square, taps, count, points, plane, begin, values);
}
