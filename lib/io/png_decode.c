/* SPDX-License-Identifier: MIT */
/* lib/io/png_decode.c - PNG files as bytes, by libpng's simplified interface, which neither jumps nor prints. */
#include "io/picture.h"

#include <png.h>
#include <stdbool.h>
#include <string.h>

/* Deflate makes at least one byte of this many, and IHDR, the first chunk, has the bits of a sample at byte 24. */
enum { BYTES_PER_BYTE = 1040, DEPTH_AT = 24 };

/* A chunk is its length, its kind, as many bytes, and a checksum. */
enum { SIGNATURE = 8, AROUND = 12 };

/* Without what a picture can be read without: in the kind of a critical chunk the first letter is a capital, and the others that are kept
 * are short and change the colours. */
static bool is_kept(const unsigned char *kind)
{
    static const char *const kept[] = {"tRNS", "gAMA", "cHRM", "sRGB"};
    for (int i = 0; i < 4; i++)
        if (memcmp(kind, kept[i], 4) == 0)
            return true;
    return (kind[0] & 0x20) == 0;
}

/* Moves the chunks that are kept together; returns the bytes that are left, 0 when the file ends before IEND does. libpng would take
 * memory for a length before it has the bytes, and unpack texts and profiles that nobody wants, 8 MB for each. */
static size_t keep_chunks(unsigned char *data, size_t size)
{
    size_t kept = SIGNATURE, length = 0;
    bool ended = false;
    for (size_t at = SIGNATURE; !ended; at += length) {
        const unsigned char *chunk = data + at;
        if (size < at + AROUND)
            return 0;
        length = (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];
        if (length > size - at - AROUND)
            return 0;
        length += AROUND;
        ended = memcmp(chunk + 4, "IEND", 4) == 0;
        if (is_kept(chunk + 4)) {
            memmove(data + kept, chunk, length);
            kept += length;
        }
    }
    return kept;
}

static gn_status fail(gn_context *context, const char *path, png_image *image)
{
    const bool memory = strstr(image->message, "memory") != NULL; /* libpng has no code for it */
    const gn_status status = gn_context_fail(context, memory ? GN_ERROR_MEMORY : GN_ERROR_FORMAT, "%s: %s: %s", path,
                                             memory ? "in libpng" : "damaged PNG file", image->message);
    png_image_free(image);
    return status;
}

gn_status gn__png_decode(gn_context *context, const char *path, unsigned char *data, size_t file_size,
                         gn__picture *picture)
{
    const size_t size = keep_chunks(data, file_size);
    png_image image = {.version = PNG_IMAGE_VERSION};
    const png_color black = {0, 0, 0};
    if (size == 0)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: damaged PNG file: it ends early", path);
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
