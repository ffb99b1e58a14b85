/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_conv_winograd.c - convolutions by Winograd's minimal filtering: against the reference, at any
 * number of threads, and which geometries are computed so. */
#include "kernels/conv_winograd.h"
#include "kernels/winograd_cases.h"

/* So few pictures that workers share the columns. */
static const gn__conv_shape few[] = {
    {1, 28, 28, 64, 14, 14, 128, 4, 4, 2, 2, 1, 1, 1, 1},  /* dcgan's */
    {1, 14, 14, 128, 7, 7, 256, 4, 4, 2, 2, 1, 1, 1, 1},   /* odd sides */
    {4, 14, 14, 64, 7, 7, 136, 4, 4, 2, 2, 1, 1, 1, 1},    /* as many tiles as there may be, the last panel unfilled */
    {2, 16, 16, 72, 8, 8, 128, 4, 4, 2, 2, 1, 1, 1, 1},    /* panels that belong to two phases */
    {2, 20, 19, 256, 18, 17, 264, 3, 3, 1, 1, 1, 1, 0, 0}, /* three taps, more channels than a block of the product */
    {1, 16, 15, 264, 15, 14, 128, 2, 2, 1, 1, 1, 1, 0, 0}, /* the last panel unfilled */
    {3, 16, 16, 64, 8, 8, 128, 4, 4, 2, 2, 1, 1, 1, 1},    /* more tiles than workers find evenly */
    {1, 48, 48, 80, 24, 24, 128, 6, 6, 2, 2, 1, 1, 2, 2},  /* three taps in each of four phases */
    {1, 28, 28, 64, 14, 14, 128, 4, 4, 2, 2, 1, 1, 0, 1},  /* borders that differ: other pixels in a phase */
    {1, 28, 28, 64, 14, 14, 128, 4, 4, 2, 2, 1, 1, 2, 1},
};

static void test_suited(void **state)
{
    uint64_t random = 1;
    for (size_t i = 0; i < sizeof suited / sizeof *suited; i++) {
        assert_true(gn__conv2d_winograd_suits(&suited[i]));
        check_winograd(*state, CONV, &suited[i], &random);
        check_winograd(*state, TRANSPOSE, &suited[i], &random);
    }
}

static void test_few(void **state)
{
    uint64_t random = 2;
    for (size_t i = 0; i < sizeof few / sizeof *few; i++) {
        assert_false(gn__conv2d_kernel_gradient_winograd_suits(&few[i]));
        assert_true(gn__conv2d_winograd_suits(&few[i]));
        assert_true(gn__conv_transpose2d_winograd_suits(&few[i]));
        check_winograd(*state, CONV, &few[i], &random);
        check_winograd(*state, TRANSPOSE, &few[i], &random);
    }
}

static void test_not_suited(void **state)
{
    static const gn__conv_shape others[] = {
        {9, 16, 16, 16, 8, 8, 16, 4, 4, 2, 1, 1, 1, 1, 1},   /* strides that differ */
        {9, 16, 16, 16, 16, 15, 16, 3, 4, 1, 1, 1, 1, 1, 1}, /* windows that are not square */
        {9, 16, 16, 16, 12, 12, 16, 3, 3, 1, 1, 2, 2, 0, 0}, /* dilation */
        {9, 16, 16, 16, 12, 12, 16, 5, 5, 1, 1, 1, 1, 0, 0}, /* five taps */
        {9, 16, 16, 16, 8, 8, 16, 3, 3, 2, 2, 1, 1, 1, 1},   /* one tap and a half for each step */
        {9, 16, 16, 12, 8, 8, 16, 4, 4, 2, 2, 1, 1, 1, 1},   /* channels that fill no vectors */
        {9, 16, 16, 16, 8, 8, 17, 4, 4, 2, 2, 1, 1, 1, 1},
        {9, 16, 16, 16, 8, 8, 8, 4, 4, 2, 2, 1, 1, 1, 1},     /* few channels */
        {7, 28, 28, 64, 14, 14, 16, 4, 4, 2, 2, 1, 1, 1, 1},  /* few pictures, many tiles */
        {1, 28, 28, 24, 14, 14, 96, 4, 4, 2, 2, 1, 1, 1, 1},  /* few pictures, few columns */
        {3, 8, 8, 64, 4, 4, 128, 4, 4, 2, 2, 1, 1, 1, 1},     /* few tiles */
        {9, 14, 14, 16, 7, 7, 16, 4, 4, 2, 2, 1, 1, 1, 1},    /* an odd side, phases that fill no panels */
        {1, 14, 14, 520, 7, 7, 2056, 4, 4, 2, 2, 1, 1, 1, 1}, /* few pictures, much depth */
        {99, 4, 4, 32, 2, 2, 32, 4, 4, 2, 2, 1, 1, 1, 1},     /* one tile, all of whose points are needed */
        {99, 6, 6, 32, 3, 3, 32, 4, 4, 2, 2, 1, 1, 1, 1},     /* not enough saved */
        {99, 5, 5, 32, 5, 5, 32, 3, 3, 1, 1, 1, 1, 1, 1},
        {99, 3, 3, 16, 1, 1, 16, 3, 3, 1, 1, 1, 1, 0, 0}, /* tiles mostly outside */
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(gn__conv2d_winograd_suits(&others[i]));
        assert_false(gn__conv2d_kernel_gradient_winograd_suits(&others[i]));
        assert_false(gn__conv_transpose2d_winograd_suits(&others[i]));
    }
}

/* A row and a column of the large image that no window sees, or one of them: they get the bias, from loops that reach
 * them. */
static void test_not_covered(void **state)
{
    const gn__conv_shape s = {9, 31, 31, 32, 14, 14, 32, 4, 4, 2, 2, 1, 1, 0, 0};
    uint64_t random = 3;
    assert_true(gn__conv2d_winograd_suits(&s));
    assert_true(gn__conv2d_kernel_gradient_winograd_suits(&s));
    assert_false(gn__conv_transpose2d_winograd_suits(&s));
    for (int direction = 0; direction < DIRECTIONS; direction++)
        check_winograd(*state, direction, &s, &random);
    const gn__conv_shape column = {9, 16, 18, 32, 8, 8, 32, 4, 4, 2, 2, 1, 1, 1, 1},
                         row = {9, 18, 16, 32, 8, 8, 32, 4, 4, 2, 2, 1, 1, 1, 1};
    assert_false(gn__conv_transpose2d_winograd_suits(&column));
    assert_false(gn__conv_transpose2d_winograd_suits(&row));
    check_winograd(*state, TRANSPOSE, &column, &random);
    check_winograd(*state, TRANSPOSE, &row, &random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suited),
        cmocka_unit_test(test_few),
        cmocka_unit_test(test_not_covered),
        cmocka_unit_test(test_not_suited),
    };
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
