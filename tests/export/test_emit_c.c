/* SPDX-License-Identifier: MIT */
/* tests/export/test_emit_c.c - networks as C source, compiled and held against the library. */
#include "emitted.h"
#include "gan/networks.h"

#include <gannet/ops.h>

/* --- results ------------------------------------------------------------------------------------------------------ */

static void test_small_generator(void **state)
{
    gn_module *generator = tiny_generator(((const fixture *)*state)->context, 0.8f);
    emitted_train_norms(generator);
    const gn_shape shapes[] = {GN_SHAPE(1, TINY_LATENT), GN_SHAPE(1, TINY_CLASSES)};
    emitted_compare_shapes(*state, generator, shapes, 2, 1e-6);
}

static void test_small_discriminator_on_a_batch(void **state)
{
    gn_module *discriminator = tiny_discriminator(((const fixture *)*state)->context, 0.5f);
    emitted_train_norms(discriminator);
    const gn_shape shapes[] = {GN_SHAPE(3, TINY_SIDE, TINY_SIDE, 1), GN_SHAPE(3, TINY_CLASSES)};
    emitted_compare_shapes(*state, discriminator, shapes, 2, 1e-5);
}

/* Odd sizes, strides, dilation, both rules of padding; batch norm where it can and where it cannot go into weights. */
static void test_layers_of_images(void **state)
{
    gn_context *c = ((const fixture *)*state)->context;
    gn_module *block = gn_sequential(
        c, "body",
        gn_conv2d_layer(c, &(gn_conv2d_options){.in = 3, .out = 3, .kernel = 3, .padding = 2, .dilation = 2}),
        gn_batch_norm_layer(c, &(gn_batch_norm_options){.size = 3}), gn_sigmoid_layer(c));
    gn_module *network = gn_sequential(
        c, "images",
        gn_conv2d_layer(
            c,
            &(gn_conv2d_options){
                .in = 2, .out = 3, .kernel = 2, .stride = 2, .padding_mode = GN_PADDING_SAME, .no_bias = true}),
        gn_batch_norm_layer(c, &(gn_batch_norm_options){.size = 3}), gn_leaky_relu_layer(c, 0.2f),
        gn_residual_layer(c, NULL, block, gn_identity_layer(c)), gn_max_pool2d_layer(c, 2, 1),
        gn_avg_pool2d_layer(c, 2, 1), gn_batch_norm_layer(c, &(gn_batch_norm_options){.size = 3}), gn_relu_layer(c),
        gn_upsample_layer(c, 3),
        gn_conv_transpose2d_layer(
            c, &(gn_conv2d_options){.in = 3, .out = 5, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1}),
        gn_softplus_layer(c),
        gn_conv_transpose2d_layer(
            c, &(gn_conv2d_options){.in = 5, .out = 1, .kernel = 3, .stride = 3, .padding_mode = GN_PADDING_SAME}),
        gn_tanh_layer(c));
    emitted_train_norms(network);
    const gn_shape shapes[] = {GN_SHAPE(2, 7, 5, 2)};
    emitted_compare_shapes(*state, network, shapes, 1, 1e-5);
}

static void test_layers_of_vectors(void **state)
{
    gn_context *c = ((const fixture *)*state)->context;
    gn_module *dense = gn_dense_layer(c, &(gn_dense_options){.in = 6, .out = 4});
    gn_module *network = gn_sequential(
        c, "vectors",
        gn_join(c, "meet", GN_JOIN_MULTIPLY, gn_identity_layer(c),
                gn_embedding_layer(c, &(gn_embedding_options){.classes = 3, .size = 6}),
                gn_gru_layer(c, &(gn_gru_options){.in = 2, .size = 6})),
        gn_spectral_norm_layer(c, dense, 1), gn_dropout_layer(c, 0.5f),
        gn_maxout_layer(c, &(gn_maxout_options){.in = 4, .units = 12, .pieces = 3}),
        gn_reshape_layer(c, GN_SHAPE(2, 3, 2)), gn_minibatch_stddev_layer(c, 0), gn_global_max_pool2d_layer(c),
        gn_flatten_layer(c),
        gn_minibatch_discrimination_layer(
            c, &(gn_minibatch_discrimination_options){.in = 3, .kernels = 2, .dimensions = 2}),
        gn_join(c, "add", GN_JOIN_ADD, gn_dense_layer(c, &(gn_dense_options){.in = 5, .out = 2, .no_bias = true})));
    const gn_shape shapes[] = {GN_SHAPE(2, 6), GN_SHAPE(2, 3), GN_SHAPE(2, 3, 2)};
    emitted_compare_shapes(*state, network, shapes, 3, 1e-6);
}

static void test_layers_that_look_at_the_label(void **state)
{
    gn_context *c = ((const fixture *)*state)->context;
    gn_module *network = gn_conditional(
        c, "labelled", gn_conv2d_layer(c, &(gn_conv2d_options){.in = 2, .out = 3, .kernel = 1}),
        gn_conditional_batch_norm_layer(c, &(gn_conditional_batch_norm_options){.size = 3, .classes = 2}),
        gn_label_concat_layer(c), gn_global_avg_pool2d_layer(c),
        gn_projection_layer(c, &(gn_projection_options){.in = 5, .classes = 2}));
    emitted_train_norms(network);
    const gn_shape shapes[] = {GN_SHAPE(2, 3, 3, 2), GN_SHAPE(2, 2)};
    emitted_compare_shapes(*state, network, shapes, 2, 1e-6);
}

/* A layer of one's own around a function. */
typedef gn_var *(*function)(gn_var *const *inputs);

static gn_var *call(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    return (*(function *)gn_module_state(module))(inputs);
}

static gn_module *own_layer(gn_context *context, function f)
{
    static const gn_module_class own = {.name = "own", .forward = call};
    gn_module *module = gn_module_new(context, &own, "mine", sizeof f);
    assert_non_null(module);
    *(function *)gn_module_state(module) = f;
    return module;
}

static gn_var *row(gn_var *x)
{
    return gn_reshape(x, GN_SHAPE(1, -1));
}

/* All that the other tests do not come to, side by side; x [2,3] and y [3,2] from -1 to 1. */
static gn_var *every_op(gn_var *const *inputs)
{
    gn_var *x = inputs[0], *y = inputs[1], *positive = gn_offset(x, 2);
    gn_var *column = gn_values(gn_var_tape(x), GN_SHAPE(2, 1), (const gn_real[]){3, -2});
    gn_var *turned = gn_transpose(y, (const int[]){1, 0});
    gn_var *unary[] = {row(gn_neg(x)),         row(gn_power(positive, 1.5f)),
                       row(gn_exp(x)),         row(gn_log(positive)),
                       row(gn_sqrt(positive)), row(gn_abs(x)),
                       row(gn_square(x)),      row(gn_sign(x))};
    gn_var *binary[] = {row(gn_add(x, turned)),         row(gn_sub(column, x)),     row(gn_div(x, column)),
                        row(gn_maximum(x, turned)),     row(gn_minimum(x, turned)), row(gn_mul(x, column)),
                        row(gn_clamp(x, -0.25f, 0.5f)), row(gn_stop_gradient(x))};
    gn_var *sums[] = {row(gn_sum(x, GN_AXIS(0), false)),
                      row(gn_mean(x, GN_AXIS(1), true)),
                      row(gn_sum(x, GN_ALL_AXES, false)),
                      row(gn_max(x, GN_AXIS(0), true)),
                      row(gn_softmax(x)),
                      row(gn_log_softmax(x)),
                      row(gn_broadcast(gn_slice(x, 0, 1, 1), GN_SHAPE(2, 2, 3))),
                      row(gn_pad(x, 1, 1, 2))};
    gn_var *products[] = {row(gn_matmul(x, y, false, false)), row(gn_matmul(x, x, true, false)),
                          row(gn_matmul(y, y, false, true)),  row(gn_matmul(x, y, true, true)),
                          row(gn_slice(y, 1, 1, 1)),          row(gn_concat((gn_var *[]){x, turned}, 2, 0))};
    gn_var *all[] = {gn_concat(unary, 8, 1), gn_concat(binary, 8, 1), gn_concat(sums, 8, 1), gn_concat(products, 6, 1)};
    return gn_concat(all, 4, 1);
}

static void test_every_op(void **state)
{
    const gn_shape shapes[] = {GN_SHAPE(2, 3), GN_SHAPE(3, 2)};
    emitted_compare_shapes(*state, own_layer(((const fixture *)*state)->context, every_op), shapes, 2, 1e-5);
}

static gn_var *numbers_of_rows(gn_var *const *inputs)
{
    gn_tape *tape = gn_var_tape(inputs[0]);
    gn_var *table = gn_values(tape, GN_SHAPE(4, 2), (const gn_real[]){1, 2, 3, 4, 5, 6, 7, 8});
    return gn_concat((gn_var *[]){gn_gather_rows(table, inputs[0]), gn_one_hot(inputs[0], 4)}, 2, 1);
}

static void test_rows_by_number(void **state)
{
    const fixture *f = *state;
    gn_module *network = own_layer(f->context, numbers_of_rows);
    gn_tensor *labels = gn_tensor_from(f->context, GN_SHAPE(3), (const gn_real[]){3, 0, 2});
    emitted_compare(f, network, &labels, 1, 0);
    gn_tensor_free(labels);
    gn_module_free(network);
}

static gn_var *first(gn_var *const *inputs)
{
    return inputs[0];
}

/* The last is too small for a full mantissa. */
static gn_var *constant(gn_var *const *inputs)
{
    return gn_values(gn_var_tape(inputs[0]), GN_SHAPE(3), (const gn_real[]){-0.0f, 0.1f, 1e-40f});
}

/* A value that is used again after an activation may not be overwritten by it, nor may what a scale is folded into. */
static gn_var *used_twice(gn_var *const *inputs)
{
    gn_var *weight = gn_values(gn_var_tape(inputs[0]), GN_SHAPE(2, 2), (const gn_real[]){1, 2, 3, 4});
    gn_var *scale = gn_values(gn_var_tape(inputs[0]), GN_SHAPE(2), (const gn_real[]){-1, 5});
    gn_var *y = gn_linear(inputs[0], weight, NULL), *scaled = gn_mul(y, scale);
    return gn_add(gn_add(gn_relu(scaled), gn_tanh(scaled)), gn_add(y, gn_mul(gn_linear(y, weight, scale), scale)));
}

/* A value that no input reaches, seen through views. */
static gn_var *viewed_constant(gn_var *const *inputs)
{
    gn_var *table = gn_values(gn_var_tape(inputs[0]), GN_SHAPE(2), (const gn_real[]){2, 3});
    return gn_mul(inputs[0], gn_reshape(gn_stop_gradient(table), GN_SHAPE(1, 2)));
}

static gn_var *bounded_on_one_side(gn_var *const *inputs)
{
    return gn_clamp(inputs[0], 0, INFINITY);
}

static void test_outputs_of_all_kinds(void **state)
{
    gn_context *context = ((const fixture *)*state)->context;
    const gn_shape shapes[] = {GN_SHAPE(3, 2), GN_SHAPE(5)};
    emitted_compare_shapes(*state, own_layer(context, first), shapes, 2, 0);
    emitted_compare_shapes(*state, own_layer(context, constant), shapes, 1, 0);
    emitted_compare_shapes(*state, own_layer(context, used_twice), shapes, 1, 1e-5);
    emitted_compare_shapes(*state, own_layer(context, viewed_constant), shapes, 1, 0);
    emitted_compare_shapes(*state, own_layer(context, bounded_on_one_side), shapes, 1, 0);
}

/* --- the text ----------------------------------------------------------------------------------------------------- */

static char *emitted_text(gn_module *module, const gn_shape *shapes, int count, const gn_emit_c_options *options)
{
    assert_int_equal(gn_module_emit_c(module, path_of("text.c"), shapes, count, options), GN_OK);
    return read_text(path_of("text.c"));
}

static void test_file_has_just_what_is_used(void **state)
{
    const fixture *f = *state;
    gn_module *generator = tiny_generator(f->context, 0.8f);
    const gn_shape shapes[] = {GN_SHAPE(1, TINY_LATENT), GN_SHAPE(1, TINY_CLASSES)};
    const char *const names[] = {"latent", "label"};
    const gn_emit_c_options options = {"small_gan", "draw", names, "pixels"};
    char *text = emitted_text(generator, shapes, 2, &options);
    assert_int_equal(
        count_of(text, "void small_gan_draw(const float *latent, const float *label, float *pixels, float *scratch)"),
        2);
    assert_non_null(strstr(text, "    SMALL_GAN_LATENT = 3,\n    SMALL_GAN_LABEL = 2,\n    SMALL_GAN_PIXELS = 16,\n"
                                 "    SMALL_GAN_HEIGHT = 4,\n    SMALL_GAN_WIDTH = 4,\n    SMALL_GAN_CHANNELS = 1,\n"));
    /* 5x8, 2 + 2 of the norm, 4x4x2 + 1: the reshape between dense and norm keeps these apart. */
    assert_non_null(strstr(text, "small_gan_weights[77]"));
    assert_int_equal(count_of(text, "#include"), 1);
    assert_int_equal(count_of(text, "static void"), 7); /* linear, rows, mul, add, leaky_relu, conv_transpose2d, tanh */
    assert_null(strstr(text, "alloc"));
    assert_null(strstr(text, "conv2d("));
    assert_non_null(strstr(text, "/* generator.up */"));
    assert_null(strpbrk(text, "@$"));
    free(text);
    gn_module_free(generator);
}

static void test_batch_norm_goes_into_the_weights(void **state)
{
    gn_context *c = ((const fixture *)*state)->context;
    gn_module *network = gn_sequential(
        c, "n",
        gn_conv2d_layer(c, &(gn_conv2d_options){.in = 1, .out = 2, .kernel = 1, .no_bias = true, .name = "con*/v"}),
        gn_batch_norm_layer(c, &(gn_batch_norm_options){.size = 2, .epsilon = 0.25f}));
    gn_tensor_data(tensor_of(network, "running_variance"))[0] = 3.75f;
    gn_tensor_data(tensor_of(network, "running_mean"))[0] = 6;
    gn_tensor_data(tensor_of(network, "con*/v.weight"))[0] = 3;
    const gn_shape shape = GN_SHAPE(1, 2, 2, 1);
    char *text = emitted_text(network, &shape, 1, NULL);
    assert_non_null(strstr(text, "network_weights[4]"));
    assert_non_null(strstr(text, "/* n.con??v: weight */\n    0x1.800000p0f,")); /* 3 / 2 */
    assert_non_null(strstr(text, "/* n.con??v: bias */\n    -0x1.800000p1f,"));  /* -6 / 2 */
    assert_null(strstr(text, "_mul"));
    assert_non_null(strstr(text, "NETWORK_SCRATCH = 1,"));
    free(text);
    gn_module_free(network);
}

/* --- failures ----------------------------------------------------------------------------------------------------- */

static gn_var *scattered(gn_var *const *inputs)
{
    return gn_scatter_rows(inputs[0], gn_full(gn_var_tape(inputs[0]), GN_SHAPE(2), 0), 3);
}

static gn_var *own_weights(gn_var *const *inputs)
{
    return gn_linear(inputs[0], inputs[0], NULL);
}

static void refused(const fixture *f, gn_module *network, const gn_emit_c_options *options, gn_status status,
                    const char *text)
{
    const gn_shape shape = GN_SHAPE(2, 2);
    assert_int_equal(gn_module_emit_c(network, path_of("never.c"), &shape, 1, options), status);
    assert_message(f->context, status, text);
    assert_false(is_there(path_of("never.c")));
    assert_false(is_there(temporary_of("never.c")));
}

static void test_what_has_no_code(void **state)
{
    const fixture *f = *state;
    gn_module *network = own_layer(f->context, scattered);
    refused(f, network, NULL, GN_ERROR_UNSUPPORTED, "emit_c: there is no C code for scatter_rows in 'mine'");
    gn_module_free(network);
    network = own_layer(f->context, own_weights);
    refused(f, network, NULL, GN_ERROR_UNSUPPORTED, "emit_c: the weights of linear in 'mine' depend on an input");
    gn_module_free(network);
    network = gn_sequential(f->context, "n",
                            gn_dense_layer(f->context, &(gn_dense_options){.in = 2, .out = 2, .name = "d"}));
    gn_tensor_data(tensor_of(network, "d.weight"))[3] = (gn_real)INFINITY;
    refused(f, network, NULL, GN_ERROR_NUMBER, "emit_c: a weight of 'n.d' is not finite");
    gn_module_free(network);
}

static void test_what_cannot_be_written(void **state)
{
    const fixture *f = *state;
    gn_module *network = gn_dense_layer(f->context, &(gn_dense_options){.in = 2, .out = 2});
    const gn_shape shape = GN_SHAPE(2, 2), wrong = GN_SHAPE(2, 3);
    refused(f, network, &(gn_emit_c_options){.name = "2d"}, GN_ERROR_ARGUMENT,
            "emit_c: name is '2d', expected a C identifier of at most 47 letters that is not taken");
    assert_int_equal(gn_module_emit_c(NULL, path_of("never.c"), &shape, 1, NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_module_emit_c(network, path_of("never.c"), NULL, 1, NULL), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "emit_c: inputs is NULL");
    assert_int_equal(gn_module_emit_c(network, path_of("never.c"), &wrong, 1, NULL), GN_ERROR_SHAPE);
    assert_int_equal(gn_module_emit_c(network, path_of("never.c"), &shape, 9, NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_module_emit_c(network, NULL, &shape, 1, NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_module_emit_c(network, "/nowhere/never.c", &shape, 1, NULL), GN_ERROR_IO);
    assert_false(is_there(path_of("never.c")));
    gn_module_free(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_small_generator),
        WITH_FIXTURE(test_small_discriminator_on_a_batch),
        WITH_FIXTURE(test_layers_of_images),
        WITH_FIXTURE(test_layers_of_vectors),
        WITH_FIXTURE(test_layers_that_look_at_the_label),
        WITH_FIXTURE(test_every_op),
        WITH_FIXTURE(test_rows_by_number),
        WITH_FIXTURE(test_outputs_of_all_kinds),
        WITH_FIXTURE(test_file_has_just_what_is_used),
        WITH_FIXTURE(test_batch_norm_goes_into_the_weights),
        WITH_FIXTURE(test_what_has_no_code),
        WITH_FIXTURE(test_what_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
