/* SPDX-License-Identifier: MIT */
/* lib/autodiff/storage.h - the memory of values: taken from the tape's heap, given back early, and filled again. */
#ifndef GN_AUTODIFF_STORAGE_H
#define GN_AUTODIFF_STORAGE_H

#include "core/heap.h"

#include <gannet/tape.h>

/* What the heap grows by; values of that size make room for each other first. */
enum { GN__STORAGE_CHUNK = 1 << 20 };

/* The memory of a value. Values that are views of one another share it. */
typedef struct gn__storage {
    gn_real *data;           /* NULL: given back, or forgotten until somebody reads it */
    gn__block block;         /* of size 0: the memory is a parameter's */
    gn_parameter *parameter; /* whose gradient lives here, or NULL */
    int64_t count;
    int64_t serial; /* counts the storages of a recording: tells what a backward pass has made itself */
    int holders;    /* gradients waiting in a backward pass that live here; 0 elsewhere */
    int readers;    /* ops that are being computed from it */
    bool pinned;    /* somebody has asked for the address */
    gn_var *maker;  /* the recorded value whose op computes it; NULL: it cannot be computed again */
    struct gn__storage *older;
} gn__storage;

/* Memory for count elements that an op is to make (NULL: they are given): where the tape's aim is, or in its heap. NULL
 * when it is out. */
gn__storage *gn__storage_new(gn_tape *tape, const gn_op *op, gn_var *const *inputs, int64_t count);

/* Gives a storage's memory back for reuse before the reset. Nothing may read it any more. */
void gn__storage_release(gn_tape *tape, gn__storage *storage);

/* Gives the memory of a recorded value back, if nobody has asked for its address. What reads it later has it computed
 * again, from inputs that must not have changed. */
void gn__var_forget(gn_var *var);

/* Are the elements of the storage there, now at least? Computes again what was forgotten; fails the tape when memory is
 * out. */
bool gn__var_is_there(const gn_var *var);

/* The same, and var->data points at them then. For what reads data past gn_record. */
bool gn__var_wake(gn_var *var);
bool gn__vars_wake(gn_var *const *vars, int count);

/* Nothing that is being computed from may be forgotten: change 1 before, -1 after. */
void gn__vars_count_readers(gn_var *const *vars, int count, int change);

#endif
