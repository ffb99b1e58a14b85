/* SPDX-License-Identifier: MIT */
/* lib/nn/batch_norm.h - what batch normalisation shares with its conditional kind, with sequential and with the gan
 * loop. */
#ifndef GN_NN_BATCH_NORM_H
#define GN_NN_BATCH_NORM_H

#include "nn/fusion.h"

/* The state of both kinds. */
typedef struct gn__batch_norm {
    gn_parameter *weight, *bias;
    gn_tensor *running_mean, *running_variance;
    gn_tensor *updates;         /* how many there were; NULL without bias correction */
    gn_tensor *mean, *variance; /* of the last batch */
    bool seen;                  /* a batch */
    gn_real momentum, epsilon;
    gn__fusion fusion; /* with an activation */
} gn__batch_norm;

/* Makes a module of one of the two classes, whose free_state is gn__batch_norm_free, with a weight and a bias of this
 * shape. */
gn_module *gn__batch_norm_new(gn_context *context, const gn_module_class *kind, gn_shape shape,
                              const gn_batch_norm_options *options);
void gn__batch_norm_free(gn_module *module);

/* gamma (x - mean) / sqrt(variance + epsilon) + beta, with the batch's own statistics for gamma and beta [C], or the
 * running ones for what can be broadcast to x. */
gn_var *gn__batch_norm_by_batch(gn_module *module, gn_var *x, gn_var *gamma, gn_var *beta);
gn_var *gn__batch_norm_by_average(gn_module *module, gn_var *x, gn_var *gamma, gn_var *beta);

/* Has x, of rank 2 or more, the module's channels? If not, the tape has failed. */
bool gn__batch_norm_fits(gn_module *module, gn_var *x);

/* What is applied together with a batch norm; NULL for other modules, the conditional kind too. */
gn__fusion *gn__batch_norm_fusion(gn_module *module);

/* Can a module be applied together with a layer of so many channels, as a batch norm by its running averages of which
 * no gradient will be asked? Then it stands in finish. */
bool gn__batch_norm_finish(gn_module *module, gn_tape *tape, int64_t channels, gn__finish *finish);

/* Takes the statistics of the batch seen last into the running averages of all batch norms of a tree, which are then
 * the mean over index + 1 batches. */
void gn__batch_norm_accumulate(gn_module *module, int index);

#endif
