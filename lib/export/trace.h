/* SPDX-License-Identifier: MIT */
/* lib/export/trace.h - applying a network to zeros, to see what is in it. */
#ifndef GN_EXPORT_TRACE_H
#define GN_EXPORT_TRACE_H

#include "autodiff/tape.h"

#include <gannet/module.h>

/* Applies a module to zeros of these shapes in inference mode, on a tape of its own, so that every module in it has an
 * output (nn/module.h). Neither modes nor statistics change. */
gn_status gn__module_trace(gn_module *module, const gn_shape *inputs, int count);

/* The same on the caller's tape, for what a recording tells: gives the output and writes the inputs, or fails the
 * tape. */
enum { GN__MAX_TRACED = 8 };
gn_var *gn__module_trace_on(gn_tape *tape, gn_module *module, const gn_shape *shapes, gn_var **inputs, int count);

/* A value of a recording of output = f(inputs). */
typedef struct gn__traced {
    const gn_var *var;
    bool variable; /* depends on an input; other values are known now */
    bool needed;   /* is the output, or read by a needed value that is variable */
} gn__traced;

/* All values by their index, in the tape's memory. NULL, recorded, when memory is out. */
const gn__traced *gn__trace_values(gn_tape *tape, gn_var *const *inputs, int count, const gn_var *output);

#endif
