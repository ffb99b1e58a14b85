/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_conv_kernel_gradient_winograd.c - a kernel's gradient by Winograd's minimal filtering: against the
 * reference, at any number of threads. */
#include "kernels/conv_winograd.h"
#include "kernels/winograd_cases.h"

static void test_suited(void **state)
{
    uint64_t random = 1;
    for (size_t i = 0; i < sizeof suited / sizeof *suited; i++) {
        assert_true(gn__conv2d_kernel_gradient_winograd_suits(&suited[i]));
        check_winograd(*state, KERNEL, &suited[i], &random);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_suited)};
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
