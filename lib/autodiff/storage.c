/* SPDX-License-Identifier: MIT */
/* lib/autodiff/storage.c - the memory of values. Rather than letting the heap grow, large values that are cheap to
 * compute again are forgotten, and values that stand beside holes move. */
#include "autodiff/storage.h"

#include "autodiff/parameter.h"
#include "autodiff/tape.h"

static size_t size_of(const gn__storage *storage)
{
    return (size_t)storage->count * sizeof *storage->data;
}

void gn__storage_release(gn_tape *tape, gn__storage *storage)
{
    if (storage->data != NULL && storage->block.size > 0)
        gn__heap_give(&tape->elements, storage->block);
    storage->data = NULL;
}

/* Can it be computed again, and is nobody at it? */
static bool may_forget(const gn__storage *storage)
{
    return storage->maker != NULL && !storage->pinned && storage->readers == 0 && storage->holders == 0;
}

void gn__var_forget(gn_var *var)
{
    if (var->storage != NULL && var->storage->maker == var && may_forget(var->storage))
        gn__storage_release(var->tape, var->storage);
}

static bool is_pass(const gn_op *op)
{
    return op == &gn__op_batch_norm || op == &gn__op_leaky_relu;
}

/* Does one pass over memory compute it again, from a value that stays? Parameters may be moved before that, and chains
 * would be computed from their beginning for every one of their values. */
static bool is_cheap(const gn_op *op, gn_var *const *inputs)
{
    const gn__storage *input = is_pass(op) ? inputs[0]->storage : NULL;
    return input != NULL && (input->maker == NULL || !is_pass(input->maker->op));
}

/* Forgets large values that are cheap, until there is room: rather than letting the heap grow. */
static void make_room(gn_tape *tape, size_t size)
{
    bool room = gn__heap_has_room(&tape->elements, size);
    for (gn__storage *s = tape->now.newest; s != NULL && !room; s = s->older)
        if (size_of(s) >= GN__STORAGE_CHUNK && may_forget(s) && is_cheap(s->maker->op, s->maker->inputs)) {
            gn__storage_release(tape, s);
            room = gn__heap_has_room(&tape->elements, size);
        }
}

/* Moves values out of the way that stand beside holes. */
static void join_holes(gn_tape *tape, size_t size)
{
    for (gn__storage *s = tape->now.newest; s != NULL && !gn__heap_has_room(&tape->elements, size); s = s->older)
        if (s->data != NULL && may_forget(s) && gn__heap_move(&tape->elements, size_of(s), &s->block, size))
            s->data = gn__heap_memory(&tape->elements, s->block);
}

/* For a value that is kept, or may be forgotten to make room. */
static bool find_memory(gn_tape *tape, bool kept, gn__storage *storage)
{
    const size_t size = size_of(storage);
    const bool large = size >= GN__STORAGE_CHUNK;
    if (large) {
        make_room(tape, size);
        join_holes(tape, size);
    }
    if (!gn__heap_take(&tape->elements, size, kept || !large, &storage->block))
        return false;
    storage->data = gn__heap_memory(&tape->elements, storage->block);
    return true;
}

gn__storage *gn__storage_new(gn_tape *tape, const gn_op *op, gn_var *const *inputs, int64_t count)
{
    gn__storage *storage = gn__arena_take(&tape->storages, sizeof *storage);
    if (storage == NULL)
        return NULL;
    *storage = (gn__storage){
        .parameter = tape->aim, .count = count, .serial = tape->now.storages, .older = tape->now.newest};
    if (tape->aim != NULL)
        storage->data = gn_tensor_data(gn_parameter_gradient(tape->aim));
    tape->aim = NULL;
    if (storage->data == NULL && !find_memory(tape, !tape->recording || !is_cheap(op, inputs), storage))
        return NULL;
    tape->now.storages++;
    tape->now.newest = storage;
    return storage;
}

void gn__vars_count_readers(gn_var *const *vars, int count, int change)
{
    for (int i = 0; i < count; i++)
        if (vars[i]->storage != NULL)
            vars[i]->storage->readers += change;
}

bool gn__vars_wake(gn_var *const *vars, int count)
{
    for (int i = 0; i < count; i++)
        if (!gn__var_wake(vars[i]))
            return false;
    return true;
}

/* Computes what was forgotten. */
static bool make_again(gn_tape *tape, gn__storage *storage)
{
    gn_var *maker = storage->maker;
    if (maker == NULL)
        return false;
    gn__vars_count_readers(maker->inputs, maker->input_count, 1);
    bool done = gn__vars_wake(maker->inputs, maker->input_count) &&
                find_memory(tape, !is_cheap(maker->op, maker->inputs), storage);
    if (done) {
        maker->data = storage->data;
        done = maker->op->forward(maker) == GN_OK;
    }
    gn__vars_count_readers(maker->inputs, maker->input_count, -1);
    if (!done)
        gn__storage_release(tape, storage);
    return done;
}

bool gn__var_is_there(const gn_var *var)
{
    gn__storage *storage = var->storage;
    if (storage->data != NULL || make_again(var->tape, storage))
        return true;
    gn__out_of_memory(var->tape, gn_var_op_name(var), var->shape);
    return false;
}

bool gn__var_wake(gn_var *var)
{
    if (var->storage == NULL)
        return true;
    if (!gn__var_is_there(var))
        return false;
    var->data = var->storage->data;
    return true;
}
