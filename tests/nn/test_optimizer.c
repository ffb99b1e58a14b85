/* SPDX-License-Identifier: MIT */
/* tests/nn/test_optimizer.c - optimizers against their formulas in double over 20 steps; clipping, schedules, state,
 * errors. */
#include "layers.h"

enum { SIZE = 3, STEPS = 20 };

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    return gn_mul(inputs[0], gn_parameter_var(gn_var_tape(inputs[0]), gn_parameters(module).items[0]));
}

static const gn_module_class vector_class = {.name = "vector", .forward = forward, .inputs = 1};
static const gn_real start[SIZE] = {1, -2, 0.5f};

/* A module of one parameter of three numbers. */
static gn_module *vector_new(const fixture *f)
{
    gn_module *module = gn_module_new(f->context, &vector_class, "net", 0);
    set_values(gn_parameter_value(gn_module_add_parameter(module, "p", GN_SHAPE(SIZE), (gn_init){0}, 1, 1)), start);
    return module;
}

/* The gradient of step t: differs in sign, size and time. */
static double gradient_at(int t, int i)
{
    return sin(1 + t * 0.7 + i) * (i == 1 ? 10 : 0.3);
}

/* Writes a gradient by way of a loss whose derivative it is. */
static void set_gradient(const fixture *f, gn_module *module, const gn_real *gradient)
{
    gn_tape_reset(f->tape);
    gn_var *loss = gn_sum(gn_apply(module, gn_values(f->tape, GN_SHAPE(SIZE), gradient)), GN_ALL_AXES, false);
    assert_int_equal(gn_backward(loss, gn_parameters(module)), GN_OK);
}

static void set_gradient_at(const fixture *f, gn_module *module, int t)
{
    gn_real gradient[SIZE];
    for (int i = 0; i < SIZE; i++)
        gradient[i] = (gn_real)gradient_at(t, i);
    set_gradient(f, module, gradient);
}

static const gn_real *values_of(gn_module *module)
{
    return gn_tensor_values(gn_parameter_value(gn_parameters(module).items[0]));
}

/* --- the formulas, once more, in double --------------------------------------------------------------------------- */

typedef struct expected {
    double p, m, v;
} expected;

typedef void (*formula)(expected *e, double g, int t);

/* Moves by options and by formula, step by step, and compares. */
static void check(const fixture *f, const gn_optimizer_options *options, formula step)
{
    gn_module *module = vector_new(f);
    gn_optimizer *optimizer = gn_optimizer_new(module, options);
    assert_non_null(optimizer);
    expected e[SIZE];
    for (int i = 0; i < SIZE; i++)
        e[i] = (expected){.p = (double)start[i]};
    for (int t = 1; t <= STEPS; t++) {
        set_gradient_at(f, module, t);
        assert_int_equal(gn_optimizer_step(optimizer), GN_OK);
        assert_int_equal(gn_optimizer_steps(optimizer), t);
        for (int i = 0; i < SIZE; i++) {
            step(&e[i], gradient_at(t, i), t);
            assert_near((double)values_of(module)[i], e[i].p, 2e-6 * (1 + fabs(e[i].p)));
        }
    }
    gn_optimizer_free(optimizer);
    gn_module_free(module);
}

static void moments(expected *e, double g, double beta1, double beta2)
{
    e->m = beta1 * e->m + (1 - beta1) * g;
    e->v = beta2 * e->v + (1 - beta2) * g * g;
}

/* What is left of a gradient whose norm is clipped to 1; weight decay is added to it. */
static double clipped(double g, int t)
{
    double squares = 0;
    for (int i = 0; i < SIZE; i++)
        squares += gradient_at(t, i) * gradient_at(t, i);
    return g / fmax(sqrt(squares), 1);
}

static void adam_defaults(expected *e, double g, int t)
{
    moments(e, g, 0.9, 0.999);
    e->p -= 1e-3 * e->m / (1 - pow(0.9, t)) / (sqrt(e->v / (1 - pow(0.999, t))) + 1e-8);
}

static void adam_decayed(expected *e, double g, int t)
{
    moments(e, g + 0.1 * e->p, 0.5, 0.99);
    e->p -= 0.01 * e->m / (1 - pow(0.5, t)) / (sqrt(e->v / (1 - pow(0.99, t))) + 0.1);
}

static void adam_clipped(expected *e, double g, int t)
{
    adam_decayed(e, clipped(g, t), t);
}

static void adam_without_first_moment(expected *e, double g, int t)
{
    moments(e, g, 0, 0.9);
    e->p -= 0.02 * e->m / (sqrt(e->v / (1 - pow(0.9, t))) + 1e-8);
}

static void adam_keras(expected *e, double g, int t)
{
    moments(e, g, 0.5, 0.99);
    e->p -= 0.01 * sqrt(1 - pow(0.99, t)) / (1 - pow(0.5, t)) * e->m / (sqrt(e->v) + 0.1);
}

static void test_adam(void **state)
{
    const fixture *f = *state;
    check(f, NULL, adam_defaults);
    check(f, &(gn_optimizer_options){0}, adam_defaults);
    check(f,
          &(gn_optimizer_options){.rate = 0.01f, .beta1 = 0.5f, .beta2 = 0.99f, .epsilon = 0.1f, .weight_decay = 0.1f},
          adam_decayed);
    check(f,
          &(gn_optimizer_options){
              .rate = 0.01f, .beta1 = 0.5f, .beta2 = 0.99f, .epsilon = 0.1f, .weight_decay = 0.1f, .clip_norm = 1},
          adam_clipped);
    check(f, &(gn_optimizer_options){.rate = 0.02f, .beta1 = GN_ZERO, .beta2 = 0.9f}, adam_without_first_moment);
    check(f,
          &(gn_optimizer_options){.kind = GN_ADAM_KERAS, .rate = 0.01f, .beta1 = 0.5f, .beta2 = 0.99f, .epsilon = 0.1f},
          adam_keras);
    gn_module *module = vector_new(f);
    gn_optimizer *keras = gn_optimizer_new(module, &(gn_optimizer_options){.kind = GN_ADAM_KERAS});
    assert_true(gn_optimizer_get_options(keras)->epsilon == 1e-7f);
    gn_optimizer_free(keras);
    gn_module_free(module);
}

static void sgd(expected *e, double g, int t)
{
    (void)t;
    e->p -= 1e-3 * g;
}

static void sgd_momentum(expected *e, double g, int t)
{
    (void)t;
    e->v = 0.9 * e->v + g + 0.2 * e->p;
    e->p -= 0.01 * e->v;
}

static void sgd_nesterov(expected *e, double g, int t)
{
    (void)t;
    e->v = 0.9 * e->v + g;
    e->p -= 0.01 * (g + 0.9 * e->v);
}

/* 0.5, 0.55, 0.6, 0.65, 0.7, 0.7, .. */
static double rising_momentum(int t)
{
    return 0.5 + 0.05 * (t < 5 ? t - 1 : 4);
}

static void sgd_rising_momentum(expected *e, double g, int t)
{
    e->v = rising_momentum(t) * e->v + g;
    e->p -= 0.01 * e->v;
}

static void sgd_rising_nesterov(expected *e, double g, int t)
{
    e->v = rising_momentum(t) * e->v + g;
    e->p -= 0.01 * (g + rising_momentum(t) * e->v);
}

static void sgd_fading_momentum(expected *e, double g, int t)
{
    e->v = (t <= 2 ? 0.5 - 0.25 * (t - 1) : 0) * e->v + g;
    e->p -= 0.01 * e->v;
}

static void sgd_clipped(expected *e, double g, int t)
{
    e->p -= 0.01 * (clipped(g, t) + 0.2 * e->p);
}

static void test_sgd(void **state)
{
    const fixture *f = *state;
    check(f, &(gn_optimizer_options){.kind = GN_SGD}, sgd);
    check(f, &(gn_optimizer_options){.kind = GN_SGD, .rate = 0.01f, .momentum = 0.9f, .weight_decay = 0.2f},
          sgd_momentum);
    check(f, &(gn_optimizer_options){.kind = GN_SGD, .rate = 0.01f, .momentum = 0.9f, .nesterov = true}, sgd_nesterov);
    check(f,
          &(gn_optimizer_options){
              .kind = GN_SGD, .rate = 0.01f, .momentum = 0.5f, .last_momentum = 0.7f, .momentum_steps = 4},
          sgd_rising_momentum);
    check(f,
          &(gn_optimizer_options){.kind = GN_SGD,
                                  .rate = 0.01f,
                                  .momentum = 0.5f,
                                  .last_momentum = 0.7f,
                                  .momentum_steps = 4,
                                  .nesterov = true},
          sgd_rising_nesterov);
    check(f,
          &(gn_optimizer_options){
              .kind = GN_SGD, .rate = 0.01f, .momentum = 0.5f, .last_momentum = GN_ZERO, .momentum_steps = 2},
          sgd_fading_momentum);
    check(f, &(gn_optimizer_options){.kind = GN_SGD, .rate = 0.01f, .weight_decay = 0.2f, .clip_norm = 1}, sgd_clipped);
}

static void rmsprop(expected *e, double g, int t)
{
    (void)t;
    e->v = 0.99 * e->v + 0.01 * g * g;
    e->p -= 1e-3 * g / (sqrt(e->v) + 1e-8);
}

static void rmsprop_momentum(expected *e, double g, int t)
{
    (void)t;
    g += 0.1 * e->p;
    e->v = 0.9 * e->v + 0.1 * g * g;
    e->m = 0.5 * e->m + g / (sqrt(e->v) + 0.01);
    e->p -= 1e-3 * e->m;
}

static void rmsprop_clipped(expected *e, double g, int t)
{
    g = clipped(g, t) + 0.1 * e->p;
    e->v = 0.9 * e->v + 0.1 * g * g;
    e->p -= 1e-3 * g / (sqrt(e->v) + 0.01);
}

static void test_rmsprop(void **state)
{
    const fixture *f = *state;
    check(f, &(gn_optimizer_options){.kind = GN_RMSPROP}, rmsprop);
    check(f,
          &(gn_optimizer_options){
              .kind = GN_RMSPROP, .alpha = 0.9f, .epsilon = 0.01f, .momentum = 0.5f, .weight_decay = 0.1f},
          rmsprop_momentum);
    check(f,
          &(gn_optimizer_options){
              .kind = GN_RMSPROP, .alpha = 0.9f, .epsilon = 0.01f, .weight_decay = 0.1f, .clip_norm = 1},
          rmsprop_clipped);
}

/* More numbers than one thread takes at once: equal ones stay equal wherever they stand. */
static void check_long(const fixture *f, const gn_optimizer_options *options)
{
    enum { LONG = 40001 };
    static gn_real gradient[LONG], values[LONG];
    gn_module *module = gn_module_new(f->context, &vector_class, "net", 0);
    gn_tensor *p = gn_parameter_value(gn_module_add_parameter(module, "p", GN_SHAPE(LONG), (gn_init){0}, 1, 1));
    gn_optimizer *optimizer = gn_optimizer_new(module, options);
    assert_non_null(optimizer);
    for (int i = 0; i < LONG; i++)
        values[i] = start[i % SIZE];
    set_values(p, values);
    for (int t = 1; t <= 2; t++) {
        for (int i = 0; i < LONG; i++)
            gradient[i] = (gn_real)gradient_at(t, i % SIZE);
        gn_tape_reset(f->tape);
        gn_var *loss = gn_sum(gn_apply(module, gn_values(f->tape, GN_SHAPE(LONG), gradient)), GN_ALL_AXES, false);
        assert_int_equal(gn_backward(loss, gn_parameters(module)), GN_OK);
        assert_int_equal(gn_optimizer_step(optimizer), GN_OK);
    }
    for (int i = 0; i < LONG; i++) {
        assert_true(values_of(module)[i] == values_of(module)[i % SIZE]);
        assert_true(values_of(module)[i] != start[i % SIZE]);
    }
    gn_optimizer_free(optimizer);
    gn_module_free(module);
}

static void test_long_parameters(void **state)
{
    check_long(*state, &(gn_optimizer_options){.kind = GN_SGD, .rate = 0.1f});
    check_long(*state, &(gn_optimizer_options){.kind = GN_SGD, .rate = 0.1f, .momentum = 0.9f});
    check_long(*state, &(gn_optimizer_options){.kind = GN_RMSPROP});
    check_long(*state, &(gn_optimizer_options){.kind = GN_RMSPROP, .momentum = 0.5f});
}

/* The step from t-1 takes the rate of t-1: 0.1 at first, then down to 0.02 in 10 steps. */
static void sgd_scheduled(expected *e, double g, int t)
{
    const double progress = fmin((t - 1) / 10.0, 1);
    e->p -= 0.1 * (1 - 0.8 * progress) * g;
}

static void test_schedule(void **state)
{
    const fixture *f = *state;
    const gn_optimizer_options options = {
        .kind = GN_SGD, .rate = 0.1f, .schedule = {.kind = GN_SCHEDULE_LINEAR, .steps = 10, .last = 0.2f}};
    check(f, &options, sgd_scheduled);
    gn_module *module = vector_new(f);
    gn_optimizer *optimizer = gn_optimizer_new(module, &options);
    assert_near((double)gn_optimizer_rate(optimizer), 0.1, 1e-8);
    gn_optimizer_set_steps(optimizer, 5);
    assert_near((double)gn_optimizer_rate(optimizer), 0.06, 1e-7);
    gn_optimizer_set_steps(optimizer, -5);
    assert_int_equal(gn_optimizer_steps(optimizer), 0);
    gn_optimizer_free(optimizer);
    gn_module_free(module);
}

/* --- clipping ----------------------------------------------------------------------------------------------------- */

/* The norm of (3, 4, 12) is 13. */
static void check_clipping(const fixture *f, float clip_norm, double expected_norm)
{
    gn_module *module = vector_new(f);
    gn_optimizer *optimizer = gn_optimizer_new(
        module, &(gn_optimizer_options){.kind = GN_SGD, .rate = 1, .clip_norm = clip_norm});
    set_gradient(f, module, (const gn_real[]){3, 4, 12});
    assert_near((double)gn_gradient_norm(gn_parameters(module)), 13, 1e-6);
    assert_int_equal(gn_optimizer_step(optimizer), GN_OK);
    const double scale = expected_norm / 13;
    const double gradient[SIZE] = {3, 4, 12};
    for (int i = 0; i < SIZE; i++)
        assert_near((double)values_of(module)[i], (double)start[i] - scale * gradient[i], 1e-5);
    gn_optimizer_free(optimizer);
    gn_module_free(module);
}

/* To the threshold, not to 1; and a norm below it is left alone. */
static void test_clipping(void **state)
{
    const fixture *f = *state;
    check_clipping(f, 6.5f, 6.5);
    check_clipping(f, 0.25f, 0.25);
    check_clipping(f, 13.5f, 13);
    check_clipping(f, 0, 13);
    check_clipping(f, GN_ZERO, 13);
}

static void check_refused(const fixture *f, float clip_norm, gn_real bad, const char *as_text)
{
    char message[128];
    gn_module *module = vector_new(f);
    gn_optimizer *optimizer = gn_optimizer_new(module, &(gn_optimizer_options){.clip_norm = clip_norm});
    set_gradient(f, module, (const gn_real[]){1, bad, 2});
    assert_int_equal(gn_optimizer_step(optimizer), GN_ERROR_NUMBER);
    snprintf(message, sizeof message, "optimizer: element 1 of the gradient of '%s' is %s",
             gn_parameter_name(gn_parameters(module).items[0]), as_text);
    assert_message(f->context, GN_ERROR_NUMBER, message);
    assert_memory_equal(values_of(module), start, sizeof start);
    assert_int_equal(gn_optimizer_steps(optimizer), 0);
    gn_optimizer_free(optimizer);
    gn_module_free(module);
}

static void test_gradient_that_is_not_finite(void **state)
{
    check_refused(*state, 0, INFINITY, "inf");
    check_refused(*state, 0, -(gn_real)NAN, "nan");
    check_refused(*state, 1, -INFINITY, "-inf");
}

/* Squares that overflow a float do not overflow the norm. */
static void test_norm_of_large_numbers(void **state)
{
    const fixture *f = *state;
    gn_module *module = vector_new(f);
    set_gradient(f, module, (const gn_real[]){3e30f, 4e30f, 0});
    assert_near((double)gn_gradient_norm(gn_parameters(module)) / 5e30, 1, 1e-6);
    gn_module_free(module);
}

/* --- what moves --------------------------------------------------------------------------------------------------- */

static void test_frozen_parameters_stay(void **state)
{
    const fixture *f = *state;
    gn_module *a = gn_dense_layer(f->context,
                                  &(gn_dense_options){.in = 1, .out = 1, .bias_init = {GN_INIT_CONSTANT, 1}});
    gn_optimizer *optimizer = gn_optimizer_new(a, &(gn_optimizer_options){.kind = GN_SGD, .rate = 0.5f});
    gn_parameter *weight = gn_parameters(a).items[0], *bias = gn_parameters(a).items[1];
    const gn_real before = gn_tensor_values(gn_parameter_value(weight))[0];
    gn_var *loss = gn_sum(gn_apply(a, gn_full(f->tape, GN_SHAPE(1, 1), 2)), GN_ALL_AXES, false);
    assert_int_equal(gn_backward(loss, gn_parameters(a)), GN_OK);
    assert_near((double)gn_gradient_norm(gn_parameters(a)), sqrt(5), 1e-6);
    gn_parameter_set_frozen(weight, true);
    gn_tensor_data(gn_parameter_gradient(weight))[0] = (gn_real)NAN;
    assert_near((double)gn_gradient_norm(gn_parameters(a)), 1, 1e-6);
    assert_int_equal(gn_optimizer_step(optimizer), GN_OK);
    assert_true(gn_tensor_values(gn_parameter_value(weight))[0] == before);
    assert_true(gn_tensor_values(gn_parameter_value(bias))[0] == 0.5f);
    gn_optimizer_free(optimizer);
    gn_module_free(a);
}

static void test_missing_gradients(void **state)
{
    const fixture *f = *state;
    gn_module *module = vector_new(f);
    gn_optimizer *optimizer = gn_optimizer_new(module, NULL);
    assert_int_equal(gn_optimizer_step(optimizer), GN_ERROR_STATE);
    assert_message(f->context, GN_ERROR_STATE,
                   "optimizer: parameter 'net.p' has no gradient, expected a gn_backward before");
    set_gradient_at(f, module, 1);
    assert_int_equal(gn_optimizer_step(optimizer), GN_OK);
    assert_non_null(gn_module_add_parameter(module, "q", GN_SHAPE(1), (gn_init){0}, 1, 1));
    assert_int_equal(gn_optimizer_step(optimizer), GN_ERROR_STATE);
    assert_message(f->context, GN_ERROR_STATE, "optimizer: 'net' has 2 parameters, it had 1");
    assert_int_equal(gn_optimizer_step(NULL), GN_ERROR_ARGUMENT);
    gn_optimizer_free(optimizer);
    gn_module_free(module);
}

static void test_a_step_allocates_nothing(void **state)
{
    const fixture *f = *state;
    gn_module *module = vector_new(f);
    for (int kind = GN_ADAM; kind <= GN_RMSPROP; kind++) {
        gn_optimizer *optimizer = gn_optimizer_new(
            module, &(gn_optimizer_options){.kind = (gn_optimizer_kind)kind, .clip_norm = 1});
        set_gradient_at(f, module, 1);
        const uint64_t before = gn_context_memory(f->context).allocations;
        assert_int_equal(gn_optimizer_step(optimizer), GN_OK);
        assert_int_equal(gn_context_memory(f->context).allocations, before);
        gn_optimizer_free(optimizer);
    }
    gn_module_free(module);
}

/* --- state -------------------------------------------------------------------------------------------------------- */

static void check_state(const fixture *f, const gn_optimizer_options *options, const char *first, const char *second)
{
    gn_module *module = vector_new(f);
    gn_optimizer *optimizer = gn_optimizer_new(module, options);
    assert_int_equal(gn_optimizer_tensor_count(optimizer), (first != NULL) + (second != NULL));
    if (first != NULL)
        assert_string_equal(gn_optimizer_tensor(optimizer, 0).name, first);
    if (second != NULL)
        assert_string_equal(gn_optimizer_tensor(optimizer, 1).name, second);
    assert_null(gn_optimizer_tensor(optimizer, gn_optimizer_tensor_count(optimizer)).tensor);
    gn_optimizer_free(optimizer);
    gn_module_free(module);
}

static void test_state_names(void **state)
{
    const fixture *f = *state;
    check_state(f, NULL, "net.p.m", "net.p.v");
    check_state(f, &(gn_optimizer_options){.kind = GN_SGD}, NULL, NULL);
    check_state(f, &(gn_optimizer_options){.kind = GN_SGD, .momentum = 0.5f}, "net.p.v", NULL);
    check_state(f, &(gn_optimizer_options){.kind = GN_RMSPROP}, "net.p.v", NULL);
    check_state(f, &(gn_optimizer_options){.kind = GN_RMSPROP, .momentum = 0.5f}, "net.p.v", "net.p.b");
}

/* Ten steps, state carried over to a new optimizer, ten more: the same bits as twenty. */
static void test_state_continues(void **state)
{
    const fixture *f = *state;
    const gn_optimizer_options options = {.rate = 0.1f, .schedule = {.kind = GN_SCHEDULE_COSINE, .steps = 15}};
    gn_module *whole = vector_new(f), *parts = vector_new(f);
    gn_optimizer *one = gn_optimizer_new(whole, &options), *first = gn_optimizer_new(parts, &options);
    gn_optimizer *second = gn_optimizer_new(parts, &options);
    for (int t = 1; t <= STEPS; t++) {
        set_gradient_at(f, whole, t);
        assert_int_equal(gn_optimizer_step(one), GN_OK);
        if (t == STEPS / 2 + 1) {
            for (size_t i = 0; i < gn_optimizer_tensor_count(first); i++)
                assert_int_equal(
                    gn_tensor_copy(gn_optimizer_tensor(second, i).tensor, gn_optimizer_tensor(first, i).tensor), GN_OK);
            gn_optimizer_set_steps(second, gn_optimizer_steps(first));
        }
        set_gradient_at(f, parts, t);
        assert_int_equal(gn_optimizer_step(t <= STEPS / 2 ? first : second), GN_OK);
    }
    assert_memory_equal(values_of(whole), values_of(parts), sizeof start);
    gn_optimizer_free(one);
    gn_optimizer_free(first);
    gn_optimizer_free(second);
    gn_module_free(whole);
    gn_module_free(parts);
}

/* --- options ------------------------------------------------------------------------------------------------------ */

static void check_error(const fixture *f, gn_module *module, gn_optimizer_options options, const char *message)
{
    assert_null(gn_optimizer_new(module, &options));
    assert_message(f->context, GN_ERROR_ARGUMENT, message);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    gn_module *m = vector_new(f);
    check_error(f, m, (gn_optimizer_options){.beta1 = 1.5f}, "optimizer: beta1 is 1.5, expected 0 <= beta1 < 1");
    check_error(f, m, (gn_optimizer_options){.beta2 = 1}, "optimizer: beta2 is 1, expected 0 <= beta2 < 1");
    check_error(f, m, (gn_optimizer_options){.rate = -0.5f}, "optimizer: rate is -0.5, expected 0 <= rate < inf");
    check_error(f, m, (gn_optimizer_options){.rate = INFINITY}, "optimizer: rate is inf, expected 0 <= rate < inf");
    check_error(f, m, (gn_optimizer_options){.epsilon = NAN}, "optimizer: epsilon is nan, expected 0 <= epsilon < inf");
    check_error(f, m, (gn_optimizer_options){.momentum = 0.9f},
                "optimizer: momentum is 0.9, but Adam has no such option");
    check_error(f, m, (gn_optimizer_options){.alpha = 0.9f}, "optimizer: alpha is 0.9, but Adam has no such option");
    check_error(f, m, (gn_optimizer_options){.kind = GN_SGD, .beta1 = 0.9f},
                "optimizer: beta1 is 0.9, but SGD has no such option");
    check_error(f, m, (gn_optimizer_options){.kind = GN_RMSPROP, .beta2 = 0.9f},
                "optimizer: beta2 is 0.9, but RMSprop has no such option");
    check_error(f, m, (gn_optimizer_options){.kind = GN_SGD, .last_momentum = 0.5f, .momentum_steps = 3},
                "optimizer: last_momentum is 0.5, expected a momentum above 0");
    check_error(f, m, (gn_optimizer_options){.kind = GN_SGD, .momentum = 0.5f, .last_momentum = 0.7f},
                "optimizer: momentum_steps is 0, expected at least 1");
    check_error(f, m, (gn_optimizer_options){.kind = GN_SGD, .momentum = 0.5f, .momentum_steps = 3},
                "optimizer: momentum_steps is 3, expected 0 without last_momentum");
    check_error(f, m, (gn_optimizer_options){.nesterov = true},
                "optimizer: nesterov is set, expected SGD with a momentum above 0");
    check_error(f, m, (gn_optimizer_options){.kind = GN_SGD, .nesterov = true},
                "optimizer: nesterov is set, expected SGD with a momentum above 0");
    check_error(f, m, (gn_optimizer_options){.kind = GN_RMSPROP, .momentum = 0.5f, .nesterov = true},
                "optimizer: nesterov is set, expected SGD with a momentum above 0");
    check_error(f, m, (gn_optimizer_options){.kind = (gn_optimizer_kind)4},
                "optimizer: kind is 4, expected one of gn_optimizer_kind");
    check_error(f, m, (gn_optimizer_options){.clip_norm = -2},
                "optimizer: clip_norm is -2, expected 0 <= clip_norm < inf");
    check_error(f, m, (gn_optimizer_options){.schedule = {.kind = GN_SCHEDULE_LINEAR}},
                "schedule: steps is 0, expected at least 1");
    assert_null(gn_optimizer_new(NULL, NULL));
    gn_optimizer_free(NULL);
    gn_module_free(m);
}

static int allocations_left;

static void *allocate(void *user, void *pointer, size_t old_size, size_t new_size)
{
    (void)user, (void)old_size;
    if (new_size > 0)
        return allocations_left-- == 0 ? NULL : realloc(pointer, new_size);
    free(pointer);
    return NULL;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    allocations_left = -1;
    const fixture f = {.context = gn_context_new(&(gn_context_options){.threads = 1, .allocate = allocate})};
    gn_module *module = vector_new(&f);
    const size_t before = gn_context_memory(f.context).bytes;
    int n = 0;
    for (gn_optimizer *optimizer = NULL; optimizer == NULL; n++) {
        allocations_left = n;
        optimizer = gn_optimizer_new(module, NULL);
        gn_optimizer_free(optimizer);
        assert_int_equal(gn_context_memory(f.context).bytes, before);
        assert_true(n < 100);
    }
    assert_true(n > 5);
    assert_int_equal(gn_context_status(f.context), GN_ERROR_MEMORY);
    gn_module_free(module);
    gn_context_free(f.context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_adam),
        WITH_FIXTURE(test_sgd),
        WITH_FIXTURE(test_rmsprop),
        WITH_FIXTURE(test_long_parameters),
        WITH_FIXTURE(test_schedule),
        WITH_FIXTURE(test_clipping),
        WITH_FIXTURE(test_gradient_that_is_not_finite),
        WITH_FIXTURE(test_norm_of_large_numbers),
        WITH_FIXTURE(test_frozen_parameters_stay),
        WITH_FIXTURE(test_missing_gradients),
        WITH_FIXTURE(test_a_step_allocates_nothing),
        WITH_FIXTURE(test_state_names),
        WITH_FIXTURE(test_state_continues),
        WITH_FIXTURE(test_errors),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
