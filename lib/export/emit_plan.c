/* SPDX-License-Identifier: MIT */
/* lib/export/emit_plan.c - which values of a recording must be computed when a network is applied, and where each
 * stands in memory. */
#include "export/emit_plan.h"

#include "core/allocator.h"
#include "export/trace.h"

gn__planned *gn__plan_value(const gn__plan *plan, const gn_var *var)
{
    return &plan->values[var->index];
}

static gn__planned *source_of(const gn__plan *plan, const gn_var *var)
{
    return &plan->values[gn__plan_value(plan, var)->source];
}

bool gn__plan_is_step(const gn__plan *plan, int64_t index)
{
    const gn__planned *value = &plan->values[index];
    return value->needed && value->variable && value->var->op != NULL && value->source == index;
}

/* --- what is needed ----------------------------------------------------------------------------------------------- */

static void use(gn__planned *value, int64_t user)
{
    value->uses++;
    value->user = user > value->user ? user : value->user;
}

static void count_uses(const gn__plan *plan)
{
    use(&plan->values[plan->output], -1);
    for (int64_t i = plan->count - 1; i >= 0; i--)
        for (int k = 0; k < plan->values[i].var->input_count && plan->values[i].needed && plan->values[i].variable; k++)
            use(gn__plan_value(plan, plan->values[i].var->inputs[k]), i);
}

static void find_views(const gn__plan *plan)
{
    for (int64_t i = 0; i < plan->count; i++) {
        const gn_op *op = plan->values[i].var->op;
        const bool view = plan->values[i].variable && (op == &gn__op_reshape || op == &gn__op_stop_gradient);
        plan->values[i].source = view ? gn__plan_value(plan, plan->values[i].var->inputs[0])->source : i;
    }
}

/* --- scales and shifts that follow a layer with weights: batch normalisation -------------------------------------- */

bool gn__plan_has_weights(const gn_var *var)
{
    return var->op == &gn__op_linear || var->op == &gn__op_conv2d || var->op == &gn__op_conv_transpose2d;
}

gn__repetition gn__repetition_of(gn_shape whole, gn_shape repeated)
{
    gn__repetition found = {1, gn_shape_count(repeated)};
    for (int i = 1; i <= repeated.rank && repeated.size[repeated.rank - i] == 1; i++)
        found.inner *= whole.size[whole.rank - i];
    return found;
}

/* Is var = first op constant, with one number for each channel, or one for all? */
static bool is_by_channel(const gn__plan *plan, const gn_var *var, const gn_op *op, const gn_var *first)
{
    if (var->op != op || var->inputs[0] != first || gn__plan_value(plan, var->inputs[1])->variable)
        return false;
    const gn__repetition r = gn__repetition_of(var->shape, var->inputs[1]->shape);
    return r.count == 1 || (r.inner == 1 && r.count == var->shape.size[var->shape.rank - 1]);
}

/* The only value that reads this one; NULL when there are more, or when it is the output. */
static const gn_var *only_user(const gn__plan *plan, const gn_var *var)
{
    const gn__planned *value = gn__plan_value(plan, var);
    return value->uses == 1 && value->user >= 0 ? plan->values[value->user].var : NULL;
}

static void fold(const gn__plan *plan, gn__planned *layer)
{
    const gn_var *last = layer->var, *next = only_user(plan, last);
    if (next != NULL && is_by_channel(plan, next, &gn__op_mul, last)) {
        layer->scale = next->inputs[1];
        gn__plan_value(plan, next)->source = layer->var->index;
        last = next, next = only_user(plan, last);
    }
    if (next != NULL && is_by_channel(plan, next, &gn__op_add, last)) {
        layer->shift = next->inputs[1];
        gn__plan_value(plan, next)->source = layer->var->index;
    }
}

/* --- places ------------------------------------------------------------------------------------------------------- */

static int64_t count_of(const gn__planned *value)
{
    return gn_shape_count(value->var->shape);
}

static int64_t take_weights(gn__plan *plan, int64_t count)
{
    plan->weights += count;
    return plan->weights - count;
}

static void place_constants(gn__plan *plan, gn__planned *value)
{
    const gn_var *var = value->var;
    if (gn__plan_has_weights(var)) {
        value->weight = take_weights(plan, gn_shape_count(var->inputs[1]->shape));
        if (var->input_count == 3 || value->shift != NULL)
            value->bias = take_weights(plan, var->shape.size[var->shape.rank - 1]);
        return;
    }
    for (int k = 0; k < var->input_count; k++) {
        gn__planned *input = gn__plan_value(plan, var->inputs[k]);
        if (input->variable || input->home != GN__NO_HOME)
            continue;
        input->home = GN__IN_WEIGHTS;
        input->offset = take_weights(plan, count_of(input));
    }
}

/* May the result stand where the first input stands? All ops on elements share one of two functions. */
static bool is_elementwise(const gn_op *op)
{
    return op->forward == gn__op_neg.forward || op->forward == gn__op_add.forward;
}

/* The lowest place in scratch that no value holds that is still to be read. */
static int64_t free_place(const gn__plan *plan, int64_t step)
{
    const int64_t count = count_of(&plan->values[step]);
    int64_t place = 0;
    for (int64_t i = 0; i < step; i++) {
        const gn__planned *other = &plan->values[i];
        if (other->home != GN__IN_SCRATCH || other->last_use < step || other->offset >= place + count ||
            other->offset + count_of(other) <= place)
            continue;
        place = other->offset + count_of(other);
        i = -1;
    }
    return place;
}

static void place_result(gn__plan *plan, int64_t step)
{
    gn__planned *value = &plan->values[step];
    const gn__planned *first = source_of(plan, value->var->inputs[0]);
    if (value->home != GN__NO_HOME)
        return;
    value->home = GN__IN_SCRATCH;
    const bool in_place = is_elementwise(value->var->op) && first->home == GN__IN_SCRATCH && first->last_use == step;
    value->offset = in_place ? first->offset : free_place(plan, step);
    if (value->offset + count_of(value) > plan->scratch)
        plan->scratch = value->offset + count_of(value);
}

static void find_last_uses(const gn__plan *plan)
{
    for (int64_t i = 0; i < plan->count; i++)
        for (int k = 0; k < plan->values[i].var->input_count && plan->values[i].needed; k++)
            source_of(plan, plan->values[i].var->inputs[k])->last_use = i;
    plan->values[plan->values[plan->output].source].last_use = plan->count;
}

/* An output that is an input, or constant, must be copied. */
static void place_output(const gn__plan *plan)
{
    const int64_t source = plan->values[plan->output].source;
    if (gn__plan_is_step(plan, source))
        plan->values[source].home = GN__IN_OUTPUT;
}

static gn_status place_all(gn__plan *plan)
{
    find_last_uses(plan);
    place_output(plan);
    for (int64_t i = 0; i < plan->count; i++)
        if (gn__plan_is_step(plan, i)) {
            place_constants(plan, &plan->values[i]);
            place_result(plan, i);
        }
    gn__planned *output = &plan->values[plan->values[plan->output].source];
    if (!output->variable) {
        output->home = GN__IN_WEIGHTS;
        output->offset = take_weights(plan, count_of(output));
    }
    if (plan->weights <= INT32_MAX && plan->scratch <= INT32_MAX)
        return GN_OK;
    return gn_context_fail(
        plan->context, GN_ERROR_UNSUPPORTED,
        "emit_c: the network has %lld weights and needs %lld numbers of scratch, at most 2^31 - 1 can be written",
        (long long)plan->weights, (long long)plan->scratch);
}

/* --- making ------------------------------------------------------------------------------------------------------- */

gn_status gn__plan_open(gn__plan *plan, gn_tape *tape, gn_var *const *inputs, int count, const gn_var *output)
{
    *plan = (gn__plan){.context = tape->context, .count = tape->now.count, .output = output->index};
    const gn__traced *traced = gn__trace_values(tape, inputs, count, output);
    plan->values = traced == NULL ? NULL : gn__new(tape->context, (size_t)plan->count * sizeof *plan->values);
    if (plan->values == NULL)
        return GN_ERROR_MEMORY;
    for (int64_t i = 0; i < plan->count; i++)
        plan->values[i] = (gn__planned){.var = traced[i].var,
                                        .variable = traced[i].variable,
                                        .needed = traced[i].needed,
                                        .user = -1,
                                        .weight = -1,
                                        .bias = -1};
    for (int i = 0; i < count; i++) {
        gn__planned *value = gn__plan_value(plan, inputs[i]);
        value->home = GN__IN_INPUT;
        value->offset = i;
    }
    count_uses(plan);
    find_views(plan);
    for (int64_t i = 0; i < plan->count; i++)
        if (gn__plan_is_step(plan, i) && gn__plan_has_weights(plan->values[i].var))
            fold(plan, &plan->values[i]);
    return place_all(plan);
}

void gn__plan_close(gn__plan *plan)
{
    if (plan->values != NULL)
        gn__delete(plan->context, plan->values, (size_t)plan->count * sizeof *plan->values);
    plan->values = NULL;
}
