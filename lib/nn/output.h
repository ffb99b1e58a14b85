/* SPDX-License-Identifier: MIT */
/* lib/nn/output.h - the shape that a module gave last, which summaries and diagrams tell. */
#ifndef GN_NN_OUTPUT_H
#define GN_NN_OUTPUT_H

#include <gannet/module.h>

/* Rank 0: it was not applied. */
void gn__module_set_output(gn_module *module, gn_shape shape);
gn_shape gn__module_output(const gn_module *module);

/* Applies a module to zeros of these shapes in inference mode, on a tape of its own, so that every module in it has an output. Neither
 * modes nor statistics change. */
gn_status gn__module_trace(gn_module *module, const gn_shape *inputs, int count);

/* The same on the caller's tape, for what a recording tells: gives the output and writes the inputs, or fails the tape. */
enum { GN__MOST_TRACED = 8 };
gn_var *gn__module_trace_on(gn_tape *tape, gn_module *module, const gn_shape *shapes, gn_var **inputs, int count);

/* Numbers in the module's own parameters, without those of its children. */
int64_t gn__module_own_numbers(gn_module *module);

/* The last part of its name. */
const char *gn__module_short_name(const gn_module *module);

#endif
