/* SPDX-License-Identifier: MIT */
/* tests/golden/test_batch_norm.c - batch norm's averages after five updates, and inference with them, held against
 * PyTorch's. batch_norm.safetensors is made by make_batch_norm.py. */
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Means and variances of at most 24 numbers, five times averaged: a few units of float32's last place. */
static const double tolerance = 1e-6;

typedef struct golden {
    gn_context *context;
    gn_archive *archive;
    int number;
} golden;

static gn_tensor *read(const golden *g, const char *what)
{
    char name[64];
    gn_shape shape;
    snprintf(name, sizeof name, "%d/%s", g->number, what);
    assert_int_equal(gn_archive_shape(g->archive, name, &shape), GN_OK);
    gn_tensor *tensor = gn_tensor_new(g->context, shape);
    assert_int_equal(gn_archive_get(g->archive, name, tensor), GN_OK);
    return tensor;
}

static void compare(const golden *g, const char *what, const gn_real *found)
{
    gn_tensor *expected = read(g, what);
    double largest = 0, error = 0;
    for (int64_t i = 0; i < gn_tensor_count(expected); i++) {
        largest = fmax(largest, fabs((double)gn_tensor_values(expected)[i]));
        error = fmax(error, fabs((double)gn_tensor_values(expected)[i] - (double)found[i]));
    }
    gn_tensor_free(expected);
    if (!(error <= tolerance * largest))
        fail_msg("case %d, %s: relative error %.2g", g->number, what, error / largest);
}

static gn_tensor *buffer(const gn_module *norm, const char *name)
{
    for (size_t i = 0; i < gn_module_tensor_count(norm); i++)
        if (strstr(gn_module_tensor(norm, i).name, name) != NULL)
            return gn_module_tensor(norm, i).tensor;
    return NULL;
}

static void set(gn_module *norm, int parameter, const golden *g, const char *what)
{
    gn_tensor *value = read(g, what);
    assert_int_equal(gn_tensor_copy(gn_parameter_value(gn_parameters(norm).items[parameter]), value), GN_OK);
    gn_tensor_free(value);
}

/* The rows of batch number i, [rows, channels]. */
static gn_var *batch(gn_tape *tape, const gn_tensor *batches, int i)
{
    const gn_shape shape = gn_tensor_shape(batches);
    const int64_t channels = shape.size[shape.rank - 1], count = gn_tensor_count(batches) / 5;
    return gn_values(tape, GN_SHAPE(count / channels, channels), gn_tensor_values(batches) + i * count);
}

static void check_case(const golden *g, float keep)
{
    gn_tensor *batches = read(g, "batches");
    const gn_shape shape = gn_tensor_shape(batches);
    gn_module *norm = gn_batch_norm_layer(
        g->context, &(gn_batch_norm_options){.size = shape.size[shape.rank - 1], .momentum = keep, .epsilon = 1e-3f});
    gn_tape *tape = gn_tape_new(g->context);
    set(norm, 0, g, "weight");
    set(norm, 1, g, "bias");
    gn_var *y = NULL;
    for (int i = 0; i < 5; i++)
        y = gn_apply(norm, batch(tape, batches, i));
    compare(g, "trained", gn_var_data(y));
    compare(g, "running_mean", gn_tensor_values(buffer(norm, "running_mean")));
    compare(g, "running_variance", gn_tensor_values(buffer(norm, "running_variance")));
    gn_module_set_training(norm, false);
    for (int recording = 0; recording < 2; recording++) {
        gn_tape_set_recording(tape, recording);
        compare(g, "inferred", gn_var_data(gn_apply(norm, batch(tape, batches, 0))));
    }
    gn_tape_free(tape);
    gn_module_free(norm);
    gn_tensor_free(batches);
}

static void test_five_updates_and_inference(void **state)
{
    (void)state;
    golden g = {.context = gn_context_new(&(gn_context_options){.threads = 1})};
    g.archive = gn_archive_load(g.context, GN_TESTS_DIR "/golden/batch_norm.safetensors");
    assert_non_null(g.archive);
    const float keep[] = {0.9f, 0.8f, 0.99f};
    for (g.number = 0; g.number < 3; g.number++)
        check_case(&g, keep[g.number]);
    gn_archive_free(g.archive);
    gn_context_free(g.context);
}

/* The two conventions of variance, told apart: PyTorch's average is larger by the share that n/(n-1) adds. */
static void test_the_variance_is_the_biased_one(void **state)
{
    (void)state;
    golden g = {.context = gn_context_new(&(gn_context_options){.threads = 1})};
    g.archive = gn_archive_load(g.context, GN_TESTS_DIR "/golden/batch_norm.safetensors");
    gn_tensor *biased = read(&g, "running_variance"), *unbiased = read(&g, "unbiased_variance");
    const double rest = pow(0.9, 5); /* what is left of the first value, 1 */
    const double ratio = ((double)gn_tensor_values(unbiased)[0] - rest) / ((double)gn_tensor_values(biased)[0] - rest);
    assert_true(fabs(ratio - 6.0 / 5.0) < 1e-5);
    gn_tensor_free(biased);
    gn_tensor_free(unbiased);
    gn_archive_free(g.archive);
    gn_context_free(g.context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_updates_and_inference),
        cmocka_unit_test(test_the_variance_is_the_biased_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
