/* SPDX-License-Identifier: MIT */
/* tests/nn/test_conv2d.c - the convolution layer: options, shapes, a value by hand. */
#include "layers.h"

static gn_shape result(const fixture *f, const gn_conv2d_options *options, int64_t side)
{
    gn_module *module = gn_conv2d_layer(f->context, options);
    assert_non_null(module);
    gn_var *y = gn_apply(module, gn_full(f->tape, GN_SHAPE(2, side, side, options->in), 1));
    if (gn_tape_status(f->tape) != GN_OK)
        print_error("%s\n", gn_context_message(f->context));
    assert_int_equal(gn_tape_status(f->tape), GN_OK);
    const gn_shape shape = gn_var_shape(y);
    free_module(f, module);
    return shape;
}

static void test_shapes(void **state)
{
    const fixture *f = *state;
    const gn_conv2d_options discriminator = {.in = 2, .out = 3, .kernel = 4, .stride = 2, .padding = 1};
    assert_true(gn_shape_equal(result(f, &discriminator, 28), GN_SHAPE(2, 14, 14, 3)));
    const gn_conv2d_options same = {.in = 1, .out = 5, .kernel = 5, .stride = 2, .padding_mode = GN_PADDING_SAME};
    assert_true(gn_shape_equal(result(f, &same, 7), GN_SHAPE(2, 4, 4, 5)));
    const gn_conv2d_options dilated = {.in = 1, .out = 1, .kernel = 3, .dilation = 2};
    assert_true(gn_shape_equal(result(f, &dilated, 7), GN_SHAPE(2, 3, 3, 1)));
}

/* A 2x2 kernel of ones sums its window. */
static void test_values(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_conv2d_layer(f->context, &(gn_conv2d_options){.in = 1,
                                                                         .out = 1,
                                                                         .kernel = 2,
                                                                         .weight_init = {GN_INIT_CONSTANT, 1},
                                                                         .bias_init = {GN_INIT_CONSTANT, 0.5f}});
    gn_var *x = gn_values(f->tape, GN_SHAPE(1, 2, 3, 1), (const gn_real[]){1, 2, 3, 4, 5, 6});
    assert_values(gn_apply(module, x), 1e-6, 12.5, 16.5);
    gn_module_free(module);
}

/* Glorot's fans are KH KW C and KH KW K. */
static void test_weights(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_conv2d_layer(f->context,
                                        &(gn_conv2d_options){.in = 16, .out = 48, .kernel = 3, .no_bias = true});
    assert_int_equal(gn_module_tensor_count(module), 1);
    const gn_tensor *weight = tensor_of(module, "weight");
    assert_true(gn_shape_equal(gn_tensor_shape(weight), GN_SHAPE(3, 3, 16, 48)));
    double largest = 0;
    for (int64_t i = 0; i < gn_tensor_count(weight); i++)
        largest = fmax(largest, fabs((double)gn_tensor_values(weight)[i]));
    assert_near(largest, sqrt(6.0 / (9 * 16 + 9 * 48)), 1e-3);
    gn_module_free(module);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    check_gradients(
        f->context,
        gn_conv2d_layer(f->context, &(gn_conv2d_options){.in = 2, .out = 3, .kernel = 3, .stride = 2, .padding = 1}),
        GN_SHAPE(2, 5, 3, 2));
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_conv2d_layer(f->context, NULL));
    assert_message(f->context, GN_ERROR_ARGUMENT, "conv2d: options is NULL");
    assert_null(gn_conv2d_layer(f->context, &(gn_conv2d_options){.in = 1, .out = 2}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "conv2d: in is 1, out 2 and kernel 0, expected at least 1 and at most 2^40 weights");
    assert_null(gn_conv2d_layer(f->context, &(gn_conv2d_options){.in = 1, .out = 2, .kernel = INT64_MAX}));
    assert_null(gn_conv2d_layer(f->context, &(gn_conv2d_options){.in = 1, .out = 2, .kernel = 3, .stride = -1}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "conv2d: stride is -1, dilation 0, padding 0, output_padding 0, expected 0 or more");
    assert_null(gn_conv2d_layer(f->context, &(gn_conv2d_options){.in = 1, .out = 2, .kernel = 3, .output_padding = 1}));
    assert_message(f->context, GN_ERROR_ARGUMENT, "conv2d: output_padding is 1, which only conv_transpose2d has");
    assert_null(gn_conv2d_layer(
        f->context,
        &(gn_conv2d_options){.in = 1, .out = 2, .kernel = 3, .padding = 1, .padding_mode = GN_PADDING_SAME}));
    assert_message(f->context, GN_ERROR_ARGUMENT, "conv2d: padding is 1, expected 0 with GN_PADDING_SAME");
    assert_null(gn_conv2d_layer(f->context,
                                &(gn_conv2d_options){.in = 1, .out = 2, .kernel = 3, .padding_mode = (gn_padding)7}));
    assert_message(f->context, GN_ERROR_ARGUMENT, "conv2d: padding_mode is 7, expected one of gn_padding");
    assert_null(gn_conv2d_layer(
        f->context, &(gn_conv2d_options){.in = 1, .out = 2, .kernel = 3, .no_bias = true, .bias_init.scale = 2}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "conv2d: bias_init has kind 0 and scale 2, expected none with no_bias");
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_shapes), WITH_FIXTURE(test_values), WITH_FIXTURE(test_weights),
                                       WITH_FIXTURE(test_gradients), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
