/* SPDX-License-Identifier: MIT */
/* tests/examples/test_scene.c - coloured scenes and the captions that describe them. */
#include "common/scene.h"
#include "test.h"

#include <math.h>
#include <string.h>

/* Red, green and blue of the darkest or lightest ink: where the picture differs most from its corner. */
static void ink_of(const gn_real *picture, double ink[3])
{
    double most = -1;
    for (int i = 0; i < SCENE_SIDE * SCENE_SIDE; i++) {
        double apart = 0;
        for (int c = 0; c < 3; c++)
            apart += fabs((double)picture[3 * i + c] - (double)picture[c]);
        for (int c = 0; c < 3 && apart > most; c++)
            ink[c] = (double)picture[3 * i + c];
        most = fmax(most, apart);
    }
}

static int count_ink(const gn_real *picture)
{
    int count = 0;
    for (int i = 0; i < SCENE_SIDE * SCENE_SIDE; i++) {
        double apart = 0;
        for (int c = 0; c < 3; c++)
            apart += fabs((double)picture[3 * i + c] - (double)picture[c]);
        count += apart > 0.7;
    }
    return count;
}

static void pictures_show_what_was_asked(void **state)
{
    scene_maker *maker = scene_maker_new(*state, 1);
    assert_non_null(maker);
    gn_real picture[SCENE_PIXELS], again[SCENE_PIXELS];
    double ink[3];
    scene s = {.figures = {{.digit = 8, .colour = 0, .size = 1, .slant = 1}}, .count = 1};
    gn_random random = {.seed = 1}, same = {.seed = 1};
    scene_draw(maker, &s, &random, picture);
    scene_draw(maker, &s, &same, again);
    assert_memory_equal(picture, again, sizeof picture);
    ink_of(picture, ink);
    assert_true(ink[0] > 0.4 && ink[1] < 0 && ink[2] < 0); /* red */
    assert_true(picture[0] < -0.7);                        /* on dark */
    const int big = count_ink(picture);
    s.figures[0].size = 0;
    scene_draw(maker, &s, &random, picture);
    assert_true(count_ink(picture) < big * 2 / 3);
    s.figures[0].bold = true;
    same = random;
    scene_draw(maker, &s, &random, picture);
    s.figures[0].bold = false;
    scene_draw(maker, &s, &same, again);
    assert_true(count_ink(picture) > count_ink(again));
    s.light = true;
    scene_draw(maker, &s, &random, picture);
    assert_true(picture[0] > 0.7);
    scene_maker_free(maker);
}

/* The mean place of ink in the upper and in the lower half, along x. */
static double lean_of(const gn_real *picture)
{
    double places[2] = {0}, mass[2] = {0};
    for (int y = 0; y < SCENE_SIDE; y++)
        for (int x = 0; x < SCENE_SIDE; x++) {
            const double ink = fabs((double)picture[3 * (y * SCENE_SIDE + x)] - (double)picture[0]);
            places[y >= SCENE_SIDE / 2] += ink * x;
            mass[y >= SCENE_SIDE / 2] += ink;
        }
    return places[0] / mass[0] - places[1] / mass[1];
}

static void slants_lean(void **state)
{
    scene_maker *maker = scene_maker_new(*state, 1);
    double lean[SCENE_SLANTS] = {0};
    for (int slant = 0; slant < SCENE_SLANTS; slant++)
        for (uint64_t i = 0; i < 20; i++) {
            gn_real picture[SCENE_PIXELS];
            gn_random random = {.seed = 2, .stream = i};
            const scene s = {.figures = {{.digit = 1, .colour = 0, .size = 1, .slant = slant}}, .count = 1};
            scene_draw(maker, &s, &random, picture);
            lean[slant] += lean_of(picture) / 20;
        }
    assert_true(lean[0] < lean[1] - 1); /* the head of a figure that leans left is to the left */
    assert_true(lean[2] > lean[1] + 1);
    scene_maker_free(maker);
}

static void pairs_are_held_out(void **state)
{
    (void)state;
    int out = 0;
    for (int digit = 0; digit < SCENE_DIGITS; digit++)
        for (int colour = 0; colour < SCENE_COLOURS; colour++)
            out += scene_held_out(digit, colour);
    assert_in_range(out, 10, 13);
    gn_random random = {.seed = 3};
    for (int i = 0; i < 1000; i++) {
        const scene s = scene_random(&random, i % 2 == 1, 4);
        for (int j = 0; j < 2; j++)
            assert_true(scene_held_out(s.figures[j].digit, s.figures[j].colour) == (i % 2 == 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_show_what_was_asked),
        cmocka_unit_test(slants_lean),
        cmocka_unit_test(pairs_are_held_out),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
