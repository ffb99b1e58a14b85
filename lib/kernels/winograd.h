/* SPDX-License-Identifier: MIT */
/* lib/kernels/winograd.h - Winograd's minimal filtering F(2 x 2, 2 x 2) and F(4 x 4, 3 x 3): the maps to and from
 * products point by point.
 *
 * Along one side, `outputs` neighbours of a convolution with `taps` taps take outputs taps multiplications; by
 *
 *     small = A' ((B' large) . (G kernel)),        large [points], kernel [taps], small [outputs]
 *
 * they take points = outputs + taps - 1, one for each point at which the polynomials behind them are compared. On a
 * plane each map is applied to the columns and then to the rows of a square. The gradients are the same three maps
 * transposed:
 *
 *     large' = B ((A small) . (G kernel)),         kernel' = G' ((B' large) . (A small))
 *
 * (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015.) The points are 0, 1 and infinity for two
 * taps; for three 0, +-5/8, +-3/2 and infinity, with which results are as exact as with two: the common +-1 and +-2
 * lose four times as much (docs/design.md). */
#ifndef GN_KERNELS_WINOGRAD_H
#define GN_KERNELS_WINOGRAD_H

#include <stdint.h>

enum { GN__WINOGRAD_TAPS = 3, GN__WINOGRAD_POINTS = 36 }; /* the most taps of a side, and points of a square */

/* What a square of values belongs to: points, taps or outputs of them are in its side. */
typedef enum gn__square { GN__LARGE_SQUARE, GN__KERNEL_SQUARE, GN__SMALL_SQUARE } gn__square;

/* Numbers along the side of a square: of the large one it is the number of points, of the small one of outputs. */
int64_t gn__square_side(gn__square square, int64_t taps);

/* Along one side, the points whose products are needed when all but some numbers of the small and of the large square
 * are zeros or not needed: bits, all of them. The three directions need the same, for they are one sum of products
 * of what is found from small, kernel and large. */
unsigned gn__winograd_needs(int64_t taps, unsigned small, unsigned large);

/* B', G or A: values[i] points to number i of the square, row by row, in each of `count` channels one after another;
 * points[i * plane + channel] receives point i. taps is 2 or 3, count a multiple of 8. */
void gn__winograd_points(gn__square square, int64_t taps, int64_t count, const float *const *values, float *points,
                         int64_t plane);

/* G for two taps, whose four numbers are points as well: 0, 2, 6 and 8, and stand there already. */
extern const int gn__winograd_corners[4];
void gn__winograd_complete(int64_t count, float *points, int64_t plane);

/* B, G' or A': the transposed map, added to the numbers that begin[i] points to: for values[i], which may be the
 * same. */
void gn__winograd_values(gn__square square, int64_t taps, int64_t count, const float *points, int64_t plane,
                         const float *const *begin, float *const *values);

#endif
