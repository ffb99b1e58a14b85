/* SPDX-License-Identifier: MIT */
/* lib/nn/optimizer.c - the optimizers: options, state, and the steps that move parameters. */
#include "nn/optimizer.h"

#include "autodiff/finite.h"
#include "autodiff/parameter.h"
#include "core/context.h"
#include "core/tensor.h"
#include "kernels/kernels.h"
#include "nn/schedule.h"

#include <tgmath.h>

static const int64_t max_steps = INT64_C(1) << 62;

enum { MAX_MOMENTS = 2, KINDS = GN_RMSPROP + 1 };

/* A parameter and what is remembered of its gradients. */
typedef struct slot {
    gn_parameter *parameter;
    gn_tensor *moment[MAX_MOMENTS];
    char *name[MAX_MOMENTS];
} slot;

struct gn_optimizer {
    gn_context *context;
    gn_module *module;
    gn_optimizer_options options; /* with all defaults filled in */
    slot *slots;
    size_t slot_count, moment_count;
    int64_t steps;
};

/* --- options ------------------------------------------------------------------------------------------------------ */

/* What an option is for each kind when it is zero; NONE: the kind does not have it. It must lie in [0, limit). */
#define NONE (-1.0f)
static const struct {
    const char *name;
    size_t place;
    float fallback[KINDS]; /* Adam, Adam as in Keras, SGD, RMSprop */
    float limit;
} numbers[] = {
    {"rate", offsetof(gn_optimizer_options, rate), {1e-3f, 1e-3f, 1e-3f, 1e-3f}, INFINITY},
    {"beta1", offsetof(gn_optimizer_options, beta1), {0.9f, 0.9f, NONE, NONE}, 1},
    {"beta2", offsetof(gn_optimizer_options, beta2), {0.999f, 0.999f, NONE, NONE}, 1},
    {"alpha", offsetof(gn_optimizer_options, alpha), {NONE, NONE, NONE, 0.99f}, 1},
    {"epsilon", offsetof(gn_optimizer_options, epsilon), {1e-8f, 1e-7f, NONE, 1e-8f}, INFINITY},
    {"momentum", offsetof(gn_optimizer_options, momentum), {NONE, NONE, 0, 0}, 1},
    {"last_momentum", offsetof(gn_optimizer_options, last_momentum), {NONE, NONE, 0, NONE}, 1},
    {"weight_decay", offsetof(gn_optimizer_options, weight_decay), {0, 0, 0, 0}, INFINITY},
    {"clip_norm", offsetof(gn_optimizer_options, clip_norm), {0, 0, 0, 0}, INFINITY},
};

static const char *const kind_names[KINDS] = {"Adam", "Adam (Keras)", "SGD", "RMSprop"};

/* Checks one number of the options and puts its default in place of zero. */
static gn_status fill_in_number(gn_context *context, gn_optimizer_options *options, size_t i)
{
    float *value = (float *)(void *)((char *)options + numbers[i].place);
    const float fallback = numbers[i].fallback[options->kind];
    if (fallback == NONE && *value != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "optimizer: %s is %g, but %s has no such option",
                               numbers[i].name, (double)*value, kind_names[options->kind]);
    if (*value == 0)
        *value = fallback == NONE ? 0 : fallback;
    else if (*value == GN_ZERO)
        *value = 0;
    if (!(*value >= 0 && *value < numbers[i].limit))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "optimizer: %s is %g, expected 0 <= %s < %g",
                               numbers[i].name, (double)*value, numbers[i].name, (double)numbers[i].limit);
    return GN_OK;
}

static gn_status check_momentum(gn_context *context, const gn_optimizer_options *options, bool to_zero)
{
    const bool moves = options->last_momentum > 0 || to_zero;
    if (moves && options->momentum == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "optimizer: last_momentum is %g, expected a momentum above 0",
                               (double)options->last_momentum);
    if (moves ? options->momentum_steps < 1 : options->momentum_steps != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "optimizer: momentum_steps is %lld, expected %s",
                               (long long)options->momentum_steps, moves ? "at least 1" : "0 without last_momentum");
    if (options->nesterov && !(options->kind == GN_SGD && options->momentum > 0))
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "optimizer: nesterov is set, expected SGD with a momentum above 0");
    return GN_OK;
}

static gn_status fill_in(gn_context *context, gn_optimizer_options *options)
{
    if (options->kind < GN_ADAM || options->kind > GN_RMSPROP)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "optimizer: kind is %d, expected one of gn_optimizer_kind",
                               (int)options->kind);
    const bool to_zero = options->last_momentum == GN_ZERO;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const gn_status status = fill_in_number(context, options, i);
        if (status != GN_OK)
            return status;
    }
    const gn_status status = check_momentum(context, options, to_zero);
    return status == GN_OK ? gn__schedule_check(context, &options->schedule) : status;
}

/* --- making and freeing ------------------------------------------------------------------------------------------- */

/* The letters of the formulas in gannet/optimizer.h; returns how many moments the options need. */
static size_t moments_of(const gn_optimizer_options *options, const char **names)
{
    const bool adam = options->kind == GN_ADAM || options->kind == GN_ADAM_KERAS;
    names[0] = adam ? "m" : "v";
    names[1] = adam ? "v" : "b";
    const size_t squares = options->kind == GN_SGD ? 0 : 1;
    return squares + (adam || options->momentum > 0 ? 1 : 0);
}

static gn_status slot_open(gn_context *context, slot *s, gn_parameter *parameter, const char *const *names,
                           size_t count)
{
    s->parameter = parameter;
    for (size_t i = 0; i < count; i++) {
        s->moment[i] = gn__tensor_new_owned(context, gn_tensor_shape(gn_parameter_value(parameter)));
        s->name[i] = gn__join_path(context, gn_parameter_name(parameter), names[i]);
        if (s->moment[i] == NULL || s->name[i] == NULL)
            return GN_ERROR_MEMORY;
    }
    return GN_OK;
}

static void slot_close(gn_context *context, slot *s)
{
    for (size_t i = 0; i < MAX_MOMENTS; i++) {
        gn__tensor_delete(s->moment[i]);
        gn_text_free(context, s->name[i]);
    }
}

static gn_status open_slots(gn_optimizer *optimizer)
{
    const gn_parameter_list parameters = gn_parameters(optimizer->module);
    const char *names[MAX_MOMENTS];
    optimizer->moment_count = moments_of(&optimizer->options, names);
    optimizer->slots = gn__new(optimizer->context, (parameters.count + 1) * sizeof(slot));
    if (optimizer->slots == NULL)
        return GN_ERROR_MEMORY;
    optimizer->slot_count = parameters.count;
    gn_status status = GN_OK;
    for (size_t i = 0; i < parameters.count && status == GN_OK; i++)
        status = slot_open(optimizer->context, &optimizer->slots[i], parameters.items[i], names,
                           optimizer->moment_count);
    return status;
}

gn_optimizer *gn_optimizer_new(gn_module *module, const gn_optimizer_options *options)
{
    gn_context *context = gn_module_context(module);
    gn_optimizer_options filled = {0};
    if (options != NULL)
        filled = *options;
    if (context == NULL || fill_in(context, &filled) != GN_OK)
        return NULL;
    gn_optimizer *optimizer = gn__new(context, sizeof *optimizer);
    if (optimizer == NULL)
        return NULL;
    optimizer->context = context;
    optimizer->module = module;
    optimizer->options = filled;
    if (open_slots(optimizer) == GN_OK)
        return optimizer;
    gn_optimizer_free(optimizer);
    return NULL;
}

void gn_optimizer_free(gn_optimizer *optimizer)
{
    if (optimizer == NULL)
        return;
    gn_context *context = optimizer->context;
    for (size_t i = 0; i < optimizer->slot_count; i++)
        slot_close(context, &optimizer->slots[i]);
    gn__delete(context, optimizer->slots, (optimizer->slot_count + 1) * sizeof(slot));
    gn__delete(context, optimizer, sizeof *optimizer);
}

/* --- one step ----------------------------------------------------------------------------------------------------- */

/* The numbers of a step, the same for all parameters: those of the optimizer's kind. */
typedef union step_numbers {
    gn__adam adam;
    gn__sgd sgd;
    gn__rmsprop rmsprop;
} step_numbers;

/* Whether all values are finite then. */
static bool move(const gn_optimizer *optimizer, const slot *s, const step_numbers *now)
{
    gn_context *context = optimizer->context;
    gn_tensor *parameter = gn_parameter_value(s->parameter);
    const int64_t count = gn_tensor_count(parameter);
    const gn_real *gradient = gn_tensor_values(gn_parameter_gradient(s->parameter));
    gn_real *value = gn_tensor_data(parameter), *first = gn_tensor_data(s->moment[0]),
            *second = gn_tensor_data(s->moment[1]);
    if (optimizer->options.kind == GN_SGD)
        return context->kernels->sgd(context, &now->sgd, count, value, gradient, first);
    if (optimizer->options.kind == GN_RMSPROP)
        return context->kernels->rmsprop(context, &now->rmsprop, count, value, gradient, first, second);
    return context->kernels->adam(context, &now->adam, count, value, gradient, first, second);
}

/* Adam's corrections for starting from zero moments: sqrt and multiplications in double are exact to the last bit. */
static gn__adam adam_of(const gn_optimizer *optimizer, double rate, double gradient_scale)
{
    const gn_optimizer_options *o = &optimizer->options;
    const double first = 1 - gn__power((double)o->beta1, optimizer->steps + 1);
    const double root = sqrt(1 - gn__power((double)o->beta2, optimizer->steps + 1));
    const bool keras = o->kind == GN_ADAM_KERAS;
    return (gn__adam){.gradient_scale = (gn_real)gradient_scale,
                      .weight_decay = o->weight_decay,
                      .beta1 = o->beta1,
                      .beta2 = o->beta2,
                      .corrected_rate = (gn_real)(keras ? rate * root / first : rate / first),
                      .root_correction = (gn_real)(keras ? 1 : 1 / root),
                      .epsilon = o->epsilon};
}

static float momentum_now(const gn_optimizer *optimizer)
{
    const gn_optimizer_options *o = &optimizer->options;
    if (o->momentum_steps == 0)
        return o->momentum;
    const double progress = (double)optimizer->steps / (double)o->momentum_steps;
    return o->momentum + (o->last_momentum - o->momentum) * (float)(progress < 1 ? progress : 1);
}

static step_numbers numbers_now(const gn_optimizer *optimizer, double gradient_scale)
{
    const gn_optimizer_options *o = &optimizer->options;
    const float rate = gn_optimizer_rate(optimizer);
    if (o->kind == GN_SGD)
        return (step_numbers){.sgd = {.gradient_scale = (gn_real)gradient_scale,
                                      .weight_decay = o->weight_decay,
                                      .rate = rate,
                                      .momentum = momentum_now(optimizer),
                                      .nesterov = o->nesterov}};
    if (o->kind == GN_RMSPROP)
        return (step_numbers){.rmsprop = {.gradient_scale = (gn_real)gradient_scale,
                                          .weight_decay = o->weight_decay,
                                          .rate = rate,
                                          .alpha = o->alpha,
                                          .epsilon = o->epsilon,
                                          .momentum = o->momentum}};
    return (step_numbers){.adam = adam_of(optimizer, (double)rate, gradient_scale)};
}

static void update_all(gn_optimizer *optimizer, double gradient_scale)
{
    const step_numbers now = numbers_now(optimizer, gradient_scale);
    for (size_t i = 0; i < optimizer->slot_count; i++)
        if (!gn_parameter_frozen(optimizer->slots[i].parameter))
            optimizer->slots[i].parameter->values_finite = move(optimizer, &optimizer->slots[i], &now);
    optimizer->steps++;
}

static gn_status check_gradients(const gn_optimizer *optimizer)
{
    if (gn_parameters(optimizer->module).count != optimizer->slot_count)
        return gn_context_fail(optimizer->context, GN_ERROR_STATE, "optimizer: '%s' has %zu parameters, it had %zu",
                               gn_module_name(optimizer->module), gn_parameters(optimizer->module).count,
                               optimizer->slot_count);
    for (size_t i = 0; i < optimizer->slot_count; i++) {
        gn_parameter *parameter = optimizer->slots[i].parameter;
        if (!gn_parameter_frozen(parameter) && gn_parameter_gradient(parameter) == NULL)
            return gn_context_fail(optimizer->context, GN_ERROR_STATE,
                                   "optimizer: parameter '%s' has no gradient, expected a gn_backward before",
                                   gn_parameter_name(parameter));
    }
    return GN_OK;
}

static gn_status check_finite(const gn_optimizer *optimizer)
{
    for (size_t i = 0; i < optimizer->slot_count; i++) {
        gn_parameter *parameter = optimizer->slots[i].parameter;
        const gn_tensor *gradient = gn_parameter_gradient(parameter);
        const int64_t bad = gn_parameter_frozen(parameter) ? -1 : gn__first_not_finite(gradient);
        if (bad < 0)
            continue;
        const double value = (double)gn_tensor_values(gradient)[bad];
        return gn_context_fail(optimizer->context, GN_ERROR_NUMBER,
                               "optimizer: element %lld of the gradient of '%s' is %g", (long long)bad,
                               gn_parameter_name(parameter), isnan(value) ? (double)NAN : value);
    }
    return GN_OK;
}

static bool has_gradient(const gn_parameter *parameter)
{
    return parameter != NULL && parameter->gradient != NULL && !parameter->frozen;
}

static void measure_gradients(gn_parameter_list parameters)
{
    for (size_t i = 0; i < parameters.count && parameters.items != NULL; i++)
        if (has_gradient(parameters.items[i]))
            gn__parameter_measure(parameters.items[i]);
}

static double norm_of(gn_parameter_list parameters)
{
    double sum = 0;
    for (size_t i = 0; i < parameters.count && parameters.items != NULL; i++)
        if (has_gradient(parameters.items[i]))
            sum += parameters.items[i]->gradient_squares;
    return sqrt(sum);
}

float gn__gradient_norm_measured(gn_parameter_list parameters)
{
    return (float)norm_of(parameters);
}

float gn_gradient_norm(gn_parameter_list parameters)
{
    measure_gradients(parameters);
    return gn__gradient_norm_measured(parameters);
}

static gn_status clip_and_update(gn_optimizer *optimizer)
{
    const double most = (double)optimizer->options.clip_norm;
    const double norm = most > 0 ? norm_of(gn_parameters(optimizer->module)) : 0;
    if (!isfinite(norm))
        return gn_context_fail(optimizer->context, GN_ERROR_NUMBER,
                               "optimizer: the gradient's norm is %g, which clip_norm cannot bound", norm);
    update_all(optimizer, norm > most ? most / norm : 1);
    return GN_OK;
}

gn_status gn_optimizer_step(gn_optimizer *optimizer)
{
    if (optimizer == NULL)
        return GN_ERROR_ARGUMENT;
    gn_status status = check_gradients(optimizer);
    if (status == GN_OK)
        status = check_finite(optimizer);
    if (status == GN_OK && optimizer->options.clip_norm > 0)
        measure_gradients(gn_parameters(optimizer->module));
    return status == GN_OK ? clip_and_update(optimizer) : status;
}

gn_status gn__optimizer_step_measured(gn_optimizer *optimizer)
{
    const gn_status status = check_gradients(optimizer);
    return status == GN_OK ? clip_and_update(optimizer) : status;
}

/* --- state -------------------------------------------------------------------------------------------------------- */

int64_t gn_optimizer_steps(const gn_optimizer *optimizer)
{
    return optimizer == NULL ? 0 : optimizer->steps;
}

void gn_optimizer_set_steps(gn_optimizer *optimizer, int64_t steps)
{
    if (optimizer != NULL)
        optimizer->steps = steps < 0 ? 0 : steps > max_steps ? max_steps : steps;
}

float gn_optimizer_rate(const gn_optimizer *optimizer)
{
    if (optimizer == NULL)
        return 0;
    return optimizer->options.rate * gn_schedule_factor(&optimizer->options.schedule, optimizer->steps);
}

const gn_optimizer_options *gn_optimizer_get_options(const gn_optimizer *optimizer)
{
    return optimizer == NULL ? NULL : &optimizer->options;
}

size_t gn_optimizer_tensor_count(const gn_optimizer *optimizer)
{
    return optimizer == NULL ? 0 : optimizer->slot_count * optimizer->moment_count;
}

gn_named_tensor gn_optimizer_tensor(const gn_optimizer *optimizer, size_t index)
{
    if (index >= gn_optimizer_tensor_count(optimizer))
        return (gn_named_tensor){NULL, NULL};
    const slot *s = &optimizer->slots[index / optimizer->moment_count];
    const size_t moment = index % optimizer->moment_count;
    return (gn_named_tensor){s->name[moment], s->moment[moment]};
}
