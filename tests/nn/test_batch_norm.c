/* SPDX-License-Identifier: MIT */
/* tests/nn/test_batch_norm.c - batch normalisation: which statistics are used, and when the averages move. */
#include "layers.h"
#include "nn/activation.h"
#include "nn/batch_norm.h"

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

/* With these running averages, which it reads. */
static gn_module *reading_norm(const fixture *f, const gn_real *mean, const gn_real *variance)
{
    gn_module *module = norm_new(f, 0.5f);
    set_values(tensor_of(module, "running_mean"), mean);
    set_values(tensor_of(module, "running_variance"), variance);
    gn_module_set_training(module, false);
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

/* --- bias correction ---------------------------------------------------------------------------------------------- */

static gn_module *corrected_new(const fixture *f, float momentum)
{
    const gn_batch_norm_options options = {.size = 2, .momentum = momentum, .bias_correction = true, .name = "norm"};
    return gn_batch_norm_layer(f->context, &options);
}

/* Shows the batch times a number: means 3k and 30k, variances 5kk and 500kk. */
static void show(const fixture *f, gn_module *module, gn_real k)
{
    gn_apply(module, gn_scale(input(f), k));
    assert_int_equal(gn_tape_status(f->tape), GN_OK);
}

static void test_the_first_corrected_average_is_the_batch(void **state)
{
    const fixture *f = *state;
    static const float momenta[] = {0.1f, 0.8f, 0, 0.9999f};
    for (int i = 0; i < 4; i++) {
        gn_module *module = corrected_new(f, momenta[i]);
        show(f, module, 1);
        check_averages(module, 3, 30, 5, 500);
        free_module(f, module);
    }
}

/* Adam's formula: the plain average, begun at zero, divided by 1 - momentum^n. */
static void test_corrected_averages_after_several_updates(void **state)
{
    const fixture *f = *state;
    const double momentum = 0.8;
    gn_module *module = corrected_new(f, (float)momentum);
    double k_sum = 0, square_sum = 0;
    for (int n = 1; n <= 5; n++) {
        show(f, module, (gn_real)n);
        k_sum = momentum * k_sum + (1 - momentum) * n;
        square_sum = momentum * square_sum + (1 - momentum) * n * n;
        const double k = k_sum / (1 - pow(momentum, n)), square = square_sum / (1 - pow(momentum, n));
        check_averages(module, 3 * k, 30 * k, 5 * square, 500 * square);
        assert_near((double)gn_tensor_values(tensor_of(module, "updates"))[0], n, 0);
    }
    gn_module_free(module);
}

/* What stands there may come from a file. */
static void test_a_count_that_is_none_does_no_harm(void **state)
{
    const fixture *f = *state;
    gn_module *module = corrected_new(f, 0.5f);
    gn_real *updates = gn_tensor_data(tensor_of(module, "updates"));
    const gn_real from[] = {(gn_real)1e30, -5, (gn_real)NAN, (gn_real)INFINITY}, to[] = {1 << 24, 1, 1, 1 << 24};
    for (int i = 0; i < 4; i++) {
        updates[0] = from[i];
        show(f, module, 1);
        assert_near((double)updates[0], (double)to[i], 0);
        assert_true(isfinite(gn_tensor_values(tensor_of(module, "running_mean"))[0]));
    }
    gn_module_free(module);
}

static void test_updates_are_counted_only_when_asked_for(void **state)
{
    const fixture *f = *state;
    gn_module *plain = norm_new(f, 0.5f), *corrected = corrected_new(f, 0.5f);
    assert_int_equal(gn_module_tensor_count(plain), 4);
    assert_null(tensor_of(plain, "updates"));
    assert_int_equal(gn_module_tensor_count(corrected), 5);
    assert_string_equal(gn_module_tensor(corrected, 4).name, "norm.updates");
    gn_module_set_statistics(corrected, GN_STATISTICS_BATCH);
    show(f, corrected, 1);
    gn_module_set_statistics(corrected, GN_STATISTICS_RUNNING);
    show(f, corrected, 1);
    assert_near((double)gn_tensor_values(tensor_of(corrected, "updates"))[0], 0, 0);
    check_averages(corrected, 0, 0, 1, 1);
    gn_module_free(plain);
    gn_module_free(corrected);
}

static void test_a_copy_goes_on_counting(void **state)
{
    const fixture *f = *state;
    gn_module *module = corrected_new(f, 0.9f), *copy = corrected_new(f, 0.9f);
    show(f, module, 1);
    show(f, module, 2);
    assert_int_equal(gn_module_copy(copy, module), GN_OK);
    show(f, module, 3);
    show(f, copy, 3);
    for (size_t i = 0; i < gn_module_tensor_count(module); i++) {
        const gn_tensor *a = gn_module_tensor(module, i).tensor, *b = gn_module_tensor(copy, i).tensor;
        assert_memory_equal(gn_tensor_values(a), gn_tensor_values(b), (size_t)gn_tensor_count(a) * sizeof(gn_real));
    }
    gn_module_free(module);
    gn_module_free(copy);
}

/* --- gap and mean over batches ------------------------------------------------------------------------------------ */

static void test_gap(void **state)
{
    const fixture *f = *state;
    gn_module *near = norm_new(f, 0.5f), *far = gn_batch_norm_layer(f->context, &(gn_batch_norm_options){.size = 2});
    gn_module *tree = gn_sequential(f->context, "g", gn_sequential(f->context, "inner", near), far);
    assert_near(gn_batch_norm_gap(tree), 0, 0);
    show(f, near, 1);
    const double gap = (1.5 / sqrt(5.001) + 1 - sqrt(3.001 / 5.001) + 15 / sqrt(500.001) + 1 -
                        sqrt(250.501 / 500.001)) /
                       2;
    const double wide = (3 / sqrt(5.001) + 1 - sqrt(1.001 / 5.001) + 30 / sqrt(500.001) + 1 - sqrt(1.001 / 500.001)) /
                        2;
    assert_near(gn_batch_norm_gap(near), gap, 1e-6);
    assert_near(gn_batch_norm_gap(far), 0, 0);
    assert_near(gn_batch_norm_gap(tree), gap, 1e-6);
    gn_module_set_statistics(far, GN_STATISTICS_BATCH);
    show(f, far, 1);
    assert_near(gn_batch_norm_gap(tree), wide, 1e-6);
    gn_module_set_training(tree, false);
    show(f, tree, 9);
    assert_near(gn_batch_norm_gap(tree), wide, 1e-6); /* that was no batch to learn from */
    gn_tensor_data(tensor_of(near, "running_mean"))[1] = (gn_real)NAN;
    assert_true(isnan(gn_batch_norm_gap(tree)));
    gn_module_free(tree);
}

static void test_gap_without_batch_norms(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_sequential(f->context, "g", gn_relu_layer(f->context));
    assert_near(gn_batch_norm_gap(module), 0, 0);
    assert_near(gn_batch_norm_gap(NULL), 0, 0);
    gn_module_free(module);
}

static void test_mean_over_batches(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 0.9f), *unseen = norm_new(f, 0.9f);
    gn_module *tree = gn_sequential(f->context, "g", gn_sequential(f->context, "a", module),
                                    gn_sequential(f->context, "b", unseen));
    gn_module_set_statistics(tree, GN_STATISTICS_BATCH);
    for (int i = 0; i < 3; i++) {
        show(f, module, (gn_real)(i + 1));
        gn__batch_norm_accumulate(tree, i);
    }
    check_averages(module, 3 * 2, 30 * 2, 5 * (1 + 4 + 9) / 3.0, 500 * (1 + 4 + 9) / 3.0);
    check_averages(unseen, 0, 0, 1, 1);
    gn__batch_norm_accumulate(NULL, 0);
    gn_module_free(tree);
}

/* --- settings ----------------------------------------------------------------------------------------------------- */

static void test_running_values(void **state)
{
    const fixture *f = *state;
    gn_module *module = reading_norm(f, (const gn_real[]){1, 10}, (const gn_real[]){4, 9});
    gn_var *y = gn_apply(module, input(f));
    for (int i = 0; i < 4; i++) {
        assert_near((double)gn_var_data(y)[2 * i], ((double)batch[2 * i] - 1) / sqrt(4.001), 1e-5);
        assert_near((double)gn_var_data(y)[2 * i + 1], 2 * ((double)batch[2 * i + 1] - 10) / sqrt(9.001) + 5, 1e-4);
    }
    check_averages(module, 1, 10, 4, 9);
    gn_module_free(module);
}

static gn_var *apply_with_slope(gn_module *module, gn_var *x, gn_real slope)
{
    return gn__apply_fused(module, gn__batch_norm_fusion(module), x, &(gn__finish){.slope = slope});
}

/* What is not recorded is computed in one pass. */
static void test_running_values_in_one_pass(void **state)
{
    const fixture *f = *state;
    gn_module *module = reading_norm(f, (const gn_real[]){1, 30}, (const gn_real[]){4, 9});
    const gn_real slopes[] = {1, 0, 0.2f};
    for (int i = 0; i < 3; i++) {
        gn_var *recorded = apply_with_slope(module, input(f), slopes[i]);
        gn_tape_set_recording(f->tape, false);
        gn_var *y = apply_with_slope(module, input(f), slopes[i]);
        gn_tape_set_recording(f->tape, true);
        assert_string_equal(gn_var_op_name(y), "batch_norm_given");
        assert_shape(y, 4, 2);
        for (int j = 0; j < 8; j++)
            assert_near((double)gn_var_data(y)[j], (double)gn_var_data(recorded)[j], 1e-5);
    }
    gn_module_free(module);
}

/* A mean that is large beside the deviation does not cost digits, whether a gradient can be asked for or not. */
static void test_running_values_with_a_large_mean(void **state)
{
    const fixture *f = *state;
    gn_module *module = reading_norm(f, (const gn_real[]){10000, 10000}, (const gn_real[]){0.01f, 0.01f});
    gn_var *x = gn_values(f->tape, GN_SHAPE(1, 2), (const gn_real[]){10000.5f, 9999.5f});
    const double normal = 0.5 / sqrt(0.01 + 1e-3);
    assert_values(gn_apply(module, x), 1e-5, normal, 5 - 2 * normal);
    gn_tape_set_recording(f->tape, false);
    assert_values(gn_apply(module, x), 1e-5, normal, 5 - 2 * normal);
    gn_tape_set_recording(f->tape, true);
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

static void test_start(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_batch_norm_layer(
        f->context, &(gn_batch_norm_options){.size = 2, .weight_init = {GN_INIT_CONSTANT, 0.5f}, .name = "norm"});
    assert_true(gn_tensor_values(tensor_of(module, "norm.weight"))[1] == 0.5f);
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
        WITH_FIXTURE(test_the_first_corrected_average_is_the_batch),
        WITH_FIXTURE(test_corrected_averages_after_several_updates),
        WITH_FIXTURE(test_a_count_that_is_none_does_no_harm),
        WITH_FIXTURE(test_updates_are_counted_only_when_asked_for),
        WITH_FIXTURE(test_a_copy_goes_on_counting),
        WITH_FIXTURE(test_gap),
        WITH_FIXTURE(test_gap_without_batch_norms),
        WITH_FIXTURE(test_mean_over_batches),
        WITH_FIXTURE(test_running_values),
        WITH_FIXTURE(test_running_values_in_one_pass),
        WITH_FIXTURE(test_running_values_with_a_large_mean),
        WITH_FIXTURE(test_running_values_are_not_moved_later),
        WITH_FIXTURE(test_settings),
        WITH_FIXTURE(test_start),
        WITH_FIXTURE(test_a_failed_tape_moves_nothing),
        cmocka_unit_test(test_running_out_of_memory_moves_nothing),
        WITH_FIXTURE(test_gradients),
        WITH_FIXTURE(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
