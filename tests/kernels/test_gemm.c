/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_gemm.c - the matrix product of the fast table against the reference. */
#include "kernels/gemm_cases.h"

static void test_fast(void **state)
{
    const contexts *all = *state;
    check_gemm(all, all->fast[0]->kernels->gemm);
}

static void test_c_is_not_read(void **state)
{
    const contexts *all = *state;
    check_two_products(all->reference, all->reference->kernels->gemm, 2);
    check_two_products(all->fast[0], all->fast[0]->kernels->gemm, 2);
}

/* A BLAS takes int; of one row nobody looks at where the next one is. */
static void test_rows_may_be_further_apart_than_an_int(void **state)
{
    const contexts *all = *state;
    check_two_products(all->fast[0], all->fast[0]->kernels->gemm, (int64_t)1 << 32);
}

/* The layers of a picture that is drawn alone, and of one among others: weights are packed for them or read where they
 * stand, and k is in one block or several, the later ones by themselves. */
static void check_rows(const contexts *all, sizes s)
{
    gn_context *fast = all->fast[1];
    uint64_t random = 1;
    float *a = new_values(&random, s.m * s.k, REALS), *b = new_values(&random, s.k * s.n, REALS),
          *bias = new_values(&random, s.n, REALS), *c = new_output(s.m * s.n), *alone = new_output(s.n);
    const gn__product all_rows = {.m = s.m,
                                  .n = s.n,
                                  .k = s.k,
                                  .a = {a, s.k, false},
                                  .b = {b, s.n, false},
                                  .begin = bias,
                                  .c = c,
                                  .c_stride = s.n};
    assert_int_equal(fast->kernels->gemm(fast, &all_rows), GN_OK);
    for (int64_t i = 0; i < s.m; i++) {
        gn__product row = all_rows;
        row.m = 1;
        row.a.numbers = a + i * s.k;
        row.c = alone;
        assert_int_equal(fast->kernels->gemm(fast, &row), GN_OK);
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

/* Products of a layer's weights: tiles that share B, that have one each, in C and in its transpose; one k in several
 * blocks, whose sums are complete at the end alone, and a vector, which leave the squares. */
static void test_squares_come_by_the_way(void **state)
{
    const contexts *all = *state;
    static const struct {
        sizes s;
        bool transposed, measured;
    } products[] = {{{300, 70, 20}, false, true},  {{300, 517, 32}, false, true},  {{40, 517, 32}, false, true},
                    {{100, 300, 600}, true, true}, {{20, 70, 1100}, false, false}, {{1, 70, 20}, false, false}};
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        const sizes s = products[i].s;
        const bool transposed = products[i].transposed;
        uint64_t random = 1;
        float *a = new_values(&random, s.m * s.k, REALS), *b = new_values(&random, s.k * s.n, REALS),
              *c = new_output(s.m * s.n);
        double squares = -1, sum = 0, alone = -1;
        gn__product p = {.m = s.m, .n = s.n, .k = s.k, .a = {a, s.k, false}, .c = c, .c_stride = s.n};
        p.b = (gn__matrix){b, transposed ? s.k : s.n, transposed};
        p.squares = &squares;
        assert_int_equal(all->fast[1]->kernels->gemm(all->fast[1], &p), GN_OK);
        for (int64_t j = 0; j < s.m * s.n; j++)
            sum += (double)c[j] * (double)c[j];
        assert_true(products[i].measured ? fabs(squares - sum) <= 1e-6 * sum : squares == -1);
        p.squares = &alone;
        assert_int_equal(all->fast[0]->kernels->gemm(all->fast[0], &p), GN_OK);
        assert_true(alone == squares);
        free(c);
        free(b);
        free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fast),
        cmocka_unit_test(test_c_is_not_read),
        cmocka_unit_test(test_rows_may_be_further_apart_than_an_int),
        cmocka_unit_test(test_a_row_does_not_depend_on_its_company),
        cmocka_unit_test(test_squares_come_by_the_way),
    };
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
