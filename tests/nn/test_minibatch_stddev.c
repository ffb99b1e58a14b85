/* SPDX-License-Identifier: MIT */
/* tests/nn/test_minibatch_stddev.c - the deviation by hand, and its gradients. */
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>

/* Features 0, 4 (deviation 2) and 1, 1 (deviation 1e-4, the root of the 1e-8 added): the mean is 1.00005. */
static void test_by_hand(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tape *tape = gn_tape_new(c);
    gn_module *layer = gn_minibatch_stddev_layer(c, 0);
    gn_var *y = gn_apply(layer, gn_values(tape, GN_SHAPE(2, 2), (const gn_real[]){0, 1, 4, 1}));
    assert_true(gn_shape_equal(gn_var_shape(y), GN_SHAPE(2, 3)));
    const double wanted[] = {0, 1, 1.00005, 4, 1, 1.00005};
    for (int i = 0; i < 6; i++)
        assert_true(fabs((double)gn_var_data(y)[i] - wanted[i]) < 1e-6);
    y = gn_apply(layer, gn_full(tape, GN_SHAPE(3, 2, 5, 4), 7));
    assert_true(gn_shape_equal(gn_var_shape(y), GN_SHAPE(3, 2, 5, 5)));
    assert_true(fabs((double)gn_var_data(y)[4] - 1e-4) < 1e-7 && gn_var_data(y)[5] == 7);
    gn_apply(layer, gn_full(tape, GN_SHAPE(3), 7));
    assert_message_has(
        c, GN_ERROR_SHAPE,
        "minibatch_stddev 'minibatch_stddev': input [3], expected rank 2 or more and a multiple of 3 rows");
    gn_module_free(layer);
    gn_tape_free(tape);
    gn_context_free(c);
}

/* Groups of two: deviations 2 and 0.5 in rows 0, 1 and 2, 3. */
static void test_groups(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tape *tape = gn_tape_new(c);
    gn_module *layer = gn_minibatch_stddev_layer(c, 2);
    gn_var *y = gn_apply(layer, gn_values(tape, GN_SHAPE(4, 1), (const gn_real[]){0, 4, 7, 8}));
    const double wanted[] = {0, 2, 4, 2, 7, 0.5, 8, 0.5};
    for (int i = 0; i < 8; i++)
        assert_true(fabs((double)gn_var_data(y)[i] - wanted[i]) < 1e-6);
    y = gn_apply(layer, gn_full(tape, GN_SHAPE(1, 3), 7));
    assert_true(fabs((double)gn_var_data(y)[3] - 1e-4) < 1e-7);
    gn_apply(layer, gn_full(tape, GN_SHAPE(3, 2), 7));
    assert_message_has(c, GN_ERROR_SHAPE, "input [3,2], expected rank 2 or more and a multiple of 2 rows");
    assert_null(gn_minibatch_stddev_layer(c, 1));
    assert_message(c, GN_ERROR_ARGUMENT, "minibatch_stddev: group is 1, expected 0 (the batch) or at least 2");
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
    gn_tensor *x = gn_tensor_new(c, GN_SHAPE(6, 2, 1, 3));
    gn_random random = {.seed = 3};
    gn_random_fill_normal(&random, gn_tensor_data(x), 36, 0, 1);
    for (int64_t group = 0; group <= 3; group += 3) {
        gn_module *layer = gn_minibatch_stddev_layer(c, group);
        if (gn_gradcheck(c, apply, layer, &x, 1, NULL, NULL) != GN_OK)
            fail_msg("%s", gn_context_message(c));
        gn_module_free(layer);
    }
    gn_tensor_free(x);
    gn_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_hand), cmocka_unit_test(test_groups),
                                       cmocka_unit_test(test_gradients)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
