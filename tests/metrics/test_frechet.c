/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_frechet.c - the distance by hand, against NumPy, and at the size of real features. */
#include "metrics/fixture.h"

/* Skips where the build has no LAPACK. */
static double distance_of(gn_context *c, const gn_tensor *a, const gn_tensor *b)
{
    double distance = -1;
    const gn_status status = gn_frechet_distance(a, b, &distance);
    if (status == GN_ERROR_UNSUPPORTED) {
        assert_message(c, GN_ERROR_UNSUPPORTED,
                       "eigenproblem: this build has no LAPACK; OpenBLAS brings it: apt-get install libopenblas-dev, "
                       "then configure with -DGANNET_BLAS=openblas");
        skip();
    }
    assert_int_equal(status, GN_OK);
    return distance;
}

/* One dimension: (1 - 4)^2 + (sqrt 2 - sqrt 8)^2, the deviations with n - 1. */
static void test_by_hand(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *a = tensor_of(c, 2, 1, (const gn_real[]){0, 2}), *b = tensor_of(c, 2, 1, (const gn_real[]){2, 6});
    assert_close(distance_of(c, a, b), 9 + 2, 1e-9);
    assert_close(distance_of(c, a, a), 0, 1e-9);
    gn_tensor_free(a);
    gn_tensor_free(b);
    gn_context_free(c);
}

/* Rounding must not make the distance to itself negative. */
static void test_itself(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    for (int size = 2; size < 30; size++) {
        gn_tensor *a = gn_tensor_new(c, GN_SHAPE(3 * size, size));
        gn_random random = {.seed = (uint64_t)size};
        gn_random_fill_normal(&random, gn_tensor_data(a), 3 * size * size, 0, 1);
        assert_true(distance_of(c, a, a) >= 0);
        gn_tensor_free(a);
    }
    gn_context_free(c);
}

static void test_against_numpy(void **state)
{
    (void)state;
    fixture f = fixture_new(2);
    assert_expected(&f, "frechet", 0, distance_of(f.context, f.a, f.b));
    fixture_free(&f);
}

/* 1,000 rows of 128 independent numbers with deviation 1 and, for b, 2: near 128 (2 - 1)^2, less what 1,000 rows leave
 * open; and a shift of all by 0.5 adds 128 / 4. */
static void test_large(void **state)
{
    (void)state;
    enum { ROWS = 1000, SIZE = 128 };
    double first = 0;
    for (int threads = 1; threads < 4; threads++) {
        gn_context *c = gn_context_new(&(gn_context_options){.threads = threads});
        gn_tensor *a = gn_tensor_new(c, GN_SHAPE(ROWS, SIZE)), *b = gn_tensor_new(c, GN_SHAPE(ROWS, SIZE));
        gn_random random = {.seed = 1};
        gn_random_fill_normal(&random, gn_tensor_data(a), ROWS * SIZE, 0, 1);
        gn_random_fill_normal(&random, gn_tensor_data(b), ROWS * SIZE, 0, 2);
        const double apart = distance_of(c, a, b);
        assert_true(apart > 128 && apart < 160);
        for (int i = 0; i < ROWS * SIZE; i++)
            gn_tensor_data(a)[i] += 0.5f;
        assert_close(distance_of(c, a, b) - apart, 32, 0.2);
        if (threads == 1)
            first = apart;
        assert_true(apart == first);
        gn_tensor_free(a);
        gn_tensor_free(b);
        gn_context_free(c);
    }
}

static void test_too_wide(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *wide = gn_tensor_new(c, GN_SHAPE(2, 4097));
    double distance;
    gn_frechet_distance(wide, wide, &distance);
    assert_message(c, GN_ERROR_SHAPE, "frechet distance: rows of 4097 numbers, expected at most 4096");
    gn_tensor_free(wide);
    gn_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand), cmocka_unit_test(test_itself),   cmocka_unit_test(test_against_numpy),
        cmocka_unit_test(test_large),   cmocka_unit_test(test_too_wide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
