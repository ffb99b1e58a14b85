/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_pair.c - distances of all pairs of rows: by hand, against the reference, and the adjoint. */
#include "kernels/fixture.h"

/* Two rows of two dimensions, one number in each; the third row's NaN spoils its own distances only. */
static void test_by_hand(void **state)
{
    const contexts *all = *state;
    gn_context *tested[] = {all->reference, all->fast[0]};
    const float x[] = {1, 5, 3, 4, NAN, 0};
    for (int i = 0; i < 2; i++) {
        const gn__kernels *kernels = tested[i]->kernels;
        float z[9], v[4];
        kernels->pair_distances(tested[i], 3, 2, 1, x, x, z);
        assert_near("pair_distances", 9, z, (const float[]){0, 3, NAN, 3, 0, NAN, NAN, NAN, NAN}, 0);
        kernels->pair_sums(tested[i], 2, 2, 1, (const float[]){7, 1, 2, 9}, x, v);
        assert_near("pair_sums", 4, v, (const float[]){-3, 3, 3, -3}, 0);
    }
}

static void check_shape(const contexts *all, int64_t n, int64_t dimensions, int64_t inner, int threads)
{
    const int64_t rows = n * dimensions * inner, pairs = n * n * inner;
    const gn__kernels *slow = all->reference->kernels, *fast = all->fast[threads]->kernels;
    uint64_t random = 1;
    float *m = new_values(&random, rows, REALS), *v = new_values(&random, rows, REALS),
          *z = new_values(&random, pairs, REALS);
    float *expected = new_output(rows + pairs), *got = new_output(rows + pairs);

    slow->pair_distances(all->reference, n, dimensions, inner, v, m, expected);
    fast->pair_distances(all->fast[threads], n, dimensions, inner, v, m, got);
    assert_near("pair_distances", pairs, got, expected, 1e-5f);
    double forward = 0, backward = 0;
    for (int64_t i = 0; i < pairs; i++)
        forward += (double)got[i] * (double)z[i];

    slow->pair_sums(all->reference, n, dimensions, inner, z, m, expected);
    fast->pair_sums(all->fast[threads], n, dimensions, inner, z, m, got);
    assert_near("pair_sums", rows, got, expected, 1e-5f);
    for (int64_t i = 0; i < rows; i++)
        backward += (double)got[i] * (double)v[i];
    assert_true(fabs(forward - backward) < 1e-5 * (double)pairs);
    free(m);
    free(v);
    free(z);
    free(expected);
    free(got);
}

static void test_shapes(void **state)
{
    static const int64_t shapes[][3] = {{1, 1, 1}, {2, 1, 7}, {5, 3, 1}, {13, 5, 50}, {64, 2, 17}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int threads = 0; threads < THREAD_COUNTS; threads++)
            check_shape(*state, shapes[i][0], shapes[i][1], shapes[i][2], threads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_hand), cmocka_unit_test(test_shapes)};
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
