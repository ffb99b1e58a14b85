/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_eigen.c - eigenvalues and vectors of a matrix that is made from them. */
#include "kernels/eigen.h"
#include "test.h"

#include <math.h>

/* [[2,1],[1,2]] has 1 with (1,-1) and 3 with (1,1). */
static void test_two_by_two(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    double a[] = {2, 1, 1, 2}, values[2];
    if (gn__symmetric_eigen(c, 2, a, values) == GN_ERROR_UNSUPPORTED)
        skip();
    assert_true(fabs(values[0] - 1) < 1e-14 && fabs(values[1] - 3) < 1e-14);
    assert_true(fabs(a[0] + a[1]) < 1e-14 && fabs(a[2] - a[3]) < 1e-14 && fabs(fabs(a[0]) - sqrt(0.5)) < 1e-14);
    gn__symmetric_eigen(c, 0, a, values);
    assert_message_has(c, GN_ERROR_ARGUMENT, "eigenproblem: size is 0, expected 1 to");
    gn_context_free(c);
}

/* V' diag(values) V gives the matrix back. */
static void test_decomposition(void **state)
{
    (void)state;
    enum { N = 31 };
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    double a[N * N], v[N * N], values[N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            a[i * N + j] = v[i * N + j] = cos(i * j) + 1.0 / (1 + i + j) + (i == j ? i : 0);
    if (gn__symmetric_eigen(c, N, v, values) == GN_ERROR_UNSUPPORTED)
        skip();
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += v[k * N + i] * values[k] * v[k * N + j];
            assert_true(fabs(sum - a[i * N + j]) < 1e-11);
        }
    for (int k = 1; k < N; k++)
        assert_true(values[k] >= values[k - 1]);
    gn_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_by_two), cmocka_unit_test(test_decomposition)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
