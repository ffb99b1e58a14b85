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

/* A gradient of which no second copy is made for another part of the pictures. */
static void test_a_large_kernel(void **state)
{
    const gn__conv_shape large = {16, 8, 8, 256, 4, 4, 264, 4, 4, 2, 2, 1, 1, 1, 1};
    uint64_t random = 2;
    assert_true(gn__conv2d_kernel_gradient_winograd_suits(&large));
    check_winograd(*state, KERNEL, &large, &random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_suited), cmocka_unit_test(test_a_large_kernel)};
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
