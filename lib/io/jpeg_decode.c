/* SPDX-License-Identifier: MIT */
/* lib/io/jpeg_decode.c - JPEG files as bytes, by libjpeg. */
#include "io/picture.h"

#include <setjmp.h>
#include <stdio.h>
/* libjpeg's header wants stdio before it. */
#include <jpeglib.h>

/* libjpeg calls exit() on an error, unless its handler does not return. */
typedef struct handler {
    struct jpeg_error_mgr base;
    jmp_buf back;
    char message[JMSG_LENGTH_MAX];
} handler;

static void leave(j_common_ptr jpeg)
{
    handler *h = (handler *)(void *)jpeg->err;
    (*jpeg->err->format_message)(jpeg, h->message);
    longjmp(h->back, 1);
}

/* A warning means that data is missing or wrong, and that libjpeg would make something up in its place. */
static void take_message(j_common_ptr jpeg, int level)
{
    if (level < 0)
        leave(jpeg);
}

static void drop_message(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void read_rows(struct jpeg_decompress_struct *jpeg, const gn__picture *picture)
{
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = picture->pixels + (int64_t)jpeg->output_scanline * picture->width * picture->channels;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
}

/* Everything that libjpeg may jump out of. picture lives outside, so that its memory can be freed after a jump. */
static gn_status decode(struct jpeg_decompress_struct *jpeg, handler *h, gn_context *context, const char *path,
                        gn__picture *picture)
{
    if (setjmp(h->back))
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: damaged JPEG file: %s", path, h->message);
    jpeg_read_header(jpeg, TRUE);
    jpeg->out_color_space = picture->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    picture->width = jpeg->image_width;
    picture->height = jpeg->image_height;
    const gn_status status = gn__picture_open(context, path, picture);
    if (status != GN_OK)
        return status;
    jpeg_start_decompress(jpeg);
    read_rows(jpeg, picture);
    return GN_OK;
}

gn_status gn__jpeg_decode(gn_context *context, const char *path, const unsigned char *data, size_t size,
                          gn__picture *picture)
{
    struct jpeg_decompress_struct jpeg;
    handler h;
    jpeg.err = jpeg_std_error(&h.base);
    h.base.error_exit = leave;
    h.base.emit_message = take_message;
    h.base.output_message = drop_message;
    if (setjmp(h.back))
        return gn_context_fail(context, GN_ERROR_MEMORY, "%s: libjpeg: %s", path, h.message);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, data, (unsigned long)size);
    const gn_status status = decode(&jpeg, &h, context, path, picture);
    jpeg_destroy_decompress(&jpeg);
    return status;
}
