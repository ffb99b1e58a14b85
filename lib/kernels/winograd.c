/* SPDX-License-Identifier: MIT */
/* lib/kernels/winograd.c - the maps of Winograd's minimal filtering, eight channels at a time. */
#include "kernels/winograd.h"

#include "core/processor.h"

enum { VECTOR = 8, MOST_SIDE = GN__WINOGRAD_TAPS + 1 };

/* Anywhere in an array of floats. */
typedef float vector __attribute__((vector_size(32), aligned(4), may_alias));

/* y = M x along one side, with the numbers of x and y `step` apart. With two taps polynomials are compared at 0, 1 and
 * infinity, with three at -1, too. */
GN__INLINE void large_points(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0] - x[step];
        y[step] = x[step];
        y[2 * step] = x[2 * step] - x[step];
    } else {
        y[0] = x[0] - x[2 * step];
        y[step] = x[step] + x[2 * step];
        y[2 * step] = x[2 * step] - x[step];
        y[3 * step] = x[3 * step] - x[step];
    }
}

GN__INLINE void large_values(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0];
        y[step] = x[step] - x[0] - x[2 * step];
        y[2 * step] = x[2 * step];
    } else {
        y[0] = x[0];
        y[step] = x[step] - x[2 * step] - x[3 * step];
        y[2 * step] = x[step] + x[2 * step] - x[0];
        y[3 * step] = x[3 * step];
    }
}

GN__INLINE void kernel_points(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0];
        y[step] = x[0] + x[step];
        y[2 * step] = x[step];
    } else {
        const vector ends = x[0] + x[2 * step];
        y[0] = x[0];
        y[step] = (ends + x[step]) * 0.5f;
        y[2 * step] = (ends - x[step]) * 0.5f;
        y[3 * step] = x[2 * step];
    }
}

GN__INLINE void kernel_values(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0] + x[step];
        y[step] = x[step] + x[2 * step];
    } else {
        const vector ends = (x[step] + x[2 * step]) * 0.5f;
        y[0] = x[0] + ends;
        y[step] = (x[step] - x[2 * step]) * 0.5f;
        y[2 * step] = ends + x[3 * step];
    }
}

GN__INLINE void small_points(int taps, int step, const vector *x, vector *y)
{
    y[0] = x[0];
    y[step] = x[0] + x[step];
    if (taps == 3)
        y[2 * step] = x[0] - x[step];
    y[taps * step] = x[step];
}

GN__INLINE void small_values(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0] + x[step];
        y[step] = x[step] + x[2 * step];
    } else {
        y[0] = x[0] + x[step] + x[2 * step];
        y[step] = x[step] - x[2 * step] + x[3 * step];
    }
}

GN__INLINE void to_points(gn__square square, int taps, int step, const vector *x, vector *y)
{
    if (square == GN__LARGE_SQUARE)
        large_points(taps, step, x, y);
    else if (square == GN__KERNEL_SQUARE)
        kernel_points(taps, step, x, y);
    else
        small_points(taps, step, x, y);
}

GN__INLINE void to_values(gn__square square, int taps, int step, const vector *x, vector *y)
{
    if (square == GN__LARGE_SQUARE)
        large_values(taps, step, x, y);
    else if (square == GN__KERNEL_SQUARE)
        kernel_values(taps, step, x, y);
    else
        small_values(taps, step, x, y);
}

GN__INLINE int side_of(gn__square square, int taps)
{
    return square == GN__LARGE_SQUARE ? taps + 1 : square == GN__KERNEL_SQUARE ? taps : 2;
}

int64_t gn__square_side(gn__square square, int64_t taps)
{
    return side_of(square, (int)taps);
}

/* Squares stand in rows of MOST_SIDE here. */
GN__INLINE void find_points(gn__square square, int taps, int64_t count, const float *const *values, float *points,
                            int64_t plane)
{
    const int side = side_of(square, taps);
    for (int64_t channel = 0; channel < count; channel += VECTOR) {
        vector x[MOST_SIDE * MOST_SIDE], half[MOST_SIDE * MOST_SIDE], y[MOST_SIDE * MOST_SIDE];
        for (int i = 0; i < side * side; i++)
            x[i / side * MOST_SIDE + i % side] = *(const vector *)(values[i] + channel);
        for (int i = 0; i < side; i++)
            to_points(square, taps, MOST_SIDE, x + i, half + i);
        for (int i = 0; i <= taps; i++)
            to_points(square, taps, 1, half + i * MOST_SIDE, y + i * MOST_SIDE);
        for (int i = 0; i < (taps + 1) * (taps + 1); i++)
            *(vector *)(points + i * plane + channel) = y[i / (taps + 1) * MOST_SIDE + i % (taps + 1)];
    }
}

GN__INLINE void add_values(gn__square square, int taps, int64_t count, const float *points, int64_t plane,
                           float *const *values)
{
    const int side = side_of(square, taps);
    for (int64_t channel = 0; channel < count; channel += VECTOR) {
        vector x[MOST_SIDE * MOST_SIDE], half[MOST_SIDE * MOST_SIDE], y[MOST_SIDE * MOST_SIDE];
        for (int i = 0; i < (taps + 1) * (taps + 1); i++)
            x[i / (taps + 1) * MOST_SIDE + i % (taps + 1)] = *(const vector *)(points + i * plane + channel);
        for (int i = 0; i <= taps; i++)
            to_values(square, taps, MOST_SIDE, x + i, half + i);
        for (int i = 0; i < side; i++)
            to_values(square, taps, 1, half + i * MOST_SIDE, y + i * MOST_SIDE);
        for (int i = 0; i < side * side; i++)
            *(vector *)(values[i] + channel) += y[i / side * MOST_SIDE + i % side];
    }
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
                           float *const *values)
{
    if (square == GN__LARGE_SQUARE && taps == 2)
        add_values(GN__LARGE_SQUARE, 2, count, points, plane, values);
    else if (square == GN__LARGE_SQUARE)
        add_values(GN__LARGE_SQUARE, 3, count, points, plane, values);
    else if (square == GN__KERNEL_SQUARE && taps == 2)
        add_values(GN__KERNEL_SQUARE, 2, count, points, plane, values);
    else if (square == GN__KERNEL_SQUARE)
        add_values(GN__KERNEL_SQUARE, 3, count, points, plane, values);
    else if (taps == 2)
        add_values(GN__SMALL_SQUARE, 2, count, points, plane, values);
    else
        add_values(GN__SMALL_SQUARE, 3, count, points, plane, values);
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
                         float *const *values)
{
    any_values(square, taps, count, points, plane, values);
}

GN__AVX2 static void values_avx2(gn__square square, int64_t taps, int64_t count, const float *points, int64_t plane,
                                 float *const *values)
{
    any_values(square, taps, count, points, plane, values);
}

void gn__winograd_points(gn__square square, int64_t taps, int64_t count, const float *const *values, float *points,
                         int64_t plane)
{
    (gn__has_avx2() ? points_avx2 : points_plain)(square, taps, count, values, points, plane);
}

void gn__winograd_values(gn__square square, int64_t taps, int64_t count, const float *points, int64_t plane,
                         float *const *values)
{
    (gn__has_avx2() ? values_avx2 : values_plain)(square, taps, count, points, plane, values);
}
