/* SPDX-License-Identifier: MIT */
/* gannet/emit_c.h - a trained network as C source, for programs that do without this library: firmware, games, hosts of
 * shaders. */
#ifndef GANNET_EMIT_C_H
#define GANNET_EMIT_C_H

#include <gannet/module.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All names are C identifiers of at most 47 characters. Those of the arguments must differ, whether or not in capitals,
 * and must not be keywords of C, "scratch", "height", "width" or "channels". */
typedef struct gn_emit_c_options {
    const char *name;               /* what every name in the file begins with: default "network" */
    const char *verb;               /* the function is called NAME_VERB: default "apply" */
    const char *const *input_names; /* one for each input; NULL: "input0", "input1" and so on */
    const char *output_name;        /* default "output" */
} gn_emit_c_options;

/* Writes a network in inference mode as one self-contained C99 file, without memory of its own: the weights as a
 * constant array, code for just the operations that it consists of, and, for a generator with options {"generator",
 * "draw", {"latent", "label"}, "pixels"},
 *
 *     enum { GENERATOR_LATENT = 100, GENERATOR_LABEL = 10, GENERATOR_PIXELS = 784, GENERATOR_SCRATCH = 31360, ... };
 *     void generator_draw(const float *latent, const float *label, float *pixels, float *scratch);
 *
 * The enum tells how many floats each array has; scratch is the caller's, holds nothing between calls and must overlap
 * no other array. An output of rank 4 also has GENERATOR_HEIGHT, GENERATOR_WIDTH and GENERATOR_CHANNELS, which is how
 * pixels are laid out. Including the file after a definition of the macro GENERATOR_DECLARATIONS_ONLY gives the enum
 * and the prototype alone.
 *
 * What does not depend on an input is computed here, so that batch normalisation ends up in the weights of the layer
 * before it, and spectral normalisation costs nothing. Results differ from the library's by rounding only. The file
 * needs math.h and nothing else.
 *
 * inputs are whole shapes, as for gn_summary: [1,100] for a noise of 100. GN_ERROR_UNSUPPORTED names the layer that has
 * no C code, or says that the network is too large (2^31 numbers); GN_ERROR_NUMBER names one whose weights are not
 * finite. options may be NULL. */
GN_API gn_status gn_module_emit_c(gn_module *module, const char *path, const gn_shape *inputs, int count,
                                  const gn_emit_c_options *options);

#ifdef __cplusplus
}
#endif
#endif
