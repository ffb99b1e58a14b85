/* SPDX-License-Identifier: MIT */
/* tests/export/test_names.c - names that are given stay, others are filled in. */
#include "export/names.h"
#include "export/trace.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static void test_what_is_given_stays(void **state)
{
    (void)state;
    const char *const given[] = {"noise", NULL};
    const gn__names both = gn__names_of(given, "picture"), inputs = gn__names_of(given, NULL);
    assert_ptr_equal(both.inputs, given);
    assert_string_equal(both.output, "picture");
    assert_ptr_equal(inputs.inputs, given);
    assert_string_equal(inputs.output, "output");
}

static void test_every_input_has_a_number(void **state)
{
    (void)state;
    const gn__names names = gn__names_of(NULL, "logit");
    char expected[16];
    for (int i = 0; i < GN__MAX_TRACED; i++) {
        snprintf(expected, sizeof expected, "input%d", i);
        assert_string_equal(names.inputs[i], expected);
    }
    assert_string_equal(names.output, "logit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_given_stays),
        cmocka_unit_test(test_every_input_has_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
