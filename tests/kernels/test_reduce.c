/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_reduce.c - sums, maxima and softmax. */
#include "kernels/fixture.h"

static const int64_t sizes[][3] = {{1, 1, 1},    {1, 100000, 1}, {3, 4097, 1}, {50000, 3, 1}, {1, 30000, 3},
                                   {2, 700, 65}, {1, 33, 2049},  {5000, 2, 7}, {3, 1, 11},    {7, 5, 3}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void check_sum(const contexts *all, const int64_t *size, values kind)
{
    const int64_t outer = size[0], middle = size[1], inner = size[2];
    uint64_t random = 1;
    float *x = new_values(&random, outer * middle * inner, kind), *expected = new_output(outer * inner);
    float *got = new_output(outer * inner), *first = new_output(outer * inner);
    assert_int_equal(all->reference->kernels->sum(all->reference, outer, middle, inner, x, expected), GN_OK);
    for (int i = 0; i < THREAD_COUNTS; i++) {
        assert_int_equal(all->fast[i]->kernels->sum(all->fast[i], outer, middle, inner, x, got), GN_OK);
        assert_near("sum", outer * inner, got, expected,
                    kind == INTEGERS ? 0 : 4 * FLT_EPSILON * sqrtf((float)middle) * 8);
        if (i == 0)
            memcpy(first, got, (size_t)(outer * inner) * sizeof *got);
        assert_same_bits("sum at another number of threads", outer * inner, got, first);
        assert_true(got[outer * inner] == 12345.0f);
    }
    free(x);
    free(expected);
    free(got);
    free(first);
}

static void test_sum(void **state)
{
    for (int i = 0; i < SIZES; i++) {
        check_sum(*state, sizes[i], INTEGERS);
        check_sum(*state, sizes[i], REALS);
    }
}

/* A million times 0.1: one by one in float it comes out as 100958. */
static void test_sum_of_many(void **state)
{
    const contexts *all = *state;
    enum { COUNT = 1000000 };
    float *x = new_output(COUNT), sum;
    for (int i = 0; i < COUNT; i++)
        x[i] = 0.1f;
    assert_int_equal(all->fast[1]->kernels->sum(all->fast[1], 1, COUNT, 1, x, &sum), GN_OK);
    assert_near("sum", 1, &sum, &(float){100000}, 0.1f);
    free(x);
}

static int64_t *new_indices(int64_t count)
{
    int64_t *where = malloc((size_t)count * sizeof *where);
    assert_non_null(where);
    memset(where, 0xff, (size_t)count * sizeof *where);
    return where;
}

static void test_max(void **state)
{
    const contexts *all = *state;
    for (int i = 0; i < SIZES; i++) {
        const int64_t outer = sizes[i][0], middle = sizes[i][1], inner = sizes[i][2], count = outer * inner;
        uint64_t random = 1;
        float *x = new_values(&random, outer * middle * inner, INTEGERS), *expected = new_output(count),
              *got = new_output(count);
        int64_t *where = new_indices(count), *expected_where = new_indices(count);
        all->reference->kernels->max(all->reference, outer, middle, inner, x, expected, expected_where);
        all->fast[i % 3]->kernels->max(all->fast[i % 3], outer, middle, inner, x, got, where);
        assert_near("max", count, got, expected, 0);
        assert_memory_equal(where, expected_where, (size_t)count * sizeof *where);
        free(x);
        free(expected);
        free(got);
        free(where);
        free(expected_where);
    }
}

/* The first of equals, and NaN above all. */
static void test_max_by_hand(void **state)
{
    const contexts *all = *state;
    gn_context *tested[] = {all->reference, all->fast[0]};
    const float x[] = {1, 3, 3, NAN, 7, NAN, -INFINITY, -5, -5};
    for (int i = 0; i < 2; i++) {
        float y[3];
        int64_t where[3];
        tested[i]->kernels->max(tested[i], 3, 3, 1, x, y, where);
        assert_near("max", 3, y, (const float[]){3, NAN, -5}, 0);
        assert_int_equal(where[0], 1);
        assert_int_equal(where[1], 3);
        assert_int_equal(where[2], 7);
    }
}

static void test_softmax(void **state)
{
    static const int64_t shapes[][2] = {{1, 1}, {1, 7}, {64, 10}, {5000, 10}, {3, 9001}, {100, 33}};
    const contexts *all = *state;
    for (int i = 0; i < 6; i++) {
        const int64_t rows = shapes[i][0], columns = shapes[i][1], count = rows * columns;
        uint64_t random = 1;
        float *x = new_values(&random, count, REALS), *expected = new_output(count), *got = new_output(count);
        for (int64_t j = 0; j < count; j++)
            x[j] *= 20;
        all->reference->kernels->softmax(all->reference, rows, columns, x, expected);
        all->fast[i % 3]->kernels->softmax(all->fast[i % 3], rows, columns, x, got);
        assert_near("softmax", count, got, expected, 2e-6f);
        all->reference->kernels->log_softmax(all->reference, rows, columns, x, expected);
        all->fast[i % 3]->kernels->log_softmax(all->fast[i % 3], rows, columns, x, got);
        assert_close("log_softmax", count, got, expected);
        all->fast[i % 3]->kernels->log_softmax(all->fast[i % 3], rows, columns, x, x);
        assert_same_bits("log_softmax in place", count, x, got);
        free(x);
        free(expected);
        free(got);
    }
}

static void test_softmax_of_large_numbers(void **state)
{
    const contexts *all = *state;
    gn_context *tested[] = {all->reference, all->fast[0]};
    const float x[] = {1e30f, 1e30f, -1e30f, -INFINITY, 0, 5};
    for (int i = 0; i < 2; i++) {
        float y[6];
        tested[i]->kernels->softmax(tested[i], 2, 3, x, y);
        assert_near("softmax", 6, y, (const float[]){0.5f, 0.5f, 0, 0, 0.0066928509f, 0.99330715f}, 1e-7f);
        tested[i]->kernels->log_softmax(tested[i], 2, 3, x, y);
        assert_near("log_softmax", 6, y,
                    (const float[]){-0.69314718f, -0.69314718f, -2e30f, -INFINITY, -5.0067153f, -0.0067153485f}, 1e-6f);
        tested[i]->kernels->softmax(tested[i], 1, 2, (const float[]){NAN, 1}, y);
        assert_near("softmax of NaN", 2, y, (const float[]){NAN, NAN}, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum),     cmocka_unit_test(test_sum_of_many),
        cmocka_unit_test(test_max),     cmocka_unit_test(test_max_by_hand),
        cmocka_unit_test(test_softmax), cmocka_unit_test(test_softmax_of_large_numbers),
    };
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
