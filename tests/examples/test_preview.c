/* SPDX-License-Identifier: MIT */
/* tests/examples/test_preview.c - pictures in a terminal, character by character. */
#include "common/preview.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* What is printed; the caller frees it. */
static char *printed(const gn_tensor *pictures, int64_t step, int width, bool colour, int lines)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    assert_int_equal(preview_print(stream, pictures, step, width, colour), lines);
    fclose(stream);
    return text;
}

static void check(const gn_tensor *pictures, int64_t step, int width, bool colour, int lines, const char *expected)
{
    char *text = printed(pictures, step, width, colour, lines);
    assert_string_equal(text, expected);
    free(text);
}

static void grey_ones_are_characters(void **state)
{
    /* white over white, white over black, black over black; then one row without a partner below */
    const gn_real values[] = {1, 1, -1, 1, -1, -1, 1, 1, -1};
    gn_tensor *picture = gn_tensor_from(*state, GN_SHAPE(1, 3, 3, 1), values);
    check(picture, 1, 80, false, 2, "@= \n== \n");
    gn_tensor_free(picture);
}

static void coloured_ones_are_halves(void **state)
{
    const gn_real values[] = {1, -1, 0, -1, 1, 1};
    gn_tensor *picture = gn_tensor_from(*state, GN_SHAPE(1, 2, 1, 3), values);
    check(picture, 1, 80, true, 1, "\033[38;2;255;0;128m\033[48;2;0;255;255m\xe2\x96\x80\033[0m\n");
    gn_tensor_free(picture);
}

static void as_many_stand_side_by_side_as_fit(void **state)
{
    const gn_real values[] = {1, 1, -1, -1, 1, 1, -1, -1, 1, 1}; /* [5,2,1,1] */
    gn_tensor *pictures = gn_tensor_from(*state, GN_SHAPE(5, 2, 1, 1), values);
    check(pictures, 1, 3, false, 3, "@  \n@  \n@\n");
    check(pictures, 2, 80, false, 1, "@ @ @\n");
    check(pictures, 1, 0, false, 5, "@\n \n@\n \n@\n");
    gn_tensor_free(pictures);
}

/* 18 columns become 9, each the mean of four pixels; what is past 1 is white. */
static void large_ones_are_made_smaller(void **state)
{
    gn_real values[4 * 18];
    for (int i = 0; i < 4 * 18; i++)
        values[i] = i % 18 < 2 ? 3 : i % 18 < 4 ? (gn_real)(i % 2 == 0 ? 1 : -1) : -2;
    gn_tensor *picture = gn_tensor_from(*state, GN_SHAPE(1, 4, 18, 1), values);
    check(picture, 1, 80, false, 1, "@=       \n");
    gn_tensor_free(picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(grey_ones_are_characters, open_context, close_context),
        cmocka_unit_test_setup_teardown(coloured_ones_are_halves, open_context, close_context),
        cmocka_unit_test_setup_teardown(as_many_stand_side_by_side_as_fit, open_context, close_context),
        cmocka_unit_test_setup_teardown(large_ones_are_made_smaller, open_context, close_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
