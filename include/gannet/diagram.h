/* SPDX-License-Identifier: MIT */
/* gannet/diagram.h - what a network is made of, as a text and as a picture, both drawn from the tree of its modules. */
#ifndef GANNET_DIAGRAM_H
#define GANNET_DIAGRAM_H

#include <gannet/module.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A table of all modules in the tree: name, kind, shape of the output, number of trained numbers; and the sum of these.
 * The module is applied to zeros of count shapes, one for each of its inputs (whole ones: [1,100] for noise of 100; 1
 * to 8 of them), in inference mode; nothing in it changes. The caller frees the text with gn_text_free and the module's
 * context. NULL with a message on failure: GN_ERROR_SHAPE for shapes that the network does not take, GN_ERROR_ARGUMENT
 * for a NULL or another count, GN_ERROR_MEMORY. A NULL module gives NULL and leaves no message. */
GN_API char *gn_summary(gn_module *module, const gn_shape *inputs, int count);

/* One network of a diagram. */
typedef struct gn_diagram_part {
    gn_module *module;
    const gn_shape *inputs;         /* as for gn_summary */
    const char *const *input_names; /* such as "noise", "label"; NULL: "input0", "input1", ... */
    int count;                      /* of the inputs */
    const char *output_name;        /* such as "picture"; NULL: "output" */
} gn_diagram_part;

/* Writes an SVG file, which reads in light and in dark surroundings: a box for each layer with its kind, the shape of
 * its output and the number of its parameters, from top to bottom. Branches of a join, and the two ways of a residual
 * block, stand side by side. Several parts (count, at least 1) stand side by side too, and each one's output goes to
 * the first input of the next, as a generator's to a discriminator. Modules are applied as by gn_summary, with its
 * errors; GN_ERROR_ARGUMENT also for an input whose name in the list is NULL; GN_ERROR_IO names the file and the cause,
 * and leaves an old one as it was. */
GN_API gn_status gn_diagram_write(gn_context *context, const char *path, const gn_diagram_part *parts, int count);

#ifdef __cplusplus
}
#endif
#endif
