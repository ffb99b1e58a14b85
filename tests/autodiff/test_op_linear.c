/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_linear.c - matrix products. */
#include "autodiff/ops.h"

static void test_all_transposes(void **state)
{
    const bench *b = *state;
    for (int t = 0; t < 4; t++) {
        const bool ta = t & 1, tb = t & 2;
        gn_var *a = gn_full(b->tape, ta ? GN_SHAPE(3, 2) : GN_SHAPE(2, 3), 0),
               *c = gn_full(b->tape, tb ? GN_SHAPE(5, 3) : GN_SHAPE(3, 5), 0);
        for (int i = 0; i < 6; i++)
            gn_op_output(a)[i] = (gn_real)(i - 2);
        for (int i = 0; i < 15; i++)
            gn_op_output(c)[i] = (gn_real)(i * i % 7);
        gn_real expected[10] = {0};
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 5; j++)
                for (int k = 0; k < 3; k++)
                    expected[i * 5 + j] += gn_var_data(a)[ta ? k * 2 + i : i * 3 + k] *
                                           gn_var_data(c)[tb ? j * 3 + k : k * 5 + j];
        assert_var(gn_matmul(a, c, ta, tb), GN_SHAPE(2, 5), expected);
    }
}

static void test_linear(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(2, 2), 1, 2, 3, 4),
           *weight = GN_VALUES(b->tape, GN_SHAPE(2, 3), 1, 0, 2, 0, 1, 3);
    gn_var *bias = GN_VALUES(b->tape, GN_SHAPE(3), 10, 20, 30);
    assert_var(gn_linear(x, weight, bias), GN_SHAPE(2, 3), (gn_real[]){11, 22, 38, 13, 24, 48});
    assert_var(gn_linear(x, weight, NULL), GN_SHAPE(2, 3), (gn_real[]){1, 2, 8, 3, 4, 18});
}

static void test_errors(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_matmul(x, gn_full(b->tape, GN_SHAPE(3), 1), false, false), GN_ERROR_SHAPE,
                  "matmul: inputs [2,3] and [3], expected rank 2");
    x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_matmul(x, x, true, true), GN_ERROR_SHAPE,
                  "inputs [2,3] transposed and [2,3] transposed do not fit");
    x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_linear(x, gn_full(b->tape, GN_SHAPE(4, 5), 1), NULL), GN_ERROR_SHAPE,
                  "linear: input [2,3] has 3 columns, weight [4,5] wants 4");
    x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_linear(x, gn_full(b->tape, GN_SHAPE(3, 5), 1), gn_full(b->tape, GN_SHAPE(4), 1)),
                  GN_ERROR_SHAPE, "bias [4] does not fit weight [3,5]");
    x = gn_full(b->tape, GN_SHAPE(2), 1);
    assert_failed(b, gn_linear(x, gn_full(b->tape, GN_SHAPE(2, 5), 1), NULL), GN_ERROR_SHAPE,
                  "expected [N,in] and [in,out]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_transposes, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_linear, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
