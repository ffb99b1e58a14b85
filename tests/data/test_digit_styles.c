/* SPDX-License-Identifier: MIT */
/* tests/data/test_digit_styles.c - the table of strokes is one that digits.c can draw. */
#include "data/digit_styles.h"
#include "test.h"

#include <math.h>
#include <stdbool.h>

enum { CLASSES = 10, MIN_STYLES = 3 };

typedef void (*style_check)(const gn__digit_style *style);

static int styles_of(int digit)
{
    int styles = 0;
    while (styles < GN__DIGIT_STYLES && gn__digit_styles[digit][styles].width > 0)
        styles++;
    return styles;
}

static void for_each_style(style_check check)
{
    for (int digit = 0; digit < CLASSES; digit++)
        for (int i = 0; i < styles_of(digit); i++)
            check(&gn__digit_styles[digit][i]);
}

static void every_digit_has_several_styles(void **state)
{
    (void)state;
    for (int digit = 0; digit < CLASSES; digit++) {
        assert_in_range(styles_of(digit), MIN_STYLES, GN__DIGIT_STYLES);
        for (int i = 0; i < styles_of(digit); i++)
            for (int j = 0; j < i; j++)
                assert_memory_not_equal(&gn__digit_styles[digit][i].stroke, &gn__digit_styles[digit][j].stroke,
                                        sizeof gn__digit_styles[digit][i].stroke);
    }
}

static void check_strokes(const gn__digit_style *style)
{
    assert_in_range(style->stroke[0].count, 2, GN__STROKE_POINTS);
    for (int s = 1; s < GN__DIGIT_STROKES; s++) {
        const int count = style->stroke[s].count;
        assert_true(count == 0 || (count >= 2 && count <= GN__STROKE_POINTS));
        assert_true(count == 0 || style->stroke[s - 1].count > 0);
    }
}

static void strokes_come_first_and_have_a_length(void **state)
{
    (void)state;
    for_each_style(check_strokes);
}

/* Nothing outside the box, and the box filled from top to bottom, so that widths mean what they say. */
static void check_box(const gn__digit_style *style)
{
    float left = 2, right = -2, top = 2, bottom = -2;
    for (int s = 0; s < GN__DIGIT_STROKES; s++)
        for (int i = 0; i < style->stroke[s].count; i++) {
            const float x = style->stroke[s].point[i][0], y = style->stroke[s].point[i][1];
            left = fminf(left, x);
            right = fmaxf(right, x);
            top = fminf(top, y);
            bottom = fmaxf(bottom, y);
        }
    assert_true(left >= 0 && right <= 1 && top >= 0 && bottom <= 1);
    assert_true(top < 0.1f && bottom > 0.9f);
    assert_true(style->width > 0 && style->width < 1.2f);
}

static void styles_fill_their_box(void **state)
{
    (void)state;
    for_each_style(check_box);
}

/* A list that is too short would be drawn with points at the corner of the box. */
static void check_points(const gn__digit_style *style)
{
    for (int s = 0; s < GN__DIGIT_STROKES; s++) {
        const gn__stroke *stroke = &style->stroke[s];
        for (int i = 0; i < stroke->count; i++)
            assert_false(stroke->point[i][0] == 0 && stroke->point[i][1] == 0);
        for (int i = stroke->count; i < GN__STROKE_POINTS; i++)
            assert_true(stroke->point[i][0] == 0 && stroke->point[i][1] == 0);
    }
}

static void counts_are_those_of_the_points(void **state)
{
    (void)state;
    for_each_style(check_points);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_digit_has_several_styles),
        cmocka_unit_test(strokes_come_first_and_have_a_length),
        cmocka_unit_test(styles_fill_their_box),
        cmocka_unit_test(counts_are_those_of_the_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
