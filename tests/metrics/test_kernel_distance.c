/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_kernel_distance.c - the unbiased discrepancy by hand and against NumPy. */
#include "metrics/fixture.h"

/* One dimension, rows 0 and 1 against 1 and 1: k is (xy + 1)^3. (1 + 1)/2 + (8 + 8)/2 - 2 (1 + 1 + 8 + 8)/4 = 0. */
static void test_by_hand(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *a = tensor_of(c, 2, 1, (const gn_real[]){0, 1}), *b = tensor_of(c, 2, 1, (const gn_real[]){1, 1});
    double distance;
    assert_int_equal(gn_kernel_distance(a, b, &distance), GN_OK);
    assert_close(distance, 0, 1e-6);
    gn_tensor_data(b)[1] = 3; /* (1 + 1)/2 + (64 + 64)/2 - 2 (1 + 1 + 8 + 64)/4 = 28 */
    assert_int_equal(gn_kernel_distance(a, b, &distance), GN_OK);
    assert_close(distance, 28, 1e-6);
    gn_tensor_free(a);
    gn_tensor_free(b);
    gn_context_free(c);
}

static void test_against_numpy(void **state)
{
    (void)state;
    fixture f = fixture_new(2);
    double distance;
    assert_int_equal(gn_kernel_distance(f.a, f.b, &distance), GN_OK);
    assert_expected(&f, "kernel", 0, distance);
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
