/* SPDX-License-Identifier: MIT */
/* lib/io/grid.h - pictures laid out in rows and columns as one image of bytes. */
#ifndef GN_IO_GRID_H
#define GN_IO_GRID_H

#include "io/file.h"

#include <gannet/tensor.h>

typedef struct gn__grid {
    int64_t width, height, channels;
    unsigned char *pixels; /* [height, width, channels] */
} gn__grid;

/* Lays out images [N,H,W,C] (C 1 or 3, values in [-1,1], clamped), columns to a row, two dark pixels between them, all enlarged
 * scale times (0 stands for 1). The caller frees it by gn__grid_free. */
gn_status gn__grid_make(const gn_tensor *images, int64_t columns, int scale, gn__grid *grid);
void gn__grid_free(gn_context *context, gn__grid *grid);
size_t gn__grid_bytes(const gn__grid *grid);

/* Gives the bytes of a PNG file. path stands in messages. Fails as take does. */
gn_status gn__png_encode(gn_context *context, const gn__grid *grid, const char *path, gn__sink take, void *argument);

#endif
