/* SPDX-License-Identifier: MIT */
/* gannet/module.h - modules: parameters, buffers and a forward function, in a named tree.
 *
 * A module owns its parameters, buffers and children. Names are paths from the root: `generator.up1.weight`. This
 * header and gannet/ops.h are enough to write a layer, as most of gannet/layers.h are; docs/howto-layer.md shows how.
 * (Those that look into other modules, batch norm for the gan and sequential for what it fuses, use a few functions of
 * lib/nn beside them.) */
#ifndef GANNET_MODULE_H
#define GANNET_MODULE_H

#include <gannet/init.h>
#include <gannet/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A layer, or a network of them. */
typedef struct gn_module gn_module;

/* What kind of statistics batch normalisation works with. Frozen is another thing: it concerns parameters. */
typedef enum gn_statistics {
    GN_STATISTICS_BATCH_UPDATE = 0, /* the batch's own; the running averages move */
    GN_STATISTICS_BATCH,            /* the batch's own; the running averages stand still */
    GN_STATISTICS_RUNNING,          /* the running averages, which stand still */
} gn_statistics;

/* What a kind of module is. */
typedef struct gn_module_class {
    const char *name; /* "dense", "conv2d", ... */

    /* Applies the module to count inputs on one tape. An error poisons the tape (gn_tape_fail). */
    gn_var *(*forward)(gn_module *module, gn_var *const *inputs, int count);

    /* Frees what the state points to, not the state itself; NULL when there is nothing. */
    void (*free_state)(gn_module *module);

    /* How many forward takes, checked by gn_apply_all; 0: any number, or what count_inputs says. Where there may be a
     * label (gn_conditional, gn_residual_layer, a game with classes or conditions), a module that takes two values gets
     * it, and all others get the first value alone. */
    int inputs;

    /* For a class whose modules differ: how many this one takes, 0 for any number. NULL: as `inputs` says. */
    int (*count_inputs)(const gn_module *module);

    /* Row i of the output depends on row i of the inputs alone, in training too, and a pass changes nothing in the
     * module. Several batches may then share a pass, as real and fake pictures do in a discriminator of such modules.
     * Not true of the batch norms, spectral norm, minibatch stddev and minibatch discrimination. */
    bool row_by_row;
} gn_module_class;

/* Makes a module of a class with state_size bytes of zeroed state. name may be NULL: the class and its place in the
 * parent then name it ("conv2d0"); it must not hold a '.'. module_class must outlive it. The caller frees it, or adds
 * it to a parent. A constructor goes on with gn_module_add_... and ends with gn_module_complete. */
GN_API gn_module *gn_module_new(gn_context *context, const gn_module_class *module_class, const char *name,
                                size_t state_size);

/* Frees a module with its parameters, buffers and children. NULL is fine. A module that has a parent is not freed, nor
 * any from within a function that its forward or its game's step has called: that leaves GN_ERROR_STATE in the context.
 * A tape that it was applied on shares its tensors and must be reset before it is used again. */
GN_API void gn_module_free(gn_module *module);

/* What the module was made of, and its state; NULL for a NULL module, and "" for its name. */
GN_API gn_context *gn_module_context(const gn_module *module);
GN_API const gn_module_class *gn_module_get_class(const gn_module *module);
GN_API const char *gn_module_name(const gn_module *module); /* the path from the root */
GN_API void *gn_module_state(const gn_module *module);

/* How many values the module takes (a sequential what its first child does, a join one for each branch); 0: any
 * number. */
GN_API int gn_module_inputs(const gn_module *module);

/* Adds a parameter, filled by init for the given fans (gannet/init.h) from the context's seed and the number of
 * parameters made before. Owned by the module; NULL on failure. */
GN_API gn_parameter *gn_module_add_parameter(gn_module *module, const char *name, gn_shape shape, gn_init init,
                                             int64_t fan_in, int64_t fan_out);

/* Adds a tensor that is saved with the module and not trained, filled with a number: running statistics, for example.
 * Owned by the module; NULL on failure. */
GN_API gn_tensor *gn_module_add_buffer(gn_module *module, const char *name, gn_shape shape, gn_real fill);

/* Adds a child and takes it over, whatever the outcome (on failure it is freed). Its path changes: a tape that it was
 * applied on must be reset before. A NULL child is a failure too: constructors can be nested. The names of siblings
 * must differ. */
GN_API gn_status gn_module_add_child(gn_module *module, gn_module *child);

/* Adds children one after another and takes all of them over, whatever the outcome, also when module is NULL. */
GN_API gn_status gn_module_add_children(gn_module *module, gn_module *const *children, size_t count);

/* The end of a constructor: gives module back, or frees it and gives NULL when something could not be added to it. */
GN_API gn_module *gn_module_complete(gn_module *module);

/* The children in the order in which they were added; NULL for an index that is too large. */
GN_API size_t gn_module_child_count(const gn_module *module);
GN_API gn_module *gn_module_child(const gn_module *module, size_t index);

/* Finds a descendant by its path below this module ("up1", "block.conv1"); NULL when there is none, which is no
 * failure. */
GN_API gn_module *gn_module_find(gn_module *module, const char *path);

/* All parameters of the tree, in order. Owned by the module, valid until the tree changes. */
GN_API gn_parameter_list gn_parameters(gn_module *module);

/* All parameters and buffers of the tree with their full names, for saving and copying. */
typedef struct gn_named_tensor {
    const char *name; /* owned by the module */
    gn_tensor *tensor;
} gn_named_tensor;
GN_API size_t gn_module_tensor_count(const gn_module *module);
GN_API gn_named_tensor gn_module_tensor(const gn_module *module, size_t index);

/* Applies the module. gn_apply_all takes several inputs, as joins do. A NULL module fails the tape, as any error in it
 * does: the value is then poison. */
GN_API gn_var *gn_apply(gn_module *module, gn_var *x);
GN_API gn_var *gn_apply_all(gn_module *module, gn_var *const *inputs, int count);

/* The next three settings hold for the whole tree below the module. */

/* Frozen parameters get no gradient and are not moved by optimizers. Batch norm's statistics are a matter of their
 * own: */
GN_API void gn_module_set_frozen(gn_module *module, bool frozen);

/* Which statistics batch normalisation uses; a number that is none of them changes nothing and leaves a message. */
GN_API void gn_module_set_statistics(gn_module *module, gn_statistics statistics);
GN_API gn_statistics gn_module_statistics(const gn_module *module);

/* Training on: dropout drops, statistics GN_STATISTICS_BATCH_UPDATE. Off: dropout passes, statistics
 * GN_STATISTICS_RUNNING. Either puts other statistics that were set aside. New modules are in training. */
GN_API void gn_module_set_training(gn_module *module, bool training);
GN_API bool gn_module_training(const gn_module *module);

/* Copies every tensor of source into target. GN_ERROR_SHAPE unless the trees hold the same shapes in the same order. */
GN_API gn_status gn_module_copy(gn_module *target, const gn_module *source);

/* Moves every tensor of average, buffers included, towards source: average = decay average + (1 - decay) source, with
 * 0 <= decay <= 1. The trees must fit as for gn_module_copy. */
GN_API gn_status gn_module_average(gn_module *average, const gn_module *source, float decay);

/* --- files -------------------------------------------------------------------------------------------------------- */

/* Reads just the tensors of one module from a file, by their names: a trained generator, a classifier. The file may
 * hold others, as a whole run does. The module changes only if all of its tensors fit. GN_ERROR_IO for a file that
 * cannot be read; GN_ERROR_FORMAT for one that is damaged, lacks a tensor or has it in another shape; GN_ERROR_NUMBER
 * for a number that is not finite. */
GN_API gn_status gn_module_load(gn_module *module, const char *path);

/* The same from the running average of the module that gn_gan_save has saved with a run (average_decay). */
GN_API gn_status gn_module_load_average(gn_module *module, const char *path);

/* Writes the tensors of a module, with `config`, the caller's text (JSON, say; UTF-8; NULL: none). On failure the file
 * of before stays: GN_ERROR_IO, or GN_ERROR_NUMBER when a number is not finite. */
GN_API gn_status gn_module_save(gn_module *module, const char *path, const char *config);

/* The config text of a saved file; the caller frees it with gn_text_free and this context. NULL on failure: GN_ERROR_IO
 * for a file that cannot be read, GN_ERROR_FORMAT for one that is damaged or holds no such text. */
GN_API char *gn_config_read(gn_context *context, const char *path);

#ifdef __cplusplus
}
#endif
#endif
