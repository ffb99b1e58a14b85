/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_gemm_outer.c - a column times a row against the reference, in one tile and in several. */
#include "kernels/gemm_cases.h"
#include "kernels/gemm_outer.h"

enum { NOT_RECTIFIED = 16 /* variants */ };

static void test_sizes(void **state)
{
    static const sizes outers[] = {{1, 1, 1}, {1, 9, 1}, {7, 1, 1}, {64, 512, 1}, {301, 70, 1}, {3, 9001, 1}};
    uint64_t random = 1;
    for (size_t i = 0; i < sizeof outers / sizeof *outers; i++)
        for (int variant = 0; variant < NOT_RECTIFIED; variant++)
            check(*state, gn__gemm_outer, variant, outers[i], REALS, &random);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    check_gemm_without_memory(gn__gemm_outer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_out_of_memory)};
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
