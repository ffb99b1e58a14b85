/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_index.c - elements and rows by number. */
#include "autodiff/ops.h"
#include "autodiff/tape.h"

static void test_rows(void **state)
{
    const bench *b = *state;
    gn_var *table = GN_VALUES(b->tape, GN_SHAPE(3, 2), 1, 2, 3, 4, 5, 6),
           *numbers = GN_VALUES(b->tape, GN_SHAPE(4), 2, 0, 2, 1);
    gn_var *rows = gn_gather_rows(table, numbers);
    assert_var(rows, GN_SHAPE(4, 2), (gn_real[]){5, 6, 1, 2, 5, 6, 3, 4});
    assert_var(gn_scatter_rows(rows, numbers, 4), GN_SHAPE(4, 2), (gn_real[]){1, 2, 3, 4, 10, 12, 0, 0});
    assert_var(gn_one_hot(numbers, 3), GN_SHAPE(4, 3), (gn_real[]){0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0});
}

static void test_elements(void **state)
{
    const bench *b = *state;
    const int64_t places[] = {3, 0, 3};
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(2, 2), 1, 2, 3, 4);
    gn_var *taken = gn__take(x, places, 1, GN_SHAPE(3));
    assert_var(taken, GN_SHAPE(3), (gn_real[]){4, 1, 4});
    assert_var(gn__put(taken, places, 1, GN_SHAPE(2, 2)), GN_SHAPE(2, 2), (gn_real[]){1, 0, 0, 8});
}

/* Groups that threads share. */
static void test_elements_in_groups(void **state)
{
    enum { GROUPS = 12000, FROM = 2, TO = 3 };
    static int64_t places[GROUPS * FROM];
    const bench *b = *state;
    for (int64_t i = 0; i < GROUPS * FROM; i++)
        places[i] = i / FROM * TO + (i * i + i) % TO;
    gn_var *x = gn_full(b->tape, GN_SHAPE(GROUPS, FROM), 1);
    gn_var *together = gn__put(x, places, 1, GN_SHAPE(GROUPS, TO)),
           *shared = gn__put(x, places, GROUPS, GN_SHAPE(GROUPS, TO));
    assert_memory_equal(gn_var_data(shared), gn_var_data(together), GROUPS * TO * sizeof(gn_real));
    assert_true((double)gn_var_number(gn_sum(shared, GN_ALL_AXES, false)) == GROUPS * FROM);
}

static void expect(const bench *b, gn_real number, const char *text)
{
    gn_var *table = gn_full(b->tape, GN_SHAPE(3, 2), 1);
    assert_failed(b, gn_gather_rows(table, gn_full(b->tape, GN_SHAPE(1), number)), GN_ERROR_ARGUMENT, text);
}

static void test_errors(void **state)
{
    const bench *b = *state;
    expect(b, 3, "gather_rows: index 0 is 3, expected a whole number from 0 to 2");
    expect(b, -1, "index 0 is -1");
    expect(b, 0.5f, "index 0 is 0.5");
    expect(b, NAN, "index 0 is nan");
    expect(b, 1.0000001f, "index 0 is 1.00000012, expected a whole number");
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 2), 0);
    assert_failed(b, gn_one_hot(x, 3), GN_ERROR_SHAPE, "one_hot: indices have shape [2,2], expected rank 1");
    assert_failed(b, gn_one_hot(gn_full(b->tape, GN_SHAPE(2), 0), 0), GN_ERROR_ARGUMENT,
                  "classes is 0, expected at least 1");
    x = gn_full(b->tape, GN_SHAPE(2, 2), 0);
    assert_failed(b, gn_scatter_rows(x, gn_full(b->tape, GN_SHAPE(3), 0), 4), GN_ERROR_SHAPE,
                  "scatter_rows: input [2,2] and indices [3] differ in their number of rows");
    assert_failed(b, gn_gather_rows(gn_constant(b->tape, 1), gn_full(b->tape, GN_SHAPE(1), 0)), GN_ERROR_SHAPE,
                  "has rank 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_elements, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_elements_in_groups, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
