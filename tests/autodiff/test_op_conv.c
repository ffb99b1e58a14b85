/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_conv.c - convolution and its two adjoints. */
#include "autodiff/ops.h"

static void test_a_convolution_by_hand(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(1, 3, 3, 1), 1, 2, 3, 4, 5, 6, 7, 8, 9);
    gn_var *kernel = GN_VALUES(b->tape, GN_SHAPE(2, 2, 1, 1), 1, 10, 100, 1000);
    assert_var(gn_conv2d(x, kernel, NULL, NULL), GN_SHAPE(1, 2, 2, 1), (gn_real[]){5421, 6532, 8754, 9865});
    gn_var *bias = gn_full(b->tape, GN_SHAPE(1), 0.5f);
    assert_var(gn_conv2d(x, kernel, bias,
                         &(gn_window){.stride_height = 2, .stride_width = 2, .padding_top = 1, .padding_left = 1}),
               GN_SHAPE(1, 2, 2, 1), (gn_real[]){1000.5f, 3200.5f, 7040.5f, 9865.5f});
}

static void test_a_transposed_convolution_by_hand(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(1, 1, 2, 1), 1, 2),
           *kernel = GN_VALUES(b->tape, GN_SHAPE(1, 3, 1, 1), 1, 10, 100);
    const gn_window window = {.stride_width = 2};
    assert_var(gn_conv_transpose2d(x, kernel, NULL, &window), GN_SHAPE(1, 1, 5, 1), (gn_real[]){1, 10, 102, 20, 200});
}

/* Random geometry; <conv(x), y> = <x, transpose(y)> = <kernel, kernel_gradient(x, y)> to 1e-5 of the terms' size. */
static void test_adjoint_identities(void **state)
{
    const bench *b = *state;
    gn_random random = {.seed = 77};
    for (int trial = 0; trial < 200; trial++) {
        const int64_t kh = 1 + gn_random_integer(&random, 4), kw = 1 + gn_random_integer(&random, 4);
        const gn_window window = {.stride_height = 1 + gn_random_integer(&random, 3),
                                  .stride_width = 1 + gn_random_integer(&random, 3),
                                  .dilation_height = 1 + gn_random_integer(&random, 2),
                                  .dilation_width = 1 + gn_random_integer(&random, 2),
                                  .padding_top = gn_random_integer(&random, 3),
                                  .padding_bottom = gn_random_integer(&random, 3),
                                  .padding_left = gn_random_integer(&random, 3),
                                  .padding_right = gn_random_integer(&random, 3)};
        const gn_shape image = GN_SHAPE(1 + gn_random_integer(&random, 2), 7 + gn_random_integer(&random, 6),
                                        7 + gn_random_integer(&random, 6), 1 + gn_random_integer(&random, 5));
        const gn_shape window_shape = GN_SHAPE(kh, kw, image.size[3], 1 + gn_random_integer(&random, 9));
        gn_tape_reset(b->tape);
        gn_var *x = gn_full(b->tape, image, 0), *kernel = gn_full(b->tape, window_shape, 0), *inputs[] = {x, kernel},
               *gradients[2];
        gn_random_fill_normal(&random, gn_op_output(x), gn_shape_count(image), 0, 1);
        gn_random_fill_normal(&random, gn_op_output(kernel), gn_shape_count(window_shape), 0, 1);
        gn_var *y = gn_conv2d(x, kernel, NULL, &window), *v = gn_full(b->tape, gn_var_shape(y), 0);
        gn_random_fill_normal(&random, gn_op_output(v), gn_shape_count(gn_var_shape(y)), 0, 1);
        assert_int_equal(gn_vector_jacobian(y, v, inputs, 2, false, gradients), GN_OK);
        double products[3] = {0}, size = 0;
        for (int64_t i = 0; i < gn_shape_count(gn_var_shape(y)); i++) {
            products[0] += (double)gn_var_data(y)[i] * (double)gn_var_data(v)[i];
            size += fabs((double)gn_var_data(y)[i] * (double)gn_var_data(v)[i]);
        }
        for (int k = 0; k < 2; k++)
            for (int64_t i = 0; i < gn_shape_count(gn_var_shape(inputs[k])); i++)
                products[k + 1] += (double)gn_var_data(inputs[k])[i] * (double)gn_var_data(gradients[k])[i];
        for (int k = 1; k < 3; k++)
            if (!(fabs(products[k] - products[0]) <= 1e-5 * size))
                fail_msg("trial %d: %.9g and %.9g", trial, products[0], products[k]);
    }
}

/* The transposed convolution with output padding is the adjoint of the convolution that drops those rows. */
static void test_output_padding(void **state)
{
    const bench *b = *state;
    const gn_window window = {.stride_height = 2,
                              .stride_width = 2,
                              .padding_top = 1,
                              .padding_bottom = 1,
                              .padding_left = 1,
                              .padding_right = 1};
    gn_window padded = window;
    padded.output_padding_height = padded.output_padding_width = 1;
    gn_random random = {.seed = 5};
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 8, 8, 2), 0), *kernel = gn_full(b->tape, GN_SHAPE(3, 3, 2, 3), 0);
    gn_random_fill_normal(&random, gn_op_output(x), 256, 0, 1);
    gn_random_fill_normal(&random, gn_op_output(kernel), 54, 0, 1);
    gn_var *y = gn_conv2d(x, kernel, NULL, &window), *gradient, *v = gn_full(b->tape, gn_var_shape(y), 0);
    gn_random_fill_normal(&random, gn_op_output(v), gn_shape_count(gn_var_shape(v)), 0, 1);
    assert_int_equal(gn_vector_jacobian(y, v, &x, 1, false, &gradient), GN_OK);
    assert_var(gn_conv_transpose2d(v, kernel, NULL, &padded), GN_SHAPE(2, 8, 8, 2), gn_var_data(gradient));
}

static void test_errors(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(1, 5, 5, 2), 1), *kernel = gn_full(b->tape, GN_SHAPE(3, 3, 2, 4), 1);
    assert_failed(b, gn_conv2d(x, kernel, gn_full(b->tape, GN_SHAPE(3), 0), NULL), GN_ERROR_SHAPE,
                  "conv2d: bias [3] does not fit kernel [3,3,2,4]");
    x = gn_full(b->tape, GN_SHAPE(1, 5, 5, 2), 1), kernel = gn_full(b->tape, GN_SHAPE(3, 3, 2, 4), 1);
    assert_failed(b, gn_conv2d(x, kernel, gn_full(b->tape, GN_SHAPE(4, 1), 0), NULL), GN_ERROR_SHAPE,
                  "conv2d: bias [4,1] does not fit kernel [3,3,2,4]");
    x = gn_full(b->tape, GN_SHAPE(1, 5, 5, 2), 1), kernel = gn_full(b->tape, GN_SHAPE(3, 3, 2, 4), 1);
    assert_failed(b, gn_conv_transpose2d(x, kernel, NULL, NULL), GN_ERROR_SHAPE,
                  "conv_transpose2d: input [1,5,5,2] has 2 channels, kernel [3,3,2,4] wants 4");
    x = gn_full(b->tape, GN_SHAPE(5, 5), 1), kernel = gn_full(b->tape, GN_SHAPE(3, 3, 2, 4), 1);
    assert_failed(b, gn_conv2d(x, kernel, NULL, NULL), GN_ERROR_SHAPE,
                  "input [5,5] and kernel [3,3,2,4], expected rank 4");
    x = gn_full(b->tape, GN_SHAPE(1, 5, 5, 2), 1);
    assert_failed(b, gn_conv2d_kernel_gradient(x, gn_full(b->tape, GN_SHAPE(1, 2, 3, 4), 1), 3, 3, NULL),
                  GN_ERROR_SHAPE,
                  "conv2d_kernel_gradient: out_gradient has shape [1,2,3,4], the convolution's result [1,3,3,4]");
    x = gn_full(b->tape, GN_SHAPE(1, 5, 5, 2), 1);
    assert_failed(b, gn_conv2d_kernel_gradient(x, gn_full(b->tape, GN_SHAPE(3, 3), 1), 3, 3, NULL), GN_ERROR_SHAPE,
                  "conv2d_kernel_gradient: out_gradient has shape [3,3], the convolution's result [1,3,3,1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_convolution_by_hand, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_transposed_convolution_by_hand, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_adjoint_identities, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_output_padding, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
