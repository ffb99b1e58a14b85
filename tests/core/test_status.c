/* SPDX-License-Identifier: MIT */
/* tests/core/test_status.c - names and meanings of status codes. */
#include "test.h"

#include <string.h>

static void names_are_those_of_the_constants(void **state)
{
    (void)state;
    assert_string_equal(gn_status_name(GN_OK), "GN_OK");
    assert_string_equal(gn_status_name(GN_ERROR_MEMORY), "GN_ERROR_MEMORY");
    assert_string_equal(gn_status_name(GN_ERROR_ARGUMENT), "GN_ERROR_ARGUMENT");
    assert_string_equal(gn_status_name(GN_ERROR_SHAPE), "GN_ERROR_SHAPE");
    assert_string_equal(gn_status_name(GN_ERROR_STATE), "GN_ERROR_STATE");
    assert_string_equal(gn_status_name(GN_ERROR_UNSUPPORTED), "GN_ERROR_UNSUPPORTED");
    assert_string_equal(gn_status_name(GN_ERROR_IO), "GN_ERROR_IO");
    assert_string_equal(gn_status_name(GN_ERROR_FORMAT), "GN_ERROR_FORMAT");
    assert_string_equal(gn_status_name(GN_ERROR_NUMBER), "GN_ERROR_NUMBER");
}

/* The numbers are part of the binary interface. */
static void numbers_do_not_move(void **state)
{
    (void)state;
    assert_int_equal(GN_OK, 0);
    assert_int_equal(GN_ERROR_MEMORY, 1);
    assert_int_equal(GN_ERROR_NUMBER, 8);
    assert_int_equal(GN_STATUS_COUNT, 9);
}

static void every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < GN_STATUS_COUNT; i++) {
        assert_true(strlen(gn_status_text((gn_status)i)) > 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(gn_status_text((gn_status)i), gn_status_text((gn_status)j));
    }
    assert_string_equal(gn_status_text(GN_OK), "success");
    assert_string_equal(gn_status_text(GN_ERROR_MEMORY), "out of memory");
}

static void other_numbers_are_unknown(void **state)
{
    (void)state;
    const int numbers[] = {GN_STATUS_COUNT, GN_STATUS_COUNT + 1, 1000};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_string_equal(gn_status_name((gn_status)numbers[i]), "GN_UNKNOWN");
        assert_string_equal(gn_status_text((gn_status)numbers[i]), "not a status");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_constants),
        cmocka_unit_test(numbers_do_not_move),
        cmocka_unit_test(every_status_has_a_text_of_its_own),
        cmocka_unit_test(other_numbers_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
