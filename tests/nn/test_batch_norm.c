/* SPDX-License-Identifier: MIT */
/* tests/nn/test_batch_norm.c - batch normalisation: which statistics are used, and when the averages move. */
#include "layers.h"

/* Two channels with means 3 and 30, biased variances 5 and 500. */
static const gn_real batch[] = {0, 0, 2, 20, 4, 40, 6, 60};

static gn_module *norm_new(const fixture *f, float momentum)
{
    gn_module *module = gn_batch_norm_layer(f->context,
                                            &(gn_batch_norm_options){.size = 2, .momentum = momentum, .name = "norm"});
    set_values(tensor_of(module, "norm.weight"), (const gn_real[]){1, 2});
    set_values(tensor_of(module, "norm.bias"), (const gn_real[]){0, 5});
    return module;
}

static gn_var *input(const fixture *f)
{
    return gn_values(f->tape, GN_SHAPE(4, 2), batch);
}

static void check_averages(const gn_module *module, double mean0, double mean1, double variance0, double variance1)
{
    const gn_real *mean = gn_tensor_values(tensor_of(module, "running_mean"));
    const gn_real *variance = gn_tensor_values(tensor_of(module, "running_variance"));
    assert_near((double)mean[0], mean0, 1e-5);
    assert_near((double)mean[1], mean1, 1e-4);
    assert_near((double)variance[0], variance0, 1e-4);
    assert_near((double)variance[1], variance1, 1e-2);
}

static void test_batch_values(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 0);
    gn_var *y = gn_apply(module, input(f));
    assert_shape(y, 4, 2);
    for (int i = 0; i < 4; i++) {
        assert_near((double)gn_var_data(y)[2 * i], ((double)batch[2 * i] - 3) / sqrt(5.001), 1e-5);
        assert_near((double)gn_var_data(y)[2 * i + 1], 2 * ((double)batch[2 * i + 1] - 30) / sqrt(500.001) + 5, 1e-5);
    }
    gn_module_free(module);
}

/* Keras: running = momentum running + (1 - momentum) batch, with the biased variance. */
static void test_averages_after_several_updates(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 0.8f);
    check_averages(module, 0, 0, 1, 1);
    for (int n = 1; n <= 5; n++) {
        gn_apply(module, input(f));
        const double left = pow(0.8, n);
        check_averages(module, 3 * (1 - left), 30 * (1 - left), left + 5 * (1 - left), left + 500 * (1 - left));
    }
    free_module(f, module);
    module = norm_new(f, 0);
    gn_apply(module, input(f));
    check_averages(module, 0.03, 0.3, 0.99 + 0.05, 0.99 + 5);
    gn_module_free(module);
}

static void test_running_values(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 0.5f);
    set_values(tensor_of(module, "running_mean"), (const gn_real[]){1, 10});
    set_values(tensor_of(module, "running_variance"), (const gn_real[]){4, 9});
    gn_module_set_training(module, false);
    gn_var *y = gn_apply(module, input(f));
    for (int i = 0; i < 4; i++) {
        assert_near((double)gn_var_data(y)[2 * i], ((double)batch[2 * i] - 1) / sqrt(4.001), 1e-5);
        assert_near((double)gn_var_data(y)[2 * i + 1], 2 * ((double)batch[2 * i + 1] - 10) / sqrt(9.001) + 5, 1e-4);
    }
    check_averages(module, 1, 10, 4, 9);
    gn_module_free(module);
}

/* An update after the value was made must not reach into it. */
static void test_running_values_are_not_moved_later(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 0.5f);
    gn_parameter *gamma = gn_parameters(module).items[0];
    gn_real gradients[2][2];
    for (int update = 0; update < 2; update++) {
        gn_tape_reset(f->tape);
        set_values(tensor_of(module, "running_mean"), (const gn_real[]){1, 10});
        set_values(tensor_of(module, "running_variance"), (const gn_real[]){4, 9});
        gn_module_set_statistics(module, GN_STATISTICS_RUNNING);
        gn_var *y = gn_apply(module, input(f));
        gn_module_set_statistics(module, GN_STATISTICS_BATCH_UPDATE);
        if (update)
            gn_apply(module, input(f));
        assert_int_equal(gn_backward(gn_sum(gn_square(y), GN_ALL_AXES, false), gn_parameters(module)), GN_OK);
        memcpy(gradients[update], gn_tensor_values(gn_parameter_gradient(gamma)), sizeof gradients[0]);
    }
    assert_memory_equal(gradients[0], gradients[1], sizeof gradients[0]);
    gn_module_free(module);
}

static void test_settings(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 0.5f);
    gn_module_set_statistics(module, GN_STATISTICS_BATCH);
    gn_var *still = gn_apply(module, input(f));
    check_averages(module, 0, 0, 1, 1);
    gn_module_set_statistics(module, GN_STATISTICS_BATCH_UPDATE);
    gn_module_set_frozen(module, true);
    gn_var *moving = gn_apply(module, input(f));
    check_averages(module, 1.5, 15, 3, 250.5);
    assert_memory_equal(gn_var_data(still), gn_var_data(moving), 8 * sizeof(gn_real));
    gn_module_free(module);
}

static void test_a_failed_tape_moves_nothing(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 0.5f);
    gn_var *x = input(f);
    gn_tape_fail(f->tape, GN_ERROR_STATE, "planted");
    assert_null(gn_var_data(gn_apply(module, x)));
    check_averages(module, 0, 0, 1, 1);
    gn_tape_reset(f->tape);
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(4, 3), 1))));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "batch_norm 'norm': input [4,3], expected rank 2 or more and 2 channels");
    check_averages(module, 0, 0, 1, 1);
    gn_module_free(module);
}

static bool refuse;

static void *allocate(void *user, void *pointer, size_t old_size, size_t new_size)
{
    (void)user, (void)old_size;
    if (new_size > 0)
        return refuse ? NULL : realloc(pointer, new_size);
    free(pointer);
    return NULL;
}

/* The op itself fails here: there are no statistics to learn from. */
static void test_running_out_of_memory_moves_nothing(void **state)
{
    (void)state;
    refuse = false;
    fixture f = {.context = gn_context_new(&(gn_context_options){.threads = 1, .allocate = allocate})};
    f.tape = gn_tape_new(f.context);
    gn_module *module = norm_new(&f, 0.5f);
    gn_tensor *large = gn_tensor_new(f.context, GN_SHAPE(1 << 20, 2));
    gn_var *x = gn_input(f.tape, large);
    gn_apply(module, input(&f));
    check_averages(module, 1.5, 15, 3, 250.5);
    refuse = true;
    assert_null(gn_var_data(gn_apply(module, x)));
    refuse = false;
    assert_int_equal(gn_tape_status(f.tape), GN_ERROR_MEMORY);
    check_averages(module, 1.5, 15, 3, 250.5);
    gn_tensor_free(large);
    gn_module_free(module);
    gn_tape_free(f.tape);
    gn_context_free(f.context);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    check_gradients(f->context, gn_batch_norm_layer(f->context, &(gn_batch_norm_options){.size = 3, .epsilon = 0.1f}),
                    GN_SHAPE(5, 2, 1, 3));
    gn_module *running = gn_batch_norm_layer(f->context, &(gn_batch_norm_options){.size = 3});
    set_values(tensor_of(running, "running_mean"), (const gn_real[]){0.1f, -0.2f, 0.3f});
    set_values(tensor_of(running, "running_variance"), (const gn_real[]){0.5f, 1, 2});
    gn_module_set_statistics(running, GN_STATISTICS_RUNNING);
    check_gradients(f->context, running, GN_SHAPE(5, 3));
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_batch_norm_layer(f->context, NULL));
    assert_message(f->context, GN_ERROR_ARGUMENT, "batch_norm: options is NULL");
    assert_null(gn_batch_norm_layer(f->context, &(gn_batch_norm_options){0}));
    assert_message(f->context, GN_ERROR_ARGUMENT, "batch_norm: size is 0, expected at least 1");
    assert_null(gn_batch_norm_layer(f->context, &(gn_batch_norm_options){.size = 1, .momentum = 1}));
    assert_message(f->context, GN_ERROR_ARGUMENT, "batch_norm: momentum is 1, expected 0 < momentum < 1");
    assert_null(gn_batch_norm_layer(f->context, &(gn_batch_norm_options){.size = 1, .momentum = -0.5f}));
    assert_null(gn_batch_norm_layer(f->context, &(gn_batch_norm_options){.size = 1, .epsilon = -1}));
    assert_message(f->context, GN_ERROR_ARGUMENT, "batch_norm: epsilon is -1, expected 0 < epsilon < 1");
    gn_module *module = norm_new(f, 0);
    gn_module_set_statistics(module, GN_STATISTICS_RUNNING);
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(4, 1), 1))));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "batch_norm 'norm': input [4,1], expected rank 2 or more and 2 channels");
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_batch_values),
        WITH_FIXTURE(test_averages_after_several_updates),
        WITH_FIXTURE(test_running_values),
        WITH_FIXTURE(test_running_values_are_not_moved_later),
        WITH_FIXTURE(test_settings),
        WITH_FIXTURE(test_a_failed_tape_moves_nothing),
        cmocka_unit_test(test_running_out_of_memory_moves_nothing),
        WITH_FIXTURE(test_gradients),
        WITH_FIXTURE(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
