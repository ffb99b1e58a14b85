/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_gemm_builtin.c - our own matrix product, whichever BLAS the build has, against the reference. */
#include "kernels/gemm_builtin.h"
#include "kernels/gemm_cases.h"

static void test_builtin(void **state)
{
    check_gemm(*state, gn__gemm_builtin);
}

static void test_c_is_not_read(void **state)
{
    const contexts *all = *state;
    check_two_products(all->fast[0], gn__gemm_builtin, 2);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    check_gemm_without_memory(gn__gemm_builtin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_c_is_not_read),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
