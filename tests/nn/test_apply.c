/* SPDX-License-Identifier: MIT */
/* tests/nn/test_apply.c - applying modules: what is checked, and what messages say. */
#include "layers.h"

static gn_module *dense(gn_context *context, const char *name)
{
    return gn_dense_layer(context, &(gn_dense_options){.in = 2, .out = 3, .name = name});
}

static gn_var *two_numbers(const fixture *f)
{
    return gn_values(f->tape, GN_SHAPE(1, 2), (const gn_real[]){1, 2});
}

static void test_messages_name_the_layer(void **state)
{
    const fixture *f = *state;
    gn_module *d = gn_sequential(
        f->context, "d",
        gn_conv2d_layer(f->context, &(gn_conv2d_options){.in = 1, .out = 32, .kernel = 1, .name = "conv1"}),
        gn_conv2d_layer(f->context, &(gn_conv2d_options){.in = 64, .out = 128, .kernel = 4, .name = "conv2"}));
    gn_var *y = gn_apply(d, gn_full(f->tape, GN_SHAPE(2, 14, 14, 1), 0));
    assert_null(gn_var_data(y));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "conv2d 'd.conv2': input [2,14,14,32] has 32 channels, kernel [4,4,64,128] wants 64");
    gn_tape_reset(f->tape);
    gn_module_free(d);
}

static void test_messages_after_a_layer_do_not_name_it(void **state)
{
    const fixture *f = *state;
    gn_module *module = dense(f->context, "fc");
    gn_var *y = gn_apply(module, two_numbers(f));
    gn_add(y, gn_full(f->tape, GN_SHAPE(2), 0));
    assert_int_equal(gn_tape_status(f->tape), GN_ERROR_SHAPE);
    assert_null(strstr(gn_context_message(f->context), "fc"));
    gn_module_free(module);
}

static void test_a_missing_module(void **state)
{
    const fixture *f = *state;
    gn_var *y = gn_relu(gn_apply(NULL, two_numbers(f)));
    assert_non_null(y);
    assert_null(gn_var_data(y));
    assert_message(f->context, GN_ERROR_ARGUMENT, "apply: module is NULL");
    gn_tape_reset(f->tape);
    gn_context_clear(f->context);
    gn_apply(gn_dropout_layer(f->context, 2), two_numbers(f));
    assert_message(f->context, GN_ERROR_ARGUMENT, "apply: module is NULL: dropout: rate is 2, expected 0 <= rate < 1");
    assert_null(gn_apply(NULL, NULL));
}

static void test_number_of_inputs(void **state)
{
    const fixture *f = *state;
    gn_module *module = dense(f->context, "fc");
    gn_var *inputs[] = {two_numbers(f), two_numbers(f)};
    assert_null(gn_var_data(gn_apply_all(module, inputs, 2)));
    assert_message(f->context, GN_ERROR_ARGUMENT, "dense 'fc': 2 inputs, expected 1");
    gn_module_free(module);
}

static void test_number_of_inputs_of_a_tree(void **state)
{
    const fixture *f = *state;
    gn_module *join = gn_join(f->context, "in", GN_JOIN_CONCAT, dense(f->context, NULL), gn_identity_layer(f->context));
    gn_module *module = gn_sequential(f->context, "d", gn_sequential(f->context, "first", join),
                                      gn_relu_layer(f->context));
    gn_var *x = two_numbers(f);
    assert_shape(gn_apply_all(module, (gn_var *[]){x, x}, 2), 1, 5);
    assert_null(gn_var_data(gn_apply(module, x)));
    assert_message(f->context, GN_ERROR_ARGUMENT, "sequential 'd': 1 inputs, expected 2");
    gn_module_free(module);
}

static void test_inputs_of_a_kind(void **state)
{
    const fixture *f = *state;
    gn_module *join = gn_join(f->context, "in", GN_JOIN_ADD, gn_identity_layer(f->context),
                              gn_identity_layer(f->context));
    gn_var *inputs[] = {two_numbers(f), NULL};
    assert_null(gn_var_data(gn_apply_all(join, inputs, 2)));
    assert_message(f->context, GN_ERROR_ARGUMENT, "join 'in': input 1 is NULL");
    gn_tape *other = gn_tape_new(f->context);
    gn_tape_reset(f->tape);
    inputs[0] = two_numbers(f);
    inputs[1] = gn_constant(other, 1);
    gn_apply_all(join, inputs, 2);
    assert_message(f->context, GN_ERROR_ARGUMENT, "join 'in': input 1 is on another tape than the one before");
    gn_tape_free(other);
    gn_module_free(join);
}

/* --- a layer of the user's ---------------------------------------------------------------------------------------- */

static gn_var *refuses(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    gn_tape_fail(gn_var_tape(inputs[0]), GN_ERROR_UNSUPPORTED, "%s: not today", gn_module_name(module));
    return inputs[0];
}

static gn_var *forgets(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)inputs, (void)count;
    return NULL;
}

static gn_var *elsewhere;

static gn_var *gives_what_is_elsewhere(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)inputs, (void)count;
    return elsewhere;
}

/* Its gradients would be zeros without a word. */
static void test_a_value_of_another_tape(void **state)
{
    static const gn_module_class kind = {.name = "lost", .forward = gives_what_is_elsewhere};
    const fixture *f = *state;
    gn_tape *other = gn_tape_new(f->context);
    elsewhere = gn_constant(other, 1);
    gn_module *lost = gn_module_new(f->context, &kind, "x", 0);
    assert_null(gn_var_data(gn_apply(lost, two_numbers(f))));
    assert_message(f->context, GN_ERROR_STATE, "lost 'x': forward gave a value of another tape than its inputs'");
    assert_int_equal(gn_tape_status(f->tape), GN_ERROR_STATE);
    gn_module_free(lost);
    gn_tape_free(other);
}

static void test_failures_of_forward(void **state)
{
    const fixture *f = *state;
    gn_module *refusing = gn_module_new(f->context, &(gn_module_class){.name = "refusing", .forward = refuses}, NULL,
                                        0);
    assert_null(gn_var_data(gn_apply(refusing, two_numbers(f))));
    assert_message(f->context, GN_ERROR_UNSUPPORTED, "refusing: not today");
    gn_module_free(refusing);
    gn_tape_reset(f->tape);
    gn_module *forgetful = gn_module_new(f->context, &(gn_module_class){.name = "forgetful", .forward = forgets}, "x",
                                         0);
    assert_null(gn_var_data(gn_apply(forgetful, two_numbers(f))));
    assert_message(f->context, GN_ERROR_STATE, "forgetful 'x': forward gave NULL");
    gn_module_free(forgetful);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_messages_name_the_layer),    WITH_FIXTURE(test_messages_after_a_layer_do_not_name_it),
        WITH_FIXTURE(test_a_missing_module),           WITH_FIXTURE(test_number_of_inputs),
        WITH_FIXTURE(test_number_of_inputs_of_a_tree), WITH_FIXTURE(test_inputs_of_a_kind),
        WITH_FIXTURE(test_failures_of_forward),        WITH_FIXTURE(test_a_value_of_another_tape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
