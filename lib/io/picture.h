/* SPDX-License-Identifier: MIT */
/* lib/io/picture.h - pictures as bytes, from PNG and JPEG files and to PNG. */
#ifndef GN_IO_PICTURE_H
#define GN_IO_PICTURE_H

#include "io/file.h"

#include <stdint.h>

/* Rows from top to bottom, channels (1 grey, 3 red, green, blue) next to each other. */
typedef struct gn__picture {
    int64_t width, height, channels;
    unsigned char *pixels;
} gn__picture;

/* Files of at most 64 MiB, pictures of at most 2^26 pixels. */
enum { GN__PICTURE_BYTES = 1 << 26, GN__PICTURE_PIXELS = 1 << 26 };

/* Reads a file, by what it begins with and not by its name, as grey (channels 1) or coloured (3). The numbers are those
 * of the file, 16 bits rounded to 8; grey is 0.299 R + 0.587 G + 0.114 B; what is transparent stands on black.
 * GN_ERROR_FORMAT for a file that is neither, that is damaged or cut short, too large, or of other colours (CMYK).
 * Freed by gn__picture_close. */
gn_status gn__picture_read(gn_context *context, const char *path, int channels, gn__picture *picture);
void gn__picture_close(gn_context *context, gn__picture *picture);
size_t gn__picture_bytes(const gn__picture *picture);

/* Gives the bytes of a PNG file. path stands in messages. Fails as take does. */
gn_status gn__png_encode(gn_context *context, const gn__picture *picture, const char *path, gn__sink take,
                         void *argument);

/* The two kinds: size bytes at data, which need not stay as they are. Width, height and channels have been set when
 * pixels is taken. */
gn_status gn__png_decode(gn_context *context, const char *path, unsigned char *data, size_t size, gn__picture *picture);
gn_status gn__jpeg_decode(gn_context *context, const char *path, const unsigned char *data, size_t size,
                          gn__picture *picture);

/* Takes memory for a picture whose size is known; for the two above. max_pixels: what a file of this length can
 * hold. */
gn_status gn__picture_open(gn_context *context, const char *path, uint64_t max_pixels, gn__picture *picture);

#endif
