/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_patches.h - the matrix of an image's patches, which makes a convolution a matrix product.
 *
 * Row r belongs to pixel (n, y, x) of a grid, r = (n grid_h + y) grid_w + x; its columns are the channels of the
 * image's pixels under a window of taps, tap after tap, with zeros outside the image. The matrix is never formed, only
 * blocks of it. */
#ifndef GN_KERNELS_CONV_PATCHES_H
#define GN_KERNELS_CONV_PATCHES_H

#include "kernels/gemm_microkernel.h"
#include "kernels/kernels.h"

/* Along one side of the image: tap t of grid pixel g sees image pixel first + g * grid_step + t * tap_step. */
typedef struct gn__patch_side {
    int64_t size, grid, taps, first, grid_step, tap_step;
} gn__patch_side;

typedef struct gn__patches {
    const float *image; /* [images, y.size, x.size, channels] */
    int64_t images, channels;
    gn__patch_side y, x;
} gn__patches;

/* What the pixels of the small image see of the large one. */
gn__patches gn__large_patches(const gn__conv_shape *s, const float *large);

/* Columns of the matrix. */
int64_t gn__patch_width(const gn__patches *p);

/* Where a row of the matrix looks: its image, and the image pixel under its first tap. */
typedef struct gn__patch_row {
    int64_t image, y, x; /* image: the offset of its first element */
    int64_t grid_y, grid_x;
} gn__patch_row;

gn__patch_row gn__patch_row_at(const gn__patches *p, int64_t row);
void gn__patch_row_next(const gn__patches *p, gn__patch_row *row);

/* A run is a stretch of columns that are neighbours in the image: a row of taps, or a single tap when they are spread
 * out. This is its number of taps, 0 when there are none. */
int64_t gn__patch_run_taps(const gn__patches *p);

/* Of the run that begins at a tap, elements first .. last-1 lie inside the image, element i at image[offset + i]. */
typedef struct gn__run {
    int64_t offset, first, last;
} gn__run;

gn__run gn__patch_run(const gn__patches *p, const gn__patch_row *row, int64_t tap_y, int64_t tap_x);

/* Begins to read, some neighbours ahead of a row, what the lowest taps of `count` rows reach: those above them have read
 * the rest of the image before. */
void gn__patch_fetch(const gn__patches *p, const gn__patch_row *row, int64_t count);

/* The matrix in blocks of at most GN__BLOCK_DEPTH columns, which do not cross from one tap to the next where channels
 * are many, and are runs where these are long enough. */
typedef struct gn__patch_block {
    int64_t column, columns;
} gn__patch_block;

int64_t gn__patch_blocks(const gn__patches *p);
gn__patch_block gn__patch_block_at(const gn__patches *p, int64_t index);

/* The first block of which every row has a part in the image; none, or blocks of copies: the number of blocks. */
int64_t gn__patch_whole_block(const gn__patches *p);

/* Where the elements of a block stand in the image, counted from the first pixel under the taps, with GN__TILE_ROWS
 * zeros behind them, if channels are so few that a block is made of many short runs; else NULL, as they are neighbours.
 */
const int64_t *gn__patch_offsets(const gn__patches *p, gn__patch_block block, int64_t *offsets);

/* Would such a block be read from a copy of mostly zeros around the images? It is better read run by run. */
bool gn__patch_is_mostly_zeros(const gn__patches *p);

/* Numbers in a copy of the images with zeros around them, which blocks of short runs are read from; 0 if there is
 * nothing around them to be read, or runs are long. */
int64_t gn__patch_padding(const gn__patches *p);

/* Makes that copy, if there is one, and the matrix that of its patches. */
void gn__patch_pad(gn_context *context, gn__patches *p, float *padded);

/* Of the matrix rows row .. row+count-1 those whose part of the block lies in the image, which is all but zeros
 * elsewhere: where[i] is the i-th of them, counted from `row`, and rows[i] points to its part, in the image or, of
 * runs that are cut, to a copy in buffer [count, GN__BLOCK_DEPTH]; or to what offsets are counted from. Gives their
 * number. At least GN__TILE_ROWS elements of each are readable. */
int64_t gn__patch_rows(const gn__patches *p, gn__patch_block block, int64_t row, int64_t count, float *buffer,
                       const float **rows, int *where);

#endif
