/* SPDX-License-Identifier: MIT */
/* tests/encode.h - PNG and JPEG files for tests to read. */
#ifndef GN_TESTS_ENCODE_H
#define GN_TESTS_ENCODE_H

#include "test.h"

#include <png.h>
#include <stdio.h>
/* clang-format off: wants stdio before it */
#include <jpeglib.h>
/* clang-format on */

/* format: PNG_FORMAT_GRAY, PNG_FORMAT_RGB or PNG_FORMAT_RGBA. */
static inline void put_png(const char *path, unsigned width, unsigned height, unsigned format,
                           const unsigned char *pixels)
{
    png_image image = {.version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = format};
    assert_int_equal(png_image_write_to_file(&image, path, 0, pixels, 0, NULL), 1);
}

typedef enum jpeg_order { JPEG_BASELINE, JPEG_PROGRESSIVE, JPEG_MAX_SCANS } jpeg_order;

/* A scan for each number of each channel: 190 of them for colour. */
static inline void make_max_scans(struct jpeg_compress_struct *jpeg, jpeg_scan_info scans[256])
{
    int count = 0;
    for (int channel = 0; channel < jpeg->num_components; channel++)
        scans[count++] = (jpeg_scan_info){.comps_in_scan = 1, .component_index = {channel}};
    for (int channel = 0; channel < jpeg->num_components; channel++)
        for (int i = 1; i < 64; i++)
            scans[count++] = (jpeg_scan_info){.comps_in_scan = 1, .component_index = {channel}, .Ss = i, .Se = i};
    jpeg->scan_info = scans;
    jpeg->num_scans = count;
}

/* Of channels 1 (grey), 3 (coloured) or 4 (CMYK), at the best quality. */
static inline void put_jpeg_of(const char *path, unsigned width, unsigned height, int channels,
                               const unsigned char *pixels, jpeg_order order)
{
    static const J_COLOR_SPACE spaces[] = {JCS_UNKNOWN, JCS_GRAYSCALE, JCS_UNKNOWN, JCS_RGB, JCS_CMYK};
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg_scan_info scans[256];
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = channels;
    jpeg.in_color_space = spaces[channels];
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
    if (order == JPEG_PROGRESSIVE)
        jpeg_simple_progression(&jpeg);
    if (order == JPEG_MAX_SCANS)
        make_max_scans(&jpeg, scans);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < height) {
        const unsigned char *from = pixels + (size_t)jpeg.next_scanline * width * (size_t)channels;
        unsigned char copy[4096];
        assert_true(width * (size_t)channels <= sizeof copy);
        for (size_t i = 0; i < width * (size_t)channels; i++)
            copy[i] = from[i];
        JSAMPROW row = copy;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    fclose(file);
}

/* A progressive file that says it is so large and ends after its headers. libjpeg would store whole units of 32x16
 * pixels of it. */
static inline void put_headers_of_jpeg(const char *path, unsigned width, unsigned height)
{
    static const unsigned char start[] = {0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0};
    const unsigned char frame[] = {0xFF,
                                   0xC2,
                                   0,
                                   17,
                                   8,
                                   (unsigned char)(height >> 8),
                                   (unsigned char)height,
                                   (unsigned char)(width >> 8),
                                   (unsigned char)width,
                                   3,
                                   1,
                                   0x42,
                                   0,
                                   2,
                                   0x11,
                                   0,
                                   3,
                                   0x11,
                                   0};
    static const unsigned char codes[] = {0xFF, 0xC4, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const unsigned char scan[] = {0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xD9};
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(start, 1, sizeof start, file);
    for (int i = 0; i < 64; i++)
        fputc(1, file);
    fwrite(frame, 1, sizeof frame, file);
    fwrite(codes, 1, sizeof codes, file);
    fwrite(scan, 1, sizeof scan, file);
    fclose(file);
}

static inline void put_jpeg(const char *path, unsigned width, unsigned height, int channels,
                            const unsigned char *pixels)
{
    put_jpeg_of(path, width, height, channels, pixels, JPEG_BASELINE);
}

#endif
