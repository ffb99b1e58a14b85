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

/* Of channels 1 or 3, at the best quality. */
static inline void put_jpeg(const char *path, unsigned width, unsigned height, int channels,
                            const unsigned char *pixels)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = channels;
    jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
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

#endif
