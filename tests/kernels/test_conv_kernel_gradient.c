/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_conv_kernel_gradient.c - the gradient of a kernel at sizes where it is cut into groups and
 * parts. */
#include "kernels/conv_cases.h"

/* n, h, w, c, oh, ow, k, kh, kw, stride_h, stride_w, dilation_h, dilation_w, top, left */
static const gn__conv_shape shapes[] = {
    {1, 3, 3, 1, 1, 1, 5, 3, 3, 1, 1, 1, 1, 0, 0},          /* one pixel, so one part and no sum over parts */
    {1, 16, 8, 3, 16, 8, 6, 1, 1, 1, 1, 1, 1, 0, 0},        /* just one block of pixels */
    {2, 13, 10, 3, 13, 10, 6, 3, 3, 1, 1, 1, 1, 1, 1},      /* a ragged last block, short runs */
    {9, 14, 14, 65, 7, 7, 33, 4, 4, 2, 2, 1, 1, 1, 1},      /* long runs of 260, cut in two */
    {3, 20, 20, 70, 18, 18, 9, 2, 2, 1, 1, 2, 2, 0, 0},     /* single taps of 70 */
    {4, 9, 9, 300, 9, 9, 34, 1, 1, 1, 1, 1, 1, 0, 0},       /* more channels than fit a block */
    {4, 16, 16, 257, 16, 16, 1024, 1, 1, 1, 1, 1, 1, 0, 0}, /* blocks of 129 and 128, many groups */
    {4, 8, 8, 515, 8, 8, 512, 1, 1, 1, 1, 1, 1, 0, 0},      /* of 172 and 171 */
    {3, 9, 9, 50, 9, 9, 97, 3, 3, 1, 1, 1, 1, 1, 1}, /* many outputs: patches packed, a ragged last panel of either */
    {10, 28, 28, 20, 28, 28, 1, 3, 3, 1, 1, 1, 1, 1, 1}, /* one output, many parts */
    {10, 15, 15, 3, 8, 8, 4, 5, 5, 2, 2, 1, 1, 2, 2},    /* four outputs */
    {10, 15, 15, 9, 11, 13, 3, 3, 3, 1, 1, 2, 1, 0, 0},  /* three, dilated */
};

static void check_kind(const contexts *all, values kind)
{
    uint64_t random = 4;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_direction(all, KERNEL, &shapes[i], kind, 1, &random);
}

static void test_integers(void **state)
{
    check_kind(*state, INTEGERS);
}

static void test_reals(void **state)
{
    check_kind(*state, REALS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_integers), cmocka_unit_test(test_reals)};
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
