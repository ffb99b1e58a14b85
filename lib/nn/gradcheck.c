/* SPDX-License-Identifier: MIT */
/* lib/nn/gradcheck.c - gradients held against central differences, first and second order. */
#include "autodiff/tape.h"
#include "core/allocator.h"

#include <float.h>
#include <gannet/gradcheck.h>
#include <math.h>
#include <string.h>

enum { MAX_INPUTS = 64 };

typedef struct check {
    gn_context *context;
    gn_tape *tape;
    gn_gradcheck_function function;
    void *user;
    gn_tensor *const *inputs;
    int count;
    gn_gradcheck_options options;
    gn_gradcheck_report report;
    gn_status status; /* the first failure */
} check;

/* Which of the two numbers is differentiated: s, or t, which contains the first derivatives of s. */
typedef enum target { FIRST, SECOND } target;

static gn_var *weighted_sum(gn_var *x, uint64_t seed, uint64_t stream)
{
    gn_tape *tape = gn_var_tape(x);
    gn_var *weights = gn_full(tape, gn_var_shape(x), 0);
    gn_random random = {.seed = seed, .stream = stream};
    if (gn_tape_status(tape) == GN_OK)
        gn_random_fill_uniform(&random, gn_op_output(weights), gn_shape_count(gn_var_shape(x)), (float)0.5, (float)1.5);
    return gn_sum(gn_mul(x, weights), GN_ALL_AXES, false);
}

/* x + x^2 / 4. Without a bend an op's gradient would only ever be given constants, and what it does with a gradient
 * that itself depends on the inputs, as in the middle of any network, would not be seen. */
static gn_var *bend(gn_var *x)
{
    return gn_add(x, gn_scale(gn_square(x), (gn_real)0.25));
}

/* s or t at the present inputs; vars receives the inputs' values. NULL when something failed. */
static gn_var *evaluate(check *c, target which, bool create_graph, gn_var **vars)
{
    gn_tape_reset(c->tape);
    gn_tape_set_random(c->tape, (gn_random){.seed = c->options.seed, .stream = 1});
    for (int i = 0; i < c->count; i++)
        vars[i] = gn_input(c->tape, c->inputs[i]);
    const bool recording = gn__tape_hold(c->tape);
    gn_var *s = c->function(c->user, c->tape, vars, c->count);
    gn__tape_release(c->tape, recording);
    if (s == NULL)
        gn_tape_fail(c->tape, GN_ERROR_STATE, "gradcheck: the function gave NULL");
    if (gn_tape_status(c->tape) != GN_OK)
        return NULL;
    s = weighted_sum(bend(s), c->options.seed, 2);
    if (which == FIRST)
        return s;
    gn_var *gradients[MAX_INPUTS], *t = NULL;
    if (gn_gradients(s, vars, (size_t)c->count, create_graph, gradients) != GN_OK)
        return NULL;
    for (int i = 0; i < c->count; i++) {
        gn_var *part = weighted_sum(gradients[i], c->options.seed, 3 + (uint64_t)i);
        t = t == NULL ? part : gn_add(t, part);
    }
    return t;
}

static double number_at(check *c, target which, gn_real *element, double value)
{
    gn_var *vars[MAX_INPUTS];
    const gn_real kept = *element;
    *element = (gn_real)value;
    gn_var *result = evaluate(c, which, true, vars);
    *element = kept;
    if (c->status == GN_OK)
        c->status = gn_tape_status(c->tape);
    return result == NULL ? (double)NAN : (double)gn_var_number(result);
}

static double numeric(check *c, target which, int input, int64_t index)
{
    gn_real *element = gn_tensor_data(c->inputs[input]) + index;
    const double x = (double)*element, h = c->options.step;
    const double high = (double)(gn_real)(x + h), low = (double)(gn_real)(x - h);
    return (number_at(c, which, element, high) - number_at(c, which, element, low)) / (high - low);
}

static int64_t stride_of(const check *c, int64_t count)
{
    return (count - 1) / c->options.max_elements + 1;
}

/* Compares one input's analytic derivatives (a copy) with numeric ones; returns the largest relative error. */
static double compare(check *c, target which, int input, const gn_real *analytic, int64_t *worst)
{
    const int64_t count = gn_tensor_count(c->inputs[input]), stride = stride_of(c, count);
    double largest = 1e-3, error = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)analytic[i]));
    for (int64_t i = 0; i < count && !isnan(error); i += stride) {
        const double difference = fabs((double)analytic[i] - numeric(c, which, input, i));
        if (!(difference <= error)) { /* NaN counts as an error, too */
            error = difference;
            *worst = i;
        }
    }
    return error / largest;
}

static void note(check *c, double *largest, double error, int input, int64_t element)
{
    if (error <= *largest)
        return;
    *largest = error;
    c->report.input = input;
    c->report.element = element;
}

/* Copies all analytic derivatives into one block, input after input. False once something has failed. */
static bool analytic(check *c, target which, bool create_graph, gn_real *block)
{
    gn_var *vars[MAX_INPUTS], *gradients[MAX_INPUTS];
    if (c->status != GN_OK)
        return false;
    gn_var *number = evaluate(c, which, true, vars);
    if (number == NULL || gn_gradients(number, vars, (size_t)c->count, create_graph, gradients) != GN_OK) {
        c->status = gn_tape_status(c->tape);
        return false;
    }
    for (int i = 0; i < c->count; i++) {
        const size_t count = (size_t)gn_tensor_count(c->inputs[i]);
        memcpy(block, gn_var_data(gradients[i]), count * sizeof *block);
        block += count;
    }
    return true;
}

static void compare_all(check *c, target which, const gn_real *block, double *largest)
{
    for (int i = 0; i < c->count && c->status == GN_OK; i++) {
        int64_t worst = 0;
        const double error = compare(c, which, i, block, &worst);
        note(c, largest, isnan(error) ? HUGE_VAL : error, i, worst);
        block += gn_tensor_count(c->inputs[i]);
    }
}

/* The largest difference between the two kinds of first-order gradients. */
static double distance(const gn_real *a, const gn_real *b, int64_t count)
{
    double largest = 1e-3, error = 0;
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)a[i]));
        error = fmax(error, fabs((double)a[i] - (double)b[i]));
    }
    return error / largest;
}

static gn_status judge(check *c)
{
    const gn_gradcheck_report *r = &c->report;
    const double tolerance = c->options.tolerance;
    const bool second = !c->options.first_order_only;
    if (r->first_order <= tolerance && (!second || (r->composed <= tolerance && r->second_order <= tolerance)))
        return GN_OK;
    return gn_context_fail(
        c->context, GN_ERROR_NUMBER,
        "gradcheck: errors %.2g first order, %.2g composed, %.2g second order, tolerance %.2g (input %d, "
        "element %lld)",
        r->first_order, r->composed, r->second_order, tolerance, r->input, (long long)r->element);
}

static gn_status run(check *c, gn_real *fast, gn_real *composed, int64_t total)
{
    if (analytic(c, FIRST, false, fast))
        compare_all(c, FIRST, fast, &c->report.first_order);
    c->report.second_order = c->report.composed = (double)NAN;
    if (!c->options.first_order_only) {
        if (analytic(c, FIRST, true, composed))
            c->report.composed = distance(fast, composed, total);
        if (analytic(c, SECOND, false, composed)) {
            c->report.second_order = 0;
            compare_all(c, SECOND, composed, &c->report.second_order);
        }
    }
    return c->status == GN_OK ? judge(c) : c->status;
}

/* Less is rounded away when it is added to a number of about 1. */
static double least_step(void)
{
    return sizeof(gn_real) == sizeof(double) ? DBL_EPSILON : (double)FLT_EPSILON;
}

static gn_status check_options(gn_context *context, const gn_gradcheck_options *options)
{
    if (options->max_elements < 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gradcheck: max_elements is %lld, expected 0 or more",
                               (long long)options->max_elements);
    if (!(options->tolerance >= 0 && isfinite(options->tolerance)))
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gradcheck: tolerance is %g, expected a finite number, 0 or more", options->tolerance);
    if (options->step != 0 && !(options->step >= least_step() && isfinite(options->step)))
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gradcheck: step is %g, expected 0 or a finite number of at least %g", options->step,
                               least_step());
    return GN_OK;
}

static void fill_in(gn_gradcheck_options *options)
{
    const bool is_double = sizeof(gn_real) == sizeof(double);
    if (options->step == 0)
        options->step = is_double ? 1e-5 : 1e-2;
    if (options->tolerance == 0)
        options->tolerance = is_double ? 1e-5 : 1e-2;
    if (options->max_elements == 0)
        options->max_elements = 64;
}

gn_status gn_gradcheck(gn_context *context, gn_gradcheck_function function, void *user, gn_tensor *const *inputs,
                       int count, const gn_gradcheck_options *options, gn_gradcheck_report *report)
{
    if (context == NULL || function == NULL || inputs == NULL || count < 1 || count > MAX_INPUTS)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gradcheck: a function and 1 to %d inputs are needed",
                               MAX_INPUTS);
    if (options != NULL && check_options(context, options) != GN_OK)
        return GN_ERROR_ARGUMENT;
    check c = {.context = context, .function = function, .user = user, .inputs = inputs, .count = count};
    if (options != NULL)
        c.options = *options;
    fill_in(&c.options);
    int64_t total = 0;
    for (int i = 0; i < count; i++)
        total += gn_tensor_count(inputs[i]);
    const size_t size = 2 * (size_t)total * sizeof(gn_real);
    c.tape = gn_tape_new(context);
    gn_real *block = gn__new(context, size);
    const gn_status status = c.tape == NULL || block == NULL ? GN_ERROR_MEMORY : run(&c, block, block + total, total);
    if (report != NULL)
        *report = c.report;
    gn__delete(context, block, size);
    gn_tape_free(c.tape);
    return status;
}

/* --- modules ------------------------------------------------------------------------------------------------------ */

typedef struct module_case {
    gn_module *module;
    int inputs; /* of the module; the other values are its parameters */
} module_case;

static gn_var *apply_module(void *user, gn_tape *tape, gn_var *const *inputs, int count)
{
    (void)tape;
    const module_case *m = user;
    const gn_parameter_list parameters = gn_parameters(m->module);
    for (int i = m->inputs; i < count; i++)
        gn_parameter_bind(parameters.items[i - m->inputs], inputs[i]);
    return gn_apply_all(m->module, inputs, m->inputs);
}

gn_status gn_gradcheck_module(gn_module *module, gn_tensor *const *inputs, int count,
                              const gn_gradcheck_options *options, gn_gradcheck_report *report)
{
    gn_context *context = gn_module_context(module);
    const gn_parameter_list parameters = gn_parameters(module);
    if (context == NULL || inputs == NULL || count < 1 || (size_t)count + parameters.count > MAX_INPUTS)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gradcheck: a module and 1 to %d inputs and parameters are needed", MAX_INPUTS);
    gn_tensor *all[MAX_INPUTS];
    for (int i = 0; i < count; i++)
        all[i] = inputs[i];
    for (size_t i = 0; i < parameters.count; i++)
        all[(size_t)count + i] = gn_parameter_value(parameters.items[i]);
    module_case m = {module, count};
    return gn_gradcheck(context, apply_module, &m, all, count + (int)parameters.count, options, report);
}
