/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_neighbourhood.c - precision, recall, density and coverage by hand and against NumPy. */
#include "metrics/fixture.h"

/* Real 0, 1, 10 have balls of radius 1, 1, 9; fakes 2, 3, 100 of 1, 1, 97. Inside: fake 2 in the ball of 10 only (8 < 9), and so is 3;
 * 100 in none. Real 0, 1 and 10 lie in the ball of 100 if nearer than 97: 10 alone; 1 is 1 away from 2, not nearer. */
static void test_by_hand(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *real = tensor_of(c, 3, 1, (const gn_real[]){0, 1, 10});
    gn_tensor *fake = tensor_of(c, 3, 1, (const gn_real[]){2, 3, 100});
    gn_neighbourhood_report r;
    assert_int_equal(gn_neighbourhood_metrics(real, fake, 1, &r), GN_OK);
    assert_close(r.precision, 2.0 / 3, 1e-12);
    assert_close(r.recall, 1.0 / 3, 1e-12);
    assert_close(r.density, 2.0 / 3, 1e-12);
    assert_close(r.coverage, 1.0 / 3, 1e-12);
    gn_tensor_data(fake)[1] = 1e30f;
    gn_neighbourhood_metrics(real, fake, 1, &r);
    assert_message_has(c, GN_ERROR_NUMBER, "neighbourhood metrics: row 1 has the length 1e+30, expected at most");
    gn_neighbourhood_metrics(real, fake, 3, &r);
    assert_message(c, GN_ERROR_ARGUMENT, "neighbourhood metrics: k is 3, expected 1 to 2");
    gn_tensor_free(real);
    gn_tensor_free(fake);
    gn_context_free(c);
}

static void test_against_numpy(void **state)
{
    (void)state;
    for (int threads = 1; threads < 4; threads++) {
        fixture f = fixture_new(threads);
        const int ks[] = {1, 4};
        const char *const names[] = {"neighbourhood_1", "neighbourhood_4"};
        for (int i = 0; i < 2; i++) {
            gn_neighbourhood_report r;
            assert_int_equal(gn_neighbourhood_metrics(f.a, f.b, ks[i], &r), GN_OK);
            assert_expected(&f, names[i], 0, r.precision);
            assert_expected(&f, names[i], 1, r.recall);
            assert_expected(&f, names[i], 2, r.density);
            assert_expected(&f, names[i], 3, r.coverage);
        }
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_against_numpy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
