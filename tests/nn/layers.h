/* SPDX-License-Identifier: MIT */
/* tests/nn/layers.h - what the tests of this folder share: a context and a tape for each test, and assertions on
 * values. */
#ifndef GN_TESTS_NN_LAYERS_H
#define GN_TESTS_NN_LAYERS_H

#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
    gn_context *context;
    gn_tape *tape;
} fixture;

static inline int open_fixture(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (f == NULL)
        return -1;
    f->context = gn_context_new(&(gn_context_options){.seed = 5, .threads = 2});
    f->tape = gn_tape_new(f->context);
    *state = f;
    return f->tape == NULL ? -1 : 0;
}

static inline int close_fixture(void **state)
{
    fixture *f = *state;
    gn_tape_free(f->tape);
    gn_context_free(f->context);
    free(f);
    return 0;
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

#define assert_near(found, expected, tolerance) near_or_fail(found, expected, tolerance, __FILE__, __LINE__)
static inline void near_or_fail(double found, double expected, double tolerance, const char *file, int line)
{
    if (fabs(found - expected) <= tolerance)
        return;
    print_error("%.9g, expected %.9g within %g\n", found, expected, tolerance);
    _fail(file, line);
}

#define assert_shape(value, ...) shape_or_fail(value, GN_SHAPE(__VA_ARGS__), __FILE__, __LINE__)
static inline void shape_or_fail(const gn_var *value, gn_shape expected, const char *file, int line)
{
    char found_text[64], expected_text[64];
    if (gn_var_data(value) != NULL && gn_shape_equal(gn_var_shape(value), expected))
        return;
    print_error("%s, expected %s (%s)\n", gn_shape_text(gn_var_shape(value), found_text, sizeof found_text),
                gn_shape_text(expected, expected_text, sizeof expected_text),
                gn_context_message(gn_tape_context(gn_var_tape(value))));
    _fail(file, line);
}

/* Compares all elements of a value with as many numbers. */
#define assert_values(value, tolerance, ...)                                                                           \
    values_or_fail(value, tolerance, (const double[]){__VA_ARGS__},                                                    \
                   sizeof((const double[]){__VA_ARGS__}) / sizeof(double), __FILE__, __LINE__)
static inline void values_or_fail(const gn_var *value, double tolerance, const double *expected, size_t count,
                                  const char *file, int line)
{
    const gn_real *data = gn_var_data(value);
    if (data == NULL || gn_shape_count(gn_var_shape(value)) != (int64_t)count) {
        print_error("%s, expected %zu numbers (%s)\n", data == NULL ? "poison" : "another count", count,
                    gn_context_message(gn_tape_context(gn_var_tape(value))));
        _fail(file, line);
    }
    for (size_t i = 0; i < count; i++)
        near_or_fail((double)data[i], expected[i], tolerance, file, line);
}

/* Frees a module; the tape, which shares its parameters, is reset before. */
static inline void free_module(const fixture *f, gn_module *module)
{
    gn_tape_reset(f->tape);
    gn_module_free(module);
}

static inline void set_values(gn_tensor *tensor, const gn_real *values)
{
    memcpy(gn_tensor_data(tensor), values, (size_t)gn_tensor_count(tensor) * sizeof *values);
}

/* The tensor of a module by the end of its name. */
static inline gn_tensor *tensor_of(const gn_module *module, const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < gn_module_tensor_count(module); i++) {
        const gn_named_tensor named = gn_module_tensor(module, i);
        const size_t full = strlen(named.name);
        if (full >= length && strcmp(named.name + full - length, name) == 0)
            return named.tensor;
    }
    return NULL;
}

/* The largest absolute value. */
static inline double largest_of(const gn_tensor *tensor)
{
    double largest = 0;
    for (int64_t i = 0; i < gn_tensor_count(tensor); i++)
        largest = fmax(largest, fabs((double)gn_tensor_values(tensor)[i]));
    return largest;
}

/* Reproducible numbers between -1 and 1, no two of them near each other: safe to differentiate maxima at. */
static inline gn_tensor *numbers(gn_context *context, gn_shape shape)
{
    gn_tensor *tensor = gn_tensor_new(context, shape);
    const int64_t count = gn_tensor_count(tensor);
    for (int64_t i = 0; i < count; i++)
        gn_tensor_data(tensor)[i] = (gn_real)(2 * ((i * 7919 + 13) % count) + 1) / (gn_real)count - 1;
    return tensor;
}

/* Holds the gradients of a module, for its parameters and an input of this shape, against central differences, and
 * frees it. In float only the first order is worth checking; tests/double has the second. */
static inline void check_gradients(gn_context *context, gn_module *module, gn_shape shape)
{
    assert_non_null(module);
    gn_tensor *x = numbers(context, shape);
    const gn_gradcheck_options options = {.step = 2e-2, .tolerance = 1e-2, .first_order_only = true};
    gn_gradcheck_report report;
    const gn_status status = gn_gradcheck_module(module, &x, 1, &options, &report);
    if (status != GN_OK)
        print_error("%s\n", gn_context_message(context));
    assert_int_equal(status, GN_OK);
    gn_tensor_free(x);
    gn_module_free(module);
}

#endif
