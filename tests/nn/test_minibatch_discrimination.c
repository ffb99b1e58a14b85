/* SPDX-License-Identifier: MIT */
/* tests/nn/test_minibatch_discrimination.c - nearness against plain loops, and its gradients. */
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>

enum { N = 5, IN = 3, KERNELS = 4, DIMENSIONS = 2 };

static gn_module *layer_new(gn_context *c)
{
    return gn_minibatch_discrimination_layer(
        c, &(gn_minibatch_discrimination_options){.in = IN,
                                                  .kernels = KERNELS,
                                                  .dimensions = DIMENSIONS,
                                                  .weight_init = {.kind = GN_INIT_NORMAL, .scale = 0.7f}});
}

/* o_ib = sum over j != i of exp(-|M_ib - M_jb|_1), M = x weight. */
static double nearness(const gn_real *x, const gn_real *w, int i, int b)
{
    double sum = 0;
    for (int j = 0; j < N; j++) {
        double distance = 0;
        for (int d = 0; d < DIMENSIONS; d++) {
            double apart = 0;
            for (int k = 0; k < IN; k++)
                apart += ((double)x[i * IN + k] - (double)x[j * IN + k]) *
                         (double)w[k * KERNELS * DIMENSIONS + b * DIMENSIONS + d];
            distance += fabs(apart);
        }
        sum += j == i ? 0 : exp(-distance);
    }
    return sum;
}

static void test_against_loops(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tape *tape = gn_tape_new(c);
    gn_module *layer = layer_new(c);
    gn_var *x = gn_full(tape, GN_SHAPE(N, IN), 0);
    gn_random random = {.seed = 3};
    gn_random_fill_normal(&random, gn_op_output(x), N * IN, 0, 1);
    gn_var *y = gn_apply(layer, x);
    assert_true(gn_shape_equal(gn_var_shape(y), GN_SHAPE(N, IN + KERNELS)));
    const gn_real *w = gn_tensor_values(gn_parameter_value(gn_parameters(layer).items[0]));
    for (int i = 0; i < N; i++)
        for (int b = 0; b < KERNELS; b++)
            assert_true(fabs((double)gn_var_data(y)[i * (IN + KERNELS) + IN + b] - nearness(gn_var_data(x), w, i, b)) <
                        1e-5);
    assert_true(gn_var_data(y)[0] == gn_var_data(x)[0]);
    /* a picture alone has nobody near it; equal ones are as near as can be */
    y = gn_apply(layer, gn_full(tape, GN_SHAPE(1, IN), 2));
    assert_true(gn_var_data(y)[IN] == 0);
    y = gn_apply(layer, gn_full(tape, GN_SHAPE(7, IN), 2));
    assert_true(gn_var_data(y)[IN] == 6);
    gn_module_free(layer);
    gn_tape_free(tape);
    gn_context_free(c);
}

static gn_var *apply(void *user, gn_tape *tape, gn_var *const *inputs, int count)
{
    (void)tape;
    (void)count;
    return gn_apply(user, inputs[0]);
}

static void test_gradients(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_module *layer = layer_new(c);
    gn_tensor *x = gn_tensor_new(c, GN_SHAPE(N, IN));
    gn_random random = {.seed = 3};
    gn_random_fill_normal(&random, gn_tensor_data(x), N * IN, 0, 2);
    if (gn_gradcheck(c, apply, layer, &x, 1, NULL, NULL) != GN_OK)
        fail_msg("%s", gn_context_message(c));
    gn_tensor_free(x);
    gn_module_free(layer);
    gn_context_free(c);
}

static void test_defaults_and_refusals(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_module *layer = gn_minibatch_discrimination_layer(c, &(gn_minibatch_discrimination_options){.in = 8});
    const gn_tensor *weight = gn_parameter_value(gn_parameters(layer).items[0]);
    assert_true(gn_shape_equal(gn_tensor_shape(weight), GN_SHAPE(8, 500)));
    double squares = 0;
    for (int i = 0; i < 8 * 500; i++)
        squares += (double)gn_tensor_values(weight)[i] * (double)gn_tensor_values(weight)[i];
    assert_true(fabs(sqrt(squares / (8 * 500)) - 0.05) < 2e-3);
    gn_module_free(layer);
    assert_null(gn_minibatch_discrimination_layer(c, NULL));
    assert_message(c, GN_ERROR_ARGUMENT, "minibatch_discrimination: options is NULL");
    assert_null(gn_minibatch_discrimination_layer(c, &(gn_minibatch_discrimination_options){.in = 0}));
    assert_message_has(c, GN_ERROR_ARGUMENT, "in is 0, kernels 0 and dimensions 0, expected at least 1");
    assert_null(gn_minibatch_discrimination_layer(c, &(gn_minibatch_discrimination_options){.in = 3, .kernels = -1}));
    assert_message_has(c, GN_ERROR_ARGUMENT, "kernels -1");
    layer = layer_new(c);
    gn_tape *tape = gn_tape_new(c);
    gn_apply(layer, gn_full(tape, GN_SHAPE(2, 4), 0));
    assert_message_has(c, GN_ERROR_SHAPE, "linear 'minibatch_discrimination'");
    gn_tape_free(tape);
    gn_module_free(layer);
    gn_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_loops),
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_defaults_and_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
