/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_inner_product.c - the inner product, and the sum of squares. */
#include "kernels/inner_product.h"
#include "test.h"

#include <math.h>

/* 1 + 2 + ... + n as the product with ones, for lengths around the width of the lanes. */
static void test_sums(void **state)
{
    (void)state;
    gn_real a[40], b[40];
    for (int n = 0; n <= 40; n++) {
        for (int i = 0; i < n; i++) {
            a[i] = (gn_real)(i + 1);
            b[i] = 1;
        }
        assert_true(gn__inner_product(a, b, n) == n * (n + 1) / 2.0);
    }
}

static void test_gathers_in_double(void **state)
{
    (void)state;
    const gn_real a[] = {1e8f, 1, -1e8f}, b[] = {1, 1, 1};
    assert_true(gn__inner_product(a, b, 3) == 1);
}

static void test_squares(void **state)
{
    enum { MOST = 9000 }; /* more than two blocks */
    static gn_real a[MOST];
    static const int counts[] = {0, 1, 63, 64, 65, 130, 4096, 4097, MOST};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        double expected = 0;
        for (int j = 0; j < counts[i]; j++) {
            a[j] = (gn_real)(0.1 + 1e-4 * j);
            expected += (double)a[j] * (double)a[j];
        }
        assert_true(fabs(gn__sum_squares(a, counts[i]) - expected) <= 1e-6 * expected);
    }
}

/* Squares that float does not have, none, and none that is a number. */
static void test_squares_of_any_size(void **state)
{
    const gn_real sizes[] = {1e25f, 1e-25f, 0};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const gn_real a[] = {sizes[i], -sizes[i], sizes[i]};
        assert_true(gn__sum_squares(a, 3) == gn__inner_product(a, a, 3));
    }
    const gn_real bad[] = {1, NAN, 1};
    assert_true(isnan(gn__sum_squares(bad, 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_gathers_in_double),
        cmocka_unit_test(test_squares),
        cmocka_unit_test(test_squares_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
