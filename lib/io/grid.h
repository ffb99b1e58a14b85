/* SPDX-License-Identifier: MIT */
/* lib/io/grid.h - pictures laid out in rows and columns as one. */
#ifndef GN_IO_GRID_H
#define GN_IO_GRID_H

#include "io/picture.h"

#include <gannet/tensor.h>

/* Can pictures be laid out in so many columns, enlarged so many times? */
gn_status gn__grid_check(gn_context *context, int64_t columns, int scale);

/* Lays out images [N,H,W,C] (C 1 or 3, values in [-1,1], clamped), columns to a row, two dark pixels between them, all
 * enlarged scale times (0 stands for 1). The caller frees it by gn__picture_close. */
gn_status gn__grid_make(const gn_tensor *images, int64_t columns, int scale, gn__picture *picture);

#endif
