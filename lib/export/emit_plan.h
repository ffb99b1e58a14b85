/* SPDX-License-Identifier: MIT */
/* lib/export/emit_plan.h - which values of a recording must be computed when a network is applied, and where each
 * stands in memory. */
#ifndef GN_EXPORT_EMIT_PLAN_H
#define GN_EXPORT_EMIT_PLAN_H

#include "autodiff/tape.h"

typedef enum gn__home { GN__NO_HOME = 0, GN__IN_WEIGHTS, GN__IN_INPUT, GN__IN_SCRATCH, GN__IN_OUTPUT } gn__home;

/* One value of the recording, by its index there. */
typedef struct gn__planned {
    const gn_var *var;
    bool variable, needed; /* as in gn__traced */
    int64_t uses;          /* by needed values; being the output is one, too */
    int64_t user;          /* the last of them, -1 for the output */
    int64_t
        source; /* the value whose memory this one is: its own index, unless it is a view or was folded into another */
    int64_t last_use; /* of this memory, for a source */
    gn__home home;
    int64_t offset;              /* in numbers from the start of its home; of an input its number */
    const gn_var *scale, *shift; /* linear and convolutions: folded into weight and bias; NULL: none */
    int64_t weight, bias;        /* linear and convolutions: their places among the weights; bias -1: none */
} gn__planned;

typedef struct gn__plan {
    gn_context *context;
    gn__planned *values;
    int64_t count, output; /* the index of the output */
    int64_t weights, scratch;
} gn__plan;

/* Plans from a recording of output = f(inputs). Fails with GN_ERROR_MEMORY, or with GN_ERROR_UNSUPPORTED for a network
 * of 2^31 numbers or more. The tape must outlive the plan. */
gn_status gn__plan_open(gn__plan *plan, gn_tape *tape, gn_var *const *inputs, int count, const gn_var *output);
void gn__plan_close(gn__plan *plan);

gn__planned *gn__plan_value(const gn__plan *plan, const gn_var *var);

/* Is there something to do for this value when the network is applied? */
bool gn__plan_is_step(const gn__plan *plan, int64_t index);

/* Has the op a weight and a bias of its own, in which a scale and a shift can be folded? */
bool gn__plan_has_weights(const gn_var *var);

/* How the second input of an op on two values is repeated along the first: element i meets i / inner % count. */
typedef struct gn__repetition {
    int64_t inner, count;
} gn__repetition;
gn__repetition gn__repetition_of(gn_shape whole, gn_shape repeated);

#endif
