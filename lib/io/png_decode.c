/* SPDX-License-Identifier: MIT */
/* lib/io/png_decode.c - PNG files as bytes, by libpng's simplified interface, which neither jumps nor prints. */
#include "io/element.h"
#include "io/picture.h"

#include <png.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

/* Deflate makes at least one byte of this many, and IHDR, the first chunk, has the bits of a sample at byte 24. */
enum { BYTES_PER_BYTE = 1040, DEPTH_AT = 24 };

/* A chunk is its length, its kind, as many bytes, and a checksum. */
enum { SIGNATURE = 8, AROUND = 12 };

/* Without what a picture can be read without: in the kind of a critical chunk the first letter is a capital, and the
 * others that are kept are short and change the colours. */
static bool is_kept(const unsigned char *kind)
{
    static const char *const kept[] = {"tRNS", "gAMA", "cHRM", "sRGB"};
    for (int i = 0; i < 4; i++)
        if (memcmp(kind, kept[i], 4) == 0)
            return true;
    return (kind[0] & 0x20) == 0;
}

/* Moves the chunks that are kept together, *kept bytes of them; returns what is wrong, or NULL. libpng would take
 * memory for a length before it has the bytes, unpack texts and profiles that nobody wants, 8 MB for each, and drop
 * damaged chunks that change the colours. */
static const char *keep_chunks(unsigned char *data, size_t size, size_t *kept)
{
    bool ended = false;
    *kept = SIGNATURE;
    for (size_t at = SIGNATURE, length = 0; !ended; at += length) {
        const unsigned char *chunk = data + at;
        if (size < at + AROUND)
            return "it ends early";
        length = (size_t)gn__load_big_endian(chunk, 4);
        if (length > size - at - AROUND)
            return "it ends early";
        ended = memcmp(chunk + 4, "IEND", 4) == 0;
        if (crc32(0, chunk + 4, (uInt)(length + 4)) != gn__load_big_endian(chunk + 8 + length, 4))
            return "a checksum does not match";
        length += AROUND;
        if (is_kept(chunk + 4)) {
            memmove(data + *kept, chunk, length);
            *kept += length;
        }
    }
    return NULL;
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
    size_t size;
    const char *wrong = keep_chunks(data, file_size, &size);
    png_image image = {.version = PNG_IMAGE_VERSION};
    const png_color black = {0, 0, 0};
    if (wrong != NULL)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: damaged PNG file: %s", path, wrong);
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
