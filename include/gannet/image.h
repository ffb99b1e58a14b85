/* SPDX-License-Identifier: MIT */
/* gannet/image.h - pictures: PNG grids and animated GIFs. Files are written to a temporary name and renamed, so that a
 * failure leaves the old file as it was: GN_ERROR_IO with the file and the cause. */
#ifndef GANNET_IMAGE_H
#define GANNET_IMAGE_H

#include <gannet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes images [N,H,W,C] (C 1 or 3) as one PNG, columns pictures to a row, all enlarged scale times (0 stands for 1).
 * Values are clamped to [-1,1], black to white; NaN is drawn as -1. Two dark pixels, enlarged as well, stand between
 * pictures and around the whole. GN_ERROR_SHAPE for another shape; GN_ERROR_ARGUMENT unless columns is at least 1,
 * scale 0 to 64 and no side of the grid longer than 32,767 pixels; GN_ERROR_MEMORY. NULL images are GN_ERROR_ARGUMENT
 * without a message. */
GN_API gn_status gn_image_grid_write(const char *path, const gn_tensor *images, int64_t columns, int scale);

/* Collects grids of the same kind as frames of an animation that loops for ever. */
typedef struct gn_animation gn_animation;

/* Makes an empty animation; columns and scale as for gn_image_grid_write. NULL with GN_ERROR_ARGUMENT or
 * GN_ERROR_MEMORY. The caller frees it. */
GN_API gn_animation *gn_animation_new(gn_context *context, int64_t columns, int scale);
GN_API void gn_animation_free(gn_animation *animation); /* NULL is fine */

/* Adds images [N,H,W,C] as a frame: a grid as gn_image_grid_write makes it, with its errors. The images are copied.
 * GN_ERROR_SHAPE unless all frames have one size and number of channels; GN_ERROR_UNSUPPORTED for more than 10,000
 * frames, or 2^26 pixels in one. On failure the animation is as it was. */
GN_API gn_status gn_animation_add(gn_animation *animation, const gn_tensor *images);
GN_API size_t gn_animation_frames(const gn_animation *animation);

/* Writes all frames as a GIF, each shown for delay hundredths of a second (2 to 1000), the last one five times as long.
 * Grey pictures keep 256 levels; coloured ones get a fixed palette of 6x7x6 colours and ordered dithering.
 * GN_ERROR_STATE without frames, GN_ERROR_ARGUMENT for another delay. */
GN_API gn_status gn_animation_write(const gn_animation *animation, const char *path, int delay);

/* Takes up the frames of a GIF that gn_animation_write has written, so that a run that was interrupted can go on with
 * it. The animation must be empty (GN_ERROR_STATE), and is on failure. GN_ERROR_IO for a file that cannot be read,
 * GN_ERROR_FORMAT for any other kind of GIF. */
GN_API gn_status gn_animation_load(gn_animation *animation, const char *path);

/* Drops all frames after the first count. */
GN_API void gn_animation_keep(gn_animation *animation, size_t count);

#ifdef __cplusplus
}
#endif
#endif
