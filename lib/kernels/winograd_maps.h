/* SPDX-License-Identifier: MIT */
/* lib/kernels/winograd_maps.h - the maps of Winograd's minimal filtering, GN__WINOGRAD_VECTOR channels at a time: each
 * file that includes this says how many. */
#ifndef GN_KERNELS_WINOGRAD_MAPS_H
#define GN_KERNELS_WINOGRAD_MAPS_H

#include "core/processor.h"
#include "kernels/winograd.h"

#include <stddef.h>

enum { VECTOR = GN__WINOGRAD_VECTOR, MAX_SIDE = 6 };

/* Anywhere in an array of floats. */
typedef float vector __attribute__((vector_size(4 * GN__WINOGRAD_VECTOR), aligned(4), may_alias));

/* Three taps: the points +-a and +-b, and what the weights' polynomials are divided by there. */
#define A  0.625f
#define B  1.5f
#define A2 (A * A)
#define B2 (B * B)
static const float at_zero = 1 / (A2 * B2), at_a = 1 / (2 * A2 * (A2 - B2)), at_b = 1 / (2 * B2 * (B2 - A2));

/* y = M x along one side, with the numbers of x and y `step` apart. At two points +-p even powers are shared. */
GN__INLINE void large_points(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0] - x[step];
        y[step] = x[step];
        y[2 * step] = x[2 * step] - x[step];
        return;
    }
    const vector even_a = x[4 * step] - B2 * x[2 * step], odd_a = A * (x[3 * step] - B2 * x[step]);
    const vector even_b = x[4 * step] - A2 * x[2 * step], odd_b = B * (x[3 * step] - A2 * x[step]);
    y[0] = A2 * B2 * x[0] - (A2 + B2) * x[2 * step] + x[4 * step];
    y[step] = even_a + odd_a;
    y[2 * step] = even_a - odd_a;
    y[3 * step] = even_b + odd_b;
    y[4 * step] = even_b - odd_b;
    y[5 * step] = A2 * B2 * x[step] - (A2 + B2) * x[3 * step] + x[5 * step];
}

GN__INLINE void large_values(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0];
        y[step] = x[step] - x[0] - x[2 * step];
        y[2 * step] = x[2 * step];
        return;
    }
    const vector even_a = x[step] + x[2 * step], odd_a = A * (x[step] - x[2 * step]);
    const vector even_b = x[3 * step] + x[4 * step], odd_b = B * (x[3 * step] - x[4 * step]);
    y[0] = A2 * B2 * x[0];
    y[step] = A2 * B2 * x[5 * step] - B2 * odd_a - A2 * odd_b;
    y[2 * step] = -(A2 + B2) * x[0] - B2 * even_a - A2 * even_b;
    y[3 * step] = odd_a + odd_b - (A2 + B2) * x[5 * step];
    y[4 * step] = x[0] + even_a + even_b;
    y[5 * step] = x[5 * step];
}

GN__INLINE void kernel_points(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0];
        y[step] = x[0] + x[step];
        y[2 * step] = x[step];
        return;
    }
    const vector even_a = at_a * (x[0] + A2 * x[2 * step]), odd_a = at_a * A * x[step];
    const vector even_b = at_b * (x[0] + B2 * x[2 * step]), odd_b = at_b * B * x[step];
    y[0] = at_zero * x[0];
    y[step] = even_a + odd_a;
    y[2 * step] = even_a - odd_a;
    y[3 * step] = even_b + odd_b;
    y[4 * step] = even_b - odd_b;
    y[5 * step] = x[2 * step];
}

GN__INLINE void kernel_values(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0] + x[step];
        y[step] = x[step] + x[2 * step];
        return;
    }
    const vector even_a = at_a * (x[step] + x[2 * step]), odd_a = at_a * A * (x[step] - x[2 * step]);
    const vector even_b = at_b * (x[3 * step] + x[4 * step]), odd_b = at_b * B * (x[3 * step] - x[4 * step]);
    y[0] = at_zero * x[0] + even_a + even_b;
    y[step] = odd_a + odd_b;
    y[2 * step] = A2 * even_a + B2 * even_b + x[5 * step];
}

GN__INLINE void small_points(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0];
        y[step] = x[0] + x[step];
        y[2 * step] = x[step];
        return;
    }
    const vector even_a = x[0] + A2 * x[2 * step], odd_a = A * (x[step] + A2 * x[3 * step]);
    const vector even_b = x[0] + B2 * x[2 * step], odd_b = B * (x[step] + B2 * x[3 * step]);
    y[0] = x[0];
    y[step] = even_a + odd_a;
    y[2 * step] = even_a - odd_a;
    y[3 * step] = even_b + odd_b;
    y[4 * step] = even_b - odd_b;
    y[5 * step] = x[3 * step];
}

GN__INLINE void small_values(int taps, int step, const vector *x, vector *y)
{
    if (taps == 2) {
        y[0] = x[0] + x[step];
        y[step] = x[step] + x[2 * step];
        return;
    }
    const vector even_a = x[step] + x[2 * step], odd_a = A * (x[step] - x[2 * step]);
    const vector even_b = x[3 * step] + x[4 * step], odd_b = B * (x[3 * step] - x[4 * step]);
    y[0] = x[0] + even_a + even_b;
    y[step] = odd_a + odd_b;
    y[2 * step] = A2 * even_a + B2 * even_b;
    y[3 * step] = A2 * odd_a + B2 * odd_b + x[5 * step];
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

GN__INLINE int outputs_of(int taps)
{
    return taps == 2 ? 2 : 4;
}

GN__INLINE int points_of(int taps)
{
    return outputs_of(taps) + taps - 1;
}

GN__INLINE int side_of(gn__square square, int taps)
{
    return square == GN__LARGE_SQUARE ? points_of(taps) : square == GN__KERNEL_SQUARE ? taps : outputs_of(taps);
}

/* Squares stand in rows of MAX_SIDE here. */
GN__INLINE void find_points(gn__square square, int taps, int64_t count, const float *const *values, float *points,
                            int64_t plane)
{
    const int side = side_of(square, taps), ends = points_of(taps);
    for (int64_t channel = 0; channel < count; channel += VECTOR) {
        vector x[MAX_SIDE * MAX_SIDE], half[MAX_SIDE * MAX_SIDE], y[MAX_SIDE * MAX_SIDE];
        for (int i = 0; i < side; i++)
            for (int j = 0; j < side; j++)
                x[i * MAX_SIDE + j] = *(const vector *)(values[i * side + j] + channel);
        for (int i = 0; i < side; i++)
            to_points(square, taps, MAX_SIDE, x + i, half + i);
        for (int i = 0; i < ends; i++)
            to_points(square, taps, 1, half + i * MAX_SIDE, y + i * MAX_SIDE);
        for (int i = 0; i < ends; i++)
            for (int j = 0; j < ends; j++)
                *(vector *)(points + (i * ends + j) * plane + channel) = y[i * MAX_SIDE + j];
    }
}

GN__INLINE void add_values(gn__square square, int taps, int64_t count, const float *points, int64_t plane,
                           const float *const *begin, float *const *values)
{
    const int side = side_of(square, taps), ends = points_of(taps);
    for (int64_t channel = 0; channel < count; channel += VECTOR) {
        vector x[MAX_SIDE * MAX_SIDE], half[MAX_SIDE * MAX_SIDE], y[MAX_SIDE * MAX_SIDE];
        for (int i = 0; i < ends; i++)
            for (int j = 0; j < ends; j++)
                x[i * MAX_SIDE + j] = *(const vector *)(points + (i * ends + j) * plane + channel);
        for (int i = 0; i < ends; i++)
            to_values(square, taps, MAX_SIDE, x + i, half + i);
        for (int i = 0; i < side; i++)
            to_values(square, taps, 1, half + i * MAX_SIDE, y + i * MAX_SIDE);
        for (int i = 0; i < side; i++)
            for (int j = 0; j < side; j++) {
                vector *const value = (vector *)(values[i * side + j] + channel);
                *value = *(const vector *)(begin[i * side + j] + channel) + y[i * MAX_SIDE + j];
            }
    }
}

/* The sums of the four numbers of a kernel for two taps, which stand at the corners. */
GN__INLINE void complete(int64_t count, float *points, int64_t plane)
{
    const float *const a = points, *const b = points + 2 * plane, *const c = points + 6 * plane,
                       *const d = points + 8 * plane;
    for (int64_t i = 0; i < count; i += VECTOR) {
        const vector left = *(const vector *)(a + i) + *(const vector *)(c + i),
                     right = *(const vector *)(b + i) + *(const vector *)(d + i);
        *(vector *)(points + plane + i) = *(const vector *)(a + i) + *(const vector *)(b + i);
        *(vector *)(points + 3 * plane + i) = left;
        *(vector *)(points + 4 * plane + i) = left + right;
        *(vector *)(points + 5 * plane + i) = right;
        *(vector *)(points + 7 * plane + i) = *(const vector *)(c + i) + *(const vector *)(d + i);
    }
}

#endif
