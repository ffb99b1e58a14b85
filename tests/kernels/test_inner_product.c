/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_inner_product.c - the inner product. */
#include "kernels/inner_product.h"
#include "test.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sums), cmocka_unit_test(test_gathers_in_double)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
