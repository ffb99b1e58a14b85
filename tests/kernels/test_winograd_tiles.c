/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_winograd_tiles.c - where the pixels of tiles are, and which of their points are needed. */
#include "kernels/winograd_cases.h"
#include "kernels/winograd_tiles.h"

/* dcgan's layer of 7 x 7 pixels: along a side, 11 and 10 products in its two phases instead of 12, or of 13 the plain
 * way. */
static void test_products(void **state)
{
    const gn__conv_shape odd = {2, 14, 14, 32, 7, 7, 32, 4, 4, 2, 2, 1, 1, 1, 1},
                         even = {2, 28, 28, 32, 14, 14, 32, 4, 4, 2, 2, 1, 1, 1, 1},
                         unaligned = {2, 14, 14, 40, 7, 7, 32, 4, 4, 2, 2, 1, 1, 1, 1};
    (void)state;
    gn__tiling t = gn__tiling_of(&odd);
    assert_int_equal(t.products, 2 * 21 * 21);
    assert_int_equal(t.plain, 2 * 26 * 26);
    assert_int_equal(t.tiles, 2 * 4 * 4);
    t = gn__tiling_of(&even);
    assert_int_equal(t.products, 2 * 42 * 42);
    assert_int_equal(t.plain, 2 * 54 * 54);
    t = gn__tiling_of(&unaligned);
    assert_int_equal(t.products, 2 * 24 * 24);
}

/* The sum of what every tile wants; its sets are among those that are listed once. */
static void test_needs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof suited / sizeof *suited; i++) {
        const gn__tiling t = gn__tiling_of(&suited[i]);
        int64_t products = 0;
        for (int64_t phase = 0; phase < t.phases; phase++)
            for (int64_t tile = 0; tile < t.tiles; tile++) {
                const uint64_t needed = gn__tile_needs(&t, tile, phase);
                int listed = 0;
                for (int64_t j = 0; j < t.set_count[phase]; j++)
                    listed += t.sets[phase][j] == needed;
                assert_int_equal(listed, 1);
                for (int64_t point = 0; point < t.points; point++)
                    products += (int64_t)(needed >> point & 1);
            }
        assert_int_equal(products, t.products);
    }
}

/* Every weight belongs to one tap of one phase. */
static void test_taps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof suited / sizeof *suited; i++) {
        const gn__tiling t = gn__tiling_of(&suited[i]);
        const gn__conv_shape *s = t.s;
        for (int64_t y = 0; y < s->kh; y++)
            for (int64_t x = 0; x < s->kw; x++) {
                const int64_t phase = y % s->stride_h * s->stride_w + x % s->stride_w,
                              tap = y / s->stride_h * t.taps + x / s->stride_w;
                assert_int_equal(gn__tiling_tap(&t, phase, tap, s->c - 1), ((y * s->kw + x + 1) * s->c - 1) * s->k);
            }
    }
}

/* Pixel `number` of a tile's square; NULL outside of the image. */
static const float *pixel_of(const gn__tiling *t, gn__square square, int64_t tile, int64_t phase, int64_t number,
                             const float *image)
{
    const gn__conv_shape *s = t->s;
    const bool large = square == GN__LARGE_SQUARE;
    const int64_t side = gn__square_side(square, t->taps), step = large ? s->stride_h : 1;
    const int64_t row = tile / t->tiles_x % t->tiles_y, column = tile % t->tiles_x;
    const int64_t y = (row * t->side + number / side) * step + (large ? phase / s->stride_w - s->top : 0),
                  x = (column * t->side + number % side) * step + (large ? phase % s->stride_w - s->left : 0);
    const int64_t h = gn__tiling_height(t, square), w = gn__tiling_width(t, square);
    if (y < 0 || y >= h || x < 0 || x >= w)
        return NULL;
    return image + ((tile / (t->tiles_y * t->tiles_x) * h + y) * w + x) * gn__tiling_channels(t, square);
}

static void check_pixels(const gn__tiling *t, gn__square square, int64_t tile, int64_t phase, float *image)
{
    float spare, *to[GN__WINOGRAD_POINTS];
    const float *from[GN__WINOGRAD_POINTS];
    gn__tile_fetch(t, square, tile, phase, 8, image, from);
    gn__tile_point(t, square, tile, phase, &spare, image, to);
    for (int64_t i = 0, side = gn__square_side(square, t->taps); i < side * side; i++) {
        const float *const expected = pixel_of(t, square, tile, phase, i, image);
        assert_ptr_equal(from[i], expected == NULL ? t->zeros : expected);
        assert_ptr_equal(to[i], expected == NULL ? &spare : expected);
    }
}

static void test_pixels(void **state)
{
    static const float zeros[8] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof suited / sizeof *suited; i++) {
        gn__tiling t = gn__tiling_of(&suited[i]);
        uint64_t random = 1;
        float *large = new_values(&random, large_count(t.s), REALS),
              *small = new_values(&random, small_count(t.s), REALS);
        t.zeros = zeros;
        for (int64_t tile = 0; tile < t.tiles; tile++) {
            check_pixels(&t, GN__SMALL_SQUARE, tile, 0, small);
            for (int64_t phase = 0; phase < t.phases; phase++)
                check_pixels(&t, GN__LARGE_SQUARE, tile, phase, large);
        }
        free(large);
        free(small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_taps),
        cmocka_unit_test(test_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
