/* SPDX-License-Identifier: MIT */
/* tests/io/test_gif.c - animations, read back by giflib and by the library itself. */
#include "faults.h"
#include "io/grid.h"
#include "memory.h"
#include "pictures.h"

#include <gannet/image.h>
#include <gif_lib.h>

enum { COLUMNS = 2 };

/* An animation of noise; scale 1. */
static gn_animation *new_animation(gn_context *context, gn_shape shape, size_t frames)
{
    gn_animation *animation = gn_animation_new(context, COLUMNS, 1);
    assert_non_null(animation);
    for (size_t i = 0; i < frames; i++) {
        gn_tensor *images = new_pictures(context, shape, i);
        assert_int_equal(gn_animation_add(animation, images), GN_OK);
        gn_tensor_free(images);
    }
    assert_int_equal(gn_animation_frames(animation), frames);
    return animation;
}

/* --- what giflib reads -------------------------------------------------------------------------------------------- */

static GifFileType *decode(const char *path)
{
    int error = 0;
    GifFileType *gif = DGifOpenFileName(path, &error);
    assert_non_null(gif);
    assert_int_equal(DGifSlurp(gif), GIF_OK);
    return gif;
}

static GifColorType colour_at(const GifFileType *gif, int frame, int64_t place)
{
    return gif->SColorMap->Colors[gif->SavedImages[frame].RasterBits[place]];
}

static void grey_pictures_are_read_back_pixel_by_pixel(void **state)
{
    gn_context *context = *state;
    const gn_shape shapes[] = {GN_SHAPE(1, 1, 1, 1), GN_SHAPE(3, 7, 5, 1), GN_SHAPE(10, 28, 28, 1)};
    for (int s = 0; s < 3; s++) {
        gn_animation *animation = new_animation(context, shapes[s], 3);
        assert_int_equal(gn_animation_write(animation, path_of("grey.gif"), 10), GN_OK);
        gn_animation_free(animation);
        GifFileType *gif = decode(path_of("grey.gif"));
        assert_int_equal(gif->ImageCount, 3);
        for (int frame = 0; frame < 3; frame++) {
            gn_tensor *images = new_pictures(context, shapes[s], (uint64_t)frame);
            gn__picture grid;
            assert_int_equal(gn__grid_make(images, COLUMNS, 1, &grid), GN_OK);
            assert_int_equal(gif->SWidth, grid.width);
            assert_int_equal(gif->SHeight, grid.height);
            for (int64_t i = 0; i < grid.width * grid.height; i++) {
                const GifColorType found = colour_at(gif, frame, i);
                assert_true(found.Red == grid.pixels[i] && found.Green == found.Red && found.Blue == found.Red);
            }
            gn__picture_close(context, &grid);
            gn_tensor_free(images);
        }
        assert_int_equal(DGifCloseFile(gif, NULL), GIF_OK);
    }
}

/* Six reds, seven greens, six blues: each pixel is one of the two levels around its colour. */
static void coloured_pictures_are_read_back_within_a_step(void **state)
{
    gn_context *context = *state;
    gn_animation *animation = new_animation(context, GN_SHAPE(4, 9, 11, 3), 2);
    assert_int_equal(gn_animation_write(animation, path_of("colour.gif"), 10), GN_OK);
    gn_animation_free(animation);
    GifFileType *gif = decode(path_of("colour.gif"));
    for (int frame = 0; frame < 2; frame++) {
        gn_tensor *images = new_pictures(context, GN_SHAPE(4, 9, 11, 3), (uint64_t)frame);
        gn__picture grid;
        assert_int_equal(gn__grid_make(images, COLUMNS, 1, &grid), GN_OK);
        for (int64_t i = 0; i < grid.width * grid.height; i++) {
            const GifColorType found = colour_at(gif, frame, i);
            assert_true(abs(found.Red - grid.pixels[3 * i]) <= 51);
            assert_true(abs(found.Green - grid.pixels[3 * i + 1]) <= 43);
            assert_true(abs(found.Blue - grid.pixels[3 * i + 2]) <= 51);
        }
        gn__picture_close(context, &grid);
        gn_tensor_free(images);
    }
    assert_int_equal(DGifCloseFile(gif, NULL), GIF_OK);
}

/* Dithering: the mean of an even area is its colour, to a sixteenth of a step. */
static void even_areas_keep_their_mean(void **state)
{
    gn_context *context = *state;
    for (int value = 0; value <= 255; value += 15) {
        gn_animation *animation = gn_animation_new(context, 1, 1);
        gn_tensor *images = gn_tensor_new(context, GN_SHAPE(1, 16, 16, 3));
        for (int64_t i = 0; i < gn_tensor_count(images); i++)
            gn_tensor_data(images)[i] = (gn_real)(i % 3 == 0 ? value : i % 3 == 1 ? 255 - value : 0) / 127.5f - 1;
        assert_int_equal(gn_animation_add(animation, images), GN_OK);
        assert_int_equal(gn_animation_write(animation, path_of("even.gif"), 10), GN_OK);
        GifFileType *gif = decode(path_of("even.gif"));
        double red = 0, green = 0;
        for (int64_t y = 2; y < 18; y++)
            for (int64_t x = 2; x < 18; x++) {
                const GifColorType found = colour_at(gif, 0, y * 20 + x);
                red += found.Red / 256.0;
                green += found.Green / 256.0;
                assert_int_equal(found.Blue, 0);
            }
        assert_in_range((int)(red + 4) - value + 4, 0, 8);
        assert_in_range((int)(green + 4) - (255 - value) + 4, 0, 8);
        assert_int_equal(DGifCloseFile(gif, NULL), GIF_OK);
        gn_tensor_free(images);
        gn_animation_free(animation);
    }
}

static int delay_of(GifFileType *gif, int frame)
{
    GraphicsControlBlock control;
    assert_int_equal(DGifSavedExtensionToGCB(gif, frame, &control), GIF_OK);
    assert_int_equal(control.TransparentColor, NO_TRANSPARENT_COLOR);
    return control.DelayTime;
}

static void delays_are_as_asked_and_the_last_is_longer(void **state)
{
    static const int delays[] = {2, 7, 1000};
    gn_animation *animation = new_animation(*state, GN_SHAPE(1, 2, 2, 1), 4);
    for (int d = 0; d < 3; d++) {
        assert_int_equal(gn_animation_write(animation, path_of("delay.gif"), delays[d]), GN_OK);
        GifFileType *gif = decode(path_of("delay.gif"));
        for (int frame = 0; frame < 4; frame++)
            assert_int_equal(delay_of(gif, frame), frame == 3 ? 5 * delays[d] : delays[d]);
        assert_int_equal(DGifCloseFile(gif, NULL), GIF_OK);
    }
    gn_animation_free(animation);
}

/* Header, screen, palette, and at once the extension that repeats for ever. */
static void it_loops_for_ever(void **state)
{
    static const unsigned char loop[] = "\x21\xFF\x0BNETSCAPE2.0\x03\x01\x00\x00";
    gn_animation *animation = new_animation(*state, GN_SHAPE(1, 2, 2, 1), 2);
    assert_int_equal(gn_animation_write(animation, path_of("loop.gif"), 5), GN_OK);
    gn_animation_free(animation);
    size_t size;
    unsigned char *bytes = get_file(path_of("loop.gif"), &size);
    assert_memory_equal(bytes, "GIF89a", 6);
    assert_memory_equal(bytes + 13 + 768, loop, sizeof loop);
    assert_int_equal(bytes[size - 1], 0x3B);
    free(bytes);
}

/* --- going on with a file ----------------------------------------------------------------------------------------- */

static void loading_and_going_on_is_as_if_nothing_had_happened(void **state)
{
    gn_context *context = *state;
    for (int64_t channels = 1; channels <= 3; channels += 2) {
        const gn_shape shape = GN_SHAPE(3, 5, 6, channels);
        gn_animation *whole = new_animation(context, shape, 70); /* more than there are places at first */
        assert_int_equal(gn_animation_write(whole, path_of("whole.gif"), 5), GN_OK);
        gn_animation_keep(whole, 68);
        assert_int_equal(gn_animation_write(whole, path_of("part.gif"), 5), GN_OK);
        gn_animation_free(whole);
        gn_animation *loaded = gn_animation_new(context, COLUMNS, 1);
        assert_int_equal(gn_animation_load(loaded, path_of("part.gif")), GN_OK);
        assert_int_equal(gn_animation_frames(loaded), 68);
        for (uint64_t seed = 68; seed < 70; seed++) {
            gn_tensor *images = new_pictures(context, shape, seed);
            assert_int_equal(gn_animation_add(loaded, images), GN_OK);
            gn_tensor_free(images);
        }
        assert_int_equal(gn_animation_write(loaded, path_of("resumed.gif"), 5), GN_OK);
        gn_animation_free(loaded);
        size_t size;
        unsigned char *bytes = get_file(path_of("whole.gif"), &size);
        assert_true(file_holds(path_of("resumed.gif"), bytes, size));
        free(bytes);
    }
}

static void frames_can_be_dropped(void **state)
{
    gn_context *context = *state;
    gn_animation *animation = new_animation(context, GN_SHAPE(1, 2, 2, 1), 3);
    gn_animation_keep(animation, 5);
    assert_int_equal(gn_animation_frames(animation), 3);
    gn_animation_keep(animation, 1);
    assert_int_equal(gn_animation_frames(animation), 1);
    gn_animation_keep(animation, 0);
    assert_int_equal(gn_animation_frames(animation), 0);
    gn_tensor *images = new_pictures(context, GN_SHAPE(3, 4, 4, 3), 0); /* an empty one takes another size */
    assert_int_equal(gn_animation_add(animation, images), GN_OK);
    gn_tensor_free(images);
    gn_animation_free(animation);
    gn_animation_keep(NULL, 0);
    gn_animation_free(NULL);
    assert_int_equal(gn_animation_frames(NULL), 0);
}

/* More than gn_animation_load takes is not made. */
static void frames_are_neither_too_many_nor_too_large(void **state)
{
    gn_context *context = *state;
    gn_animation *animation = new_animation(context, GN_SHAPE(1, 1, 1, 1), 10000);
    gn_tensor *images = new_pictures(context, GN_SHAPE(1, 1, 1, 1), 0);
    assert_int_equal(gn_animation_add(animation, images), GN_ERROR_UNSUPPORTED);
    assert_message(context, GN_ERROR_UNSUPPORTED, "animation: it has 10000 frames, expected no more");
    gn_animation_free(animation);
    gn_tensor_free(images);
    animation = gn_animation_new(context, 1, 64);
    images = gn_tensor_new(context, GN_SHAPE(1, 150, 150, 1));
    assert_int_equal(gn_animation_add(animation, images), GN_ERROR_UNSUPPORTED);
    assert_message_has(context, GN_ERROR_UNSUPPORTED, "pixels, expected at most 67108864 of them");
    gn_animation_free(animation);
    gn_tensor_free(images);
}

/* --- mistakes ----------------------------------------------------------------------------------------------------- */

static void frames_must_be_of_one_size(void **state)
{
    gn_context *context = *state;
    gn_animation *animation = new_animation(context, GN_SHAPE(1, 3, 4, 1), 1);
    const gn_shape shapes[] = {GN_SHAPE(1, 4, 4, 1), GN_SHAPE(1, 3, 5, 1), GN_SHAPE(1, 3, 4, 3)};
    static const char *const texts[] = {"8x8x1", "9x7x1", "8x7x3"};
    for (int i = 0; i < 3; i++) {
        gn_tensor *images = new_pictures(context, shapes[i], 0);
        char message[200];
        snprintf(message, sizeof message, "animation: a frame of %s, those before are 8x7x1", texts[i]);
        assert_int_equal(gn_animation_add(animation, images), GN_ERROR_SHAPE);
        assert_message(context, GN_ERROR_SHAPE, message);
        gn_tensor_free(images);
    }
    assert_int_equal(gn_animation_frames(animation), 1);
    gn_animation_free(animation);
}

static void mistakes_are_told(void **state)
{
    gn_context *context = *state;
    assert_null(gn_animation_new(context, 0, 1));
    assert_message(context, GN_ERROR_ARGUMENT,
                   "picture grid: columns is 0 and scale 1, expected at least 1 and 0 to 64");
    assert_null(gn_animation_new(context, -2, 1));
    assert_null(gn_animation_new(context, 1, -1));
    assert_message_has(context, GN_ERROR_ARGUMENT, "picture grid: columns is 1 and scale -1");
    assert_null(gn_animation_new(context, 1, 65));
    gn_animation *animation = gn_animation_new(context, 1, 1);
    gn_tensor *images = new_pictures(context, GN_SHAPE(1, 2, 2, 1), 0);
    assert_int_equal(gn_animation_write(animation, path_of("x.gif"), 5), GN_ERROR_STATE);
    assert_message(context, GN_ERROR_STATE, "animation: there are no frames to write");
    gn_animation_free(animation);
    animation = new_animation(context, GN_SHAPE(1, 2, 2, 1), 2);
    assert_int_equal(gn_animation_write(animation, path_of("x.gif"), 1), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "animation: delay is 1, expected 2 to 1000");
    assert_int_equal(gn_animation_write(animation, path_of("x.gif"), 1001), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_animation_write(animation, NULL, 5), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "the path of a file to write is NULL");
    assert_int_equal(gn_animation_load(animation, path_of("x.gif")), GN_ERROR_STATE);
    assert_message(context, GN_ERROR_STATE, "animation: it has 2 frames, expected none before loading");
    assert_false(is_there(path_of("x.gif")));
    assert_int_equal(gn_animation_add(NULL, images), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_animation_add(animation, NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_animation_write(NULL, path_of("x.gif"), 5), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_animation_load(NULL, path_of("x.gif")), GN_ERROR_ARGUMENT);
    assert_null(gn_animation_new(NULL, 1, 1));
    gn_animation_free(animation);
    gn_tensor_free(images);
}

/* --- files of others, damaged files ------------------------------------------------------------------------------- */

/* Loading must fail, with FORMAT and this reason, and leave the animation empty and of use. */
static void assert_not_loaded(gn_context *context, const char *path, const char *why)
{
    gn_animation *animation = gn_animation_new(context, COLUMNS, 1);
    const size_t before = gn_context_memory(context).bytes;
    char message[700];
    snprintf(message, sizeof message, "%s: not a GIF that can be continued: %s", path, why);
    gn_context_clear(context);
    assert_int_equal(gn_animation_load(animation, path), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, message);
    assert_int_equal(gn_animation_frames(animation), 0);
    assert_int_equal(gn_context_memory(context).bytes, before);
    gn_animation_free(animation);
}

/* One frame of 3x3 by somebody else: a palette that is not ours, or ours with a frame that is not. */
typedef struct foreign {
    bool own_palette;
    int left, width;
    bool interlaced, local_palette;
} foreign;

static void write_foreign(const char *path, foreign f)
{
    int error = 0;
    GifFileType *gif = EGifOpenFileName(path, false, &error);
    ColorMapObject *palette = GifMakeMapObject(256, NULL), *local = GifMakeMapObject(2, NULL);
    GifByteType line[3] = {1, 2, 3};
    for (int i = 0; i < 256; i++)
        palette->Colors[i] = (GifColorType){(GifByteType)i, (GifByteType)i, (GifByteType)(f.own_palette ? 0 : i)};
    assert_int_equal(EGifPutScreenDesc(gif, 3, 3, 8, 0, palette), GIF_OK);
    assert_int_equal(EGifPutImageDesc(gif, f.left, 0, f.width, 3, f.interlaced, f.local_palette ? local : NULL),
                     GIF_OK);
    for (int y = 0; y < 3; y++)
        assert_int_equal(EGifPutLine(gif, line, f.width), GIF_OK);
    assert_int_equal(EGifCloseFile(gif, &error), GIF_OK);
    GifFreeMapObject(palette);
    GifFreeMapObject(local);
}

static void gifs_of_others_are_refused(void **state)
{
    const foreign files[] = {
        {.own_palette = true, .width = 3},   {.left = 1, .width = 2}, {.width = 2}, {.width = 3, .interlaced = true},
        {.width = 3, .local_palette = true},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        write_foreign(path_of("foreign.gif"), files[i]);
        assert_not_loaded(*state, path_of("foreign.gif"), "it was not written by this library");
    }
    write_foreign(path_of("foreign.gif"), (foreign){.width = 3}); /* and this one is as ours are */
    gn_animation *animation = gn_animation_new(*state, 1, 1);
    assert_int_equal(gn_animation_load(animation, path_of("foreign.gif")), GN_OK);
    assert_int_equal(gn_animation_frames(animation), 1);
    gn_animation_free(animation);
}

/* 8192 x 8192 pixels in a file of less than a kilobyte would be 64 MB of memory. */
static void frames_that_cannot_be_there_are_refused(void **state)
{
    unsigned char bytes[2048];
    write_foreign(path_of("huge.gif"), (foreign){.width = 3});
    FILE *file = fopen(path_of("huge.gif"), "rb");
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    enum { SCREEN = 6, FRAME = 6 + 7 + 3 * 256 + 5 }; /* where width and height stand, of two bytes each */
    bytes[SCREEN + 1] = bytes[SCREEN + 3] = bytes[FRAME + 1] = bytes[FRAME + 3] = 32;
    bytes[SCREEN] = bytes[SCREEN + 2] = bytes[FRAME] = bytes[FRAME + 2] = 0;
    put_file(path_of("huge.gif"), bytes, size);
    assert_not_loaded(*state, path_of("huge.gif"), "a frame is larger than the rest of the file can hold");
}

static void files_that_are_no_gifs_are_refused(void **state)
{
    gn_context *context = *state;
    put_file(path_of("no.gif"), "not a GIF at all", 16);
    assert_not_loaded(context, path_of("no.gif"), "its beginning is damaged");
    put_file(path_of("no.gif"), "", 0);
    assert_not_loaded(context, path_of("no.gif"), "its beginning is damaged");
    gn_animation *animation = gn_animation_new(context, 1, 1);
    char message[700];
    snprintf(message, sizeof message, "%s: cannot read: No such file or directory", path_of("missing.gif"));
    assert_int_equal(gn_animation_load(animation, path_of("missing.gif")), GN_ERROR_IO);
    assert_message(context, GN_ERROR_IO, message);
    gn_animation_free(animation);
}

static void every_truncation_is_refused(void **state)
{
    gn_animation *animation = new_animation(*state, GN_SHAPE(2, 5, 7, 3), 3);
    assert_int_equal(gn_animation_write(animation, path_of("whole.gif"), 5), GN_OK);
    gn_animation_free(animation);
    size_t size;
    unsigned char *bytes = get_file(path_of("whole.gif"), &size);
    for (size_t length = 0; length < size; length++) {
        put_file(path_of("cut.gif"), bytes, length);
        assert_not_loaded(*state, path_of("cut.gif"), "");
    }
    free(bytes);
}

/* There is no checksum: a flipped bit may change a picture, but nothing else. */
static void flipped_bits_do_no_harm(void **state)
{
    gn_context *context = *state;
    gn_animation *animation = new_animation(context, GN_SHAPE(2, 3, 4, 1), 2);
    assert_int_equal(gn_animation_write(animation, path_of("whole.gif"), 5), GN_OK);
    gn_animation_free(animation);
    size_t size;
    unsigned char *bytes = get_file(path_of("whole.gif"), &size);
    for (size_t i = 0; i < size; i += i >= 13 && i < 13 + 760 ? 19 : 1) /* some of the palette, all of the rest */
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            put_file(path_of("flipped.gif"), bytes, size);
            bytes[i] ^= (unsigned char)(1 << bit);
            animation = gn_animation_new(context, COLUMNS, 1);
            gn_context_clear(context);
            const gn_status status = gn_animation_load(animation, path_of("flipped.gif"));
            assert_true(status == GN_OK || status == GN_ERROR_FORMAT);
            assert_int_equal(gn_context_status(context), status);
            assert_true(gn_animation_frames(animation) <= 3);
            gn_animation_free(animation);
        }
    free(bytes);
}

/* --- failing disks and memory ------------------------------------------------------------------------------------- */

static gn_status save_animation(gn_context *context, const char *path, void *argument)
{
    (void)context;
    return gn_animation_write(argument, path, 5);
}

static void every_call_may_fail(void **state)
{
    gn_animation *animation = new_animation(*state, GN_SHAPE(1, 2, 2, 1), 2);
    fail_every_call(*state, path_of("faults.gif"), save_animation, animation, true);
    gn_animation_free(animation);
}

static bool save_and_load(gn_context *context, void *argument)
{
    gn_animation *animation = gn_animation_new(context, 1, 1);
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(1, 2, 2, 3));
    bool done = animation != NULL && images != NULL;
    for (int i = 0; i < 2; i++)
        done = done && gn_animation_add(animation, images) == GN_OK;
    done = done && gn_animation_write(animation, argument, 5) == GN_OK;
    gn_animation_keep(animation, 0);
    done = done && gn_animation_load(animation, argument) == GN_OK && gn_animation_frames(animation) == 2;
    gn_tensor_free(images);
    gn_animation_free(animation);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    char path[700];
    snprintf(path, sizeof path, "%s", path_of("memory.gif"));
    assert_true(memory_fail_each(save_and_load, path) >= 13);
    assert_false(is_there(temporary_of("memory.gif")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grey_pictures_are_read_back_pixel_by_pixel),
        cmocka_unit_test(coloured_pictures_are_read_back_within_a_step),
        cmocka_unit_test(even_areas_keep_their_mean),
        cmocka_unit_test(delays_are_as_asked_and_the_last_is_longer),
        cmocka_unit_test(it_loops_for_ever),
        cmocka_unit_test(loading_and_going_on_is_as_if_nothing_had_happened),
        cmocka_unit_test(frames_can_be_dropped),
        cmocka_unit_test(frames_are_neither_too_many_nor_too_large),
        cmocka_unit_test(frames_must_be_of_one_size),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(gifs_of_others_are_refused),
        cmocka_unit_test(frames_that_cannot_be_there_are_refused),
        cmocka_unit_test(files_that_are_no_gifs_are_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(flipped_bits_do_no_harm),
        cmocka_unit_test(every_call_may_fail),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
