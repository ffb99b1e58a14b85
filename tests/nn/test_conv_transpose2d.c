/* SPDX-License-Identifier: MIT */
/* tests/nn/test_conv_transpose2d.c - the transposed convolution layer. */
#include "layers.h"

static void test_shapes(void **state)
{
    const fixture *f = *state;
    gn_module *up = gn_conv_transpose2d_layer(
        f->context, &(gn_conv2d_options){.in = 5, .out = 3, .kernel = 4, .stride = 2, .padding = 1});
    assert_true(gn_shape_equal(gn_tensor_shape(tensor_of(up, "weight")), GN_SHAPE(4, 4, 3, 5)));
    assert_true(gn_shape_equal(gn_tensor_shape(tensor_of(up, "bias")), GN_SHAPE(3)));
    assert_shape(gn_apply(up, gn_full(f->tape, GN_SHAPE(2, 7, 7, 5), 1)), 2, 14, 14, 3);
    free_module(f, up);
    up = gn_conv_transpose2d_layer(
        f->context,
        &(gn_conv2d_options){.in = 1, .out = 1, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1});
    assert_shape(gn_apply(up, gn_full(f->tape, GN_SHAPE(1, 7, 7, 1), 1)), 1, 14, 14, 1);
    gn_module_free(up);
}

/* With kernel and stride 2 every pixel becomes a 2x2 block: pixel times kernel. */
static void test_values(void **state)
{
    const fixture *f = *state;
    gn_module *up = gn_conv_transpose2d_layer(
        f->context, &(gn_conv2d_options){.in = 1, .out = 1, .kernel = 2, .stride = 2, .name = "up"});
    set_values(tensor_of(up, "up.weight"), (const gn_real[]){1, 2, 3, 4});
    set_values(tensor_of(up, "up.bias"), (const gn_real[]){0.5f});
    gn_var *x = gn_values(f->tape, GN_SHAPE(1, 1, 2, 1), (const gn_real[]){1, 10});
    assert_values(gn_apply(up, x), 1e-5, 1.5, 2.5, 10.5, 20.5, 3.5, 4.5, 30.5, 40.5);
    gn_module_free(up);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    check_gradients(f->context,
                    gn_conv_transpose2d_layer(
                        f->context, &(gn_conv2d_options){.in = 2, .out = 3, .kernel = 3, .stride = 2, .padding = 1}),
                    GN_SHAPE(2, 2, 3, 2));
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_conv_transpose2d_layer(f->context, &(gn_conv2d_options){.in = 1, .kernel = 1}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "conv_transpose2d: in is 1, out 0 and kernel 1, expected at least 1 and at most 2^40 weights");
    assert_null(gn_conv_transpose2d_layer(f->context,
                                          &(gn_conv2d_options){.in = 1, .out = 1, .kernel = 1, .output_padding = -1}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "conv_transpose2d: stride is 0, dilation 0, padding 0, output_padding -1, expected 0 or more");
    assert_null(gn_conv_transpose2d_layer(
        f->context, &(gn_conv2d_options){.in = 1, .out = 1, .kernel = 3, .stride = 2, .output_padding = 5}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "conv_transpose2d: output_padding is 5, expected less than the stride, 2, or the dilation, 1");
    assert_null(gn_conv_transpose2d_layer(f->context,
                                          &(gn_conv2d_options){.in = 1, .out = 1, .kernel = 3, .output_padding = 1}));
    assert_null(gn_conv_transpose2d_layer(
        f->context,
        &(gn_conv2d_options){
            .in = 1, .out = 1, .kernel = 3, .stride = 2, .padding_mode = GN_PADDING_SAME, .output_padding = 1}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "conv_transpose2d: output_padding is 1, expected 0 with GN_PADDING_SAME");
    gn_module *dilated = gn_conv_transpose2d_layer(
        f->context, &(gn_conv2d_options){.in = 1, .out = 1, .kernel = 3, .dilation = 3, .output_padding = 2});
    assert_non_null(dilated);
    gn_module_free(dilated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_shapes), WITH_FIXTURE(test_values),
                                       WITH_FIXTURE(test_gradients), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
