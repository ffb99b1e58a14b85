/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_gemm.c - the matrix product of the fast table against the reference. */
#include "kernels/gemm_cases.h"

static void test_fast(void **state)
{
    const contexts *all = *state;
    check_gemm(all, all->fast[0]->kernels->gemm);
}

/* When sums begin with nothing, C may hold anything. */
static void test_c_is_not_read(void **state)
{
    const contexts *all = *state;
    gn_context *tested[] = {all->reference, all->fast[0]};
    const float a[] = {1, 2}, b[] = {3, 4};
    for (int i = 0; i < 2; i++) {
        float c = NAN;
        assert_int_equal(tested[i]->kernels->gemm(tested[i], false, false, 1, 1, 2, a, 2, b, 1, NULL, 0, &c, 1), GN_OK);
        assert_true(c == 11);
    }
}

/* A BLAS takes int; of one row nobody looks at where the next one is. */
static void test_rows_may_be_further_apart_than_an_int(void **state)
{
    const contexts *all = *state;
    gn_context *fast = all->fast[0];
    const float a[] = {1, 2}, b[] = {3, 4};
    float c = 0;
    assert_int_equal(fast->kernels->gemm(fast, false, false, 1, 1, 2, a, (int64_t)1 << 32, b, 1, NULL, 0, &c, 1),
                     GN_OK);
    assert_true(c == 11);
}

/* The layers of a picture that is drawn alone, and of one among others: weights are packed for them or read where they
 * stand, and k is in one block or several, the later ones by themselves. */
static void check_rows(const contexts *all, sizes s)
{
    gn_context *fast = all->fast[1];
    uint64_t random = 1;
    float *a = new_values(&random, s.m * s.k, REALS), *b = new_values(&random, s.k * s.n, REALS),
          *bias = new_values(&random, s.n, REALS), *c = new_output(s.m * s.n), *alone = new_output(s.n);
    assert_int_equal(fast->kernels->gemm(fast, false, false, s.m, s.n, s.k, a, s.k, b, s.n, bias, 0, c, s.n), GN_OK);
    for (int64_t i = 0; i < s.m; i++) {
        assert_int_equal(
            fast->kernels->gemm(fast, false, false, 1, s.n, s.k, a + i * s.k, s.k, b, s.n, bias, 0, alone, s.n), GN_OK);
        assert_same_bits("a row", s.n, alone, c + i * s.n);
    }
    free(alone);
    free(c);
    free(bias);
    free(b);
    free(a);
}

static void test_a_row_does_not_depend_on_its_company(void **state)
{
    static const sizes products[] = {{20, 70, 200}, {20, 70, 520}, {20, 70, 1100}, {100, 70, 1100}};
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        check_rows(*state, products[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fast),
        cmocka_unit_test(test_c_is_not_read),
        cmocka_unit_test(test_rows_may_be_further_apart_than_an_int),
        cmocka_unit_test(test_a_row_does_not_depend_on_its_company),
    };
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
