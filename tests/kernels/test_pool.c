/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_pool.c - pooling and up-sampling: by hand, against the reference, and the adjoint of the mean. */
#include "kernels/fixture.h"

/* n, h, w, c, oh, ow, k, kh, kw, stride_h, stride_w, dilation_h, dilation_w, top, left */
static const gn__conv_shape shapes[] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0},   {2, 8, 6, 5, 4, 3, 5, 2, 2, 2, 2, 1, 1, 0, 0},
    {3, 7, 9, 17, 4, 5, 17, 3, 3, 2, 2, 1, 1, 1, 1}, {1, 5, 5, 3, 5, 5, 3, 3, 3, 1, 1, 1, 1, 1, 1},
    {1, 5, 6, 70, 3, 3, 70, 2, 2, 2, 2, 1, 1, 1, 0}, {2, 9, 8, 4, 2, 2, 4, 2, 3, 4, 4, 1, 1, 0, 0},
    {1, 4, 4, 2, 3, 3, 2, 2, 2, 4, 4, 1, 1, 3, 3},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void test_by_hand(void **state)
{
    const contexts *all = *state;
    gn_context *tested[] = {all->reference, all->fast[0]};
    const gn__conv_shape s = {1, 2, 4, 1, 1, 3, 1, 2, 2, 2, 2, 1, 1, 0, 1};
    const float large[] = {1, 5, 2, NAN, 5, 3, 2, 0};
    for (int i = 0; i < 2; i++) {
        const gn__kernels *kernels = tested[i]->kernels;
        float small[3], spread[8];
        int64_t where[3];
        kernels->max_pool2d(tested[i], &s, large, small, where);
        assert_near("max_pool", 3, small, (const float[]){5, 5, NAN}, 0);
        assert_memory_equal(where, ((const int64_t[]){4, 1, 3}), sizeof where);
        kernels->avg_pool2d(tested[i], &s, large, small);
        assert_near("avg_pool", 3, small, (const float[]){3, 3, NAN}, 0);
        kernels->avg_pool2d_gradient(tested[i], &s, (const float[]){2, 4, 6}, spread);
        assert_near("avg_pool_gradient", 8, spread, (const float[]){1, 1, 1, 3, 1, 1, 1, 3}, 0);
    }
}

static void check_shape(const contexts *all, const gn__conv_shape *s, int threads)
{
    const int64_t large_count = s->n * s->h * s->w * s->c, small_count = s->n * s->oh * s->ow * s->c;
    const gn__kernels *slow = all->reference->kernels, *fast = all->fast[threads]->kernels;
    uint64_t random = 1;
    float *large = new_values(&random, large_count, INTEGERS), *small = new_values(&random, small_count, REALS);
    float *expected = new_output(large_count + small_count), *got = new_output(large_count + small_count);
    int64_t *where = calloc((size_t)small_count, sizeof *where),
            *expected_where = calloc((size_t)small_count, sizeof *where);

    slow->max_pool2d(all->reference, s, large, expected, expected_where);
    fast->max_pool2d(all->fast[threads], s, large, got, where);
    assert_near("max_pool", small_count, got, expected, 0);
    assert_memory_equal(where, expected_where, (size_t)small_count * sizeof *where);

    slow->avg_pool2d(all->reference, s, large, expected);
    fast->avg_pool2d(all->fast[threads], s, large, got);
    assert_near("avg_pool", small_count, got, expected, 1e-6f);
    double forward = 0, backward = 0;
    for (int64_t i = 0; i < small_count; i++)
        forward += (double)got[i] * (double)small[i];

    slow->avg_pool2d_gradient(all->reference, s, small, expected);
    fast->avg_pool2d_gradient(all->fast[threads], s, small, got);
    assert_near("avg_pool_gradient", large_count, got, expected, 1e-6f);
    for (int64_t i = 0; i < large_count; i++)
        backward += (double)got[i] * (double)large[i];
    assert_true(fabs(forward - backward) < 1e-4);
    free(large);
    free(small);
    free(expected);
    free(got);
    free(where);
    free(expected_where);
}

static void test_shapes(void **state)
{
    for (int i = 0; i < SHAPES; i++)
        for (int threads = 0; threads < THREAD_COUNTS; threads++)
            check_shape(*state, &shapes[i], threads);
}

static void test_upsample(void **state)
{
    const contexts *all = *state;
    gn_context *tested[] = {all->reference, all->fast[0], all->fast[2]};
    const float x[] = {1, 2, 3, 4}; /* one row of two pixels of two channels */
    for (int i = 0; i < 3; i++) {
        float y[16], copy[4];
        tested[i]->kernels->upsample_nearest2d(tested[i], 1, 1, 2, 2, 2, x, y);
        assert_near("upsample", 16, y, (const float[]){1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4}, 0);
        tested[i]->kernels->upsample_nearest2d(tested[i], 2, 1, 2, 1, 1, x, copy);
        assert_near("upsample by 1", 4, copy, x, 0);
    }
    enum { COUNT = 3 * 5 * 4 * 3 };
    uint64_t random = 1;
    float *large = new_values(&random, COUNT, REALS), *expected = new_output(9 * COUNT), *got = new_output(9 * COUNT);
    all->reference->kernels->upsample_nearest2d(all->reference, 3, 5, 4, 3, 3, large, expected);
    all->fast[1]->kernels->upsample_nearest2d(all->fast[1], 3, 5, 4, 3, 3, large, got);
    assert_near("upsample by 3", 9 * COUNT, got, expected, 0);
    free(large);
    free(expected);
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_hand), cmocka_unit_test(test_shapes),
                                       cmocka_unit_test(test_upsample)};
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
