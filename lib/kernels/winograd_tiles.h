/* SPDX-License-Identifier: MIT */
/* lib/kernels/winograd_tiles.h - how the two images of a convolution are cut into tiles for Winograd's filtering.
 *
 * The small image is cut into tiles of 2 x 2 or, for three taps, 4 x 4 pixels. The pixels of the large image that are
 * congruent modulo the stride form one phase; within a phase a tile sees a square of neighbours through `taps` x `taps`
 * taps. The last tile along a side may reach past the small image, and both ends past the large one: such a tile does
 * not need the products of all its points. */
#ifndef GN_KERNELS_WINOGRAD_TILES_H
#define GN_KERNELS_WINOGRAD_TILES_H

#include "kernels/kernels.h"
#include "kernels/winograd.h"

#include <stdbool.h>

enum {
    GN__MAX_PHASES = 4,
    GN__BLOCK_TILES = 48,
    GN__TILES_COMING = 4, /* one whose points are found, and those whose pixels are on their way meanwhile */
    GN__TILE_ENDS = 3,    /* a tile is the first along a side, or inside, or the last */
    /* Floats between the rows of points, and between their matrices: a page apart they evict each other. */
    GN__ROW_PADDING = 16,
    GN__PLANE_PADDING = 80,
};

/* Floats between one point's matrix and the next one's. */
static inline int64_t gn__point_plane(int64_t rows, int64_t columns)
{
    return rows * columns + GN__PLANE_PADDING;
}

typedef struct gn__tiling {
    const gn__conv_shape *s;
    int64_t taps, points, phases;
    int64_t side;                    /* pixels along that of a tile */
    int64_t tiles_y, tiles_x, tiles; /* of an image; of all */
    int64_t block;                   /* tiles whose points stay in the second-level cache, at most GN__BLOCK_TILES */
    int64_t products, plain;         /* multiplications for one channel of each image, so and the plain way */
    /* Offsets of a tile's pixels from the first, if it has all. */
    int64_t inside[GN__SMALL_SQUARE + 1][GN__WINOGRAD_POINTS];
    /* Sets of points, as bits, that tiles need in a phase: by their place along both sides, and each set once. */
    uint64_t needed[GN__MAX_PHASES][GN__TILE_ENDS][GN__TILE_ENDS];
    uint64_t sets[GN__MAX_PHASES][GN__TILE_ENDS * GN__TILE_ENDS];
    int64_t set_count[GN__MAX_PHASES];
    const float *zeros; /* what is read outside of an image */
} gn__tiling;

/* Can a geometry be cut so? */
bool gn__tiling_fits(const gn__conv_shape *s);

/* Do tiles cover the whole of the large image? */
bool gn__tiling_covers(const gn__conv_shape *s);

/* For a geometry that fits. */
gn__tiling gn__tiling_of(const gn__conv_shape *s);

/* The points of a tile whose products are needed in one phase, as bits. Phases that are no whole panels of the
 * micro-kernel need all. */
uint64_t gn__tile_needs(const gn__tiling *t, int64_t tile, int64_t phase);

/* Where the weights of a tap begin in the kernel: one phase's tap, row by row, and one of its channels. */
int64_t gn__tiling_tap(const gn__tiling *t, int64_t phase, int64_t tap, int64_t channel);

/* Floats that zeros must have, in whole lines of a cache. */
int64_t gn__tiling_zeros(const gn__tiling *t);

/* Along one side of the large image or the small one, and of a pixel. */
int64_t gn__tiling_height(const gn__tiling *t, gn__square square);
int64_t gn__tiling_width(const gn__tiling *t, gn__square square);
int64_t gn__tiling_channels(const gn__tiling *t, gn__square square);

/* Where the pixels of a tile are read in one phase, `channels` numbers each, which begin to come: zeros outside. */
void gn__tile_fetch(const gn__tiling *t, gn__square square, int64_t tile, int64_t phase, int64_t channels,
                    const float *image, const float **pixels);

/* Where the pixels of a tile are written; those outside go to spare. */
void gn__tile_point(const gn__tiling *t, gn__square square, int64_t tile, int64_t phase, float *spare, float *image,
                    float **pixels);

#endif
