/* SPDX-License-Identifier: MIT */
/* gannet/gradcheck.h - checks the gradients of an op, a layer or any other function against central differences. */
#ifndef GANNET_GRADCHECK_H
#define GANNET_GRADCHECK_H

#include <gannet/module.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The function under test: from inputs on one tape to one value of any shape. It must give the same result each
 * time. */
typedef gn_var *(*gn_gradcheck_function)(void *user, gn_tape *tape, gn_var *const *inputs, int count);

/* How it is checked. Zero in a field means its default. */
typedef struct gn_gradcheck_options {
    /* of the central differences: at least the epsilon of gn_real, default 1e-2 (float), 1e-5 (double elements) */
    double step;
    double tolerance;      /* largest error that passes: default 1e-2 (float), 1e-5 (double) */
    bool first_order_only; /* leave the second order out */
    int64_t max_elements;  /* per input; beyond it evenly spaced ones are taken: default 64 */
    uint64_t seed;         /* of the weights below */
} gn_gradcheck_options;

/* Largest errors found, |analytic - numeric| relative to the largest derivative of that input (at least 1e-3). */
typedef struct gn_gradcheck_report {
    double first_order;  /* by the fast gradients */
    double composed;     /* between the fast gradients and those that can be differentiated again */
    double second_order; /* NaN when it was left out */
    int input;           /* where the largest of them was found */
    int64_t element;
} gn_gradcheck_report;

/* With w random weights, compares the derivatives of s = sum(w (f + f^2/4)), f = f(inputs), and of t = sum_i sum(v_i
 * ds/dinput_i) with central differences. inputs are changed and put back. Returns GN_OK when all errors are within the
 * tolerance, GN_ERROR_NUMBER when one is not (the message says which), or the status of what failed. count: 1 to 64.
 * options and report may be NULL. */
GN_API gn_status gn_gradcheck(gn_context *context, gn_gradcheck_function function, void *user, gn_tensor *const *inputs,
                              int count, const gn_gradcheck_options *options, gn_gradcheck_report *report);

/* The same for a module, with regard to its parameters and the given inputs, 64 of both together at most. */
GN_API gn_status gn_gradcheck_module(gn_module *module, gn_tensor *const *inputs, int count,
                                     const gn_gradcheck_options *options, gn_gradcheck_report *report);

#ifdef __cplusplus
}
#endif
#endif
