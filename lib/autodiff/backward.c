/* SPDX-License-Identifier: MIT */
/* lib/autodiff/backward.c - gradients: walking back along the tape.
 *
 * A pass visits the recorded values from the output down. Each visited value has collected its gradient; its op turns
 * that into gradients of its inputs, by calling ops. When a second order is asked for these ops are recorded like any
 * other. When it is not, they are not recorded, and the memory of each gradient is given back as soon as nobody waits
 * for it. */
#include "autodiff/backward.h"

#include "autodiff/attributes.h"
#include "autodiff/parameter.h"
#include "autodiff/tape.h"
#include "core/context.h"
#include "core/tensor.h"

#include <string.h>

/* A parameter whose gradient a value's is; one value can stand for several. */
typedef struct target {
    gn_parameter *parameter;
    struct target *next;
} target;

typedef struct pass {
    gn_tape *tape;
    int64_t count;        /* values on the tape when the pass began */
    int64_t first_serial; /* storages from this one on were made by the pass */
    bool create_graph;
    gn_var **nodes;     /* [count], by index */
    gn_var **gradients; /* [count], collected so far; NULL: zero */
    bool *wanted;       /* [count], does it lead to an input that was asked for */
    bool *kept;         /* [count], is it such an input itself */
    target **targets;   /* [count], NULL where a value stands for none; NULL: no parameter is asked for */
    bool add;           /* to the gradients that are there */
    bool step_follows;  /* gradients are measured, and the values that it has passed forgotten */
} pass;

static bool pass_open(pass *p, gn_var *output, bool create_graph)
{
    gn_tape *tape = output->tape;
    const size_t count = (size_t)output->index + 1;
    *p = (pass){
        .tape = tape, .count = output->index + 1, .first_serial = tape->now.storages, .create_graph = create_graph};
    p->nodes = gn__arena_take(&tape->data, count * sizeof *p->nodes);
    p->gradients = gn__arena_take(&tape->data, count * sizeof *p->gradients);
    p->wanted = gn__arena_take(&tape->data, 2 * count * sizeof *p->wanted);
    if (p->nodes == NULL || p->gradients == NULL || p->wanted == NULL) {
        gn_tape_fail(tape, GN_ERROR_MEMORY, "gradients: out of memory for a pass over %zu values", count);
        return false;
    }
    p->kept = p->wanted + count;
    memset(p->gradients, 0, count * sizeof *p->gradients);
    memset(p->wanted, 0, 2 * count * sizeof *p->wanted);
    for (gn_var *var = tape->now.last; var != NULL; var = var->previous)
        if (var->index < p->count)
            p->nodes[var->index] = var;
    return true;
}

/* Marks the inputs and everything that was computed from them. */
static void mark_wanted(pass *p, gn_var *const *inputs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (inputs[i] != NULL && inputs[i]->index >= 0 && inputs[i]->index < p->count)
            p->wanted[inputs[i]->index] = p->kept[inputs[i]->index] = true;
    for (int64_t n = 0; n < p->count; n++)
        for (int i = 0; i < p->nodes[n]->input_count; i++) {
            const int64_t from = p->nodes[n]->inputs[i]->index;
            p->wanted[n] |= from >= 0 && p->wanted[from];
        }
}

/* May the pass write to, or give back, the memory of this gradient? Not if it was there before or must stay. */
static bool owned(const pass *p, const gn_var *gradient)
{
    return !p->create_graph && gradient->storage != NULL && gradient->storage->serial >= p->first_serial;
}

static void hold(gn_var *gradient)
{
    if (gradient->storage != NULL)
        gradient->storage->holders++;
}

static void let_go(pass *p, gn_var *gradient)
{
    if (gradient->storage != NULL && --gradient->storage->holders == 0 && owned(p, gradient))
        gn__storage_release(p->tape, gradient->storage);
}

/* Gives back what a gradient function made and nobody waits for. */
static void release_temporaries(pass *p, int64_t first_serial)
{
    for (gn__storage *s = p->tape->now.newest; s != NULL && s->serial >= first_serial; s = s->older)
        if (!p->create_graph && s->holders == 0)
            gn__storage_release(p->tape, s);
}

/* The gradient that lives here changes. */
static void forget_squares(const gn__storage *storage)
{
    if (storage->parameter != NULL)
        storage->parameter->gradient_squares = GN__UNMEASURED;
}

static void add_gradient(pass *p, const gn_var *input, gn_var *gradient)
{
    gn_var **sum = &p->gradients[input->index];
    if (*sum == NULL) {
        *sum = gradient;
        hold(gradient);
        return;
    }
    if (owned(p, *sum) && (*sum)->storage->holders == 1) {
        forget_squares((*sum)->storage);
        gn__kernels_of(input)->binary(p->tape->context, GN__ADD, 0, 0, gn_shape_count(input->shape), (*sum)->data,
                                      gradient->data, (*sum)->data);
        return;
    }
    gn_var *added = gn_add(*sum, gradient);
    if (added->data == NULL)
        return;
    hold(added);
    let_go(p, *sum);
    *sum = added;
}

static bool check_gradient(const gn_var *node, int i, gn_var *gradient)
{
    if (gradient->tape != node->tape || gn__is_stale(gradient)) {
        gn_tape_fail(node->tape, GN_ERROR_ARGUMENT, "%s: the gradient of input %d is not a living value of the tape",
                     node->op->name, i);
        return false;
    }
    if (gradient->data == NULL || !gn__var_wake(gradient))
        return false;
    if (gn_shape_equal(gradient->shape, node->inputs[i]->shape))
        return true;
    char found[64], wanted[64];
    gn_tape_fail(node->tape, GN_ERROR_SHAPE, "%s: the gradient of input %d has shape %s, the input %s", node->op->name,
                 i, gn_shape_text(gradient->shape, found, sizeof found),
                 gn_shape_text(node->inputs[i]->shape, wanted, sizeof wanted));
    return false;
}

/* What a gradient function has recorded for itself is no longer to be found: its memory was given back. */
static void leave_recorded(gn_tape *tape, const gn__place *before)
{
    for (gn_var *var = tape->now.last; var != before->last; var = var->previous)
        var->index = -1;
    tape->now.last = before->last;
    tape->now.count = before->count;
    tape->now.leaf_count = before->leaf_count;
}

static void visit(pass *p, gn_var *node)
{
    const gn_op *op = node->op;
    const gn__place before = p->tape->now;
    gn_var *gradient = p->gradients[node->index], *gradients[GN_MAX_INPUTS] = {NULL};
    bool wanted[GN_MAX_INPUTS] = {false};
    for (int i = 0; i < node->input_count; i++)
        wanted[i] = node->inputs[i]->index >= 0 && p->wanted[node->inputs[i]->index];
    if (op->first_order_only && (p->create_graph || op->gradient == NULL)) {
        gn__op_fail(node, op->name, GN_ERROR_UNSUPPORTED, "this op cannot be differentiated again");
        return;
    }
    p->tape->layer = node->layer;
    const bool recording = gn__tape_hold(p->tape);
    if (op->gradient != NULL)
        op->gradient(node, gradient, wanted, gradients);
    gn__tape_release(p->tape, recording);
    for (int i = 0; i < node->input_count && p->tape->status == GN_OK; i++)
        if (wanted[i] && gradients[i] != NULL && check_gradient(node, i, gradients[i]))
            add_gradient(p, node->inputs[i], gradients[i]);
    release_temporaries(p, before.storages);
    if (!p->create_graph)
        leave_recorded(p->tape, &before);
}

/* Adds to a gradient that is there, or replaces it, unless it was computed there; NULL stands for zeros. */
static gn_status store(const pass *p, gn_parameter *parameter, const gn_var *gradient)
{
    const bool fresh = parameter->gradient == NULL;
    const gn_tensor *kept = gn__parameter_need_gradient(parameter);
    if (kept == NULL)
        return GN_ERROR_MEMORY;
    gn_context *context = parameter->context;
    const bool there = gradient != NULL && gradient->data == kept->data;
    if (gradient == NULL && !p->add)
        memset(kept->data, 0, (size_t)kept->count * sizeof *kept->data);
    else if (gradient != NULL && p->add && !fresh)
        context->kernels->binary(context, GN__ADD, 0, 0, kept->count, kept->data, gradient->data, kept->data);
    else if (gradient != NULL && !there) /* a copy that all threads share */
        context->kernels->unary(context, GN__SCALE, 1, 0, kept->count, gradient->data, kept->data);
    if (p->step_follows && (!there || parameter->gradient_squares == GN__UNMEASURED))
        gn__parameter_measure(parameter);
    return GN_OK;
}

static target *targets_of(const pass *p, int64_t index)
{
    return p->targets == NULL ? NULL : p->targets[index];
}

/* A value's gradient is complete when the walk has come down to it; a parameter's is taken out at once, so that its
 * memory can serve again. */
static void finish(pass *p, gn_var *node)
{
    const target *first = targets_of(p, node->index);
    gn_status status = GN_OK;
    for (const target *t = first; t != NULL && status == GN_OK; t = t->next)
        status = store(p, t->parameter, p->gradients[node->index]);
    if (status != GN_OK)
        gn_tape_fail(p->tape, status, "backward: %s", gn_context_message(p->tape->context));
    if (!p->kept[node->index] || first != NULL)
        let_go(p, p->gradients[node->index]);
}

/* Are its gradients made without a look at what it gave? */
static bool looks_at_inputs_alone(const gn_var *node)
{
    const gn_op *op = node->op;
    if (op == &gn__op_conv2d || op == &gn__op_conv_transpose2d)
        return ((const gn__conv_attributes *)node->attributes)->finish.slope == 1;
    if (op == &gn__op_linear)
        return ((const gn__linear_attributes *)node->attributes)->finish.slope == 1;
    return op == &gn__op_batch_norm || op == &gn__op_leaky_relu;
}

/* All readers of a value stand above it: when the walk has come down to it, nobody but its own gradient may need it. */
static void forget(const pass *p, gn_var *node, bool passed)
{
    if (p->step_follows && node->op != NULL && (passed || looks_at_inputs_alone(node)))
        gn__var_forget(node);
}

/* The gradient of what was asked for is read after its op has made others of it, which must not take its memory. */
static void pass_on(pass *p, gn_var *node)
{
    const bool kept = p->kept[node->index];
    gn_var *gradient = p->gradients[node->index];
    if (kept)
        hold(gradient);
    visit(p, node);
    if (kept)
        let_go(p, gradient);
}

static void walk(pass *p, gn_var *output, gn_var *output_gradient)
{
    if (!p->wanted[output->index])
        return;
    hold(output_gradient);
    p->gradients[output->index] = output_gradient;
    for (int64_t n = output->index; n >= 0 && p->tape->status == GN_OK; n--)
        if (p->wanted[n] && p->gradients[n] != NULL) {
            forget(p, p->nodes[n], false);
            if (p->nodes[n]->op != NULL)
                pass_on(p, p->nodes[n]);
            finish(p, p->nodes[n]);
            forget(p, p->nodes[n], true);
        }
}

/* What was asked for waits no longer. A gradient function may have called for this pass in the middle of another, whose
 * gradients still do. */
static void end_waiting(const pass *p)
{
    for (int64_t n = 0; n < p->count; n++)
        if (p->kept[n] && targets_of(p, n) == NULL && p->gradients[n] != NULL && p->gradients[n]->storage != NULL)
            p->gradients[n]->storage->holders--;
}

void gn__gradient_aim(gn_var *input)
{
    if (!input->awaited || !input->tape->aiming || input->tape->recording)
        return;
    const gn_tensor *gradient = gn__parameter_need_gradient(input->parameter);
    input->awaited = false;
    input->parameter->gradient_squares = GN__UNMEASURED;
    if (gradient != NULL)
        input->tape->aim = input->parameter;
    else
        gn_tape_fail(input->tape, GN_ERROR_MEMORY, "backward: %s", gn_context_message(input->tape->context));
}

double *gn__gradient_squares(const gn_var *out)
{
    const bool asked = out->tape->measuring && out->storage != NULL && out->storage->parameter != NULL;
    return asked ? &out->storage->parameter->gradient_squares : NULL;
}

/* Walks a pass that has been opened, with the recording set as create_graph asks, and puts the tape back as it was. */
static bool run(pass *p, gn_var *output, gn_var *output_gradient, gn_var *const *inputs, size_t count)
{
    gn_tape *tape = output->tape;
    const char *layer = tape->layer;
    const bool recording = gn_tape_set_recording(tape, p->create_graph);
    const int64_t outer_serial = tape->pass_serial;
    const bool outer_aims = tape->aiming, outer_measures = tape->measuring;
    tape->pass_serial = p->create_graph ? INT64_MAX : p->first_serial;
    tape->aiming = p->targets != NULL;
    tape->measuring = p->step_follows;
    mark_wanted(p, inputs, count);
    walk(p, output, output_gradient != NULL ? output_gradient : gn_full(tape, output->shape, 1));
    end_waiting(p);
    tape->pass_serial = outer_serial;
    tape->aiming = outer_aims;
    tape->measuring = outer_measures;
    tape->layer = layer;
    gn_tape_set_recording(tape, recording);
    return tape->status == GN_OK;
}

/* The gradient that a pass has found; zeros when the output does not depend on the input. */
static gn_var *found(const pass *p, gn_var *input)
{
    const bool reached = input->index >= 0 && input->index < p->count;
    gn_var *gradient = reached ? p->gradients[input->index] : NULL;
    return gradient != NULL ? gradient : gn_full(input->tape, input->shape, 0);
}

static void check_input(gn_tape *tape, const gn_var *input, size_t index)
{
    if (input == NULL || input->tape != tape)
        gn_tape_fail(tape, GN_ERROR_ARGUMENT, "gradients: input %zu is not a value of the output's tape", index);
    else if (gn__is_stale(input))
        gn_tape_fail(tape, GN_ERROR_STATE, "gradients: input %zu is a value from before the last reset", index);
}

static void check_output_gradient(const gn_var *output, const gn_var *gradient)
{
    if (gradient->tape == output->tape && gn__is_stale(gradient))
        gn_tape_fail(output->tape, GN_ERROR_STATE, "gradients: output_gradient is a value from before the last reset");
    else if (gradient->tape != output->tape || !gn_shape_equal(gradient->shape, output->shape))
        gn_tape_fail(output->tape, GN_ERROR_SHAPE, "gradients: output_gradient must have the output's shape");
}

/* On failure every gradient is the tape's poison; without an output there is no tape, and it is NULL. */
static gn_status check_call(const gn_var *output, const gn_var *output_gradient, gn_var *const *inputs, size_t count,
                            gn_var **gradients)
{
    gn_tape *tape = output == NULL ? NULL : output->tape;
    for (size_t i = 0; i < count && gradients != NULL; i++)
        gradients[i] = tape == NULL ? NULL : &tape->poison;
    if (tape == NULL)
        return GN_ERROR_ARGUMENT;
    if (tape->status == GN_OK && (gradients == NULL || (inputs == NULL && count > 0)))
        gn_tape_fail(tape, GN_ERROR_ARGUMENT, "gradients: inputs or gradients is NULL");
    if (tape->status == GN_OK && gn__is_stale(output))
        gn_tape_fail(tape, GN_ERROR_STATE, "gradients: the output is a value from before the last reset");
    for (size_t i = 0; i < count && inputs != NULL && tape->status == GN_OK; i++)
        check_input(tape, inputs[i], i);
    if (tape->status == GN_OK && output_gradient != NULL)
        check_output_gradient(output, output_gradient);
    return tape->status;
}

gn_status gn_vector_jacobian(gn_var *output, gn_var *output_gradient, gn_var *const *inputs, size_t count,
                             bool create_graph, gn_var **gradients)
{
    const gn_status status = check_call(output, output_gradient, inputs, count, gradients);
    if (status != GN_OK)
        return status;
    pass p = {0}; /* an output that was not recorded depends on nothing */
    bool done = output->index < 0;
    if (!done && pass_open(&p, output, create_graph))
        done = run(&p, output, output_gradient, inputs, count);
    const bool recording = gn_tape_set_recording(output->tape, create_graph);
    for (size_t i = 0; i < count && done; i++)
        gradients[i] = found(&p, inputs[i]);
    for (size_t i = 0; i < count && output->tape->status != GN_OK; i++)
        gradients[i] = &output->tape->poison;
    gn_tape_set_recording(output->tape, recording);
    return output->tape->status;
}

gn_status gn_gradients(gn_var *output, gn_var *const *inputs, size_t count, bool create_graph, gn_var **gradients)
{
    return gn_vector_jacobian(output, NULL, inputs, count, create_graph, gradients);
}

/* --- into parameters ---------------------------------------------------------------------------------------------- */

static gn_status check_parameters(gn_tape *tape, gn_parameter_list parameters)
{
    for (size_t i = 0; i < parameters.count; i++)
        if (parameters.items == NULL || parameters.items[i] == NULL)
            return gn_tape_fail(tape, GN_ERROR_ARGUMENT, "backward: parameter %zu of %zu is NULL", i, parameters.count);
    return tape->status;
}

/* There is no tape to tell: the parameters' context is told, and keeps why there is no loss. */
static gn_status refuse_null(gn_parameter_list parameters)
{
    const gn_parameter *first = parameters.items == NULL || parameters.count == 0 ? NULL : parameters.items[0];
    return gn__context_fail_null(first == NULL ? NULL : first->context, "backward: the loss");
}

static gn_status check_loss(const gn_var *loss)
{
    char text[64];
    if (loss->tape->status == GN_OK && gn__is_stale(loss))
        gn_tape_fail(loss->tape, GN_ERROR_STATE, "backward: the loss is a value from before the last reset");
    if (loss->tape->status == GN_OK && gn_shape_count(loss->shape) != 1)
        gn_tape_fail(loss->tape, GN_ERROR_SHAPE, "backward: the loss has shape %s, expected one number",
                     gn_shape_text(loss->shape, text, sizeof text));
    return loss->tape->status;
}

static bool is_target(const pass *p, const gn_var *leaf, const gn_parameter *parameter)
{
    const target *t = p->targets[leaf->index];
    while (t != NULL && t->parameter != parameter)
        t = t->next;
    return t != NULL;
}

/* Finds the values that stand for the parameters and makes these their targets; returns how many there are. */
static size_t find_targets(pass *p, gn_parameter_list parameters, gn_var **leaves, target *targets)
{
    size_t count = 0;
    for (size_t i = 0; i < parameters.count; i++) {
        gn_parameter *parameter = parameters.items[i];
        gn_var *leaf = gn__parameter_leaf(p->tape, parameter);
        if (leaf == NULL || parameter->frozen || leaf->index < 0 || leaf->index >= p->count ||
            is_target(p, leaf, parameter))
            continue;
        leaf->awaited = !p->add && leaf->parameter == parameter;
        targets[count] = (target){parameter, p->targets[leaf->index]};
        p->targets[leaf->index] = &targets[count];
        leaves[count++] = leaf;
    }
    return count;
}

/* Parameters that the loss does not depend on get zeros. */
static gn_status store_zeros(const pass *p, gn_parameter_list parameters)
{
    gn_status status = GN_OK;
    for (size_t i = 0; i < parameters.count && status == GN_OK; i++) {
        const gn_var *leaf = gn__parameter_leaf(p->tape, parameters.items[i]);
        const bool reached = leaf != NULL && leaf->index >= 0 && leaf->index < p->count &&
                             p->gradients[leaf->index] != NULL;
        if (!reached && !parameters.items[i]->frozen)
            status = store(p, parameters.items[i], NULL);
    }
    return status == GN_OK ? GN_OK
                           : gn_tape_fail(p->tape, status, "backward: %s", gn_context_message(p->tape->context));
}

/* From a loss that was recorded: gradients go to the parameters that it depends on. */
static void backward_through(pass *p, gn_var *loss, gn_parameter_list parameters)
{
    gn_tape *tape = p->tape;
    const size_t values = (size_t)p->count;
    p->targets = gn__arena_take(&tape->data, values * sizeof *p->targets);
    target *targets = gn__arena_take(&tape->data, (parameters.count + 1) * sizeof *targets);
    gn_var **leaves = gn__arena_take(&tape->data, (parameters.count + 1) * sizeof *leaves);
    if (p->targets == NULL || targets == NULL || leaves == NULL) {
        gn_tape_fail(tape, GN_ERROR_MEMORY, "backward: out of memory for %zu parameters", parameters.count);
        return;
    }
    memset(p->targets, 0, values * sizeof *p->targets);
    const size_t count = find_targets(p, parameters, leaves, targets);
    run(p, loss, NULL, leaves, count);
    for (size_t i = 0; i < count; i++)
        leaves[i]->awaited = false;
}

gn_status gn__backward(gn_var *loss, gn_parameter_list parameters, bool add, bool step_follows)
{
    if (loss == NULL)
        return refuse_null(parameters);
    if (check_loss(loss) != GN_OK || check_parameters(loss->tape, parameters) != GN_OK)
        return loss->tape->status;
    gn_tape *tape = loss->tape;
    if (tape->pass_serial != INT64_MAX)
        return gn_tape_fail(tape, GN_ERROR_STATE, "backward: called by a gradient function, expected gn_gradients");
    pass p = {.tape = tape};
    const bool open = loss->index >= 0 && pass_open(&p, loss, false);
    p.add = add;
    p.step_follows = step_follows;
    if (open)
        backward_through(&p, loss, parameters);
    return tape->status == GN_OK ? store_zeros(&p, parameters) : tape->status;
}

gn_status gn_backward(gn_var *loss, gn_parameter_list parameters)
{
    return gn__backward(loss, parameters, false, false);
}

gn_status gn_backward_add(gn_var *loss, gn_parameter_list parameters)
{
    return gn__backward(loss, parameters, true, false);
}
