/* SPDX-License-Identifier: MIT */
/* lib/nn/module.h - the inside of modules, for those who apply, draw and write networks. */
#ifndef GN_NN_MODULE_H
#define GN_NN_MODULE_H

#include <gannet/module.h>

/* A tensor of a module: a parameter's value or a buffer. */
typedef struct gn__member {
    gn_parameter *parameter; /* NULL for a buffer */
    gn_tensor *tensor;
    char *path; /* of a buffer; a parameter keeps its own */
} gn__member;

/* The last part of a path is the name below the parent; names hold no dot. */
struct gn_module {
    gn_context *context;
    const gn_module_class *module_class;
    char *path;
    bool named;  /* by its maker, not by its class */
    bool failed; /* something could not be added */
    void *state;
    size_t state_size;
    gn_module *parent;
    gn_module **children;
    size_t child_count, child_capacity;
    gn__member *members;
    size_t member_count, member_capacity;
    gn_parameter **parameters; /* of the whole tree below; kept up to date so that asking for them cannot fail */
    size_t parameter_count, parameter_capacity;
    gn_statistics statistics, kept_statistics;
    bool training, kept_training;
    int held;        /* calls that work with it now; meanwhile its tree cannot be freed */
    int keepers;     /* calls of gn__module_keep_modes that are not put back yet */
    gn_shape output; /* of what it gave last; rank 0: it was not applied */
};

/* Remembers whether module and each one in it trains, and by which statistics; and puts that back. Pairs may be
 * nested: only the outermost counts. */
void gn__module_keep_modes(gn_module *module);
void gn__module_restore_modes(gn_module *module);

/* Is candidate module itself, or one that holds it? */
bool gn__module_is_above(const gn_module *candidate, const gn_module *module);

/* Are all modules of the tree of classes that work row by row? */
bool gn__module_is_row_by_row(const gn_module *module);

/* Numbers in the module's own parameters, without those of its children. */
int64_t gn__module_own_numbers(const gn_module *module);

/* The last part of its name. */
const char *gn__module_short_name(const gn_module *module);

#endif
