/* SPDX-License-Identifier: MIT */
/* tests/nn/test_fusion.c - layers applied together with the batch norm and the activation behind them. */
#include "layers.h"

enum { CHANNELS = 3 };

typedef struct kind {
    const char *op;
    gn_module *(*make)(gn_context *context);
    gn_shape shape; /* of its input */
} kind;

static gn_module *dense(gn_context *c)
{
    return gn_dense_layer(c, &(gn_dense_options){.in = 4, .out = CHANNELS, .bias_init = {GN_INIT_UNIFORM, 1}});
}

static gn_module *conv2d(gn_context *c)
{
    return gn_conv2d_layer(c, &(gn_conv2d_options){.in = 4, .out = CHANNELS, .kernel = 3, .no_bias = true});
}

static gn_module *conv_transpose2d(gn_context *c)
{
    return gn_conv_transpose2d_layer(c, &(gn_conv2d_options){.in = 4, .out = CHANNELS, .kernel = 4, .stride = 2});
}

static const kind kinds[] = {{"linear", dense, {2, {5, 4}}},
                             {"conv2d", conv2d, {4, {2, 5, 4, 4}}},
                             {"conv_transpose2d", conv_transpose2d, {4, {2, 5, 4, 4}}}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Of at most CHANNELS + 1. */
static gn_module *norm_of(gn_context *c, int64_t size)
{
    gn_module *norm = gn_batch_norm_layer(
        c, &(gn_batch_norm_options){.size = size, .weight_init = {GN_INIT_UNIFORM, 1}, .name = "norm"});
    set_values(tensor_of(norm, "bias"), (const gn_real[]){0.5f, -0.5f, 0.2f, 0});
    set_values(tensor_of(norm, "running_mean"), (const gn_real[]){0.1f, -0.2f, 0.3f, 0});
    set_values(tensor_of(norm, "running_variance"), (const gn_real[]){0.5f, 2, 1, 1});
    return norm;
}

static gn_var *input_of(const fixture *f, const kind *k)
{
    gn_tensor *x = numbers(f->context, k->shape);
    gn_var *var = gn_values(f->tape, k->shape, gn_tensor_values(x));
    gn_tensor_free(x);
    return var;
}

/* The module's children one after another. */
static gn_var *apply_apart(const gn_module *module, gn_var *x)
{
    for (size_t i = 0; i < gn_module_child_count(module); i++)
        x = gn_apply(gn_module_child(module, i), x);
    return x;
}

static void assert_equal(const gn_var *a, const gn_var *b)
{
    assert_true(gn_shape_equal(gn_var_shape(a), gn_var_shape(b)));
    for (int64_t i = 0; i < gn_shape_count(gn_var_shape(a)); i++)
        assert_true(gn_var_data(a)[i] == gn_var_data(b)[i]);
}

static void check_fused(const fixture *f, const kind *k, gn_module *activation)
{
    gn_module *layer = k->make(f->context), *norm = norm_of(f->context, CHANNELS);
    gn_module *module = activation == NULL ? gn_sequential(f->context, "s", layer, norm)
                                           : gn_sequential(f->context, "s", layer, norm, activation);
    gn_module_set_training(module, false);
    gn_tape_set_recording(f->tape, false);
    gn_var *x = input_of(f, k), *fused = gn_apply(module, x), *apart = apply_apart(module, x);
    assert_string_equal(gn_var_op_name(fused), k->op);
    assert_equal(fused, apart);
    assert_string_equal(gn_var_op_name(gn_apply(norm, apart)), "batch_norm_given");
    gn_tape_set_recording(f->tape, true);
    gn_module_free(module);
}

/* To the bit what the layers are one after another. */
static void test_norm_and_activation(void **state)
{
    const fixture *f = *state;
    for (int i = 0; i < KINDS; i++) {
        check_fused(f, &kinds[i], NULL);
        check_fused(f, &kinds[i], gn_relu_layer(f->context));
        check_fused(f, &kinds[i], gn_leaky_relu_layer(f->context, 0.2f));
    }
}

/* With the batch's own statistics, or where a gradient may be asked for, the norm is an op of its own. */
static void test_norm_apart(void **state)
{
    const fixture *f = *state;
    for (int i = 0; i < KINDS; i++) {
        gn_module *module = gn_sequential(f->context, "s", kinds[i].make(f->context), norm_of(f->context, CHANNELS),
                                          gn_relu_layer(f->context));
        assert_string_equal(gn_var_op_name(gn_apply(module, input_of(f, &kinds[i]))), "batch_norm");
        gn_tape_set_recording(f->tape, false);
        assert_string_equal(gn_var_op_name(gn_apply(module, input_of(f, &kinds[i]))), "batch_norm");
        gn_tape_set_recording(f->tape, true);
        gn_module_set_training(module, false);
        assert_string_equal(gn_var_op_name(gn_apply(module, input_of(f, &kinds[i]))), "leaky_relu");
        gn_module_free(module);
    }
}

/* A norm of another width is refused as ever. */
static void test_norm_of_another_width(void **state)
{
    const fixture *f = *state;
    for (int i = 0; i < KINDS; i++) {
        char text[48], message[192];
        gn_module *layer = kinds[i].make(f->context), *norm = norm_of(f->context, CHANNELS + 1);
        gn_module *module = gn_sequential(f->context, "s", layer, norm);
        gn_module_set_training(module, false);
        gn_tape_set_recording(f->tape, false);
        gn_var *x = input_of(f, &kinds[i]);
        gn_shape_text(gn_var_shape(gn_apply(layer, x)), text, sizeof text);
        snprintf(message, sizeof message, "batch_norm 's.norm': input %s, expected rank 2 or more and %d channels",
                 text, CHANNELS + 1);
        gn_apply(module, x);
        assert_message(f->context, GN_ERROR_SHAPE, message);
        gn_tape_reset(f->tape);
        gn_tape_set_recording(f->tape, true);
        gn_module_free(module);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_norm_and_activation), WITH_FIXTURE(test_norm_apart),
                                       WITH_FIXTURE(test_norm_of_another_width)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
