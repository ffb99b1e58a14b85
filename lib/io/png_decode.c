/* SPDX-License-Identifier: MIT */
/* lib/io/png_decode.c - PNG files as bytes, by libpng's simplified interface, which neither jumps nor prints. */
#include "core/allocator.h"
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

/* Without what a picture can be read without: in the kind of a critical chunk the first letter is a capital. gAMA and
 * its like would have libpng convert the numbers of the file, which JPEG files are not converted by either. */
static bool is_kept(const unsigned char *kind)
{
    return (kind[0] & 0x20) == 0 || memcmp(kind, "tRNS", 4) == 0;
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

/* Four channels, the last of which says how much of the black behind is covered, to the picture's: grey is what JPEG
 * calls so (ITU-R BT.601). libpng would do both in linear light. */
static void put_on_black(const unsigned char *from, const gn__picture *picture)
{
    for (int64_t i = 0; i < picture->width * picture->height; i++, from += 4) {
        unsigned char *to = picture->pixels + i * picture->channels;
        const int cover = from[3];
        if (picture->channels == 1)
            to[0] = (unsigned char)(((from[0] * 19595 + from[1] * 38470 + from[2] * 7471 + 32768) / 65536 * cover +
                                     127) /
                                    255);
        else
            for (int k = 0; k < 3; k++)
                to[k] = (unsigned char)((from[k] * cover + 127) / 255);
    }
}

static gn_status read_pixels(gn_context *context, const char *path, png_image *image, const gn__picture *picture)
{
    const size_t bytes = (size_t)(picture->width * picture->height) * 4;
    unsigned char *pixels = gn__new(context, bytes);
    if (pixels == NULL) {
        png_image_free(image);
        return GN_ERROR_MEMORY;
    }
    gn_status status = GN_OK;
    if (png_image_finish_read(image, NULL, pixels, 0, NULL) == 0 || PNG_IMAGE_FAILED(*image))
        status = fail(context, path, image);
    else
        put_on_black(pixels, picture);
    gn__delete(context, pixels, bytes);
    return status;
}

gn_status gn__png_decode(gn_context *context, const char *path, unsigned char *data, size_t file_size,
                         gn__picture *picture)
{
    size_t size;
    const char *wrong = keep_chunks(data, file_size, &size);
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (wrong != NULL)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: damaged PNG file: %s", path, wrong);
    if (png_image_begin_read_from_memory(&image, data, size) == 0)
        return fail(context, path, &image);
    image.format = PNG_FORMAT_RGBA;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    picture->width = image.width;
    picture->height = image.height;
    const gn_status status = gn__picture_open(context, path, (uint64_t)size * BYTES_PER_BYTE * 8 / data[DEPTH_AT],
                                              picture);
    if (status == GN_OK)
        return read_pixels(context, path, &image, picture);
    png_image_free(&image);
    return status;
}
