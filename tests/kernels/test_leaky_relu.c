/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_leaky_relu.c - rows of any length, and numbers at the edges, against the plain loop. */
#include "kernels/fixture.h"
#include "kernels/leaky_relu.h"

#include <math.h>

static void test_rows(void **state)
{
    static const float slopes[] = {0, 0.2f, 1.5f};
    uint64_t random = 1;
    (void)state;
    for (size_t s = 0; s < sizeof slopes / sizeof *slopes; s++)
        for (int64_t columns = 1; columns < 40; columns += 3) {
            enum { ROWS = 3 };
            float *numbers = new_values(&random, ROWS * columns, REALS), *expected = new_output(ROWS * columns);
            float *rows[] = {numbers, numbers + columns, numbers + 2 * columns};
            gn__unary_reference(NULL, GN__LEAKY_RELU, slopes[s], 0, ROWS * columns, numbers, expected);
            gn__leaky_relu_rows(slopes[s], ROWS, columns, rows);
            assert_same_bits("rows", ROWS * columns, numbers, expected);
            free(numbers);
            free(expected);
        }
}

static void test_edges(void **state)
{
    float numbers[] = {NAN, INFINITY, -INFINITY, -0.0f, 0}, *row = numbers;
    (void)state;
    gn__leaky_relu_rows(0, 1, 5, &row);
    assert_true(isnan(numbers[0]));
    assert_true(numbers[1] == INFINITY);
    for (int i = 2; i < 5; i++)
        assert_true(numbers[i] == 0 && !signbit(numbers[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_edges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
