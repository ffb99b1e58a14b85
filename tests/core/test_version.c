/* SPDX-License-Identifier: MIT */
/* tests/core/test_version.c - the library that runs is the one whose headers were read. */
#include "test.h"

#include <gannet/version.h>
#include <stdio.h>
#include <string.h>

static void the_version_is_that_of_the_header(void **state)
{
    (void)state;
    char expected[64];
    snprintf(expected, sizeof expected, "%d.%d.%d", GN_VERSION_MAJOR, GN_VERSION_MINOR, GN_VERSION_PATCH);
    assert_string_equal(gn_version(), expected);
}

static void the_build_describes_itself(void **state)
{
    (void)state;
    char expected[64];
    snprintf(expected, sizeof expected, "gannet %s, ", gn_version());
    assert_ptr_equal(strstr(gn_build_info(), expected), gn_build_info());
    assert_non_null(strstr(gn_build_info(), "thread"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_version_is_that_of_the_header),
                                       cmocka_unit_test(the_build_describes_itself)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
