/* SPDX-License-Identifier: MIT */
/* lib/io/png_decode.c - PNG files as bytes, by libpng's simplified interface, which neither jumps nor prints. */
#include "io/picture.h"

#include <png.h>

/* Deflate makes at least one byte of this many, and IHDR, the first chunk, has the bits of a sample at byte 24. */
enum { BYTES_PER_BYTE = 1040, DEPTH_AT = 24 };

static gn_status fail(gn_context *context, const char *path, png_image *image)
{
    gn_context_fail(context, GN_ERROR_FORMAT, "%s: damaged PNG file: %s", path, image->message);
    png_image_free(image);
    return GN_ERROR_FORMAT;
}

gn_status gn__png_decode(gn_context *context, const char *path, const unsigned char *data, size_t size,
                         gn__picture *picture)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    const png_color black = {0, 0, 0};
    if (png_image_begin_read_from_memory(&image, data, size) == 0)
        return fail(context, path, &image);
    image.format = picture->channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    picture->width = image.width;
    picture->height = image.height;
    const gn_status status = gn__picture_open(context, path, (uint64_t)size * BYTES_PER_BYTE * 8 / data[DEPTH_AT],
                                              picture);
    if (status != GN_OK) {
        png_image_free(&image);
        return status;
    }
    if (png_image_finish_read(&image, &black, picture->pixels, 0, NULL) == 0 || PNG_IMAGE_FAILED(image))
        return fail(context, path, &image);
    return GN_OK;
}
