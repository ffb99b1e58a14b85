/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_finish.c - rows of any length, and numbers at the edges, against the plain loop. */
#include "kernels/finish.h"
#include "kernels/fixture.h"

/* Some channels of rows that stand apart, others stay as they are. */
static void check_block(const gn__finish *finish, int64_t channels, uint64_t *random)
{
    enum { ROWS = 35, LEFT = 3, RIGHT = 2 };
    const int64_t all = LEFT + channels + RIGHT;
    float *got = new_values(random, ROWS * all, REALS), *expected = new_output(ROWS * all);
    memcpy(expected, got, (size_t)(ROWS * all) * sizeof *got);
    gn__finish_reference(finish, ROWS, all, expected);
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t j = 0; j < all; j++)
            if (j < LEFT || j >= LEFT + channels)
                expected[i * all + j] = got[i * all + j];
    gn__finish_block(finish, LEFT, channels, ROWS, got + LEFT, all);
    assert_same_bits("rows", ROWS * all, got, expected);
    free(got);
    free(expected);
}

static void test_rows(void **state)
{
    uint64_t random = 1;
    (void)state;
    for (int64_t channels = 1; channels < 140; channels += channels < 20 ? 1 : 17) {
        const gn__finish norm = new_finish(&random, channels + 5), leaky = {.slope = norm.slope};
        check_block(&norm, channels, &random);
        check_block(&leaky, channels, &random);
        check_block(NULL, channels, &random);
        free_finish(&norm);
    }
}

static void test_edges(void **state)
{
    float numbers[] = {NAN, INFINITY, -INFINITY, -0.0f, 0}, *row = numbers;
    (void)state;
    gn__finish_rows(&(gn__finish){.slope = 0}, 0, 5, 1, &row);
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
