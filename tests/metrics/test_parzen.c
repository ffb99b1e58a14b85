/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_parzen.c - likelihoods by hand and against NumPy. */
#include "metrics/fixture.h"

/* One sample at 0, validation and test rows at 0.5: the likelihood is that of a normal distribution, and the window
 * nearest to 0.5 is the best: 10^(-1/3) = 0.464. */
static void test_by_hand(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *sample = gn_tensor_new(c, GN_SHAPE(1, 1)), *row = tensor_of(c, 1, 1, (const gn_real[]){0.5f});
    gn_parzen_report r;
    assert_int_equal(gn_parzen_log_likelihood(sample, row, row, &r), GN_OK);
    const double s = pow(10, -1.0 / 3);
    assert_close(r.deviation, s, 1e-12);
    assert_close(r.log_likelihood, -0.125 / (s * s) - log(s * sqrt(2 * acos(-1.0))), 1e-6);
    assert_true(r.standard_error == 0);
    gn_tensor_data(row)[0] = 7; /* so far away that the widest window is the best */
    assert_int_equal(gn_parzen_log_likelihood(sample, row, row, &r), GN_OK);
    assert_close(r.deviation, 1, 1e-12);
    gn_tensor_free(sample);
    gn_tensor_free(row);
    gn_context_free(c);
}

/* The same sets as in make_metrics.py: 0.3 a in two parts, and 0.3 b. */
static void test_against_numpy(void **state)
{
    (void)state;
    fixture f = fixture_new(2);
    gn_tensor *samples = gn_tensor_new(f.context, GN_SHAPE(20, 5)), *rest = gn_tensor_new(f.context, GN_SHAPE(17, 5));
    for (int i = 0; i < 37 * 5; i++)
        gn_tensor_data(i < 100 ? samples : rest)[i < 100 ? i : i - 100] = 0.3f * gn_tensor_values(f.a)[i];
    for (int i = 0; i < 29 * 5; i++)
        gn_tensor_data(f.b)[i] *= 0.3f;
    gn_parzen_report r;
    assert_int_equal(gn_parzen_log_likelihood(samples, rest, f.b, &r), GN_OK);
    assert_expected(&f, "parzen", 0, r.log_likelihood);
    assert_expected(&f, "parzen", 1, r.standard_error);
    assert_expected(&f, "parzen", 2, r.deviation);
    gn_tensor_free(samples);
    gn_tensor_free(rest);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_against_numpy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
