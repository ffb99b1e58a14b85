/* SPDX-License-Identifier: MIT */
/* lib/autodiff/tape.h - the inside of tapes and values, for the op files. */
#ifndef GN_AUTODIFF_TAPE_H
#define GN_AUTODIFF_TAPE_H

#include "autodiff/storage.h"
#include "core/arena.h"
#include "core/context.h"
#include "core/heap.h"
#include "kernels/kernels.h"

#include <gannet/ops.h>

struct gn_var {
    gn_tape *tape;
    const gn_op *op; /* NULL for a value that no op made */
    gn_shape shape;
    gn_real *data;
    gn__storage *storage; /* NULL when the memory belongs to somebody else */
    gn_var *inputs[GN_MAX_INPUTS];
    int input_count;
    int64_t index;  /* place on the tape; -1: not recorded */
    int64_t resets; /* of the tape before this was made */
    gn_var *previous;
    const void *attributes;
    void *saved;             /* what forward left for the gradient */
    gn_parameter *parameter; /* for the value of a parameter */
    const char *layer;       /* the module that was being applied */
    bool awaited; /* a parameter's gradient that a pass may leave where the parameter keeps it, and has not yet */
};

/* The value that stands for a parameter in this recording. */
typedef struct gn__leaf {
    const gn_parameter *parameter;
    uint64_t serial;
    gn_var *value;
} gn__leaf;

/* How far a recording had come. */
typedef struct gn__place {
    gn_var *last; /* the newest recorded value; older ones follow by previous */
    int64_t count;
    gn__storage *newest;
    int64_t storages;
    size_t leaf_count;
} gn__place;

struct gn_tape {
    gn_context *context;
    /* They hold nothing but gn_var and change places at each reset: a gn_var that is kept over one reset is still
     * there, to be found stale; over more it may be a newer one, but never other memory. */
    gn__arena vars, older_vars;
    gn__arena storages, data; /* what is small and stays; the first has nothing but gn__storage, as vars has gn_var */
    gn__heap elements;
    int64_t resets;
    gn_status status;
    gn_var poison;
    bool recording;
    bool traced; /* others read the recording: ops that are finished (gn__finish) do not appear in it */
    gn__place now, marked;
    gn_parameter *aim;   /* whose gradient's memory the next storage takes; NULL: new memory */
    bool aiming;         /* the pass that is running puts gradients into parameters */
    bool measuring;      /* and asks for the sums of their squares */
    int64_t pass_serial; /* storages from this one on belong to the backward pass that is running; INT64_MAX: none is */
    gn__leaf *leaves;
    size_t leaf_capacity;
    const char *layer;
    int running; /* functions that were called in the middle of this recording and have not come back */
    gn_random random;
};

/* --- for layers and ops ------------------------------------------------------------------------------------------- */

/* Names the module that is being applied, for messages; returns the one before, to be put back. */
const char *gn__tape_enter(gn_tape *tape, const char *layer);

/* Around every call of a user's function (an op's, a layer's, a loss's): meanwhile a reset fails the tape, and freeing
 * it is refused. hold returns whether the tape records; release puts that back, and fails the tape if the function has
 * left it changed. */
bool gn__tape_hold(gn_tape *tape);
void gn__tape_release(gn_tape *tape, bool recording);

/* Fails with "<what> is NULL", and why, if the context's last failure may be the reason. */
gn_status gn__tape_fail_null(gn_tape *tape, const char *what);

/* Was it made before the last reset? */
bool gn__is_stale(const gn_var *var);

/* True when all inputs are living values of one tape without an error. If not, the op returns gn__poison_of(inputs,
 * count). */
bool gn__check_inputs(const char *op, gn_var *const *inputs, int count);
gn_var *gn__poison_of(gn_var *const *inputs, int count);

/* Fails the tape of x with a message "op 'layer': ..." and returns its poison value. */
gn_var *gn__op_fail(gn_var *x, const char *op, gn_status status, const char *format, ...) GN_PRINTF(4, 5);

/* Fails the tape for want of memory, or of a context, for a value of the function that is named; returns poison. */
gn_var *gn__out_of_memory(gn_tape *tape, const char *what, gn_shape shape);

/* A value with fresh memory that no op made, for the function that is named; elements not set. Poison when memory is
 * out. */
gn_var *gn__leaf_new(gn_tape *tape, const char *what, gn_shape shape);

/* A value that shares x's memory under another shape, recorded as op. */
gn_var *gn__view(const gn_op *op, gn_var *x, gn_shape shape);

/* Remembers how far the recording has come, and forgets what was recorded since: for the values of one player's step
 * that the other does not need. There is one mark; a reset removes it. */
void gn__tape_mark(gn_tape *tape);
void gn__tape_rewind(gn_tape *tape);

/* As gn_record, but the result stands in the memory of inputs[0] when that may be overwritten. forward must allow
 * it. */
gn_var *gn__record_over(const gn_op *op, gn_var *const *inputs, int count, gn_shape shape, const void *attributes,
                        size_t attribute_size);

/* Memory for what forward leaves to the gradient; NULL when it is out. Lives until the reset. */
void *gn__op_save(gn_var *out, size_t size);

/* Makes sure that the elements of all values that have been recorded are there; they stay from now on. */
void gn__tape_keep_values(gn_tape *tape);

/* The kernels in use. */
const gn__kernels *gn__kernels_of(const gn_var *var);
gn_context *gn__context_of(const gn_var *var);

/* x summed down to shape, the adjoint of broadcasting to x's shape. */
gn_var *gn__sum_to(gn_var *x, gn_shape shape);

/* A shape as [outer, middle, inner], with the axes from .. to - 1 in the middle. */
typedef struct gn__axes {
    int64_t outer, middle, inner;
} gn__axes;

gn__axes gn__split_axes(gn_shape shape, int from, int to);

/* With the last axis in the middle; of rank 0 it is one element. */
gn__axes gn__split_last_axis(gn_shape shape);

/* The mask of the leaky ReLU applied to a gradient: y > 0 ? x : slope x, which is x itself for slope 1. */
gn_var *gn__leaky_relu_gradient(gn_var *x, gn_var *y, gn_real slope);

/* gn_linear, gn_conv2d and gn_conv_transpose2d, finished in the same op. Behind a norm there is no gradient. */
gn_var *gn__linear_finished(gn_var *x, gn_var *weight, gn_var *bias, const gn__finish *finish);
gn_var *gn__conv2d_finished(gn_var *x, gn_var *kernel, gn_var *bias, const gn_window *window, const gn__finish *finish);
gn_var *gn__conv_transpose2d_finished(gn_var *x, gn_var *kernel, gn_var *bias, const gn_window *window,
                                      const gn__finish *finish);

/* gn_batch_norm with given statistics, of as many channels; it has no gradient. */
gn_var *gn__batch_norm_given(gn_var *x, gn_var *gamma, gn_var *beta, const gn_real *mean, const gn_real *variance,
                             gn_real epsilon, gn_real slope);

/* out[i] = x[where[i]], and its adjoint, which adds x[i] to out[where[i]]; where lives as long as the tape's values. x
 * and out are cut into as many groups of equal size; no place lies in another one's group. */
gn_var *gn__take(gn_var *x, const int64_t *where, int64_t groups, gn_shape shape);
gn_var *gn__put(gn_var *x, const int64_t *where, int64_t groups, gn_shape shape);

/* --- the table of ops --------------------------------------------------------------------------------------------- */

#define GN__OP(name) extern const gn_op gn__op_##name;
#include "autodiff/ops.def"
#undef GN__OP

extern const gn_op *const gn__ops[];
extern const size_t gn__op_count;

#endif
