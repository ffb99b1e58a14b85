/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_pair.c - distances of all pairs of rows: by hand, with their gradient, and refused shapes. */
#include "autodiff/ops.h"

static void test_distances_and_gradient(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(2, 2, 1), 1, 5, 3, 4), *gradient;
    gn_var *y = gn_pair_distances(x);
    assert_var(y, GN_SHAPE(2, 2, 1), (gn_real[]){0, 3, 3, 0});
    gn_var *loss = gn_sum(gn_square(y), GN_ALL_AXES, false);
    assert_int_equal(gn_gradients(loss, &x, 1, false, &gradient), GN_OK);
    assert_var(gradient, GN_SHAPE(2, 2, 1), (gn_real[]){-12, 12, 12, -12});
}

static void test_refused(void **state)
{
    const bench *b = *state;
    assert_failed(b, gn_pair_distances(gn_full(b->tape, GN_SHAPE(2, 3), 1)), GN_ERROR_SHAPE,
                  "pair_distances: x [2,3], expected [N,D,B]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_distances_and_gradient, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_refused, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
