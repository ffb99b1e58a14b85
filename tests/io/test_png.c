/* SPDX-License-Identifier: MIT */
/* tests/io/test_png.c - picture grids, read back by libpng. */
#include "faults.h"
#include "io/grid.h"
#include "memory.h"
#include "pictures.h"

#include <gannet/image.h>
#include <png.h>

/* Does the file hold this grid, 8 bits to a channel, not interlaced? libpng leaves by longjmp when the file is not
 * valid. */
static bool holds_grid(FILE *file, const gn__picture *grid)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return false;
    }
    png_init_io(png, file);
    png_read_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
    bool equal = png_get_image_width(png, info) == grid->width && png_get_image_height(png, info) == grid->height &&
                 png_get_bit_depth(png, info) == 8 && png_get_channels(png, info) == grid->channels &&
                 png_get_color_type(png, info) == (grid->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB) &&
                 png_get_interlace_type(png, info) == PNG_INTERLACE_NONE;
    png_bytepp rows = png_get_rows(png, info);
    const size_t row = (size_t)(grid->width * grid->channels);
    for (int64_t y = 0; y < grid->height && equal; y++)
        equal = memcmp(rows[y], grid->pixels + (size_t)y * row, row) == 0;
    png_destroy_read_struct(&png, &info, NULL);
    return equal;
}

static void pictures_are_read_back_pixel_by_pixel(void **state)
{
    gn_context *context = *state;
    const gn_shape shapes[] = {GN_SHAPE(1, 1, 1, 1), GN_SHAPE(7, 5, 3, 1), GN_SHAPE(1, 1, 1, 3),
                               GN_SHAPE(10, 28, 27, 3)};
    for (uint64_t s = 0; s < 4; s++)
        for (int scale = 0; scale < 4; scale++) {
            gn_tensor *images = new_pictures(context, shapes[s], s);
            gn__picture grid;
            assert_int_equal(gn_image_grid_write(path_of("grid.png"), images, 4, scale), GN_OK);
            assert_int_equal(gn__grid_make(images, 4, scale, &grid), GN_OK);
            FILE *file = fopen(path_of("grid.png"), "rb");
            assert_non_null(file);
            assert_true(holds_grid(file, &grid));
            fclose(file);
            gn__picture_close(context, &grid);
            gn_tensor_free(images);
        }
}

static void equal_pictures_give_equal_bytes(void **state)
{
    gn_tensor *images = new_pictures(*state, GN_SHAPE(3, 9, 9, 3), 1);
    assert_int_equal(gn_image_grid_write(path_of("a.png"), images, 2, 2), GN_OK);
    assert_int_equal(gn_image_grid_write(path_of("b.png"), images, 2, 2), GN_OK);
    size_t size;
    unsigned char *bytes = get_file(path_of("a.png"), &size);
    assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
    assert_true(file_holds(path_of("b.png"), bytes, size));
    free(bytes);
    gn_tensor_free(images);
}

static void mistakes_are_told(void **state)
{
    gn_context *context = *state;
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(1, 2, 2, 1)), *flat = gn_tensor_new(context, GN_SHAPE(1, 4));
    char message[700];
    assert_int_equal(gn_image_grid_write(path_of("x.png"), NULL, 1, 1), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_image_grid_write(path_of("x.png"), flat, 1, 1), GN_ERROR_SHAPE);
    assert_message(context, GN_ERROR_SHAPE, "pictures of shape [1,4], expected [N,H,W,1] or [N,H,W,3]");
    assert_int_equal(gn_image_grid_write(path_of("x.png"), images, 0, 1), GN_ERROR_ARGUMENT);
    assert_false(is_there(path_of("x.png")));
    assert_int_equal(gn_image_grid_write(NULL, images, 1, 1), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "the path of a file to write is NULL");
    assert_int_equal(gn_image_grid_write(path_of("nowhere/x.png"), images, 1, 1), GN_ERROR_IO);
    snprintf(message, sizeof message, "%s: cannot write: No such file or directory", path_of("nowhere/x.png"));
    assert_message(context, GN_ERROR_IO, message);
    gn_tensor_free(images);
    gn_tensor_free(flat);
}

static gn_status save_picture(gn_context *context, const char *path, void *argument)
{
    (void)context;
    return gn_image_grid_write(path, argument, 2, 1);
}

static void every_call_may_fail(void **state)
{
    gn_tensor *images = new_pictures(*state, GN_SHAPE(4, 28, 28, 3), 2);
    fail_every_call(*state, path_of("faults.png"), save_picture, images, false);
    gn_tensor_free(images);
}

static bool save_in_memory(gn_context *context, void *argument)
{
    (void)argument;
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(3, 2, 2, 3));
    const bool done = images != NULL && gn_image_grid_write(path_of("memory.png"), images, 2, 1) == GN_OK;
    gn_tensor_free(images);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_int_equal(memory_fail_each(save_in_memory, NULL), 7);
    assert_false(is_there(temporary_of("memory.png")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_read_back_pixel_by_pixel),
        cmocka_unit_test(equal_pictures_give_equal_bytes),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(every_call_may_fail),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
