/* SPDX-License-Identifier: MIT */
/* tests/double/test_planted_gradients.c - the checker is checked: wrong gradients that are planted on purpose must be
 * caught. */
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>

/* y = x^3 for x [n], with a gradient that has a known fault. */
typedef enum fault {
    NONE,
    WRONG_SIGN,
    MISSING_TERM,
    WRONG_FACTOR,
    WRONG_ORDER,
    NOT_AGAIN,
    CUT_OFF,
    OTHER_IN_A_GRAPH
} fault;

static gn_status cube_forward(gn_var *out)
{
    const gn_real *x = gn_var_data(gn_op_input(out, 0));
    gn_real *y = gn_op_output(out);
    for (int64_t i = 0; i < gn_shape_count(gn_var_shape(out)); i++)
        y[i] = x[i] * x[i] * x[i];
    return GN_OK;
}

static bool is_recording(gn_tape *tape)
{
    const bool recording = gn_tape_set_recording(tape, true);
    gn_tape_set_recording(tape, recording);
    return recording;
}

static void cube_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    const fault planted = *(const fault *)gn_op_attributes(out);
    gn_var *x = gn_op_input(out, 0), *right = gn_mul(out_gradient, gn_scale(gn_square(x), 3));
    gradients[0] = right;
    if (planted == WRONG_SIGN)
        gradients[0] = gn_neg(right);
    if (planted == MISSING_TERM)
        gradients[0] = gn_scale(out_gradient, 3);
    if (planted == WRONG_FACTOR)
        gradients[0] = gn_scale(right, 1 + 1e-4);
    if (planted == WRONG_ORDER) /* as if the wrong axis had been walked */
        gradients[0] = gn_reshape(gn_transpose(gn_reshape(right, GN_SHAPE(2, 3)), (int[]){1, 0}), gn_var_shape(x));
    if (planted == NOT_AGAIN) /* right at first order, but x is cut off from the second */
        gradients[0] = gn_mul(out_gradient, gn_scale(gn_square(gn_stop_gradient(x)), 3));
    if (planted == CUT_OFF) /* so is the gradient that came in */
        gradients[0] = gn_mul(gn_stop_gradient(out_gradient), gn_scale(gn_square(x), 3));
    if (planted == OTHER_IN_A_GRAPH && is_recording(gn_var_tape(x)))
        gradients[0] = gn_scale(right, 2);
}

static const gn_op cube = {"cube", cube_forward, cube_gradient, false};

static gn_var *apply_cube(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)tape, (void)count;
    return gn_record(&cube, x, 1, gn_var_shape(x[0]), user, sizeof(fault));
}

static gn_status check_fault(fault planted, bool first_order_only)
{
    gn_context *context = gn_context_new(NULL);
    gn_tensor *x = gn_tensor_from(context, GN_SHAPE(6), (gn_real[]){0.5, -1, 1.5, 2, -0.7, 0.3});
    const gn_gradcheck_options options = {.first_order_only = first_order_only};
    const gn_status status = gn_gradcheck(context, apply_cube, &planted, &x, 1, &options, NULL);
    gn_tensor_free(x);
    gn_context_free(context);
    return status;
}

static void test_right_gradient_passes(void **state)
{
    (void)state;
    assert_int_equal(check_fault(NONE, false), GN_OK);
}

static gn_var *drop_half(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    return gn_dropout(apply_cube(user, tape, x, count), (gn_real)0.5);
}

static void test_random_numbers_are_the_same_each_time(void **state)
{
    (void)state;
    fault planted = NONE;
    gn_context *context = gn_context_new(NULL);
    gn_tensor *x = gn_tensor_from(context, GN_SHAPE(6), (gn_real[]){0.5, -1, 1.5, 2, -0.7, 0.3});
    assert_int_equal(gn_gradcheck(context, drop_half, &planted, &x, 1, NULL, NULL), GN_OK);
    gn_tensor_free(x);
    gn_context_free(context);
}

static void test_planted_faults_are_caught(void **state)
{
    (void)state;
    assert_int_equal(check_fault(WRONG_SIGN, true), GN_ERROR_NUMBER);
    assert_int_equal(check_fault(MISSING_TERM, true), GN_ERROR_NUMBER);
    assert_int_equal(check_fault(WRONG_FACTOR, true), GN_ERROR_NUMBER);
    assert_int_equal(check_fault(WRONG_ORDER, true), GN_ERROR_NUMBER);
}

static void test_fault_in_the_second_order_alone(void **state)
{
    (void)state;
    for (int planted = NOT_AGAIN; planted <= OTHER_IN_A_GRAPH; planted++) {
        assert_int_equal(check_fault((fault)planted, true), GN_OK);
        assert_int_equal(check_fault((fault)planted, false), GN_ERROR_NUMBER);
    }
}

/* Right, but not a number beside the second element: the numbers of those after it must not hide that. */
static gn_var *nan_beside_one(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    gn_var *y = apply_cube(user, tape, x, count);
    return gn_var_data(x[0])[1] == -1 ? y : gn_scale(y, (gn_real)NAN);
}

/* Of two inputs the first alone: what is right about the second must not hide it. */
static gn_var *nan_beside_the_first(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)count;
    return gn_add(nan_beside_one(user, tape, x, 1), apply_cube(user, tape, x + 1, 1));
}

static gn_var *give_nothing(void *user, gn_tape *tape, gn_var *const *x, int count)
{
    (void)user, (void)tape, (void)x, (void)count;
    return NULL;
}

static void test_functions_that_fail_are_caught(void **state)
{
    (void)state;
    fault planted = NONE;
    gn_context *context = gn_context_new(NULL);
    gn_tensor *x = gn_tensor_from(context, GN_SHAPE(6), (gn_real[]){0.5, -1, 1.5, 2, -0.7, 0.3});
    gn_tensor *second = gn_tensor_from(context, GN_SHAPE(6), (gn_real[]){1, 2, 3, 4, 5, 6});
    assert_int_equal(gn_gradcheck(context, nan_beside_one, &planted, &x, 1, NULL, NULL), GN_ERROR_NUMBER);
    const gn_gradcheck_options bounded = {.first_order_only = true, .tolerance = 1e9};
    assert_int_equal(
        gn_gradcheck(context, nan_beside_the_first, &planted, (gn_tensor *[]){x, second}, 2, &bounded, NULL),
        GN_ERROR_NUMBER);
    assert_int_equal(gn_gradcheck(context, give_nothing, NULL, &x, 1, NULL, NULL), GN_ERROR_STATE);
    assert_message(context, GN_ERROR_STATE, "gradcheck: the function gave NULL");
    gn_tensor_free(x);
    gn_tensor_free(second);
    gn_context_free(context);
}

static void test_steps_that_are_none_are_refused(void **state)
{
    (void)state;
    const double steps[] = {-1e-3, (double)NAN, (double)INFINITY, 1e-30};
    fault planted = NONE;
    gn_context *context = gn_context_new(NULL);
    gn_tensor *x = gn_tensor_from(context, GN_SHAPE(2), (gn_real[]){0.5, -1});
    for (int i = 0; i < 4; i++) {
        gn_context_clear(context);
        assert_int_equal(
            gn_gradcheck(context, apply_cube, &planted, &x, 1, &(gn_gradcheck_options){.step = steps[i]}, NULL),
            GN_ERROR_ARGUMENT);
        assert_message_has(context, GN_ERROR_ARGUMENT, "expected 0 or a finite number of at least 2.2");
    }
    assert_message_has(context, GN_ERROR_ARGUMENT, "gradcheck: step is 1e-30, ");
    gn_tensor_free(x);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_gradient_passes),
        cmocka_unit_test(test_random_numbers_are_the_same_each_time),
        cmocka_unit_test(test_planted_faults_are_caught),
        cmocka_unit_test(test_fault_in_the_second_order_alone),
        cmocka_unit_test(test_functions_that_fail_are_caught),
        cmocka_unit_test(test_steps_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
