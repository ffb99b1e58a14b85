/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_gemm_vector.c - products of vectors of every small length. */
#include "kernels/gemm_cases.h"
#include "kernels/gemm_vector.h"

static void test_dot(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (int64_t count = 0; count < 150; count++) {
        float *x = new_values(&random, count, INTEGERS), *y = new_values(&random, count, INTEGERS), expected = 0;
        gn__lanes lanes = {0};
        for (int64_t i = 0; i < count; i++)
            expected += x[i] * y[i];
        gn__add_products(&lanes, count, x, y);
        assert_true(gn__sum_lanes(&lanes) == expected);
        gn__add_products(&lanes, count, x, y);
        assert_true(gn__sum_lanes(&lanes) == 2 * expected);
        free(x);
        free(y);
    }
}

/* Several at once are the same bits as each for itself. */
static void test_abreast(void **state)
{
    enum { APART = 170 };
    uint64_t random = 1;
    (void)state;
    for (int64_t count = 0; count < 150; count++) {
        float *x = new_values(&random, GN__ABREAST * APART, REALS), *y = new_values(&random, count, REALS);
        gn__lanes lanes[GN__ABREAST] = {0};
        gn__add_products_abreast(lanes, count, x, APART, y);
        gn__add_products_abreast(lanes, count, x, APART, y);
        for (int i = 0; i < GN__ABREAST; i++) {
            gn__lanes alone = {0};
            gn__add_products(&alone, count, x + i * APART, y);
            gn__add_products(&alone, count, x + i * APART, y);
            assert_memory_equal(&lanes[i], &alone, sizeof alone);
        }
        free(x);
        free(y);
    }
}

static void test_add_scaled(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (int64_t count = 0; count < 150; count++) {
        float *x = new_values(&random, count, INTEGERS), *y = new_values(&random, count, INTEGERS),
              *got = new_output(count);
        memcpy(got, y, (size_t)count * sizeof *y);
        gn__add_scaled(count, 3, x, got);
        for (int64_t i = 0; i < count; i++)
            assert_true(got[i] == y[i] + 3 * x[i]);
        assert_true(got[count] == 12345.0f);
        free(x);
        free(y);
        free(got);
    }
}

/* That its numbers are right is seen by test_gemm. */
static void test_out_of_memory(void **state)
{
    (void)state;
    check_gemm_without_memory(gn__gemm_vector);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dot),
        cmocka_unit_test(test_abreast),
        cmocka_unit_test(test_add_scaled),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
