/* SPDX-License-Identifier: MIT */
/* tests/nn/labels.h - what the tests of modules that take (value, label) share. */
#ifndef GN_TESTS_NN_LABELS_H
#define GN_TESTS_NN_LABELS_H

#include "layers.h"

static inline gn_var *apply_labelled(gn_module *module, gn_var *x, gn_var *label)
{
    return gn_apply_all(module, (gn_var *[]){x, label}, 2);
}

/* Sums what it takes: a dense layer of ones without bias. */
static inline gn_module *sum_of(gn_context *context, int64_t in)
{
    return gn_dense_layer(
        context, &(gn_dense_options){.in = in, .out = 1, .no_bias = true, .weight_init = {GN_INIT_CONSTANT, 1}});
}

/* Holds the gradients of a module, for its parameters, an input and soft labels of these shapes, against central
 * differences, and frees it: both orders where elements are double (tests/double), the first in float. */
static inline void check_labelled_gradients(gn_context *context, gn_module *module, gn_shape shape, gn_shape labels)
{
    assert_non_null(module);
    gn_tensor *inputs[] = {numbers(context, shape), numbers(context, labels)};
    const gn_gradcheck_options in_float = {.step = 2e-2, .tolerance = 1e-2, .first_order_only = true};
    const gn_gradcheck_options *options = sizeof(gn_real) == sizeof(double) ? NULL : &in_float;
    gn_gradcheck_report report;
    const gn_status status = gn_gradcheck_module(module, inputs, 2, options, &report);
    if (status != GN_OK)
        print_error("%s\n", gn_context_message(context));
    assert_int_equal(status, GN_OK);
    assert_true(options != NULL || report.second_order >= 0);
    for (int i = 0; i < 2; i++)
        gn_tensor_free(inputs[i]);
    gn_module_free(module);
}

#endif
