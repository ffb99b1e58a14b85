/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_conv_scatter.c - the transposed convolution to few channels against the plain loops. */
#include "kernels/conv_scatter.h"
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdlib.h>

static const gn__conv_shape shapes[] = {
    {.n = 3,
     .h = 28,
     .w = 28,
     .c = 2,
     .oh = 14,
     .ow = 14,
     .k = 64,
     .kh = 4,
     .kw = 4,
     .stride_h = 2,
     .stride_w = 2,
     .dilation_h = 1,
     .dilation_w = 1,
     .top = 1,
     .left = 1},
    {.n = 2,
     .h = 7,
     .w = 11,
     .c = 1,
     .oh = 7,
     .ow = 5,
     .k = 17,
     .kh = 3,
     .kw = 2,
     .stride_h = 1,
     .stride_w = 2,
     .dilation_h = 1,
     .dilation_w = 2,
     .top = 1,
     .left = 0},
    {.n = 1,
     .h = 9,
     .w = 5,
     .c = 3,
     .oh = 2,
     .ow = 1,
     .k = 300,
     .kh = 2,
     .kw = 5,
     .stride_h = 5,
     .stride_w = 1,
     .dilation_h = 1,
     .dilation_w = 1,
     .top = 0,
     .left = 0},
    {.n = 2,
     .h = 1,
     .w = 1,
     .c = 4,
     .oh = 1,
     .ow = 1,
     .k = 16,
     .kh = 1,
     .kw = 1,
     .stride_h = 1,
     .stride_w = 1,
     .dilation_h = 1,
     .dilation_w = 1},
    {.n = 5,
     .h = 13,
     .w = 13,
     .c = 1,
     .oh = 12,
     .ow = 12,
     .k = 31,
     .kh = 8,
     .kw = 8,
     .stride_h = 1,
     .stride_w = 1,
     .dilation_h = 1,
     .dilation_w = 1,
     .top = 3,
     .left = 3},
};

static float *numbers(int64_t count, uint64_t stream, bool whole)
{
    float *x = malloc((size_t)count * sizeof *x);
    gn_random random = {.seed = 9, .stream = stream};
    for (int64_t i = 0; i < count; i++)
        x[i] = whole ? (float)((int)gn_random_integer(&random, 7) - 3) : gn_random_normal(&random);
    return x;
}

static void check(const gn__conv_shape *s, bool whole, bool biased, int threads, const gn__finish *finish)
{
    gn_context *context = gn_context_new(&(gn_context_options){.threads = threads});
    const int64_t count = s->n * s->h * s->w * s->c;
    float *small = numbers(s->n * s->oh * s->ow * s->k, 1, whole),
          *kernel = numbers(s->kh * s->kw * s->c * s->k, 2, whole);
    float *bias = numbers(s->c, 3, whole), *fast = numbers(count, 4, whole), *plain = numbers(count, 5, whole);
    assert_true(gn__conv_transpose2d_scatters(s));
    const float *given = biased ? bias : NULL;
    assert_int_equal(gn__kernels_fast.conv_transpose2d(context, s, small, kernel, given, finish, fast), GN_OK);
    assert_int_equal(gn__kernels_reference.conv_transpose2d(context, s, small, kernel, given, finish, plain), GN_OK);
    const float terms = (float)(s->k * s->kh * s->kw), tolerance = whole ? 0 : 1.2e-7f * (terms + 4);
    for (int64_t i = 0; i < count; i++)
        if (!(fabsf(fast[i] - plain[i]) <= tolerance))
            fail_msg("element %lld is %g, expected %g", (long long)i, (double)fast[i], (double)plain[i]);
    free(small);
    free(kernel);
    free(bias);
    free(fast);
    free(plain);
    gn_context_free(context);
}

static void test_against_the_plain_loops(void **state)
{
    (void)state;
    const float variance[] = {1, 0.5f, 0, 3}, mean[] = {1, -1, 0.5f, 0}, gamma[] = {1, -1, 0.5f, 0};
    const gn__finish leaky = {.slope = 0.5f},
                     norm = {.slope = 0.2f, .epsilon = 1, mean, variance, gamma, .beta = (const float[]){0, 1, -1, 2}};
    const gn__finish *const finishes[] = {NULL, &leaky, &norm};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int k = 0; k < 24; k++)
            check(&shapes[i], k & 1, k & 2, 1 + (k & 4), finishes[k / 8]);
}

static void test_other_shapes_go_another_way(void **state)
{
    (void)state;
    gn__conv_shape s = shapes[0];
    s.c = 64;
    assert_false(gn__conv_transpose2d_scatters(&s));
    s = shapes[0];
    s.k = 8;
    assert_false(gn__conv_transpose2d_scatters(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_plain_loops),
        cmocka_unit_test(test_other_shapes_go_another_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
