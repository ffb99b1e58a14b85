/* SPDX-License-Identifier: MIT */
/* tests/io/test_grid.c - pictures laid out in rows and columns. */
#include "io/grid.h"
#include "memory.h"
#include "pictures.h"

#include <math.h>
#include <stdio.h>

enum { GAP = 2, DARK = 40 };

static int byte_of(gn_real value)
{
    const double scaled = floor(((double)value + 1) * 127.5 + 0.5);
    return (int)fmin(fmax(scaled, 0), 255);
}

/* The byte that belongs to a place of the grid, worked out from the place: the reverse of how the library goes about
 * it. */
static int expected_at(const gn_tensor *images, int64_t columns, int64_t scale, int64_t y, int64_t x, int64_t c)
{
    const gn_shape shape = gn_tensor_shape(images);
    const int64_t height = shape.size[1] + GAP, width = shape.size[2] + GAP;
    const int64_t row = (y / scale - GAP) / height, column = (x / scale - GAP) / width;
    const int64_t top = (y / scale - GAP) % height, left = (x / scale - GAP) % width, index = row * columns + column;
    if (y / scale < GAP || x / scale < GAP || top >= shape.size[1] || left >= shape.size[2] || column >= columns ||
        index >= shape.size[0])
        return DARK;
    return byte_of(
        gn_tensor_values(images)[((index * shape.size[1] + top) * shape.size[2] + left) * shape.size[3] + c]);
}

static void every_pixel_is_where_it_belongs(void **state)
{
    gn_context *context = *state;
    const gn_shape shapes[] = {GN_SHAPE(1, 1, 1, 1), GN_SHAPE(5, 2, 3, 1), GN_SHAPE(7, 4, 1, 3), GN_SHAPE(6, 3, 5, 3)};
    for (uint64_t s = 0; s < 4; s++)
        for (int64_t columns = 1; columns <= 8; columns++)
            for (int scale = 0; scale <= 3; scale++) {
                gn_tensor *images = new_pictures(context, shapes[s], s);
                gn__picture grid;
                const int64_t times = scale == 0 ? 1 : scale, count = shapes[s].size[0];
                const int64_t across = columns < count ? columns : count, down = (count + columns - 1) / columns;
                assert_int_equal(gn__grid_make(images, columns, scale, &grid), GN_OK);
                assert_int_equal(grid.width, (across * (shapes[s].size[2] + GAP) + GAP) * times);
                assert_int_equal(grid.height, (down * (shapes[s].size[1] + GAP) + GAP) * times);
                assert_int_equal(grid.channels, shapes[s].size[3]);
                assert_int_equal(gn__picture_bytes(&grid), grid.width * grid.height * grid.channels);
                const unsigned char *pixel = grid.pixels;
                for (int64_t y = 0; y < grid.height; y++)
                    for (int64_t x = 0; x < grid.width; x++)
                        for (int64_t c = 0; c < grid.channels; c++)
                            assert_int_equal(*pixel++, expected_at(images, across, times, y, x, c));
                gn__picture_close(context, &grid);
                assert_null(grid.pixels);
                gn_tensor_free(images);
            }
}

static void values_are_rounded_and_clamped(void **state)
{
    static const struct {
        gn_real value;
        int byte;
    } pairs[] = {{-1, 0},         {1, 255},       {0, 128}, {-0.5f, 64}, {0.5f, 191},  {-1.5f, 0},    {37, 255},
                 {INFINITY, 255}, {-INFINITY, 0}, {NAN, 0}, {-3e38f, 0}, {3e38f, 255}, {0.999f, 255}, {-0.999f, 0}};
    enum { PAIRS = sizeof pairs / sizeof pairs[0] };
    gn_tensor *images = gn_tensor_new(*state, GN_SHAPE(1, 1, PAIRS, 1));
    for (int i = 0; i < PAIRS; i++)
        gn_tensor_data(images)[i] = pairs[i].value;
    gn__picture grid;
    assert_int_equal(gn__grid_make(images, 1, 1, &grid), GN_OK);
    for (int i = 0; i < PAIRS; i++)
        assert_int_equal(grid.pixels[GAP * grid.width + GAP + i], pairs[i].byte);
    gn__picture_close(*state, &grid);
    gn_tensor_free(images);
}

static void wrong_shapes_are_refused(void **state)
{
    gn_context *context = *state;
    const gn_shape shapes[] = {
        {.rank = 0}, GN_SHAPE(4, 4, 3), GN_SHAPE(1, 4, 4, 2), GN_SHAPE(1, 4, 4, 4), GN_SHAPE(1, 1, 1, 1, 1)};
    static const char *const texts[] = {"[]", "[4,4,3]", "[1,4,4,2]", "[1,4,4,4]", "[1,1,1,1,1]"};
    for (int i = 0; i < 5; i++) {
        gn_tensor *images = gn_tensor_new(context, shapes[i]);
        gn__picture grid;
        char message[200];
        assert_int_equal(gn__grid_make(images, 1, 1, &grid), GN_ERROR_SHAPE);
        snprintf(message, sizeof message, "pictures of shape %s, expected [N,H,W,1] or [N,H,W,3]", texts[i]);
        assert_message(context, GN_ERROR_SHAPE, message);
        gn_tensor_free(images);
    }
    gn__picture grid;
    assert_int_equal(gn__grid_make(NULL, 1, 1, &grid), GN_ERROR_ARGUMENT);
}

static void wrong_columns_and_scales_are_refused(void **state)
{
    gn_context *context = *state;
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(2, 1, 1, 1));
    gn__picture grid;
    assert_int_equal(gn__grid_make(images, 0, 1, &grid), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT,
                   "picture grid: columns is 0 and scale 1, expected at least 1 and 0 to 64");
    assert_int_equal(gn__grid_make(images, INT64_MIN, 1, &grid), GN_ERROR_ARGUMENT);
    assert_int_equal(gn__grid_make(images, 1, -1, &grid), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT,
                   "picture grid: columns is 1 and scale -1, expected at least 1 and 0 to 64");
    assert_int_equal(gn__grid_make(images, 1, 65, &grid), GN_ERROR_ARGUMENT);
    assert_int_equal(gn__grid_make(images, INT64_MAX, 64, &grid), GN_OK);
    assert_int_equal(grid.width, 64 * (2 * 3 + 2));
    assert_int_equal(grid.height, 64 * (1 * 3 + 2));
    gn__picture_close(context, &grid);
    gn_tensor_free(images);
}

static void grids_have_a_largest_side(void **state)
{
    gn_context *context = *state;
    const struct {
        gn_shape shape;
        int64_t columns;
        int scale;
        bool fits;
    } cases[] = {
        {GN_SHAPE(1, 1, 32763, 1), 1, 1, true},      {GN_SHAPE(1, 1, 32764, 1), 1, 1, false},
        {GN_SHAPE(1, 32764, 1, 1), 1, 1, false},     {GN_SHAPE(1, 1, 40000, 1), 1, 1, false},
        {GN_SHAPE(10922, 1, 1, 1), 1, 1, false},     {GN_SHAPE(10921, 1, 1, 1), 10921, 1, true},
        {GN_SHAPE(40000, 1, 1, 1), 40000, 1, false}, {GN_SHAPE(1, 1, 600, 1), 1, 64, false},
        {GN_SHAPE(40000, 1, 1, 1), 200, 1, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gn_tensor *images = gn_tensor_new(context, cases[i].shape);
        gn__picture grid;
        const gn_status status = gn__grid_make(images, cases[i].columns, cases[i].scale, &grid);
        assert_int_equal(status, cases[i].fits ? GN_OK : GN_ERROR_ARGUMENT);
        if (cases[i].fits)
            gn__picture_close(context, &grid);
        else
            assert_message_has(context, GN_ERROR_ARGUMENT, " pixels, expected at most 32767 either way");
        gn_tensor_free(images);
    }
}

static bool make_a_grid(gn_context *context, void *argument)
{
    (void)argument;
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(3, 2, 2, 3));
    gn__picture grid;
    const bool done = images != NULL && gn__grid_make(images, 2, 2, &grid) == GN_OK;
    if (done)
        gn__picture_close(context, &grid);
    gn_tensor_free(images);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_int_equal(memory_fail_each(make_a_grid, NULL), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pixel_is_where_it_belongs), cmocka_unit_test(values_are_rounded_and_clamped),
        cmocka_unit_test(wrong_shapes_are_refused),        cmocka_unit_test(wrong_columns_and_scales_are_refused),
        cmocka_unit_test(grids_have_a_largest_side),       cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
