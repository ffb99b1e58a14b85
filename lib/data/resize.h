/* SPDX-License-Identifier: MIT */
/* lib/data/resize.h - pictures of any size as squares of one. */
#ifndef GN_DATA_RESIZE_H
#define GN_DATA_RESIZE_H

#include <gannet/status.h>
#include <stdint.h>

/* Scales a picture of height x width x channels bytes so that its shorter side is `side`, and cuts the middle out: side
 * x side x channels bytes in square. Shrunk, a pixel is the mean over the area that falls on it; grown, it is
 * bilinear. */
void gn__resize_square(const unsigned char *pixels, int64_t height, int64_t width, int64_t channels,
                       unsigned char *square, int64_t side);

#endif
