/* SPDX-License-Identifier: MIT */
/* lib/io/jpeg_decode.c - JPEG files as bytes, by libjpeg. */
#include "io/picture.h"

#include <setjmp.h>
#include <stdio.h>
/* libjpeg's header wants stdio before it. */
#include <jerror.h>
#include <jpeglib.h>

/* A byte of a whole file holds no more than this, and no camera makes more scans: a short file must not cost much
 * memory or time. */
enum { PIXELS_PER_BYTE = 1024, MAX_SCANS = 100 };

/* libjpeg calls exit() on an error, unless its handler does not return. */
typedef struct handler {
    struct jpeg_error_mgr base;
    struct jpeg_progress_mgr progress;
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

static void count_scans(j_common_ptr jpeg)
{
    handler *h = (handler *)(void *)jpeg->err;
    if (((j_decompress_ptr)jpeg)->input_scan_number <= MAX_SCANS)
        return;
    snprintf(h->message, sizeof h->message, "more than %d scans", MAX_SCANS);
    longjmp(h->back, 1);
}

static void read_rows(j_decompress_ptr jpeg, const gn__picture *picture)
{
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = picture->pixels + (int64_t)jpeg->output_scanline * picture->width * picture->channels;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
}

static uint64_t rounded_up(uint64_t length, uint64_t unit)
{
    return (length + unit - 1) / unit * unit;
}

/* Pixels beyond the picture's edges, up to which libjpeg works: it stores whole units of up to 32x32, and a picture may
 * be one pixel wide. */
static uint64_t padding(const struct jpeg_decompress_struct *jpeg)
{
    const uint64_t width = jpeg->image_width, height = jpeg->image_height;
    const uint64_t across = DCTSIZE * (uint64_t)jpeg->max_h_samp_factor,
                   down = DCTSIZE * (uint64_t)jpeg->max_v_samp_factor;
    return rounded_up(width, across) * rounded_up(height, down) - width * height;
}

static gn_status read_picture(j_decompress_ptr jpeg, gn_context *context, const char *path, size_t size,
                              gn__picture *picture)
{
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: its colours are CMYK, expected grey or RGB", path);
    jpeg->out_color_space = picture->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    picture->width = jpeg->image_width;
    picture->height = jpeg->image_height;
    const uint64_t room = (uint64_t)size * PIXELS_PER_BYTE, edges = padding(jpeg);
    const gn_status status = gn__picture_open(context, path, room > edges ? room - edges : 0, picture);
    if (status == GN_OK)
        read_rows(jpeg, picture);
    return status;
}

/* Everything that libjpeg may jump out of; what must be freed after a jump lives outside. */
static gn_status decode(j_decompress_ptr jpeg, handler *h, gn_context *context, const char *path,
                        const unsigned char *data, size_t size, gn__picture *picture)
{
    if (setjmp(h->back)) {
        if (h->base.msg_code == JERR_OUT_OF_MEMORY) /* defensive: libjpeg's own memory. */
            return gn_context_fail(context, GN_ERROR_MEMORY, "%s: out of memory in libjpeg", path);
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: damaged JPEG file: %s", path, h->message);
    }
    jpeg_create_decompress(jpeg);
    jpeg->progress = &h->progress; /* creating has cleared it */
    jpeg_mem_src(jpeg, data, (unsigned long)size);
    return read_picture(jpeg, context, path, size, picture);
}

gn_status gn__jpeg_decode(gn_context *context, const char *path, const unsigned char *data, size_t size,
                          gn__picture *picture)
{
    struct jpeg_decompress_struct jpeg = {0};
    handler h = {.progress.progress_monitor = count_scans};
    jpeg.err = jpeg_std_error(&h.base);
    h.base.error_exit = leave;
    h.base.emit_message = take_message;
    h.base.output_message = drop_message;
    const gn_status status = decode(&jpeg, &h, context, path, data, size, picture);
    jpeg_destroy_decompress(&jpeg);
    return status;
}
