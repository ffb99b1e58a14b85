/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_window.c - strides, dilation and the rules of padding. */
#include "autodiff/ops.h"
#include "autodiff/window.h"

/* TensorFlow's rule: image, kernel, stride -> rows before and after (the table of its documentation). */
static void test_same_padding(void **state)
{
    const bench *b = *state;
    const int64_t table[][5] = {{28, 3, 2, 0, 1}, {14, 3, 2, 0, 1}, {8, 3, 2, 0, 1}, {7, 3, 2, 1, 1},  {28, 5, 2, 1, 2},
                                {14, 5, 2, 1, 2}, {8, 5, 2, 1, 2},  {7, 5, 2, 2, 2}, {28, 4, 2, 1, 1}, {14, 4, 2, 1, 1},
                                {9, 4, 1, 1, 2},  {9, 5, 1, 2, 2},  {5, 1, 3, 0, 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const int64_t n = table[i][0], k = table[i][1], stride = table[i][2];
        gn__conv_shape s;
        gn_var *x = gn_full(b->tape, GN_SHAPE(1, n, n, 1), 0);
        const gn_window window = {.stride_height = stride, .stride_width = stride, .padding = GN_PADDING_SAME};
        assert_true(gn__window_conv(x, "test", &window, GN_SHAPE(k, k, 1, 1), &s));
        assert_int_equal(s.top, table[i][3]);
        assert_int_equal(s.left, table[i][3]);
        assert_int_equal(s.oh, (n + stride - 1) / stride);
        /* What lies after the image is what the last window still needs. */
        const int64_t after = (s.oh - 1) * stride + k - n - s.top;
        assert_int_equal(after > 0 ? after : 0, table[i][4]);
    }
}

/* The transpose of SAME crops "before" at the start, the rest at the end: 7 -> 14 with kernel 5 is cropped 1 and 2. */
static void test_transposed_same(void **state)
{
    const bench *b = *state;
    const int64_t table[][4] = {{7, 5, 2, 1}, {7, 4, 2, 1}, {14, 3, 2, 0}, {5, 3, 1, 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        gn__conv_shape s;
        const gn_window window = {
            .stride_height = table[i][2], .stride_width = table[i][2], .padding = GN_PADDING_SAME};
        gn_var *x = gn_full(b->tape, GN_SHAPE(1, table[i][0], table[i][0], 1), 0);
        assert_true(gn__window_transpose(x, "test", &window, GN_SHAPE(table[i][1], table[i][1], 1, 1), &s));
        assert_int_equal(s.h, table[i][0] * table[i][2]);
        assert_int_equal(s.top, table[i][3]);
    }
}

/* PyTorch: (n-1) s - 2 p + d (k-1) + output padding + 1. */
static void test_transposed_sizes(void **state)
{
    const bench *b = *state;
    const int64_t table[][7] = {{7, 4, 2, 1, 1, 0, 14},
                                {4, 3, 2, 1, 1, 1, 8},
                                {1, 4, 1, 0, 1, 0, 4},
                                {5, 3, 1, 2, 2, 0, 5},
                                {3, 2, 3, 0, 1, 2, 10}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const int64_t *t = table[i];
        gn__conv_shape s;
        const gn_window window = {.stride_height = t[2],
                                  .padding_top = t[3],
                                  .padding_bottom = t[3],
                                  .dilation_height = t[4],
                                  .output_padding_height = t[5]};
        gn_var *x = gn_full(b->tape, GN_SHAPE(1, t[0], 1, 1), 0);
        assert_true(gn__window_transpose(x, "test", &window, GN_SHAPE(t[1], 1, 1, 1), &s));
        assert_int_equal(s.h, t[6]);
    }
}

static void expect(const bench *b, const gn_window *window, gn_shape shape, int64_t kernel, const char *text)
{
    gn__conv_shape s;
    assert_false(gn__window_conv(gn_full(b->tape, shape, 0), "test", window, GN_SHAPE(kernel, kernel, 1, 1), &s));
    assert_failed(b, gn_constant(b->tape, 0), gn_tape_status(b->tape), text);
}

static void test_errors(void **state)
{
    const bench *b = *state;
    const gn_shape image = GN_SHAPE(1, 5, 5, 1);
    expect(b, NULL, GN_SHAPE(5, 5), 3, "test: input [5,5], expected an image [N,H,W,C]");
    expect(b, NULL, image, 6, "kernel 6 (dilation 1) is larger than the input's 5 pixels with padding 0 + 0");
    expect(b, &(gn_window){.stride_height = 2, .stride_width = 2}, GN_SHAPE(1, 2, 2, 1), 3,
           "kernel 3 (dilation 1) is larger than the input's 2 pixels with padding 0 + 0");
    expect(b, NULL, image, 0, "test: height: kernel is 0, expected 1 to 2^30");
    expect(b, NULL, image, INT64_MAX, "height: kernel is 9223372036854775807, expected 1 to 2^30");
    expect(b, &(gn_window){.dilation_width = 1 << 29}, image, 3,
           "width: kernel 3 with dilation 536870912 spans more than 2^30 pixels");
    expect(b, &(gn_window){.padding_bottom = -2}, image, 3, "height: padding after is -2, expected 0 to 2^30");
    expect(b, &(gn_window){.padding = (gn_padding)7}, image, 3, "padding is 7, expected one of gn_padding");
    expect(b, &(gn_window){.stride_width = -1}, image, 3, "width: stride is -1, expected 1 to 2^30");
    expect(b, &(gn_window){.padding_left = 1, .padding = GN_PADDING_SAME}, image, 3,
           "padding is 0 + 0 by 1 + 0, expected 0 with GN_PADDING_SAME");
    expect(b, &(gn_window){.padding_right = 1, .padding = GN_PADDING_SAME}, image, 3,
           "padding is 0 + 0 by 0 + 1, expected 0 with GN_PADDING_SAME");
    expect(b, &(gn_window){.output_padding_width = 1}, image, 3,
           "output padding is 0 by 1, which only conv_transpose2d has");
    gn__conv_shape s;
    const gn_shape kernel = GN_SHAPE(3, 3, 1, 1);
    assert_false(gn__window_transpose(gn_full(b->tape, image, 0), "test",
                                      &(gn_window){.padding_top = 9, .padding_bottom = 9}, kernel, &s));
    assert_failed(b, gn_constant(b->tape, 0), GN_ERROR_SHAPE, "leave -11 output pixels");
    assert_false(
        gn__window_transpose(gn_full(b->tape, image, 0), "test", &(gn_window){.output_padding_height = 1}, kernel, &s));
    assert_failed(b, gn_constant(b->tape, 0), GN_ERROR_ARGUMENT,
                  "output padding 1 must be smaller than the stride or the dilation");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_padding, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_transposed_same, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_transposed_sizes, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
