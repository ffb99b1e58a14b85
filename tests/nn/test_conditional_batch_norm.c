/* SPDX-License-Identifier: MIT */
/* tests/nn/test_conditional_batch_norm.c - batch normalisation with a gamma and a beta for each class. */
#include "files.h"
#include "labels.h"
#include "memory.h"

/* Two channels with means 3 and 30, biased variances 5 and 500. */
static const gn_real batch[] = {0, 0, 2, 20, 4, 40, 6, 60};

/* Class 0, class 2, half of each of 1 and 2, no class. */
static const gn_real labels[] = {1, 0, 0, 0, 0, 1, 0, 0.5f, 0.5f, 0, 0, 0};

static gn_module *norm_new(const fixture *f, int64_t size, int64_t classes, float momentum, bool bias_correction)
{
    const gn_conditional_batch_norm_options options = {
        .size = size, .classes = classes, .momentum = momentum, .bias_correction = bias_correction, .name = "norm"};
    return gn_conditional_batch_norm_layer(f->context, &options);
}

static gn_module *small_new(const fixture *f)
{
    gn_module *module = norm_new(f, 2, 3, 0.5f, false);
    set_values(tensor_of(module, "norm.weight"), (const gn_real[]){1, 2, 10, 20, 30, 40});
    set_values(tensor_of(module, "norm.bias"), (const gn_real[]){0, 5, 1, 2, 3, 4});
    return module;
}

static gn_var *apply_to_batch(const fixture *f, gn_module *module, gn_shape shape)
{
    return apply_labelled(module, gn_values(f->tape, shape, batch), gn_values(f->tape, GN_SHAPE(4, 3), labels));
}

static void test_values(void **state)
{
    const fixture *f = *state;
    const double a = 1 / sqrt(5.001), b = 10 / sqrt(500.001);
    const gn_shape shapes[] = {GN_SHAPE(4, 2), GN_SHAPE(4, 1, 2), GN_SHAPE(4, 1, 1, 2)};
    for (int i = 0; i < 3; i++) {
        gn_module *module = small_new(f);
        gn_var *y = apply_to_batch(f, module, shapes[i]);
        assert_true(gn_shape_equal(gn_var_shape(y), shapes[i]));
        assert_values(y, 1e-4, -3 * a, 2 * -3 * b + 5, 30 * -a + 3, 40 * -b + 4, 20 * a + 2, 30 * b + 3, 0, 0);
        assert_near((double)gn_tensor_values(tensor_of(module, "running_mean"))[1], 15, 1e-5);
        assert_near((double)gn_tensor_values(tensor_of(module, "running_variance"))[1], 250.5, 1e-3);
        free_module(f, module);
    }
}

static void test_start(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 2, 3, 0, false);
    assert_int_equal(gn_module_inputs(module), 2);
    assert_int_equal(gn_module_tensor_count(module), 4);
    assert_true(gn_shape_equal(gn_tensor_shape(tensor_of(module, "norm.weight")), GN_SHAPE(3, 2)));
    assert_true(gn_shape_equal(gn_tensor_shape(tensor_of(module, "norm.bias")), GN_SHAPE(3, 2)));
    for (int i = 0; i < 6; i++) {
        assert_near((double)gn_tensor_values(tensor_of(module, "norm.weight"))[i], 1, 0);
        assert_near((double)gn_tensor_values(tensor_of(module, "norm.bias"))[i], 0, 0);
    }
    assert_string_equal(gn_module_tensor(module, 2).name, "norm.running_mean");
    gn_module_free(module);
}

/* --- against the definition, in double ---------------------------------------------------------------------------- */

enum { N = 5, H = 3, W = 2, C = 7, K = 4, PIXELS = N * H * W };

static double mixed(const gn_tensor *label, const gn_tensor *rows, int n, int c)
{
    double sum = 0;
    for (int k = 0; k < K; k++)
        sum += (double)gn_tensor_values(label)[n * K + k] * (double)gn_tensor_values(rows)[k * C + c];
    return sum;
}

static void statistics_of(const gn_tensor *x, int c, double *mean, double *variance)
{
    *mean = *variance = 0;
    for (int i = 0; i < PIXELS; i++)
        *mean += (double)gn_tensor_values(x)[i * C + c] / PIXELS;
    for (int i = 0; i < PIXELS; i++)
        *variance += pow((double)gn_tensor_values(x)[i * C + c] - *mean, 2) / PIXELS;
}

static void check_definition(const fixture *f, gn_statistics statistics)
{
    gn_module *module = norm_new(f, C, K, 0, false);
    gn_tensor *x = numbers(f->context, GN_SHAPE(N, H, W, C)), *label = numbers(f->context, GN_SHAPE(N, K));
    gn_tensor *gamma = tensor_of(module, "norm.weight"), *beta = tensor_of(module, "norm.bias");
    gn_tensor *running_mean = tensor_of(module, "running_mean"), *running = tensor_of(module, "running_variance");
    for (int i = 0; i < K * C; i++) {
        gn_tensor_data(gamma)[i] = (gn_real)(i % 11) / 5 - 1;
        gn_tensor_data(beta)[i] = (gn_real)(i % 13) / 6 - 1;
    }
    for (int c = 0; c < C; c++) {
        gn_tensor_data(running_mean)[c] = (gn_real)c / 10;
        gn_tensor_data(running)[c] = (gn_real)(c + 1) / 4;
    }
    gn_module_set_statistics(module, statistics);
    gn_var *y = apply_labelled(module, gn_input(f->tape, x), gn_input(f->tape, label));
    assert_shape(y, N, H, W, C);
    for (int c = 0; c < C; c++) {
        double mean = c / 10.0, variance = (c + 1) / 4.0;
        if (statistics != GN_STATISTICS_RUNNING)
            statistics_of(x, c, &mean, &variance);
        for (int i = 0; i < PIXELS; i++) {
            const int n = i / (H * W);
            const double normal = ((double)gn_tensor_values(x)[i * C + c] - mean) / sqrt(variance + 1e-3);
            const double expected = mixed(label, gamma, n, c) * normal + mixed(label, beta, n, c);
            assert_near((double)gn_var_data(y)[i * C + c], expected, 1e-5);
        }
    }
    gn_tensor_free(x);
    gn_tensor_free(label);
    free_module(f, module);
}

static void test_against_the_definition(void **state)
{
    const fixture *f = *state;
    check_definition(f, GN_STATISTICS_BATCH_UPDATE);
    check_definition(f, GN_STATISTICS_BATCH);
    check_definition(f, GN_STATISTICS_RUNNING);
}

/* --- against batch norm ------------------------------------------------------------------------------------------- */

static void test_one_class_is_batch_norm(void **state)
{
    const fixture *f = *state;
    const gn_batch_norm_options options = {.size = 2, .momentum = 0.9f, .bias_correction = true};
    gn_module *plain = gn_batch_norm_layer(f->context, &options), *conditional = norm_new(f, 2, 1, 0.9f, true);
    gn_module *both[] = {plain, conditional};
    for (int i = 0; i < 2; i++) {
        set_values(tensor_of(both[i], ".weight"), (const gn_real[]){2, -3});
        set_values(tensor_of(both[i], ".bias"), (const gn_real[]){0.5f, 7});
    }
    for (int statistics = GN_STATISTICS_BATCH_UPDATE; statistics <= GN_STATISTICS_RUNNING; statistics++) {
        gn_module_set_statistics(plain, (gn_statistics)statistics);
        gn_module_set_statistics(conditional, (gn_statistics)statistics);
        for (int n = 1; n <= 3; n++) {
            gn_var *x = gn_scale(gn_values(f->tape, GN_SHAPE(4, 2), batch), (gn_real)n);
            gn_var *expected = gn_apply(plain, x);
            gn_var *y = apply_labelled(conditional, x, gn_full(f->tape, GN_SHAPE(4, 1), 1));
            for (int i = 0; i < 8; i++)
                assert_near((double)gn_var_data(y)[i], (double)gn_var_data(expected)[i], 2e-6);
        }
    }
    for (size_t i = 2; i < 5; i++)
        assert_memory_equal(gn_tensor_values(gn_module_tensor(plain, i).tensor),
                            gn_tensor_values(gn_module_tensor(conditional, i).tensor), sizeof(gn_real));
    assert_near(gn_batch_norm_gap(conditional), gn_batch_norm_gap(plain), 0);
    assert_true(gn_batch_norm_gap(plain) > 0);
    gn_module_free(plain);
    gn_module_free(conditional);
}

static void test_bias_correction(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 2, 3, 0.99f, true);
    apply_to_batch(f, module, GN_SHAPE(4, 2));
    assert_near((double)gn_tensor_values(tensor_of(module, "running_mean"))[1], 30, 1e-5);
    assert_near((double)gn_tensor_values(tensor_of(module, "running_variance"))[1], 500, 1e-3);
    assert_near((double)gn_tensor_values(tensor_of(module, "updates"))[0], 1, 0);
    assert_near(gn_batch_norm_gap(module), 0, 1e-6);
    gn_module_free(module);
}

/* --- state and gradients ------------------------------------------------------------------------------------------ */

static void test_saved_and_loaded(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 2, 3, 0.9f, true), *loaded = norm_new(f, 2, 3, 0.9f, true);
    set_values(tensor_of(module, "norm.weight"), (const gn_real[]){1, 2, 10, 20, 30, 40});
    set_values(tensor_of(module, "norm.bias"), (const gn_real[]){0, 5, 1, 2, 3, 4});
    apply_to_batch(f, module, GN_SHAPE(4, 2));
    assert_int_equal(gn_module_save(module, path_of("norm.safetensors"), NULL), GN_OK);
    assert_int_equal(gn_module_load(loaded, path_of("norm.safetensors")), GN_OK);
    gn_module *both[] = {module, loaded};
    gn_var *y[2];
    for (int i = 0; i < 2; i++) {
        gn_apply_all(both[i],
                     (gn_var *[]){gn_full(f->tape, GN_SHAPE(4, 2), 8), gn_values(f->tape, GN_SHAPE(4, 3), labels)}, 2);
        gn_module_set_training(both[i], false);
        y[i] = apply_to_batch(f, both[i], GN_SHAPE(4, 2));
    }
    assert_non_null(gn_var_data(y[0]));
    assert_memory_equal(gn_var_data(y[0]), gn_var_data(y[1]), 8 * sizeof(gn_real));
    assert_near((double)gn_tensor_values(tensor_of(loaded, "updates"))[0], 2, 0);
    gn_module_free(module);
    gn_module_free(loaded);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    const gn_conditional_batch_norm_options options = {.size = 3, .classes = 2, .epsilon = 0.1f};
    check_labelled_gradients(f->context, gn_conditional_batch_norm_layer(f->context, &options), GN_SHAPE(5, 2, 1, 3),
                             GN_SHAPE(5, 2));
    gn_module *running = gn_conditional_batch_norm_layer(f->context, &options);
    set_values(tensor_of(running, "running_mean"), (const gn_real[]){0.1f, -0.2f, 0.3f});
    set_values(tensor_of(running, "running_variance"), (const gn_real[]){0.5f, 1, 2});
    gn_module_set_statistics(running, GN_STATISTICS_RUNNING);
    check_labelled_gradients(f->context, running, GN_SHAPE(3, 3), GN_SHAPE(3, 2));
}

/* --- errors ------------------------------------------------------------------------------------------------------- */

static void test_a_failed_tape_moves_nothing(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 2, 3, 0.5f, true);
    gn_var *x = gn_values(f->tape, GN_SHAPE(4, 2), batch), *label = gn_values(f->tape, GN_SHAPE(4, 3), labels);
    gn_tape_fail(f->tape, GN_ERROR_STATE, "planted");
    assert_null(gn_var_data(apply_labelled(module, x, label)));
    assert_near((double)gn_tensor_values(tensor_of(module, "running_mean"))[1], 0, 0);
    assert_near((double)gn_tensor_values(tensor_of(module, "updates"))[0], 0, 0);
    assert_near(gn_batch_norm_gap(module), 0, 0);
    gn_module_free(module);
}

static void test_shapes_that_do_not_fit(void **state)
{
    const fixture *f = *state;
    gn_module *module = norm_new(f, 2, 3, 0, false);
    gn_var *label = gn_values(f->tape, GN_SHAPE(4, 3), labels);
    assert_null(gn_var_data(apply_labelled(module, gn_full(f->tape, GN_SHAPE(4, 1), 1), label)));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "conditional_batch_norm 'norm': input [4,1], expected rank 2 or more and 2 channels");
    gn_tape_reset(f->tape);
    gn_var *x = gn_full(f->tape, GN_SHAPE(5, 2), 1);
    assert_null(gn_var_data(apply_labelled(module, x, gn_values(f->tape, GN_SHAPE(4, 3), labels))));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "conditional_batch_norm 'norm': input [5,2] with label [4,3], expected [N,...,C] with [N,3]");
    gn_tape_reset(f->tape);
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(5, 2), 1))));
    assert_message(f->context, GN_ERROR_ARGUMENT, "conditional_batch_norm 'norm': 1 inputs, expected 2");
    gn_module_free(module);
}

static void test_bad_options(void **state)
{
    gn_context *c = ((const fixture *)*state)->context;
    assert_null(gn_conditional_batch_norm_layer(c, NULL));
    assert_message(c, GN_ERROR_ARGUMENT, "conditional_batch_norm: options is NULL");
    assert_null(gn_conditional_batch_norm_layer(c, &(gn_conditional_batch_norm_options){.classes = 3}));
    assert_message(c, GN_ERROR_ARGUMENT, "conditional_batch_norm: size is 0, expected at least 1");
    assert_null(gn_conditional_batch_norm_layer(c, &(gn_conditional_batch_norm_options){.size = 3}));
    assert_message(c, GN_ERROR_ARGUMENT,
                   "conditional_batch_norm: classes is 0, expected at least 1 and at most 2^40 weights");
    gn_conditional_batch_norm_options options = {.size = 3, .classes = 2, .momentum = 1};
    assert_null(gn_conditional_batch_norm_layer(c, &options));
    assert_message(c, GN_ERROR_ARGUMENT, "conditional_batch_norm: momentum is 1, expected 0 < momentum < 1");
    options = (gn_conditional_batch_norm_options){.size = 3, .classes = 2, .epsilon = -1};
    assert_null(gn_conditional_batch_norm_layer(c, &options));
    assert_message(c, GN_ERROR_ARGUMENT, "conditional_batch_norm: epsilon is -1, expected 0 < epsilon < 1");
}

static bool make(gn_context *context, void *argument)
{
    (void)argument;
    const gn_conditional_batch_norm_options options = {.size = 3, .classes = 2, .bias_correction = true};
    gn_module *module = gn_conditional(context, "g", gn_label_concat_layer(context),
                                       gn_conditional_batch_norm_layer(context, &options),
                                       gn_projection_layer(context, &(gn_projection_options){.in = 3, .classes = 2}));
    const bool made = module != NULL;
    gn_module_free(module);
    return made;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    assert_true(memory_fail_each(make, NULL) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_values),
        WITH_FIXTURE(test_start),
        WITH_FIXTURE(test_against_the_definition),
        WITH_FIXTURE(test_one_class_is_batch_norm),
        WITH_FIXTURE(test_bias_correction),
        WITH_FIXTURE(test_saved_and_loaded),
        WITH_FIXTURE(test_gradients),
        WITH_FIXTURE(test_a_failed_tape_moves_nothing),
        WITH_FIXTURE(test_shapes_that_do_not_fit),
        WITH_FIXTURE(test_bad_options),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
