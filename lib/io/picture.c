/* SPDX-License-Identifier: MIT */
/* lib/io/picture.c - PNG and JPEG files read, whichever they are. */
#include "io/picture.h"

#include "core/allocator.h"

#include <string.h>

size_t gn__picture_bytes(const gn__picture *picture)
{
    return (size_t)(picture->width * picture->height * picture->channels);
}

gn_status gn__picture_open(gn_context *context, const char *path, uint64_t max_pixels, gn__picture *picture)
{
    if (picture->width < 1 || picture->height < 1 || picture->width > GN__PICTURE_PIXELS / picture->height)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: is %lldx%lld, expected at most %d pixels", path,
                               (long long)picture->width, (long long)picture->height, GN__PICTURE_PIXELS);
    if ((uint64_t)(picture->width * picture->height) > max_pixels)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: is too short for a picture of %lldx%lld", path,
                               (long long)picture->width, (long long)picture->height);
    picture->pixels = gn__new(context, gn__picture_bytes(picture));
    return picture->pixels == NULL ? GN_ERROR_MEMORY : GN_OK;
}

void gn__picture_close(gn_context *context, gn__picture *picture)
{
    gn__delete(context, picture->pixels, gn__picture_bytes(picture));
    picture->pixels = NULL;
}

static gn_status decode(gn_context *context, const char *path, unsigned char *data, size_t size, gn__picture *picture)
{
    static const unsigned char png[] = {0x89, 'P', 'N', 'G'}, jpeg[] = {0xFF, 0xD8, 0xFF};
    if (size >= sizeof png && memcmp(data, png, sizeof png) == 0)
        return gn__png_decode(context, path, data, size, picture);
    if (size >= sizeof jpeg && memcmp(data, jpeg, sizeof jpeg) == 0)
        return gn__jpeg_decode(context, path, data, size, picture);
    return gn_context_fail(context, GN_ERROR_FORMAT, "%s: neither a PNG nor a JPEG file", path);
}

gn_status gn__picture_read(gn_context *context, const char *path, int channels, gn__picture *picture)
{
    unsigned char *data;
    size_t size;
    *picture = (gn__picture){.channels = channels};
    gn_status status = gn__file_read(context, path, GN__PICTURE_BYTES, &data, &size);
    if (status != GN_OK)
        return status;
    status = decode(context, path, data, size, picture);
    gn__delete(context, data, size);
    if (status != GN_OK)
        gn__picture_close(context, picture);
    return status;
}
