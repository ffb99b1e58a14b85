/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_conv.c - the three directions of a convolution: fast against reference, at any number of threads,
 * and against each other. */
#include "kernels/conv_cases.h"

/* n, h, w, c, oh, ow, k, kh, kw, stride_h, stride_w, dilation_h, dilation_w, top, left */
static void test_known_shapes(void **state)
{
    static const gn__conv_shape shapes[] = {
        {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0},       /* a single product */
        {2, 7, 7, 5, 7, 7, 37, 1, 1, 1, 1, 1, 1, 0, 0},      /* 1x1 */
        {3, 14, 14, 16, 7, 7, 40, 4, 4, 2, 2, 1, 1, 1, 1},   /* dcgan's */
        {2, 13, 11, 3, 13, 11, 1, 3, 3, 1, 1, 1, 1, 1, 1},   /* one output */
        {2, 14, 17, 8, 7, 8, 2, 4, 4, 2, 2, 1, 1, 1, 1},     /* two, of every other pixel */
        {2, 12, 15, 40, 8, 11, 3, 3, 3, 1, 1, 2, 2, 0, 0},   /* three, through taps that are spread out */
        {2, 12, 12, 2, 6, 6, 33, 4, 4, 2, 2, 1, 1, 1, 1},    /* two inputs */
        {2, 9, 8, 6, 4, 4, 7, 3, 2, 2, 2, 1, 1, 0, 0},       /* an unused row */
        {1, 17, 15, 4, 5, 4, 9, 5, 3, 3, 4, 1, 1, 1, 0},     /* strides 3 and 4 */
        {2, 8, 8, 3, 2, 2, 5, 2, 2, 4, 4, 1, 1, 0, 0},       /* a stride wider than the window: phases without taps */
        {1, 15, 16, 5, 11, 10, 8, 3, 3, 1, 1, 2, 3, 0, 0},   /* dilation */
        {2, 16, 16, 4, 8, 8, 6, 3, 3, 2, 2, 2, 2, 2, 2},     /* dilation and stride with a common factor */
        {2, 16, 15, 4, 6, 8, 6, 4, 3, 3, 2, 2, 3, 3, 3},     /* and without */
        {1, 6, 6, 3, 3, 3, 4, 3, 3, 2, 2, 1, 1, 0, 0},       /* padded after only: TF's SAME */
        {2, 5, 5, 4, 9, 9, 3, 3, 3, 1, 1, 1, 1, 3, 3},       /* wide padding: pixels that see no image */
        {2, 9, 9, 4, 3, 3, 5, 3, 3, 2, 2, 1, 1, -2, -1},     /* cropping */
        {2, 2, 2, 3, 2, 2, 6, 2, 2, 1, 1, 9, 9, 4, 4},       /* taps so far apart that they hardly see the image */
        {2, 11, 10, 32, 11, 10, 34, 3, 3, 1, 1, 1, 1, 1, 1}, /* runs read in place, cut at the border */
        {44, 6, 6, 70, 3, 3, 65, 4, 4, 2, 2, 1, 1, 1, 1},    /* several blocks and groups */
        {1, 15, 13, 70, 8, 7, 250, 4, 4, 2, 2, 1, 1, 1, 1},  /* one picture, many panels of weights */
        {1, 14, 14, 68, 7, 7, 300, 4, 4, 2, 2, 1, 1, 1, 1},  /* the same, taps in several blocks */
        {1, 9, 9, 20, 9, 9, 260, 3, 3, 1, 1, 1, 1, 1, 1},    /* in runs */
        {1, 13, 9, 30, 9, 5, 270, 3, 3, 1, 1, 2, 2, 0, 0},   /* in blocks that end within a tap */
        {2, 13, 11, 3, 3, 3, 5, 3, 3, 5, 5, 1, 1, 0, 0},     /* 25 phases, more than are computed together */
        {2, 11, 10, 50, 11, 10, 32, 3, 3, 1, 1, 1, 1, 1, 1}, /* two whole panels of outputs, cut at the border */
    };
    uint64_t random = 1;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        check_shape(*state, &shapes[i], INTEGERS, &random);
        check_shape(*state, &shapes[i], REALS, &random);
    }
}

static gn__conv_shape random_shape(uint64_t *random)
{
    gn__conv_shape s = {0};
    while (s.oh < 1 || s.ow < 1) {
        s = (gn__conv_shape){
            .n = next_between(random, 1, 3),
            .h = next_between(random, 1, 13),
            .w = next_between(random, 1, 13),
            .c = next_between(random, 1, 9),
            .k = next_between(random, 1, 9),
            .kh = next_between(random, 1, 5),
            .kw = next_between(random, 1, 5),
            .stride_h = next_between(random, 1, 4),
            .stride_w = next_between(random, 1, 4),
            .dilation_h = next_between(random, 1, 3),
            .dilation_w = next_between(random, 1, 3),
            .top = next_between(random, -1, 3),
            .left = next_between(random, -1, 3),
        };
        s.oh = out_size(s.h, s.kh, s.stride_h, s.dilation_h, s.top, next_between(random, -1, 3));
        s.ow = out_size(s.w, s.kw, s.stride_w, s.dilation_w, s.left, next_between(random, -1, 3));
    }
    return s;
}

static void test_random_shapes(void **state)
{
    uint64_t random = 2;
    for (int i = 0; i < 300; i++) {
        const gn__conv_shape s = random_shape(&random);
        check_shape(*state, &s, INTEGERS, &random);
    }
}

static double inner_product(int64_t count, const float *x, const float *y)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

/* <conv(L, W), S> = <L, transpose(S, W)> = <W, kernel(L, S)>, exactly, on integers. */
static void test_adjoints(void **state)
{
    const contexts *all = *state;
    gn_context *tested[] = {all->reference, all->fast[1]};
    uint64_t random = 3;
    for (int i = 0; i < 300; i++) {
        const gn__conv_shape s = random_shape(&random);
        float *large = new_values(&random, large_count(&s), INTEGERS),
              *kernel = new_values(&random, kernel_count(&s), INTEGERS);
        float *small = new_values(&random, small_count(&s), INTEGERS);
        float *results[DIRECTIONS];
        for (int d = 0; d < DIRECTIONS; d++)
            results[d] = compute(tested[i % 2], d, &s, large, kernel, small, NULL, NULL);
        const double expected = inner_product(small_count(&s), results[CONV], small);
        assert_true(inner_product(large_count(&s), results[TRANSPOSE], large) == expected);
        assert_true(inner_product(kernel_count(&s), results[KERNEL], kernel) == expected);
        for (int d = 0; d < DIRECTIONS; d++)
            free(results[d]);
        free(large);
        free(kernel);
        free(small);
    }
}

/* The smallest case that can be checked by hand: [1 2 3] seen through [10 100] with stride 1. */
static void test_by_hand(void **state)
{
    const contexts *all = *state;
    const gn__conv_shape s = {1, 1, 3, 1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 0, 0};
    const float large[] = {1, 2, 3}, kernel[] = {10, 100}, small[] = {1, 5}, bias[] = {7};
    gn_context *tested[] = {all->reference, all->fast[0]};
    for (int i = 0; i < 2; i++) {
        float *out = compute(tested[i], CONV, &s, large, kernel, small, bias, NULL);
        assert_near("conv2d", 2, out, (const float[]){217, 327}, 0);
        free(out);
        out = compute(tested[i], TRANSPOSE, &s, large, kernel, small, bias, NULL);
        assert_near("conv_transpose2d", 3, out, (const float[]){17, 157, 507}, 0);
        free(out);
        out = compute(tested[i], KERNEL, &s, large, kernel, small, NULL, NULL);
        assert_near("conv2d_kernel_gradient", 2, out, (const float[]){11, 17}, 0);
        free(out);
    }
}

/* A stride beyond any picture takes no time for each of its phases. */
static void test_the_longest_stride(void **state)
{
    enum { STRIDE = 1 << 30 };
    const contexts *all = *state;
    const gn__conv_shape s = {1, 3, 3, 1, 1, 1, 1, 3, 3, STRIDE, STRIDE, 1, 1, 0, 0};
    const float kernel[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, small[] = {2};
    float *out = compute(all->fast[0], TRANSPOSE, &s, NULL, kernel, small, NULL, NULL);
    for (int i = 0; i < 9; i++)
        assert_true(out[i] == 2 * kernel[i]);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),      cmocka_unit_test(test_the_longest_stride),
        cmocka_unit_test(test_known_shapes), cmocka_unit_test(test_random_shapes),
        cmocka_unit_test(test_adjoints),
    };
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
