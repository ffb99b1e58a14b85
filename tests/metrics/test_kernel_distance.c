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

static double kernel_sum(const gn_tensor *a, const gn_tensor *b)
{
    const gn_real *x = gn_tensor_values(a), *y = gn_tensor_values(b);
    const int64_t n = gn_tensor_shape(a).size[0], m = gn_tensor_shape(b).size[0], size = gn_tensor_shape(a).size[1];
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < m; k++) {
            double product = 0;
            for (int64_t j = 0; j < size; j++)
                product += (double)x[i * size + j] * (double)y[k * size + j];
            sum += a == b && i == k ? 0 : pow(product / (double)size + 1, 3);
        }
    return sum;
}

/* The kernel is the cube of large numbers then, and the distance what is left of their sums. */
static void test_rows_far_from_zero(void **state)
{
    (void)state;
    enum { A = 50, B = 40, SIZE = 64 };
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *a = gn_tensor_new(c, GN_SHAPE(A, SIZE)), *b = gn_tensor_new(c, GN_SHAPE(B, SIZE));
    gn_random random = {.seed = 3};
    gn_random_fill_normal(&random, gn_tensor_data(a), A * SIZE, 100, 1);
    gn_random_fill_normal(&random, gn_tensor_data(b), B * SIZE, 100, 1);
    const double expected = kernel_sum(a, a) / (A * (A - 1)) + kernel_sum(b, b) / (B * (B - 1)) -
                            2 * kernel_sum(a, b) / (A * B);
    double distance;
    assert_int_equal(gn_kernel_distance(a, b, &distance), GN_OK);
    assert_close(distance / expected, 1, 1e-3);
    gn_tensor_free(a);
    gn_tensor_free(b);
    gn_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_against_numpy),
        cmocka_unit_test(test_rows_far_from_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
