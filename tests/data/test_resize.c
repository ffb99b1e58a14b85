/* SPDX-License-Identifier: MIT */
/* tests/data/test_resize.c - pictures as squares, by hand and by invariants. */
#include "data/resize.h"
#include "test.h"

static void the_same_size_changes_nothing(void **state)
{
    (void)state;
    const unsigned char pixels[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    unsigned char square[12];
    gn__resize_square(pixels, 2, 2, 3, square, 2);
    assert_memory_equal(square, pixels, 12);
}

static void the_middle_is_cut_out(void **state)
{
    (void)state;
    const unsigned char wide[] = {1, 2, 3, 4, 5, 6, 7, 8}; /* 2 x 4 */
    unsigned char square[4];
    gn__resize_square(wide, 2, 4, 1, square, 2);
    assert_memory_equal(square, ((unsigned char[]){2, 3, 6, 7}), 4);
    gn__resize_square(wide, 4, 2, 1, square, 2);
    assert_memory_equal(square, ((unsigned char[]){3, 4, 5, 6}), 4);
    gn__resize_square(wide, 1, 8, 1, square, 1); /* no middle: the pixel before it, not a mean of two */
    assert_int_equal(square[0], 4);
}

static void shrinking_takes_means(void **state)
{
    (void)state;
    const unsigned char pixels[] = {10, 20, 100, 100, 30, 40, 100, 100, 0, 0, 8, 8, 0, 0, 8, 9}; /* 4 x 4 */
    unsigned char square[4];
    gn__resize_square(pixels, 4, 4, 1, square, 2);
    assert_memory_equal(square, ((unsigned char[]){25, 100, 0, 8}), 4);
    /* 3 to 2: a pixel is 1.5 old ones wide, (1 a + 0.5 b) / 1.5. */
    const unsigned char three[] = {30, 60, 90, 30, 60, 90, 30, 60, 90};
    gn__resize_square(three, 3, 3, 1, square, 2);
    assert_memory_equal(square, ((unsigned char[]){40, 80, 40, 80}), 4);
}

static void growing_is_bilinear(void **state)
{
    (void)state;
    const unsigned char pixels[] = {0, 100, 0, 100}; /* 2 x 2 */
    unsigned char square[16];
    gn__resize_square(pixels, 2, 2, 1, square, 4);
    for (int y = 0; y < 4; y++) /* centres at -0.25 (the edge), 0.25, 0.75, 1.25 (the edge) */
        assert_memory_equal(square + 4 * y, ((unsigned char[]){0, 25, 75, 100}), 4);
}

static void one_colour_stays(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {{1, 1, 5}, {7, 13, 5}, {13, 7, 32}, {64, 3, 2}, {31, 31, 30}};
    unsigned char pixels[64 * 64], square[32 * 32];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = 77;
    for (int i = 0; i < 5; i++) {
        gn__resize_square(pixels, sizes[i][0], sizes[i][1], 1, square, sizes[i][2]);
        for (int64_t j = 0; j < sizes[i][2] * sizes[i][2]; j++)
            assert_int_equal(square[j], 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_size_changes_nothing),
        cmocka_unit_test(the_middle_is_cut_out),
        cmocka_unit_test(shrinking_takes_means),
        cmocka_unit_test(growing_is_bilinear),
        cmocka_unit_test(one_colour_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
