/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_winograd.c - the maps of minimal filtering: together they are a convolution, and each is the
 * transpose of the other direction. For two taps all of it is exact on small integers. */
#include "kernels/fixture.h"
#include "kernels/winograd.h"

#include <math.h>

enum { CHANNELS = 16, SQUARE = GN__WINOGRAD_POINTS, PLANE = CHANNELS + 3 };

typedef struct square {
    float numbers[SQUARE][CHANNELS];
    float *rows[SQUARE];
} square;

static void fill(square *s, uint64_t *random)
{
    for (int i = 0; i < SQUARE; i++) {
        s->rows[i] = s->numbers[i];
        for (int j = 0; j < CHANNELS; j++)
            s->numbers[i][j] = random == NULL ? 0 : (float)(int64_t)next_between(random, -8, 8);
    }
}

/* Sums of up to 36 x 8 x 8 and their roundings, where the numbers of a map are no powers of two. */
static double tolerance(int64_t taps)
{
    return taps == 2 ? 0 : 0.01;
}

/* One number of the correlation of a large square with a kernel's, channel by channel. */
static float correlate(int64_t taps, const square *large, const square *kernel, int64_t y, int64_t x, int channel)
{
    const int64_t side = gn__square_side(GN__LARGE_SQUARE, taps);
    float sum = 0;
    for (int64_t i = 0; i < taps * taps; i++)
        sum += large->numbers[(y + i / taps) * side + x + i % taps][channel] * kernel->numbers[i][channel];
    return sum;
}

static void test_convolution(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int64_t taps = 2; taps <= GN__WINOGRAD_TAPS; taps++) {
        const int64_t points = gn__square_side(GN__LARGE_SQUARE, taps), side = gn__square_side(GN__SMALL_SQUARE, taps);
        square large, kernel, small;
        float of_large[SQUARE * PLANE], of_kernel[SQUARE * PLANE];
        assert_int_equal(points, side + taps - 1);
        fill(&large, &random);
        fill(&kernel, &random);
        fill(&small, NULL);
        gn__winograd_points(GN__LARGE_SQUARE, taps, CHANNELS, (const float *const *)large.rows, of_large, PLANE);
        gn__winograd_points(GN__KERNEL_SQUARE, taps, CHANNELS, (const float *const *)kernel.rows, of_kernel, PLANE);
        for (int64_t i = 0; i < points * points; i++)
            for (int64_t j = 0; j < CHANNELS; j++)
                of_large[i * PLANE + j] *= of_kernel[i * PLANE + j];
        gn__winograd_values(GN__SMALL_SQUARE, taps, CHANNELS, of_large, PLANE, (const float *const *)small.rows,
                            small.rows);
        for (int64_t i = 0; i < side * side; i++)
            for (int j = 0; j < CHANNELS; j++)
                assert_float_equal(small.numbers[i][j], correlate(taps, &large, &kernel, i / side, i % side, j),
                                   tolerance(taps));
    }
}

/* <points(x), p> = <x, values(p)>, and values are added. */
static void test_transposed(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int64_t taps = 2; taps <= GN__WINOGRAD_TAPS; taps++)
        for (int kind = GN__LARGE_SQUARE; kind <= GN__SMALL_SQUARE; kind++) {
            const int64_t side = gn__square_side((gn__square)kind, taps),
                          points = gn__square_side(GN__LARGE_SQUARE, taps);
            square x, p, back, twice;
            float of_x[SQUARE * PLANE], given[SQUARE * PLANE];
            fill(&x, &random);
            fill(&p, &random);
            fill(&back, NULL);
            fill(&twice, NULL);
            for (int i = 0; i < SQUARE; i++)
                memcpy(given + i * PLANE, p.numbers[i], sizeof p.numbers[i]);
            gn__winograd_points((gn__square)kind, taps, CHANNELS, (const float *const *)x.rows, of_x, PLANE);
            gn__winograd_values((gn__square)kind, taps, CHANNELS, given, PLANE, (const float *const *)back.rows,
                                back.rows);
            for (int i = 0; i < 2; i++)
                gn__winograd_values((gn__square)kind, taps, CHANNELS, given, PLANE, (const float *const *)twice.rows,
                                    twice.rows);
            double left = 0, right = 0;
            for (int64_t i = 0; i < points * points; i++)
                for (int j = 0; j < CHANNELS; j++)
                    left += (double)(of_x[i * PLANE + j] * p.numbers[i][j]);
            for (int64_t i = 0; i < side * side; i++)
                for (int j = 0; j < CHANNELS; j++) {
                    right += (double)(x.numbers[i][j] * back.numbers[i][j]);
                    assert_true(twice.numbers[i][j] == 2 * back.numbers[i][j]);
                }
            assert_float_equal(left, right, tolerance(taps));
        }
}

/* Values that begin with the same numbers, whatever stood there. */
static void test_values_begin(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (int64_t taps = 2; taps <= GN__WINOGRAD_TAPS; taps++) {
        square p, added, begun;
        float given[SQUARE * PLANE], begin[CHANNELS];
        const float *first[SQUARE];
        const int64_t side = gn__square_side(GN__SMALL_SQUARE, taps);
        fill(&p, &random);
        fill(&begun, &random);
        for (int i = 0; i < SQUARE; i++)
            memcpy(given + i * PLANE, p.numbers[i], sizeof p.numbers[i]);
        for (int j = 0; j < CHANNELS; j++)
            begin[j] = (float)(j + 1);
        for (int i = 0; i < SQUARE; i++) {
            first[i] = begin;
            added.rows[i] = added.numbers[i];
            memcpy(added.numbers[i], begin, sizeof begin);
        }
        gn__winograd_values(GN__SMALL_SQUARE, taps, CHANNELS, given, PLANE, first, begun.rows);
        gn__winograd_values(GN__SMALL_SQUARE, taps, CHANNELS, given, PLANE, (const float *const *)added.rows,
                            added.rows);
        for (int64_t i = 0; i < side * side; i++)
            for (int j = 0; j < CHANNELS; j++)
                assert_true(begun.numbers[i][j] == added.numbers[i][j]);
    }
}

/* From the four numbers of a kernel that are points themselves, the same as from their squares. */
static void test_complete(void **state)
{
    (void)state;
    uint64_t random = 4;
    for (int count = CHANNELS / 2; count <= CHANNELS; count += CHANNELS / 2) {
        square kernel;
        float expected[SQUARE * PLANE], got[SQUARE * PLANE] = {0};
        fill(&kernel, &random);
        gn__winograd_points(GN__KERNEL_SQUARE, 2, CHANNELS, (const float *const *)kernel.rows, expected, PLANE);
        for (int i = 0; i < 4; i++)
            memcpy(got + gn__winograd_corners[i] * PLANE, kernel.numbers[i], sizeof kernel.numbers[i]);
        gn__winograd_complete(count, got, PLANE);
        for (int i = 0; i < 9; i++)
            assert_memory_equal(got + i * PLANE, expected + i * PLANE, (size_t)count * sizeof *got);
    }
}

/* A number of a square that stands in none of a point's products is one that its map leaves at zero. */
static bool is_in(gn__square kind, int64_t taps, int number, int point)
{
    const int64_t side = gn__square_side(kind, taps), points = gn__square_side(GN__LARGE_SQUARE, taps);
    square x;
    float found[SQUARE * PLANE];
    fill(&x, NULL);
    for (int64_t i = 0; i < side; i++) /* all numbers of a row, so that its points do not vanish by chance */
        x.numbers[number * side + i][0] = (float)(i * i * i + 1);
    gn__winograd_points(kind, taps, CHANNELS, (const float *const *)x.rows, found, PLANE);
    for (int64_t i = 0; i < points; i++)
        if (fabsf(found[(point * points + i) * PLANE]) > 1e-3f)
            return true;
    return false;
}

static void test_needs(void **state)
{
    (void)state;
    for (int64_t taps = 2; taps <= GN__WINOGRAD_TAPS; taps++) {
        const int points = (int)gn__square_side(GN__LARGE_SQUARE, taps),
                  side = (int)gn__square_side(GN__SMALL_SQUARE, taps);
        for (unsigned small = 0; small < 1U << side; small++)
            for (unsigned large = 0; large < 1U << points; large++)
                for (int point = 0; point < points; point++) {
                    bool of_small = false, of_large = false;
                    for (int i = 0; i < side; i++)
                        of_small |= (small >> i & 1) != 0 && is_in(GN__SMALL_SQUARE, taps, i, point);
                    for (int i = 0; i < points; i++)
                        of_large |= (large >> i & 1) != 0 && is_in(GN__LARGE_SQUARE, taps, i, point);
                    assert_int_equal(gn__winograd_needs(taps, small, large) >> point & 1, of_small && of_large);
                }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convolution), cmocka_unit_test(test_transposed), cmocka_unit_test(test_values_begin),
        cmocka_unit_test(test_complete),    cmocka_unit_test(test_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
