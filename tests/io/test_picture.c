/* SPDX-License-Identifier: MIT */
/* tests/io/test_picture.c - PNG and JPEG files: whole ones, damaged ones, and what is neither. */
#include "encode.h"
#include "files.h"
#include "io/picture.h"
#include "memory.h"

#include <string.h>

static int open_all(void **state)
{
    *state = gn_context_new(NULL);
    return *state == NULL || open_directory(state) != 0;
}

static int close_all(void **state)
{
    gn_context_free(*state);
    return close_directory(state);
}

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

static void what_is_transparent_stands_on_black(void **state)
{
    gn_context *context = *state;
    gn__picture picture;
    const unsigned char pixels[] = {255, 255, 255, 0, 9, 8, 7, 255};
    put_png(path_of("clear.png"), 2, 1, PNG_FORMAT_RGBA, pixels);
    assert_int_equal(gn__picture_read(context, path_of("clear.png"), 3, &picture), GN_OK);
    assert_memory_equal(picture.pixels, ((unsigned char[]){0, 0, 0, 9, 8, 7}), 6);
    gn__picture_close(context, &picture);
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
    for (size_t i = 0; i < sizeof flat; i++)
        assert_in_range(picture.pixels[i], flat[i] - 3, flat[i] + 3);
    gn__picture_close(context, &picture);
    assert_int_equal(gn__picture_read(context, path_of("colour.jpg"), 1, &picture), GN_OK);
    assert_in_range(picture.pixels[0], 122, 126); /* 0.299 200 + 0.587 100 + 0.114 50 */
    gn__picture_close(context, &picture);
}

/* Cut anywhere, with bytes changed anywhere: an error, or a picture of the right size. */
static void damage_is_noticed(void **state)
{
    gn_context *context = *state;
    unsigned char bytes[4096];
    static const char *const names[] = {"grey.png", "colour.jpg"};
    for (int n = 0; n < 2; n++) {
        FILE *file = fopen(path_of(names[n]), "rb");
        assert_non_null(file);
        const size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        for (size_t cut = 4; cut + (n == 0 ? 12 : 2) < size; cut += n == 0 ? 1 : 7) {
            gn__picture picture;
            put_file(path_of("cut"), bytes, cut);
            assert_int_equal(gn__picture_read(context, path_of("cut"), 3, &picture), GN_ERROR_FORMAT);
            assert_message_has(context, GN_ERROR_FORMAT,
                               n == 0 ? "cut: damaged PNG file: " : "cut: damaged JPEG file: ");
        }
        for (size_t i = 4; i < size; i++) {
            gn__picture picture;
            bytes[i] ^= 0x55;
            put_file(path_of("changed"), bytes, size);
            if (gn__picture_read(context, path_of("changed"), 3, &picture) == GN_OK)
                gn__picture_close(context, &picture);
            bytes[i] ^= 0x55;
        }
    }
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
    assert_int_equal(gn__picture_open(context, "big.png", &picture), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "big.png: is 16384x8192, expected at most 67108864 pixels");
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
        cmocka_unit_test(png_is_exact),       cmocka_unit_test(what_is_transparent_stands_on_black),
        cmocka_unit_test(jpeg_is_near),       cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(what_is_no_picture), cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
