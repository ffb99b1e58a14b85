/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_winograd.c - the maps of minimal filtering: together they are a convolution, and each is the
 * transpose of the other direction. On small integers all of it is exact. */
#include "kernels/fixture.h"
#include "kernels/winograd.h"

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

/* small [2,2] = the correlation of large [taps+1,taps+1] with kernel [taps,taps], channel by channel. */
static float correlate(int64_t taps, const square *large, const square *kernel, int64_t y, int64_t x, int channel)
{
    float sum = 0;
    for (int64_t i = 0; i < taps * taps; i++)
        sum += large->numbers[(y + i / taps) * (taps + 1) + x + i % taps][channel] * kernel->numbers[i][channel];
    return sum;
}

static void test_convolution(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int64_t taps = 2; taps <= GN__WINOGRAD_TAPS; taps++) {
        square large, kernel, small;
        float points[SQUARE * PLANE], kernel_points[SQUARE * PLANE];
        fill(&large, &random);
        fill(&kernel, &random);
        fill(&small, NULL);
        gn__winograd_points(GN__LARGE_SQUARE, taps, CHANNELS, (const float *const *)large.rows, points, PLANE);
        gn__winograd_points(GN__KERNEL_SQUARE, taps, CHANNELS, (const float *const *)kernel.rows, kernel_points, PLANE);
        for (int64_t i = 0; i < (taps + 1) * (taps + 1); i++)
            for (int64_t j = 0; j < CHANNELS; j++)
                points[i * PLANE + j] *= kernel_points[i * PLANE + j];
        gn__winograd_values(GN__SMALL_SQUARE, taps, CHANNELS, points, PLANE, small.rows);
        for (int64_t i = 0; i < 4; i++)
            for (int j = 0; j < CHANNELS; j++)
                assert_true(small.numbers[i][j] == correlate(taps, &large, &kernel, i / 2, i % 2, j));
    }
}

/* <points(x), p> = <x, values(p)>, and values are added. */
static void test_transposed(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int64_t taps = 2; taps <= GN__WINOGRAD_TAPS; taps++)
        for (int kind = GN__LARGE_SQUARE; kind <= GN__SMALL_SQUARE; kind++) {
            const int64_t side = gn__square_side((gn__square)kind, taps);
            square x, p, back, twice;
            float points[SQUARE * PLANE], given[SQUARE * PLANE];
            fill(&x, &random);
            fill(&p, &random);
            fill(&back, NULL);
            fill(&twice, NULL);
            for (int i = 0; i < SQUARE; i++)
                memcpy(given + i * PLANE, p.numbers[i], sizeof p.numbers[i]);
            gn__winograd_points((gn__square)kind, taps, CHANNELS, (const float *const *)x.rows, points, PLANE);
            gn__winograd_values((gn__square)kind, taps, CHANNELS, given, PLANE, back.rows);
            for (int i = 0; i < 2; i++)
                gn__winograd_values((gn__square)kind, taps, CHANNELS, given, PLANE, twice.rows);
            float left = 0, right = 0;
            for (int64_t i = 0; i < (taps + 1) * (taps + 1); i++)
                for (int j = 0; j < CHANNELS; j++)
                    left += points[i * PLANE + j] * p.numbers[i][j];
            for (int64_t i = 0; i < side * side; i++)
                for (int j = 0; j < CHANNELS; j++) {
                    right += x.numbers[i][j] * back.numbers[i][j];
                    assert_true(twice.numbers[i][j] == 2 * back.numbers[i][j]);
                }
            assert_true(left == right);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convolution),
        cmocka_unit_test(test_transposed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
