/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_backward.c - gradients of any order, of what is asked for and of nothing else. */
#include "autodiff/backward.h"
#include "autodiff/finite.h"
#include "autodiff/ops.h"
#include "autodiff/tape.h"

/* x^4: derivatives 4 x^3, 12 x^2, 24 x, 24. */
static void test_derivatives_up_to_the_fourth(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_constant(b->tape, 1.5f), *y = gn_square(gn_square(x));
    const float expected[] = {4 * 3.375f, 12 * 2.25f, 24 * 1.5f, 24};
    for (int order = 0; order < 4; order++) {
        gn_var *gradient;
        assert_int_equal(gn_gradients(y, &x, 1, true, &gradient), GN_OK);
        assert_true(fabsf(gn_var_number(gradient) - expected[order]) < 1e-4f);
        y = gradient;
    }
}

static void test_both_paths_give_the_same_first_order(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(6, 4), 0), *gamma = gn_full(b->tape, GN_SHAPE(4), 1.2f);
    gn_random random = {.seed = 1};
    gn_random_fill_normal(&random, gn_op_output(x), 24, 0, 1);
    gn_var *beta = gn_full(b->tape, GN_SHAPE(4), 0.3f), *inputs[] = {x, gamma, beta}, *fast[3], *composed[3];
    gn_var *y = gn_softmax(gn_batch_norm(x, gamma, beta, 1e-3f, 0.2f, NULL, NULL));
    gn_var *loss = gn_sum(gn_square(y), GN_ALL_AXES, false);
    assert_int_equal(gn_gradients(loss, inputs, 3, true, composed), GN_OK);
    assert_int_equal(gn_gradients(loss, inputs, 3, false, fast), GN_OK);
    for (int i = 0; i < 3; i++)
        for (int64_t j = 0; j < gn_shape_count(gn_var_shape(fast[i])); j++)
            assert_true(fabsf(gn_var_data(fast[i])[j] - gn_var_data(composed[i])[j]) < 1e-5f);
}

/* The gradient of a value in between is not used for that of what it was made of. */
static void check_between(gn_var *x, gn_var *h)
{
    gn_var *inputs[] = {h, x}, *fast[2], *composed[2];
    gn_var *loss = gn_sum(gn_scale(h, 3), GN_ALL_AXES, false);
    assert_int_equal(gn_gradients(loss, inputs, 2, true, composed), GN_OK);
    assert_int_equal(gn_gradients(loss, inputs, 2, false, fast), GN_OK);
    for (int64_t j = 0; j < gn_shape_count(gn_var_shape(h)); j++)
        assert_true(gn_var_data(fast[0])[j] == 3 && gn_var_data(composed[0])[j] == 3);
    for (int64_t j = 0; j < gn_shape_count(gn_var_shape(x)); j++)
        assert_true(fabsf(gn_var_data(fast[1])[j] - gn_var_data(composed[1])[j]) < 1e-5f);
}

static void test_gradients_of_values_in_between(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(1, 2, 2, 1), -1, 2, -3, 4), *one = gn_full(b->tape, GN_SHAPE(1), 1);
    gn_var *kernel = gn_full(b->tape, GN_SHAPE(1, 1, 1, 1), 2), *row = gn_reshape(x, GN_SHAPE(1, 4));
    check_between(x, gn_leaky_relu(x, 0.1f));
    check_between(x, gn_clamp(x, -2, 2));
    check_between(x, gn_tanh(x));
    check_between(x, gn_batch_norm(x, one, one, 1e-3f, 0.1f, NULL, NULL));
    const gn__finish leaky = {.slope = 0.1f};
    check_between(x, gn__conv2d_finished(x, kernel, NULL, NULL, &leaky));
    check_between(x, gn__conv_transpose2d_finished(x, kernel, NULL, NULL, &leaky));
    check_between(row, gn__linear_finished(row, gn_full(b->tape, GN_SHAPE(4, 1), 2), NULL, &leaky));
    check_between(x, gn_reshape(gn_neg(x), GN_SHAPE(4)));
}

/* A value used many times gets the sum of all its gradients, whatever memory was used again in between. */
static void test_a_value_used_many_times(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(3), 1, 2, 3), *sum = x, *gradient;
    for (int i = 0; i < 20; i++)
        sum = gn_add(gn_tanh(gn_scale(x, 0)), gn_add(sum, x));
    assert_int_equal(gn_gradients(sum, &x, 1, false, &gradient), GN_OK);
    assert_var(gradient, GN_SHAPE(3), (gn_real[]){21, 21, 21});
}

static void test_inputs_that_do_not_matter_get_zeros(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_constant(b->tape, 1), *unused = gn_full(b->tape, GN_SHAPE(2), 1), *inputs[] = {unused, x},
           *gradients[2];
    assert_int_equal(gn_gradients(gn_exp(x), inputs, 2, false, gradients), GN_OK);
    assert_var(gradients[0], GN_SHAPE(2), (gn_real[]){0, 0});
    assert_int_equal(gn_gradients(x, &x, 1, false, gradients), GN_OK);
    assert_true(gn_var_number(gradients[0]) == 1);
}

static void test_vector_jacobian(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(2), 3, 4), *v = GN_VALUES(b->tape, GN_SHAPE(2), 10, 100), *gradient;
    assert_int_equal(gn_vector_jacobian(gn_square(x), v, &x, 1, false, &gradient), GN_OK);
    assert_var(gradient, GN_SHAPE(2), (gn_real[]){60, 800});
    assert_var(v, GN_SHAPE(2), (gn_real[]){10, 100});
    assert_int_equal(gn_vector_jacobian(gn_square(x), gn_constant(b->tape, 1), &x, 1, false, &gradient),
                     GN_ERROR_SHAPE);
    assert_ptr_equal(gn_var_tape(gradient), b->tape); /* the poison */
    assert_null(gn_var_data(gradient));
    assert_int_equal(gn_vector_jacobian(NULL, NULL, &x, 1, false, &gradient), GN_ERROR_ARGUMENT);
    assert_null(gradient);
    assert_non_null(strstr(gn_context_message(b->context), "output_gradient must have the output's shape"));
}

/* Counts how often its gradient is asked for, and for which inputs. */
typedef struct counter {
    int calls[2];
} counter;

static gn_status product_forward(gn_var *out)
{
    gn_op_output(out)[0] = gn_var_data(gn_op_input(out, 0))[0] * gn_var_data(gn_op_input(out, 1))[0];
    return GN_OK;
}

static void product_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    counter *c = *(counter *const *)gn_op_attributes(out);
    for (int i = 0; i < 2; i++)
        if (wanted[i]) {
            c->calls[i]++;
            gradients[i] = gn_mul(out_gradient, gn_op_input(out, 1 - i));
        }
}

static const gn_op product = {"product", product_forward, product_gradient, false};

static gn_var *count_product(gn_var *x, gn_var *y, counter *c)
{
    gn_var *inputs[] = {x, y};
    return gn_record(&product, inputs, 2, gn_var_shape(x), &c, sizeof(counter *));
}

static void test_only_what_is_asked_for_is_computed(void **state)
{
    const bench *b = *state;
    counter c = {{0, 0}}, idle = {{0, 0}};
    gn_var *x = gn_constant(b->tape, 2), *y = gn_constant(b->tape, 5), *gradient;
    gn_var *side = count_product(y, y, &idle);
    gn_var *loss = gn_add(count_product(x, y, &c), side);
    assert_int_equal(gn_gradients(loss, &x, 1, false, &gradient), GN_OK);
    assert_true(gn_var_number(gradient) == 5);
    assert_int_equal(c.calls[0], 1);
    assert_int_equal(c.calls[1], 0);
    assert_int_equal(idle.calls[0] + idle.calls[1], 0);
}

static void once_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)out, (void)wanted;
    gradients[0] = gn_scale(out_gradient, 2);
}

static gn_status once_forward(gn_var *out)
{
    gn_op_output(out)[0] = 2 * gn_var_data(gn_op_input(out, 0))[0];
    return GN_OK;
}

static const gn_op once = {"once", once_forward, once_gradient, true};

static void wrong_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn_full(gn_var_tape(out), GN_SHAPE(2), gn_var_number(out_gradient));
}

static const gn_op wrong = {"wrong", once_forward, wrong_gradient, false};

static void test_ops_that_cannot_be_differentiated_again(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_constant(b->tape, 3), *y = gn_record(&once, &x, 1, gn_var_shape(x), NULL, 0), *gradient;
    assert_int_equal(gn_gradients(y, &x, 1, false, &gradient), GN_OK);
    assert_int_equal(gn_gradients(y, &x, 1, true, &gradient), GN_ERROR_UNSUPPORTED);
    assert_failed(b, gradient, GN_ERROR_UNSUPPORTED, "once: this op cannot be differentiated again");
    x = gn_constant(b->tape, 3);
    y = gn_record(&wrong, &x, 1, gn_var_shape(x), NULL, 0);
    assert_int_equal(gn_gradients(y, &x, 1, false, &gradient), GN_ERROR_SHAPE);
    assert_non_null(
        strstr(gn_context_message(b->context), "wrong: the gradient of input 0 has shape [2], the input []"));
}

/* A chain of 60 ops: the pass must not need memory for 60 gradients. */
static void test_gradients_share_memory(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(100000), 0.5f), *y = x, *gradient;
    for (int i = 0; i < 60; i++)
        y = gn_mul(y, gn_constant(b->tape, 1.01f));
    const size_t before = gn_context_memory(b->context).bytes;
    assert_int_equal(gn_gradients(y, &x, 1, false, &gradient), GN_OK);
    assert_true(gn_context_memory(b->context).bytes - before < 6 * 400000);
    assert_true(fabsf(gn_var_data(gradient)[99999] - powf(1.01f, 60)) < 1e-3f);
}

/* A pass that may forget what it has passed needs memory for little more than the values; its gradients are the same,
 * and who reads a value then has it computed again. */
static void test_a_pass_forgets_what_it_has_passed(void **state)
{
    enum { CHAIN = 20, COUNT = 300000 };
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(COUNT));
    for (int64_t i = 0; i < COUNT; i++)
        gn_tensor_data(gn_parameter_value(p))[i] = 0.5f;
    for (int forget = 0; forget < 2; forget++) {
        gn_tape_reset(b->tape);
        gn_var *values[CHAIN] = {gn_parameter_var(b->tape, p)};
        for (int i = 1; i < CHAIN; i++)
            values[i] = gn_tanh(values[i - 1]);
        gn_var *loss = gn_sum(values[CHAIN - 1], GN_ALL_AXES, false);
        assert_int_equal(gn__backward(loss, (gn_parameter_list){&p, 1}, false, forget), GN_OK);
        int gone = 0;
        for (int i = 1; i < CHAIN; i++)
            gone += values[i]->storage->data == NULL;
        assert_int_equal(gone, forget ? CHAIN - 1 : 0);
        static gn_real gradient, value;
        assert_true(forget == 0 || gn_tensor_data(gn_parameter_gradient(p))[COUNT - 1] == gradient);
        assert_true(forget == 0 || gn_var_data(values[CHAIN - 1])[COUNT - 1] == value);
        gradient = gn_tensor_data(gn_parameter_gradient(p))[COUNT - 1];
        value = gn_var_data(values[CHAIN - 1])[COUNT - 1];
    }
    gn_parameter_free(p);
}

static void test_parameters(void **state)
{
    const bench *b = *state;
    gn_parameter *p[3];
    for (int i = 0; i < 3; i++) {
        p[i] = gn_parameter_new(b->context, "p", GN_SHAPE(2));
        gn_tensor_data(gn_parameter_value(p[i]))[0] = (gn_real)(i + 1);
    }
    gn_parameter_set_frozen(p[1], true);
    const gn_parameter_list list = {p, 3};
    gn_var *used = gn_mul(gn_parameter_var(b->tape, p[0]), gn_parameter_var(b->tape, p[1]));
    gn_var *loss = gn_sum(used, GN_ALL_AXES, false);
    assert_int_equal(gn_backward(loss, list), GN_OK);
    assert_true(gn_tensor_values(gn_parameter_gradient(p[0]))[0] == 2);
    assert_null(gn_parameter_gradient(p[1]));
    assert_true(gn_tensor_values(gn_parameter_gradient(p[2]))[0] == 0);
    assert_int_equal(gn_backward_add(loss, list), GN_OK);
    assert_true(gn_tensor_values(gn_parameter_gradient(p[0]))[0] == 4);
    assert_int_equal(gn_backward(loss, list), GN_OK);
    assert_true(gn_tensor_values(gn_parameter_gradient(p[0]))[0] == 2);
    assert_int_equal(gn_backward(used, list), GN_ERROR_SHAPE);
    assert_non_null(strstr(gn_context_message(b->context), "the loss has shape [2], expected one number"));
    for (int i = 0; i < 3; i++)
        gn_parameter_free(p[i]);
}

/* A product and a convolution leave a parameter's gradient where it is kept; whoever else contributes, before them or
 * after, and whatever is asked for besides. */
static gn_var *weighed(gn_var *weight, int uses)
{
    gn_var *x = gn_full(weight->tape, GN_SHAPE(3, 2), 0.5f), *y = gn_constant(weight->tape, 0);
    if (uses & 1)
        y = gn_add(y, gn_sum(gn_square(weight), GN_ALL_AXES, false));
    if (uses & 2)
        y = gn_add(y, gn_sum(gn_square(gn_linear(x, weight, NULL)), GN_ALL_AXES, false));
    if (uses & 4)
        y = gn_add(y, gn_sum(gn_tanh(gn_linear(gn_scale(x, 3), weight, NULL)), GN_ALL_AXES, false));
    if (uses & 8)
        y = gn_add(y, gn_sum(gn_square(weight), GN_ALL_AXES, false));
    gn_var *picture = gn_full(weight->tape, GN_SHAPE(1, 2, 2, 2), 2),
           *kernel = gn_reshape(weight, GN_SHAPE(1, 1, 2, 4));
    if (uses & 16)
        y = gn_add(y, gn_sum(gn_square(gn_conv2d(picture, kernel, NULL, NULL)), GN_ALL_AXES, false));
    return y;
}

static void assert_same(const gn_real *values, const gn_real *expected, gn_real times)
{
    for (int i = 0; i < 8; i++)
        assert_true(fabsf(values[i] - times * expected[i]) < 1e-4f);
}

static void test_gradients_are_computed_where_they_are_kept(void **state)
{
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(2, 4));
    for (int i = 0; i < 8; i++)
        gn_tensor_data(gn_parameter_value(p))[i] = (gn_real)(i - 3) / 4;
    for (int uses = 0; uses < 32; uses++) {
        gn_tape_reset(b->tape);
        gn_var *weight = gn_parameter_var(b->tape, p), *loss = weighed(weight, uses), *gradient, *later;
        assert_int_equal(gn_gradients(loss, &weight, 1, false, &gradient), GN_OK);
        const gn_real *expected = gn_var_data(gradient);
        assert_int_equal(gn_backward(loss, (gn_parameter_list){&p, 1}), GN_OK);
        const gn_real *kept = gn_tensor_values(gn_parameter_gradient(p));
        assert_same(kept, expected, 1);
        assert_int_equal(gn_backward_add(loss, (gn_parameter_list){&p, 1}), GN_OK);
        assert_same(kept, expected, 2);
        assert_int_equal(gn_gradients(gn_scale(loss, 3), &weight, 1, false, &later), GN_OK);
        assert_ptr_not_equal(gn_var_data(later), kept);
        assert_same(kept, expected, 2);
    }
    gn_parameter_free(p);
}

/* A value bound to a parameter may be another one's: the gradient is the bound parameter's alone. */
static void test_a_gradient_of_a_bound_value(void **state)
{
    const bench *b = *state;
    gn_parameter *p[2];
    for (int i = 0; i < 2; i++)
        p[i] = gn_parameter_new(b->context, "p", GN_SHAPE(2, 1));
    gn_var *x = gn_full(b->tape, GN_SHAPE(1, 2), 5), *weight = gn_parameter_var(b->tape, p[0]);
    assert_int_equal(gn_parameter_bind(p[1], weight), GN_OK);
    gn_var *loss = gn_sum(gn_linear(x, weight, NULL), GN_ALL_AXES, false);
    assert_int_equal(gn_backward(loss, (gn_parameter_list){p + 1, 1}), GN_OK);
    assert_true(gn_tensor_values(gn_parameter_gradient(p[1]))[1] == 5);
    assert_null(gn_parameter_gradient(p[0]));
    for (int i = 0; i < 2; i++)
        gn_parameter_free(p[i]);
}

/* Activations compute their input's gradient where their own one is: not where a parameter is still to get it. */
static void test_a_value_bound_from_an_activation(void **state)
{
    const bench *b = *state;
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(3), 0.5f, -1, 2), *inputs[] = {x};
    gn_var *const values[] = {gn_tanh(x), gn_sigmoid(x), gn_clamp(x, -1, 1), gn_leaky_relu(x, 0.1f)};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        gn_parameter *p[] = {gn_parameter_new(b->context, "p", GN_SHAPE(3)),
                             gn_parameter_new(b->context, "x", GN_SHAPE(3))};
        gn_var *expected;
        assert_int_equal(gn_parameter_bind(p[0], values[i]), GN_OK);
        assert_int_equal(gn_parameter_bind(p[1], x), GN_OK);
        gn_var *loss = gn_sum(gn_scale(gn_parameter_var(b->tape, p[0]), 3), GN_ALL_AXES, false);
        assert_int_equal(gn_gradients(loss, inputs, 1, true, &expected), GN_OK);
        assert_int_equal(gn_backward(loss, (gn_parameter_list){p, 2}), GN_OK);
        for (int j = 0; j < 3; j++) {
            assert_true(gn_tensor_values(gn_parameter_gradient(p[0]))[j] == 3);
            assert_true(fabsf(gn_tensor_values(gn_parameter_gradient(p[1]))[j] - gn_var_data(expected)[j]) < 1e-6f);
        }
        gn_parameter_free(p[0]);
        gn_parameter_free(p[1]);
    }
}

/* Each gets the gradient of the one value that stands for both, and once, however often it is named. */
static void test_two_parameters_bound_to_one_value(void **state)
{
    const bench *b = *state;
    gn_parameter *p[] = {gn_parameter_new(b->context, "p", GN_SHAPE(2)), gn_parameter_new(b->context, "q", GN_SHAPE(2)),
                         NULL};
    p[2] = p[0];
    gn_var *x = gn_full(b->tape, GN_SHAPE(2), 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(gn_parameter_bind(p[i], x), GN_OK);
    gn_var *loss = gn_sum(gn_scale(x, 5), GN_ALL_AXES, false);
    assert_int_equal(gn_backward(loss, (gn_parameter_list){p, 3}), GN_OK);
    for (int i = 0; i < 2; i++)
        assert_true(gn_tensor_values(gn_parameter_gradient(p[i]))[1] == 5);
    assert_int_equal(gn_backward_add(loss, (gn_parameter_list){p, 3}), GN_OK);
    for (int i = 0; i < 2; i++)
        assert_true(gn_tensor_values(gn_parameter_gradient(p[i]))[1] == 10);
    gn_parameter_free(p[0]);
    gn_parameter_free(p[1]);
}

/* An op that copies its input, whose gradient a test makes of its own while the tape records. */
typedef void own_gradient(gn_var *x, gn_var *out_gradient, gn_var **gradient);

static gn_status copy_forward(gn_var *out)
{
    memcpy(gn_op_output(out), gn_var_data(gn_op_input(out, 0)),
           (size_t)gn_shape_count(gn_var_shape(out)) * sizeof(gn_real));
    return GN_OK;
}

static void copy_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    own_gradient *const *own = gn_op_attributes(out);
    gn_tape *tape = gn_var_tape(out);
    (void)wanted;
    const bool recording = gn_tape_set_recording(tape, true);
    (*own)(gn_op_input(out, 0), out_gradient, gradients);
    gn_tape_set_recording(tape, recording);
}

static const gn_op copied = {"copied", copy_forward, copy_gradient, true};

static gn_var *with_gradient(gn_var *x, own_gradient *own)
{
    return gn_record(&copied, &x, 1, gn_var_shape(x), &own, sizeof(own_gradient *));
}

static gn_var *cube_of(gn_var *x)
{
    return gn_mul(gn_square(x), x);
}

static gn_var *slopes_of(gn_var *x)
{
    gn_var *slope;
    gn_gradients(gn_tanh(gn_tanh(x)), &x, 1, true, &slope);
    return gn_square(slope);
}

/* As a checkpoint does: the values in between are computed once more, and differentiated there. */
static void differentiate_again(gn_var *x, gn_var *out_gradient, gn_var *(*function)(gn_var *x), gn_var **gradient)
{
    gn_var *copy = gn_values(gn_var_tape(x), gn_var_shape(x), gn_var_data(x));
    gn_vector_jacobian(function(copy), out_gradient, &copy, 1, false, gradient);
}

static void cube_again(gn_var *x, gn_var *out_gradient, gn_var **gradient)
{
    differentiate_again(x, out_gradient, cube_of, gradient);
}

static void slopes_again(gn_var *x, gn_var *out_gradient, gn_var **gradient)
{
    differentiate_again(x, out_gradient, slopes_of, gradient);
}

/* Gradients wait in the outer pass while the inner one runs, and what the inner one records is left alone and then
 * forgotten. */
static void test_a_pass_within_a_pass(void **state)
{
    const bench *b = *state;
    gn_var *(*const functions[])(gn_var * x) = {cube_of, slopes_of};
    own_gradient *const own[] = {cube_again, slopes_again};
    gn_var *x = GN_VALUES(b->tape, GN_SHAPE(4), 1, 2, 0.3f, -0.5f), *gradients[2];
    for (int i = 0; i < 2; i++) {
        for (int nested = 0; nested < 2; nested++) {
            gn_var *waiting = gn_add(gn_tanh(gn_scale(x, 2)), gn_tanh(gn_scale(x, 3))), *input = gn_scale(x, 1);
            gn_var *y = nested ? with_gradient(input, own[i]) : functions[i](input);
            gn_var *loss = gn_sum(gn_add(waiting, y), GN_ALL_AXES, false);
            assert_int_equal(gn_gradients(loss, &x, 1, false, &gradients[nested]), GN_OK);
        }
        for (int j = 0; j < 4; j++)
            assert_true(fabsf(gn_var_data(gradients[0])[j] - gn_var_data(gradients[1])[j]) < 1e-5f);
        assert_null(gn__tape_first_not_finite(b->tape));
        assert_int_equal(gn_tape_status(b->tape), GN_OK);
    }
}

static gn_parameter *inner_weight;

/* The weight's gradient for the input's: it must not stand where the weight will get its own. */
static void weight_gradient(gn_var *x, gn_var *out_gradient, gn_var **gradient)
{
    gn_tape *tape = gn_var_tape(x);
    gn_var *weight = gn_parameter_var(tape, inner_weight);
    (void)out_gradient;
    gn_gradients(gn_linear(GN_VALUES(tape, GN_SHAPE(1, 2), 1, 10), weight, NULL), &weight, 1, false, gradient);
}

static void test_an_inner_pass_leaves_parameters_alone(void **state)
{
    const bench *b = *state;
    gn_parameter *p[] = {gn_parameter_new(b->context, "x", GN_SHAPE(2, 2)),
                         gn_parameter_new(b->context, "weight", GN_SHAPE(2, 2))};
    inner_weight = p[1];
    gn_var *x = gn_tanh(gn_parameter_var(b->tape, p[0])), *weight = gn_parameter_var(b->tape, p[1]);
    gn_var *loss = gn_add(gn_sum(with_gradient(x, weight_gradient), GN_ALL_AXES, false),
                          gn_sum(gn_scale(weight, 3), GN_ALL_AXES, false));
    assert_int_equal(gn_backward(loss, (gn_parameter_list){p, 2}), GN_OK);
    const gn_real *gradient = gn_tensor_values(gn_parameter_gradient(p[0]));
    for (int i = 0; i < 4; i++) {
        assert_true(gradient[i] == (i < 2 ? 1 : 10));
        assert_true(gn_tensor_values(gn_parameter_gradient(p[1]))[i] == 3);
    }
    gn_parameter_free(p[0]);
    gn_parameter_free(p[1]);
}

static gn_var *stray;

static void stray_gradient(gn_var *x, gn_var *out_gradient, gn_var **gradient)
{
    (void)x;
    (void)out_gradient;
    *gradient = stray;
}

static void backward_within(gn_var *x, gn_var *out_gradient, gn_var **gradient)
{
    *gradient = out_gradient;
    gn_backward(gn_sum(x, GN_ALL_AXES, false), (gn_parameter_list){0});
}

static void test_gradient_functions_that_are_wrong(void **state)
{
    const bench *b = *state;
    gn_tape *other = gn_tape_new(b->context);
    gn_var *x = gn_full(b->tape, GN_SHAPE(1), 1), *gradient;
    stray = gn_full(other, GN_SHAPE(1), 1);
    assert_int_equal(gn_gradients(with_gradient(x, stray_gradient), &x, 1, false, &gradient), GN_ERROR_ARGUMENT);
    assert_message(b->context, GN_ERROR_ARGUMENT, "copied: the gradient of input 0 is not a living value of the tape");
    gn_tape_free(other);
    gn_tape_reset(b->tape);
    x = gn_full(b->tape, GN_SHAPE(1), 1);
    assert_int_equal(gn_gradients(with_gradient(x, backward_within), &x, 1, false, &gradient), GN_ERROR_STATE);
    assert_message(b->context, GN_ERROR_STATE, "backward: called by a gradient function, expected gn_gradients");
}

/* Without a loss there is no tape to tell. */
static void test_a_loss_that_is_null(void **state)
{
    const bench *b = *state;
    gn_parameter *p = gn_parameter_new(b->context, "p", GN_SHAPE(2));
    const gn_parameter_list parameters = {&p, 1}, nothing = {&p, 0};
    assert_int_equal(gn_backward(NULL, nothing), GN_ERROR_ARGUMENT);
    assert_message(b->context, GN_OK, "");
    assert_int_equal(gn_backward(NULL, parameters), GN_ERROR_ARGUMENT);
    assert_message(b->context, GN_ERROR_ARGUMENT, "backward: the loss is NULL");
    gn_context_fail(b->context, GN_ERROR_MEMORY, "no tape");
    assert_int_equal(gn_backward_add(NULL, parameters), GN_ERROR_MEMORY);
    assert_message(b->context, GN_ERROR_MEMORY, "backward: the loss is NULL: no tape");
    gn_parameter_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_derivatives_up_to_the_fourth, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_both_paths_give_the_same_first_order, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_gradients_of_values_in_between, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_value_used_many_times, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_inputs_that_do_not_matter_get_zeros, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_vector_jacobian, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_only_what_is_asked_for_is_computed, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_ops_that_cannot_be_differentiated_again, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_gradients_share_memory, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_pass_forgets_what_it_has_passed, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_parameters, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_gradients_are_computed_where_they_are_kept, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_gradient_of_a_bound_value, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_value_bound_from_an_activation, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_two_parameters_bound_to_one_value, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_pass_within_a_pass, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_an_inner_pass_leaves_parameters_alone, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_gradient_functions_that_are_wrong, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_loss_that_is_null, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
