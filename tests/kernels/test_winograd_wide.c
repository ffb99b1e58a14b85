/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_winograd_wide.c - the maps for AVX-512 against the others, which take channels eight by eight. */
#include "core/processor.h"
#include "kernels/fixture.h"
#include "kernels/winograd_wide.h"

enum { CHANNELS = 2 * GN__WINOGRAD_WIDE, HALF = 8, SQUARE = GN__WINOGRAD_POINTS, PLANE = CHANNELS + 3 };

static void point_to(float *numbers, float **rows)
{
    for (int i = 0; i < SQUARE; i++)
        rows[i] = numbers + i * CHANNELS;
}

static void test_same_bits(void **state)
{
    uint64_t random = 1;
    (void)state;
    if (!gn__has_avx512())
        skip();
    for (int kind = GN__LARGE_SQUARE; kind <= GN__SMALL_SQUARE; kind++) {
        float *given = new_values(&random, SQUARE * CHANNELS, REALS), *begin = new_values(&random, CHANNELS, REALS);
        float *wide = new_output(SQUARE * PLANE), *narrow = new_output(SQUARE * PLANE), *rows[SQUARE];
        const float *first[SQUARE];
        float *wide_back = new_output(SQUARE * CHANNELS), *narrow_back = new_output(SQUARE * CHANNELS);
        point_to(given, rows);
        gn__winograd_points_wide((gn__square)kind, CHANNELS, (const float *const *)rows, wide, PLANE);
        for (int c = 0; c < CHANNELS; c += HALF) {
            point_to(given + c, rows);
            gn__winograd_points((gn__square)kind, 3, HALF, (const float *const *)rows, narrow + c, PLANE);
        }
        assert_same_bits("points", SQUARE * PLANE, wide, narrow);
        point_to(wide_back, rows);
        for (int i = 0; i < SQUARE; i++)
            first[i] = begin;
        gn__winograd_values_wide((gn__square)kind, CHANNELS, wide, PLANE, first, rows);
        gn__winograd_values_wide((gn__square)kind, CHANNELS, wide, PLANE, (const float *const *)rows, rows);
        for (int c = 0; c < CHANNELS; c += HALF) {
            point_to(narrow_back + c, rows);
            for (int i = 0; i < SQUARE; i++)
                first[i] = begin + c;
            gn__winograd_values((gn__square)kind, 3, HALF, wide + c, PLANE, first, rows);
            gn__winograd_values((gn__square)kind, 3, HALF, wide + c, PLANE, (const float *const *)rows, rows);
        }
        assert_same_bits("values", SQUARE * CHANNELS, wide_back, narrow_back);
        free(given);
        free(begin);
        free(wide);
        free(narrow);
        free(wide_back);
        free(narrow_back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
