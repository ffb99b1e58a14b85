/* SPDX-License-Identifier: MIT */
/* tests/io/test_picture.c - PNG and JPEG files: whole ones, damaged ones, and what is neither. */
#include "encode.h"
#include "files.h"
#include "io/picture.h"
#include "memory.h"

#include <string.h>
#include <zlib.h>

static const unsigned char colours[] = {255, 0,  0,  0,   255, 0,   0, 0, 255,
                                        10,  20, 30, 255, 255, 255, 0, 0, 0}; /* 3 x 2 */
static const unsigned char greys[] = {0, 50, 100, 150, 200, 250};

static void png_is_exact(void **state)
{
    gn_context *context = *state;
    gn__picture picture;
    put_png(path_of("colour.png"), 3, 2, PNG_FORMAT_RGB, colours);
    assert_int_equal(gn__picture_read(context, path_of("colour.png"), 3, &picture), GN_OK);
    assert_int_equal(picture.width, 3);
    assert_int_equal(picture.height, 2);
    assert_memory_equal(picture.pixels, colours, sizeof colours);
    gn__picture_close(context, &picture);
    put_png(path_of("grey.png"), 3, 2, PNG_FORMAT_GRAY, greys);
    assert_int_equal(gn__picture_read(context, path_of("grey.png"), 1, &picture), GN_OK);
    assert_memory_equal(picture.pixels, greys, sizeof greys);
    gn__picture_close(context, &picture);
    assert_int_equal(gn__picture_read(context, path_of("grey.png"), 3, &picture), GN_OK);
    for (int i = 0; i < 18; i++)
        assert_int_equal(picture.pixels[i], greys[i / 3]);
    gn__picture_close(context, &picture);
}

/* As JPEG files are read: by the numbers of the file, without a thought of what light they stand for. */
static void grey_of_colours(void **state)
{
    gn_context *context = *state;
    gn__picture picture;
    assert_int_equal(gn__picture_read(context, path_of("colour.png"), 1, &picture), GN_OK);
    assert_memory_equal(picture.pixels, ((unsigned char[]){76, 150, 29, 18, 255, 0}), 6);
    gn__picture_close(context, &picture);
}

static void what_is_transparent_stands_on_black(void **state)
{
    gn_context *context = *state;
    gn__picture picture;
    const unsigned char pixels[] = {255, 255, 255, 0, 9, 8, 7, 255, 255, 100, 0, 128};
    put_png(path_of("clear.png"), 3, 1, PNG_FORMAT_RGBA, pixels);
    assert_int_equal(gn__picture_read(context, path_of("clear.png"), 3, &picture), GN_OK);
    assert_memory_equal(picture.pixels, ((unsigned char[]){0, 0, 0, 9, 8, 7, 128, 50, 0}), 9);
    gn__picture_close(context, &picture);
    assert_int_equal(gn__picture_read(context, path_of("clear.png"), 1, &picture), GN_OK);
    assert_memory_equal(picture.pixels, ((unsigned char[]){0, 8, 68}), 3);
    gn__picture_close(context, &picture);
}

static size_t put_chunk(unsigned char *to, const char *kind, const unsigned char *bytes, size_t size)
{
    const uint32_t length = (uint32_t)size;
    memcpy(to + 4, kind, 4);
    memcpy(to + 8, bytes, size);
    const uint32_t sum = (uint32_t)crc32(0, to + 4, (uInt)size + 4);
    for (int i = 0; i < 4; i++) {
        to[i] = (unsigned char)(length >> (24 - 8 * i));
        to[8 + size + (size_t)i] = (unsigned char)(sum >> (24 - 8 * i));
    }
    return size + 12;
}

/* Whatever a gAMA chunk says, here that the numbers are light itself. */
static void png_of_16_bits(void **state)
{
    static const unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'},
                               header[] = {0, 0, 0, 3, 0, 0, 0, 1, 16, 0, 0, 0, 0}, linear[] = {0, 1, 0x86, 0xA0},
                               row[] = {0, 0x20, 0x20, 0x80, 0x80, 0xC0, 0xC0};
    gn_context *context = *state;
    gn__picture picture;
    for (int with_gamma = 0; with_gamma < 2; with_gamma++) {
        unsigned char file[256], packed[64];
        uLongf size = sizeof packed;
        assert_int_equal(compress(packed, &size, row, sizeof row), Z_OK);
        memcpy(file, signature, sizeof signature);
        size_t end = sizeof signature;
        end += put_chunk(file + end, "IHDR", header, sizeof header);
        if (with_gamma)
            end += put_chunk(file + end, "gAMA", linear, sizeof linear);
        end += put_chunk(file + end, "IDAT", packed, size);
        end += put_chunk(file + end, "IEND", header, 0);
        put_file(path_of("deep.png"), file, end);
        assert_int_equal(gn__picture_read(context, path_of("deep.png"), 1, &picture), GN_OK);
        assert_memory_equal(picture.pixels, ((unsigned char[]){0x20, 0x80, 0xC0}), 3);
        gn__picture_close(context, &picture);
    }
}

static void jpeg_is_near(void **state)
{
    gn_context *context = *state;
    gn__picture picture;
    unsigned char flat[16 * 8 * 3];
    for (int i = 0; i < 16 * 8; i++)
        memcpy(flat + 3 * i, ((unsigned char[]){200, 100, 50}), 3);
    put_jpeg(path_of("colour.jpg"), 16, 8, 3, flat);
    assert_int_equal(gn__picture_read(context, path_of("colour.jpg"), 3, &picture), GN_OK);
    assert_int_equal(picture.width, 16);
    assert_int_equal(picture.height, 8);
    put_jpeg_of(path_of("progressive.jpg"), 16, 8, 3, flat, JPEG_PROGRESSIVE);
    for (size_t i = 0; i < sizeof flat; i++)
        assert_in_range(picture.pixels[i], flat[i] - 3, flat[i] + 3);
    gn__picture_close(context, &picture);
    assert_int_equal(gn__picture_read(context, path_of("colour.jpg"), 1, &picture), GN_OK);
    assert_in_range(picture.pixels[0], 122, 126); /* 0.299 200 + 0.587 100 + 0.114 50 */
    gn__picture_close(context, &picture);
}

/* Neither grey from colour and the reverse nor the order of the scans matters. */
static void jpeg_of_every_kind(void **state)
{
    gn_context *context = *state;
    gn__picture picture;
    unsigned char pixels[17 * 9 * 4];
    memset(pixels, 90, sizeof pixels);
    for (int kind = 0; kind < 4; kind++) {
        put_jpeg_of(path_of("kind.jpg"), 17, 9, kind % 2 == 0 ? 1 : 3, pixels,
                    kind > 1 ? JPEG_PROGRESSIVE : JPEG_BASELINE);
        for (int channels = 1; channels <= 3; channels += 2) {
            assert_int_equal(gn__picture_read(context, path_of("kind.jpg"), channels, &picture), GN_OK);
            for (int i = 0; i < 17 * 9 * channels; i++)
                assert_in_range(picture.pixels[i], 88, 92);
            gn__picture_close(context, &picture);
        }
    }
    put_jpeg(path_of("print.jpg"), 17, 9, 4, pixels);
    assert_int_equal(gn__picture_read(context, path_of("print.jpg"), 3, &picture), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, "print.jpg: its colours are CMYK, expected grey or RGB");
}

/* --- damage ------------------------------------------------------------------------------------------------------- */

static void assert_damaged(gn_context *context, const unsigned char *bytes, size_t size, const char *kind)
{
    gn__picture picture;
    char message[64];
    put_file(path_of("bad"), bytes, size);
    snprintf(message, sizeof message, "bad: damaged %s file: ", kind);
    assert_int_equal(gn__picture_read(context, path_of("bad"), 3, &picture), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, message);
}

/* The EOI of a JPEG carries nothing. */
static void what_is_cut_is_damaged(void **state)
{
    size_t size;
    unsigned char *bytes = get_file(path_of("grey.png"), &size);
    for (size_t cut = 4; cut < size; cut++)
        assert_damaged(*state, bytes, cut, "PNG");
    free(bytes);
    static const char *const names[] = {"colour.jpg", "progressive.jpg"};
    for (int n = 0; n < 2; n++) {
        bytes = get_file(path_of(names[n]), &size);
        for (size_t cut = 4; cut + 2 < size; cut++)
            assert_damaged(*state, bytes, cut, "JPEG");
        free(bytes);
    }
}

/* Every chunk of a PNG has a sum. */
static void a_changed_pixel_of_a_png_is_noticed(void **state)
{
    size_t size;
    unsigned char *bytes = get_file(path_of("grey.png"), &size);
    for (size_t i = 16; i + 16 < size; i++) {
        if (i == 33) /* from IHDR to the chunk of the pixels: what stands between need not be understood */
            while (memcmp(bytes + i, "IDAT", 4) != 0)
                i++;
        bytes[i] ^= 0x10;
        assert_damaged(*state, bytes, size, "PNG");
        bytes[i] ^= 0x10;
    }
    free(bytes);
}

/* Behind IHDR comes a packed text, whose length is stated as so much. */
static void put_with_text(const char *path, unsigned stated)
{
    static const unsigned char text[] = {0, 0, 0, 0, 'z', 'T', 'X', 't', 'a', 0, 0, 1, 2, 3, 4, 5, 6};
    enum { IHDR_END = 8 + 25 };
    size_t size;
    unsigned char *bytes = get_file(path_of("grey.png"), &size), with[512];
    memcpy(with, bytes, IHDR_END);
    memcpy(with + IHDR_END, text, sizeof text);
    for (int i = 0; i < 4; i++)
        with[IHDR_END + i] = (unsigned char)(stated >> (24 - 8 * i));
    const uint32_t sum = (uint32_t)crc32(0, with + IHDR_END + 4, sizeof text - 8);
    for (int i = 0; i < 4; i++)
        with[IHDR_END + sizeof text - 4 + (size_t)i] = (unsigned char)(sum >> (24 - 8 * i));
    memcpy(with + IHDR_END + sizeof text, bytes + IHDR_END, size - IHDR_END);
    put_file(path, with, size + sizeof text);
    free(bytes);
}

/* They may be damaged, or unpack to more than anybody wants. */
static void what_is_not_the_picture_is_left_out_of_a_png(void **state)
{
    gn_context *context = *state;
    gn__picture picture;
    put_with_text(path_of("text.png"), 5);
    assert_int_equal(gn__picture_read(context, path_of("text.png"), 1, &picture), GN_OK);
    assert_memory_equal(picture.pixels, greys, sizeof greys);
    gn__picture_close(context, &picture);
    static const unsigned lies[] = {1u << 20, 0x7FFFFFFF, UINT32_MAX};
    for (int i = 0; i < 3; i++) {
        put_with_text(path_of("text.png"), lies[i]);
        assert_int_equal(gn__picture_read(context, path_of("text.png"), 1, &picture), GN_ERROR_FORMAT);
        assert_message_has(context, GN_ERROR_FORMAT, "text.png: damaged PNG file: it ends early");
    }
}

/* An error, or a JPEG that looks a little different: it has no checksums. */
static void any_change_is_survived(void **state)
{
    gn_context *context = *state;
    static const char *const names[] = {"grey.png", "colour.jpg", "progressive.jpg"};
    for (int n = 0; n < 3; n++) {
        size_t size;
        unsigned char *bytes = get_file(path_of(names[n]), &size);
        for (size_t i = 4; i < size; i++) {
            gn__picture picture;
            bytes[i] ^= 0x55;
            put_file(path_of("changed"), bytes, size);
            const bool read = gn__picture_read(context, path_of("changed"), 3, &picture) == GN_OK;
            if (read)
                gn__picture_close(context, &picture);
            assert_true(!read || n > 0);
            if (!read)
                assert_message_has(context, GN_ERROR_FORMAT, "changed: ");
            bytes[i] ^= 0x55;
        }
        free(bytes);
    }
}

/* A few bytes that claim to be 60 million pixels. */
static void a_header_that_lies_costs_little_memory(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    gn__picture picture;
    size_t size, start = 2;
    unsigned char *bytes = get_file(path_of("colour.jpg"), &size);
    while (bytes[start + 1] != 0xC0) /* segments of a known length, until that of the size */
        start += 2 + (size_t)(bytes[start + 2] << 8 | bytes[start + 3]);
    memcpy(bytes + start + 5, ((unsigned char[]){0x1E, 0x00, 0x1F, 0x00}), 4); /* 7936 x 7680 */
    put_file(path_of("lie.jpg"), bytes, size);
    free(bytes);
    assert_int_equal(gn__picture_read(context, path_of("lie.jpg"), 3, &picture), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, "lie.jpg: is too short for a picture of 7936x7680");
    bytes = get_file(path_of("grey.png"), &size);
    memcpy(bytes + 16, ((unsigned char[]){0, 0, 0x1F, 0x00, 0, 0, 0x1E, 0x00}), 8);
    const uint32_t sum = (uint32_t)crc32(0, bytes + 12, 17);
    for (int i = 0; i < 4; i++)
        bytes[29 + i] = (unsigned char)(sum >> (24 - 8 * i));
    put_file(path_of("lie.png"), bytes, size);
    free(bytes);
    assert_int_equal(gn__picture_read(context, path_of("lie.png"), 3, &picture), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, "lie.png: is too short for a picture of 7936x7680");
    put_headers_of_jpeg(path_of("thin.jpg"), 1, 65500);
    assert_int_equal(gn__picture_read(context, path_of("thin.jpg"), 3, &picture), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, "thin.jpg: is too short for a picture of 1x65500");
    assert_true(gn_context_memory(context).peak_bytes < 100000);
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
}

/* A blank picture is as small as there are: it must not be taken for a lie. */
static void blank_pictures_are_read(void **state)
{
    gn_context *context = *state;
    gn__picture picture;
    static unsigned char blank[1300 * 1300];
    put_png(path_of("blank.png"), 1300, 1300, PNG_FORMAT_GRAY, blank);
    put_jpeg_of(path_of("blank.jpg"), 1300, 1300, 1, blank, JPEG_PROGRESSIVE);
    assert_int_equal(gn__picture_read(context, path_of("blank.png"), 1, &picture), GN_OK);
    gn__picture_close(context, &picture);
    assert_int_equal(gn__picture_read(context, path_of("blank.jpg"), 1, &picture), GN_OK);
    gn__picture_close(context, &picture);
}

/* Each scan is a pass over the whole picture. */
static void a_hundred_scans_are_enough(void **state)
{
    gn_context *context = *state;
    gn__picture picture;
    unsigned char pixels[16 * 8 * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(i * i);
    put_jpeg_of(path_of("scans.jpg"), 16, 8, 1, pixels, JPEG_MAX_SCANS);
    assert_int_equal(gn__picture_read(context, path_of("scans.jpg"), 1, &picture), GN_OK);
    gn__picture_close(context, &picture);
    put_jpeg_of(path_of("scans.jpg"), 16, 8, 3, pixels, JPEG_MAX_SCANS);
    assert_int_equal(gn__picture_read(context, path_of("scans.jpg"), 3, &picture), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, "scans.jpg: damaged JPEG file: more than 100 scans");
}

static void what_is_no_picture(void **state)
{
    gn_context *context = *state;
    gn__picture picture;
    put_file(path_of("text.png"), "hello, this is text", 19);
    assert_int_equal(gn__picture_read(context, path_of("text.png"), 3, &picture), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, "text.png: neither a PNG nor a JPEG file");
    assert_int_equal(gn__picture_read(context, path_of("missing.png"), 3, &picture), GN_ERROR_IO);
    picture = (gn__picture){.width = 1 << 14, .height = 1 << 13, .channels = 3};
    assert_int_equal(gn__picture_open(context, "big.png", UINT64_MAX, &picture), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "big.png: is 16384x8192, expected at most 67108864 pixels");
    put_file(path_of("huge.png"), "", 0);
    assert_int_equal(truncate(path_of("huge.png"), GN__PICTURE_BYTES + 1), 0);
    assert_int_equal(gn__picture_read(context, path_of("huge.png"), 3, &picture), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, "huge.png: 67108865 bytes, at most 67108864 are read");
    put_file(path_of("empty.png"), "", 0);
    assert_int_equal(gn__picture_read(context, path_of("empty.png"), 3, &picture), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, "empty.png: neither a PNG nor a JPEG file");
}

static bool read_one(gn_context *context, void *argument)
{
    gn__picture picture;
    if (gn__picture_read(context, argument, 3, &picture) != GN_OK)
        return false;
    gn__picture_close(context, &picture);
    return true;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    char path[700];
    snprintf(path, sizeof path, "%s", path_of("colour.jpg"));
    assert_true(memory_fail_each(read_one, path) >= 2);
    snprintf(path, sizeof path, "%s", path_of("grey.png"));
    assert_true(memory_fail_each(read_one, path) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_is_exact),
        cmocka_unit_test(grey_of_colours),
        cmocka_unit_test(what_is_transparent_stands_on_black),
        cmocka_unit_test(png_of_16_bits),
        cmocka_unit_test(jpeg_is_near),
        cmocka_unit_test(jpeg_of_every_kind),
        cmocka_unit_test(what_is_cut_is_damaged),
        cmocka_unit_test(what_is_not_the_picture_is_left_out_of_a_png),
        cmocka_unit_test(a_changed_pixel_of_a_png_is_noticed),
        cmocka_unit_test(any_change_is_survived),
        cmocka_unit_test(a_header_that_lies_costs_little_memory),
        cmocka_unit_test(blank_pictures_are_read),
        cmocka_unit_test(a_hundred_scans_are_enough),
        cmocka_unit_test(what_is_no_picture),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
