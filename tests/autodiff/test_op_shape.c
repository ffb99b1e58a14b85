/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_shape.c - ops that arrange elements. */
#include "autodiff/ops.h"

#include <stdio.h>

static void test_reshape(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(2, 3), 1, 2, 3, 4, 5, 6);
    gn_var *y = gn_reshape(x, GN_SHAPE(3, -1));
    assert_var(y, GN_SHAPE(3, 2), (gn_real[]){1, 2, 3, 4, 5, 6});
    assert_ptr_equal(gn_var_data(x), gn_var_data(y));
    assert_failed(b, gn_reshape(x, GN_SHAPE(4, -1)), GN_ERROR_SHAPE,
                  "reshape: input [2,3] has 6 elements, which do not fit [4,-1]");
    x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_reshape(x, GN_SHAPE(-1, -1)), GN_ERROR_SHAPE, "do not fit [-1,-1]");
    for (int rank = -1; rank <= 9; rank += 10) {
        char text[64];
        snprintf(text, sizeof text, "reshape: the shape has rank %d, expected 0 to 6", rank);
        x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
        assert_failed(b, gn_reshape(x, (gn_shape){.rank = rank, .size = {6, 1, 1, 1, 1, 1}}), GN_ERROR_SHAPE, text);
    }
}

static void test_transpose_against_a_loop(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 3, 5), 0);
    for (int i = 0; i < 30; i++)
        gn_op_output(x)[i] = (gn_real)i;
    const gn_real *y = gn_var_data(gn_transpose(x, (int[]){2, 0, 1}));
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 5; k++)
                assert_true(y[(k * 2 + i) * 3 + j] == (gn_real)((i * 3 + j) * 5 + k));
    assert_failed(b, gn_transpose(x, (int[]){0, 0, 1}), GN_ERROR_ARGUMENT,
                  "transpose: order is [0,0,1], expected each of the axes 0 to 2 once");
    x = gn_full(b->tape, GN_SHAPE(2, 3), 0);
    assert_failed(b, gn_transpose(x, NULL), GN_ERROR_ARGUMENT,
                  "transpose: order is NULL, expected each of the axes 0 to 1 once");
}

static void test_broadcast(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(2, 1), 1, 2);
    assert_var(gn_broadcast(x, GN_SHAPE(2, 2, 2)), GN_SHAPE(2, 2, 2), (gn_real[]){1, 1, 2, 2, 1, 1, 2, 2});
    assert_failed(b, gn_broadcast(x, GN_SHAPE(3, 2)), GN_ERROR_SHAPE,
                  "broadcast: input [2,1] cannot be repeated to [3,2]");
}

static void test_concat_slice_and_pad(void **state)
{
    const bench *b = *state;
    gn_var *parts[] = {GN_VALUES(b->tape, GN_SHAPE(2, 1), 1, 4), GN_VALUES(b->tape, GN_SHAPE(2, 2), 2, 3, 5, 6)};
    gn_var *whole = gn_concat(parts, 2, 1);
    assert_var(whole, GN_SHAPE(2, 3), (gn_real[]){1, 2, 3, 4, 5, 6});
    assert_var(gn_slice(whole, 1, 1, 2), GN_SHAPE(2, 2), (gn_real[]){2, 3, 5, 6});
    assert_var(gn_slice(whole, 0, 1, 1), GN_SHAPE(1, 3), (gn_real[]){4, 5, 6});
    assert_var(gn_pad(parts[0], 1, 1, 2), GN_SHAPE(2, 4), (gn_real[]){0, 1, 0, 0, 0, 4, 0, 0});
    assert_var(gn_pad(parts[0], 0, 0, 1), GN_SHAPE(3, 1), (gn_real[]){1, 4, 0});
}

/* Rows of one number to a few, more of them than a thread copies at a time. */
static void test_pieces_of_many_rows(void **state)
{
    const bench *b = *state;
    enum { ROWS = 30011 };
    static const int64_t widths[] = {1, 4, 5};
    gn_var *parts[3];
    gn_real next = 0;
    for (int i = 0; i < 3; i++) {
        parts[i] = gn_full(b->tape, GN_SHAPE(ROWS, widths[i]), 0);
        for (int64_t j = 0; j < ROWS * widths[i]; j++)
            gn_op_output(parts[i])[j] = next++;
    }
    gn_var *whole = gn_concat(parts, 3, 1);
    for (int64_t i = 0, start = 0; i < 3; start += widths[i++]) {
        gn_var *piece = gn_slice(whole, 1, start, widths[i]), *padded = gn_pad(piece, 1, 2, 0);
        for (int64_t row = 0; row < ROWS; row++)
            for (int64_t j = 0; j < widths[i]; j++) {
                const gn_real expected = gn_var_data(parts[i])[row * widths[i] + j];
                assert_true(gn_var_data(whole)[row * 10 + start + j] == expected);
                assert_true(gn_var_data(piece)[row * widths[i] + j] == expected);
                assert_true(gn_var_data(padded)[row * (widths[i] + 2) + 2 + j] == expected);
            }
    }
}

static void test_a_piece_of_wide_rows(void **state)
{
    const bench *b = *state;
    enum { ROWS = 3, WIDTH = 20000, LENGTH = WIDTH - 1 };
    gn_var *x = gn_full(b->tape, GN_SHAPE(ROWS, WIDTH), 0);
    for (int i = 0; i < ROWS * WIDTH; i++)
        gn_op_output(x)[i] = (gn_real)i;
    const gn_real *piece = gn_var_data(gn_slice(x, 1, 1, LENGTH));
    for (int i = 0; i < ROWS * LENGTH; i++)
        assert_true(piece[i] == (gn_real)(i / LENGTH * WIDTH + 1 + i % LENGTH));
}

static void test_errors_of_pieces(void **state)
{
    const bench *b = *state;
    gn_var *parts[9] = {gn_full(b->tape, GN_SHAPE(2, 1), 1), gn_full(b->tape, GN_SHAPE(3, 1), 1)};
    assert_failed(b, gn_concat(parts, 2, 1), GN_ERROR_SHAPE,
                  "concat: inputs 0 and 1, [2,1] and [3,1], differ beside axis 1");
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_concat(&x, 1, 2), GN_ERROR_ARGUMENT, "concat: axis is 2, the inputs have rank 2");
    x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    for (int i = 0; i < 9; i++)
        parts[i] = x;
    assert_failed(b, gn_concat(parts, 9, 0), GN_ERROR_ARGUMENT, "9 inputs, at most 8 are possible");
    assert_null(gn_concat(NULL, 2, 0));
    x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_slice(x, 1, 2, 2), GN_ERROR_ARGUMENT,
                  "slice: 2 elements from 2 of axis 1 are not inside input [2,3]");
    x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_slice(x, 1, INT64_MAX, 1), GN_ERROR_ARGUMENT,
                  "slice: 1 elements from 9223372036854775807 of axis 1 are not inside input [2,3]");
    x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_pad(x, 0, -1, 0), GN_ERROR_ARGUMENT, "pad: before is -1 and after 0, expected 0 to 2^40");
    x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_pad(x, 2, 0, 0), GN_ERROR_ARGUMENT, "pad: axis is 2, the input [2,3] has rank 2");
}

static void test_stop_gradient_shares_memory(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_constant(b->tape, 3), *gradient;
    gn_var *y = gn_stop_gradient(x);
    assert_ptr_equal(gn_var_data(x), gn_var_data(y));
    assert_int_equal(gn_gradients(gn_square(y), &x, 1, false, &gradient), GN_OK);
    assert_true(gn_var_number(gradient) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reshape, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_transpose_against_a_loop, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_broadcast, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_concat_slice_and_pad, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_pieces_of_many_rows, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_piece_of_wide_rows, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors_of_pieces, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_stop_gradient_shares_memory, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
