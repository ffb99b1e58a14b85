/* SPDX-License-Identifier: MIT */
/* tests/golden/golden_case.h - values, gradients and second-order gradients held against PyTorch's, as golden_case.py
 * has recorded them.
 *
 * PyTorch computed in float64, so what is measured here is the rounding of a float32 computation. Errors are relative
 * to the largest element of the tensor compared. */
#ifndef GN_TESTS_GOLDEN_CASE_H
#define GN_TESTS_GOLDEN_CASE_H

#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 6 };

/* Sums here have at most 117 terms (conv2d0's kernel gradient): a few units of float32's last place (6e-8) each
 * time. */
static const double first_order_tolerance = 1e-6;
/* The second order passes through the network twice, and batch norm's cancels. */
static const double second_order_tolerance = 5e-6;

typedef struct golden_case {
    const char *name;
    int configurations;
    /* From the inputs of a configuration (numbered from 0) to the result. */
    gn_var *(*function)(gn_var *const *x, int configuration);
} golden_case;

/* One configuration: the file, the tape, and the tensors that were read for it. */
typedef struct reading {
    gn_context *context;
    gn_archive *archive;
    gn_tape *tape;
    char prefix[64];
    gn_tensor *tensors[6 * MOST];
    int count;
} reading;

/* The tensor <prefix>/<what><k> as a value, or NULL when the file has none. */
static inline gn_var *read_value(reading *r, const char *what, int k)
{
    char name[96];
    gn_shape shape;
    if (k < 0)
        snprintf(name, sizeof name, "%s/%s", r->prefix, what);
    else
        snprintf(name, sizeof name, "%s/%s%d", r->prefix, what, k);
    if (!gn_archive_has(r->archive, name))
        return NULL;
    assert_int_equal(gn_archive_shape(r->archive, name, &shape), GN_OK);
    gn_tensor *tensor = gn_tensor_new(r->context, shape);
    assert_int_equal(gn_archive_get(r->archive, name, tensor), GN_OK);
    r->tensors[r->count++] = tensor;
    return gn_input(r->tape, tensor);
}

static inline double compare(const reading *r, const char *what, gn_var *found, gn_var *expected, double tolerance)
{
    if (found == NULL || gn_var_data(found) == NULL)
        fail_msg("%s/%s: %s", r->prefix, what, gn_context_message(r->context));
    const int64_t count = gn_shape_count(gn_var_shape(expected));
    assert_int_equal(gn_shape_count(gn_var_shape(found)), count);
    double largest = 1e-6, error = 0;
    for (int64_t i = 0; i < count; i++) {
        const double difference = fabs((double)gn_var_data(found)[i] - (double)gn_var_data(expected)[i]);
        if (isnan(difference))
            fail_msg("%s/%s: not a number", r->prefix, what);
        error = fmax(error, difference);
        largest = fmax(largest, fabs((double)gn_var_data(expected)[i]));
    }
    if (error / largest > tolerance)
        fail_msg("%s/%s: relative error %.2g, tolerance %.2g", r->prefix, what, error / largest, tolerance);
    return error / largest;
}

/* Adds the weighted sum of a value to total. */
static inline gn_var *add_weighted(gn_var *total, gn_var *x, gn_var *weights)
{
    gn_var *part = gn_sum(gn_mul(x, gn_reshape(weights, gn_var_shape(x))), GN_ALL_AXES, false);
    return total == NULL ? part : gn_add(total, part);
}

/* Largest errors of a case: value, first and second order. */
static inline void check_configuration(reading *r, const golden_case *c, int configuration, double worst[3])
{
    gn_var *x[MOST] = {NULL}, *expected[MOST], *gradients[MOST], *t = NULL;
    int inputs = 0, differentiable = 0;
    while (inputs < MOST && (x[inputs] = read_value(r, "i", inputs)) != NULL)
        inputs++;
    while (differentiable < inputs && (expected[differentiable] = read_value(r, "g", differentiable)) != NULL)
        differentiable++;
    gn_var *y = c->function(x, configuration);
    worst[0] = fmax(worst[0], compare(r, "y", y, read_value(r, "y", -1), first_order_tolerance));
    gn_var *s = add_weighted(NULL, y, read_value(r, "w", -1));
    assert_int_equal(gn_gradients(s, x, (size_t)differentiable, true, gradients), GN_OK);
    for (int i = 0; i < differentiable; i++) {
        worst[1] = fmax(worst[1], compare(r, "g", gradients[i], expected[i], first_order_tolerance));
        t = add_weighted(t, gradients[i], read_value(r, "v", i));
    }
    assert_int_equal(gn_gradients(t, x, (size_t)differentiable, false, gradients), GN_OK);
    for (int i = 0; i < differentiable; i++)
        worst[2] = fmax(worst[2], compare(r, "h", gradients[i], read_value(r, "h", i), second_order_tolerance));
    assert_int_equal(gn_gradients(s, x, (size_t)differentiable, false, gradients), GN_OK);
    for (int i = 0; i < differentiable; i++)
        compare(r, "g, fast", gradients[i], expected[i], first_order_tolerance);
}

/* Every configuration of every case of a file, with a line for each case in the table; done (may be NULL) follows each
 * configuration. */
static inline void check_cases(const char *path, const golden_case *cases, size_t count, void (*done)(void))
{
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 2});
    gn_archive *archive = gn_archive_load(context, path);
    if (archive == NULL)
        fail_msg("%s", gn_context_message(context));
    printf("distance from PyTorch (float64), relative to the largest element\n%-24s %8s %12s %12s\n", "layer or loss",
           "value", "first order", "second order");
    for (size_t i = 0; i < count; i++) {
        double worst[3] = {0};
        for (int k = 0; k < cases[i].configurations; k++) {
            reading r = {.context = context, .archive = archive, .tape = gn_tape_new(context)};
            snprintf(r.prefix, sizeof r.prefix, "%s%d", cases[i].name, k);
            check_configuration(&r, &cases[i], k, worst);
            gn_tape_free(r.tape);
            for (int j = 0; j < r.count; j++)
                gn_tensor_free(r.tensors[j]);
            if (done != NULL)
                done();
        }
        printf("%-24s %8.1e %12.1e %12.1e\n", cases[i].name, worst[0], worst[1], worst[2]);
    }
    gn_archive_free(archive);
    gn_context_free(context);
}

#endif
