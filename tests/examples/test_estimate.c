/* SPDX-License-Identifier: MIT */
/* tests/examples/test_estimate.c - means and how far they can be trusted. */
#include "common/estimate.h"
#include "test.h"

#include <math.h>

static void test_by_hand(void **state)
{
    (void)state;
    estimate e = {0};
    char text[ESTIMATE_TEXT];
    assert_true(isnan(estimate_mean(&e)));
    assert_string_equal(estimate_text(&e, 1, text), "-");
    estimate_add(&e, 2);
    assert_string_equal(estimate_text(&e, 1, text), "2.0");
    assert_true(isnan(estimate_interval(&e)));
    estimate_add(&e, 4); /* of two, both */
    assert_string_equal(estimate_text(&e, 1, text), "2.0 to 4.0");
    estimate_add(&e, 9); /* mean 5, squares 9 + 1 + 16 = 26, error sqrt(26 / 2 / 3) = 2.0817, t = 4.303 */
    assert_true(fabs(estimate_mean(&e) - 5) < 1e-12);
    assert_true(fabs(estimate_error(&e) - 2.081666) < 1e-6);
    assert_true(fabs(estimate_interval(&e) - 8.957408) < 1e-5);
    assert_string_equal(estimate_text(&e, 2, text), "5.00 ± 8.96");
    estimate_add(&e, NAN);
    assert_string_equal(estimate_text(&e, 2, text), "5.00 ± 8.96 (3 of 4)");
}

static void test_of_many_the_normal_distribution(void **state)
{
    (void)state;
    estimate e = {0};
    for (int i = 0; i < 50; i++)
        estimate_add(&e, i % 2);
    assert_true(fabs(estimate_interval(&e) / estimate_error(&e) - 1.96) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_of_many_the_normal_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
