/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_modes.c - modes counted by hand, as PacGAN counts them. */
#include "metrics/fixture.h"

/* Centres at 0 and 10 with deviation 1: 2.9 counts, 3.1 does not, 5 is between and nearer to the first of equals. */
static void test_mixture(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *centres = tensor_of(c, 3, 1, (const gn_real[]){0, 10, 20});
    gn_tensor *points = tensor_of(c, 5, 1, (const gn_real[]){2.9f, -3.1f, 0, 5, 11});
    gn_mode_report report;
    assert_int_equal(gn_mixture_modes(points, centres, 1, &report), GN_OK);
    assert_true(report.modes == 2);
    assert_close(report.high_quality, 0.6, 1e-12);
    assert_close(report.reverse_divergence, 2.0 / 3 * log(2) + 1.0 / 3 * log(1), 1e-12);
    assert_int_equal(gn_mixture_modes(points, centres, 2, &report), GN_OK);
    assert_close(report.reverse_divergence, 0.8 * log(2.4) + 0.2 * log(0.6), 1e-12);
    assert_int_equal(gn_mixture_modes(points, centres, 0.001, &report), GN_OK);
    assert_true(report.modes == 1);
    gn_tensor_data(points)[2] = 5;
    assert_int_equal(gn_mixture_modes(points, centres, 0.001, &report), GN_OK);
    assert_true(report.modes == 0 && report.high_quality == 0 && isnan(report.reverse_divergence));
    gn_mixture_modes(points, centres, 0, &report);
    assert_message(c, GN_ERROR_ARGUMENT, "mixture modes: deviation is 0, expected more than 0");
    gn_mixture_modes(points, centres, INFINITY, &report);
    assert_message(c, GN_ERROR_ARGUMENT, "mixture modes: deviation is inf, expected more than 0");
    gn_tensor_free(points);
    gn_tensor_free(centres);
    gn_context_free(c);
}

/* Distances are over all coordinates together, and count below three deviations. */
static void test_two_dimensions(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *centre = tensor_of(c, 1, 2, (const gn_real[]){0, 0});
    gn_tensor *points = tensor_of(c, 3, 2, (const gn_real[]){2, 2, 2.2f, 2.2f, 0, 3}); /* 2.83, 3.11 and 3 away */
    gn_mode_report report;
    assert_int_equal(gn_mixture_modes(points, centre, 1, &report), GN_OK);
    assert_close(report.high_quality, 1.0 / 3, 1e-12);
    gn_tensor_free(points);
    gn_tensor_free(centre);
    gn_context_free(c);
}

static void test_histogram(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *numbers = gn_tensor_from(c, GN_SHAPE(4), (const gn_real[]){999, 0, 0, 123});
    gn_mode_report report;
    assert_int_equal(gn_mode_histogram(numbers, 1000, &report), GN_OK);
    assert_true(report.modes == 3 && report.high_quality == 1);
    assert_close(report.reverse_divergence, 0.5 * log(500) + 0.5 * log(250), 1e-12);
    gn_mode_histogram(numbers, 999, &report);
    assert_message(c, GN_ERROR_ARGUMENT, "mode histogram: label 0 is 999, expected a whole number from 0 to 998");
    gn_mode_histogram(numbers, 0, &report);
    assert_message(c, GN_ERROR_ARGUMENT, "mode histogram: modes is 0, expected 1 to 16777216");
    gn_mode_histogram(numbers, (1 << 24) + 1, &report);
    assert_message(c, GN_ERROR_ARGUMENT, "mode histogram: modes is 16777217, expected 1 to 16777216");
    gn_tensor_data(numbers)[2] = NAN;
    gn_mode_histogram(numbers, 1000, &report);
    assert_message_has(c, GN_ERROR_ARGUMENT, "mode histogram: label 2 is ");
    assert_true(report.modes == 3); /* results are left alone */
    gn_tensor_free(numbers);
    gn_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mixture),
        cmocka_unit_test(test_two_dimensions),
        cmocka_unit_test(test_histogram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
