/* SPDX-License-Identifier: MIT */
/* tests/faults/test_misuse.c - calls with the wrong arguments that no other test makes: each is an error that says
 * so. */
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>

typedef struct desk {
    gn_context *context;
    gn_tape *tape;
} desk;

static int open_desk(void **state)
{
    static desk d;
    d.context = gn_context_new(&(gn_context_options){.threads = 1});
    d.tape = gn_tape_new(d.context);
    *state = &d;
    return d.tape == NULL;
}

static int close_desk(void **state)
{
    const desk *d = *state;
    gn_tape_free(d->tape);
    gn_context_free(d->context);
    return 0;
}

static void gradients_need_inputs_of_the_same_tape(void **state)
{
    const desk *d = *state;
    gn_tape *other = gn_tape_new(d->context);
    gn_var *x = gn_constant(d->tape, 2), *foreign = gn_constant(other, 2), *gradient;
    assert_int_equal(gn_gradients(x, &x, 1, false, NULL), GN_ERROR_ARGUMENT);
    assert_message(d->context, GN_ERROR_ARGUMENT, "gradients: inputs or gradients is NULL");
    gn_tape_reset(d->tape);
    x = gn_constant(d->tape, 2);
    assert_int_equal(gn_gradients(x, &foreign, 1, false, &gradient), GN_ERROR_ARGUMENT);
    assert_message(d->context, GN_ERROR_ARGUMENT, "gradients: input 0 is not a value of the output's tape");
    assert_int_equal(gn_tape_status(d->tape), GN_ERROR_ARGUMENT);
    assert_null(gn_var_data(gradient));
    assert_int_equal(gn_gradients(NULL, &x, 1, false, &gradient), GN_ERROR_ARGUMENT);
    gn_tape_free(other);
}

static void a_value_kept_from_a_failed_recording_is_refused(void **state)
{
    const desk *d = *state;
    gn_tape_reset(d->tape);
    gn_var *poison = gn_input(d->tape, NULL);
    gn_tape_reset(d->tape);
    assert_null(gn_var_data(gn_tanh(poison)));
    assert_message(d->context, GN_ERROR_STATE, "tanh: input 0 is a value from before the last reset");
}

static void a_value_kept_over_a_reset_is_refused(void **state)
{
    const desk *d = *state;
    gn_tape_reset(d->tape);
    gn_var *kept = gn_constant(d->tape, 2), *gradient;
    gn_tape_reset(d->tape);
    gn_var *x = gn_constant(d->tape, 3);
    assert_ptr_not_equal(x, kept);
    assert_null(gn_var_data(gn_add(x, kept)));
    assert_message(d->context, GN_ERROR_STATE, "add: input 1 is a value from before the last reset");
    gn_tape_reset(d->tape);
    kept = x;
    x = gn_constant(d->tape, 3);
    assert_null(gn_var_data(kept));
    assert_true(isnan(gn_var_number(kept)));
    assert_int_equal(gn_gradients(gn_square(x), &kept, 1, false, &gradient), GN_ERROR_STATE);
    assert_message(d->context, GN_ERROR_STATE, "gradients: input 0 is a value from before the last reset");
    gn_tape_reset(d->tape);
    kept = x;
    x = gn_constant(d->tape, 3);
    assert_int_equal(gn_vector_jacobian(x, kept, &x, 1, false, &gradient), GN_ERROR_STATE);
    assert_message(d->context, GN_ERROR_STATE, "gradients: output_gradient is a value from before the last reset");
    gn_tape_reset(d->tape);
    kept = x;
    gn_parameter *parameter = gn_parameter_new(d->context, "number", (gn_shape){0});
    assert_int_equal(gn_parameter_bind(parameter, kept), GN_ERROR_STATE);
    assert_message(d->context, GN_ERROR_STATE,
                   "parameter 'number': the value bound to it is from before the last reset");
    gn_parameter_free(parameter);
    gn_tape_reset(d->tape);
    kept = gn_constant(d->tape, 3);
    gn_tape_reset(d->tape);
    x = gn_constant(d->tape, 3);
    assert_int_equal(gn_gradients(kept, &x, 1, false, &gradient), GN_ERROR_STATE);
    assert_message(d->context, GN_ERROR_STATE, "gradients: the output is a value from before the last reset");
    gn_tape_reset(d->tape);
    assert_int_equal(gn_backward(x, (gn_parameter_list){0}), GN_ERROR_STATE);
    assert_message(d->context, GN_ERROR_STATE, "backward: the loss is a value from before the last reset");
}

static void a_shape_that_holds_more_is_refused(void **state)
{
    const desk *d = *state;
    gn_tape_reset(d->tape);
    assert_null(gn_var_data(gn_reshape(gn_full(d->tape, GN_SHAPE(2, 3), 1), GN_SHAPE(4, 4, -1))));
    assert_message_has(d->context, GN_ERROR_SHAPE, "reshape: ");
    assert_message_has(d->context, GN_ERROR_SHAPE, "[2,3]");
}

static void rows_that_are_not_there_are_refused(void **state)
{
    const desk *d = *state;
    gn_tape_reset(d->tape);
    gn_var *x = gn_full(d->tape, GN_SHAPE(2, 3), 1);
    assert_null(gn_var_data(gn_scatter_rows(x, gn_values(d->tape, GN_SHAPE(2), (gn_real[]){0, 4}), 4)));
    assert_message_has(d->context, GN_ERROR_ARGUMENT, "scatter_rows: ");
}

static void a_window_is_checked_and_may_be_left_out(void **state)
{
    const desk *d = *state;
    gn_tape_reset(d->tape);
    gn_var *x = gn_full(d->tape, GN_SHAPE(1, 2, 2, 1), 1), *kernel = gn_full(d->tape, GN_SHAPE(3, 3, 1, 1), 1);
    assert_true(gn_shape_equal(gn_var_shape(gn_conv_transpose2d(x, kernel, NULL, NULL)), GN_SHAPE(1, 4, 4, 1)));
    const gn_window window = {.stride_height = -1};
    assert_null(gn_var_data(gn_conv2d_kernel_gradient(x, x, 1, 1, &window)));
    assert_message_has(d->context, GN_ERROR_ARGUMENT, "conv2d_kernel_gradient: ");
}

static gn_status do_nothing(gn_var *out)
{
    (void)out;
    return GN_OK;
}

static void an_op_of_ones_own_needs_a_shape(void **state)
{
    const desk *d = *state;
    const gn_op op = {.name = "own", .forward = do_nothing};
    gn_tape_reset(d->tape);
    gn_var *x = gn_constant(d->tape, 1);
    assert_null(gn_var_data(gn_record(&op, &x, 1, GN_SHAPE(2, -3), NULL, 0)));
    assert_message(d->context, GN_ERROR_SHAPE,
                   "own: the result's shape is [2,-3] of rank 2, expected rank 0 to 6, sizes of at least 1 and at most "
                   "2^40 elements");
}

static void a_gradient_check_needs_something_to_check(void **state)
{
    const desk *d = *state;
    gn_module *module = gn_dense_layer(d->context, &(gn_dense_options){.in = 2, .out = 1});
    assert_int_equal(gn_gradcheck(d->context, NULL, NULL, NULL, 1, NULL, NULL), GN_ERROR_ARGUMENT);
    assert_message_has(d->context, GN_ERROR_ARGUMENT, "gradcheck: a function and 1 to ");
    assert_int_equal(gn_gradcheck_module(module, NULL, 1, NULL, NULL), GN_ERROR_ARGUMENT);
    assert_message_has(d->context, GN_ERROR_ARGUMENT, "gradcheck: a module and 1 to ");
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_need_inputs_of_the_same_tape),
        cmocka_unit_test(a_value_kept_from_a_failed_recording_is_refused),
        cmocka_unit_test(a_value_kept_over_a_reset_is_refused),
        cmocka_unit_test(a_shape_that_holds_more_is_refused),
        cmocka_unit_test(rows_that_are_not_there_are_refused),
        cmocka_unit_test(a_window_is_checked_and_may_be_left_out),
        cmocka_unit_test(an_op_of_ones_own_needs_a_shape),
        cmocka_unit_test(a_gradient_check_needs_something_to_check),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
