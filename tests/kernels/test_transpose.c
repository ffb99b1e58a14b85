/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_transpose.c - every number where it belongs, and none beside it, for whole squares and rests. */
#include "kernels/fixture.h"
#include "kernels/transpose.h"

enum { PADDING = 3 };

static void check(int64_t m, int64_t n)
{
    uint64_t random = 1;
    const int64_t from_stride = n + PADDING, to_stride = m + PADDING;
    float *from = new_values(&random, m * from_stride, REALS), *to = new_output(n * to_stride);
    gn__transpose(m, n, from, from_stride, to, to_stride);
    for (int64_t j = 0; j < n; j++) {
        for (int64_t i = 0; i < m; i++)
            if (to[j * to_stride + i] != from[i * from_stride + j])
                fail_msg("%lld x %lld: row %lld, column %lld", (long long)m, (long long)n, (long long)i, (long long)j);
        for (int64_t i = m; i < to_stride; i++)
            assert_true(to[j * to_stride + i] == 12345.0f);
    }
    free(from);
    free(to);
}

static void test_sizes(void **state)
{
    (void)state;
    for (int64_t m = 1; m < 40; m++)
        for (int64_t n = 1; n < 48; n++)
            check(m, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
