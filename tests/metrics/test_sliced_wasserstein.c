/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_sliced_wasserstein.c - distances along directions by hand and against NumPy. */
#include "metrics/fixture.h"

/* In one dimension every direction is 1 or -1: the distance is that of the sorted numbers. */
static void test_by_hand(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 2});
    gn_tensor *a = tensor_of(c, 3, 1, (const gn_real[]){5, 0, 1}), *b = tensor_of(c, 3, 1, (const gn_real[]){1, 2, 3});
    double distance;
    assert_int_equal(gn_sliced_wasserstein(a, b, 7, 1, &distance), GN_OK);
    assert_close(distance, (1 + 1 + 2) / 3.0, 1e-6);
    distance = 12;
    gn_sliced_wasserstein(a, b, 65537, 1, &distance);
    assert_message(c, GN_ERROR_ARGUMENT, "sliced wasserstein: projections is 65537, expected 1 to 65536");
    gn_sliced_wasserstein(a, b, 0, 1, &distance);
    assert_true(distance == 12);
    assert_message_has(c, GN_ERROR_ARGUMENT, "sliced wasserstein: projections is 0, expected 1 to");
    gn_tensor_free(a);
    gn_tensor_free(b);
    gn_context_free(c);
}

/* Number 30,225 of the directions of seed 44 is drawn as 0, which has no direction. */
static void test_zero_is_no_direction(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 2});
    gn_random random = {.seed = 44, .stream = 30225};
    assert_true(gn_random_normal(&random) == 0);
    gn_tensor *a = tensor_of(c, 1, 1, (const gn_real[]){0}), *b = tensor_of(c, 1, 1, (const gn_real[]){3});
    double distance;
    assert_int_equal(gn_sliced_wasserstein(a, b, 30226, 44, &distance), GN_OK);
    assert_close(distance, 3, 1e-6);
    gn_tensor_free(a);
    gn_tensor_free(b);
    gn_context_free(c);
}

/* Several dimensions, sets of 37 and 29 rows. */
static void test_any_number_of_threads(void **state)
{
    (void)state;
    double first = 0;
    for (int threads = 1; threads < 4; threads++) {
        fixture f = fixture_new(threads);
        double distance;
        assert_int_equal(gn_sliced_wasserstein(f.a, f.b, 101, 5, &distance), GN_OK);
        if (threads == 1)
            first = distance;
        assert_true(distance == first && distance > 0);
        fixture_free(&f);
    }
}

/* Single columns of sets of 37 and 29 rows. */
static void test_unequal_sets(void **state)
{
    (void)state;
    fixture f = fixture_new(2);
    for (int column = 0; column < 5; column++) {
        gn_tensor *a = gn_tensor_new(f.context, GN_SHAPE(37, 1)), *b = gn_tensor_new(f.context, GN_SHAPE(29, 1));
        for (int i = 0; i < 37; i++)
            gn_tensor_data(a)[i] = gn_tensor_values(f.a)[i * 5 + column];
        for (int i = 0; i < 29; i++)
            gn_tensor_data(b)[i] = gn_tensor_values(f.b)[i * 5 + column];
        double distance;
        assert_int_equal(gn_sliced_wasserstein(a, b, 1, 1, &distance), GN_OK);
        assert_expected(&f, "wasserstein_columns", column, distance);
        gn_tensor_free(a);
        gn_tensor_free(b);
    }
    fixture_free(&f);
}

/* A shift by v is seen along a random direction u as |v.u|: in two dimensions 2 |v| / pi on average. */
static void test_shift(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 2});
    gn_tensor *a = tensor_of(c, 2, 2, (const gn_real[]){0, 0, 1, 7}),
              *b = tensor_of(c, 2, 2, (const gn_real[]){3, 4, 4, 11});
    double distance, again, other;
    assert_int_equal(gn_sliced_wasserstein(a, b, 4000, 1, &distance), GN_OK);
    assert_close(distance, 10 / acos(-1.0), 0.03);
    assert_int_equal(gn_sliced_wasserstein(a, b, 4000, 1, &again), GN_OK);
    assert_int_equal(gn_sliced_wasserstein(a, b, 4000, 2, &other), GN_OK);
    assert_true(again == distance && other != distance);
    gn_tensor_data(a)[0] = gn_tensor_data(a)[1] = 3.3e38f;
    gn_sliced_wasserstein(a, b, 4000, 1, &other);
    assert_message(c, GN_ERROR_NUMBER, "sliced wasserstein: a projection is not finite, expected shorter rows");
    gn_tensor_free(a);
    gn_tensor_free(b);
    gn_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_zero_is_no_direction),
        cmocka_unit_test(test_any_number_of_threads),
        cmocka_unit_test(test_unequal_sets),
        cmocka_unit_test(test_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
