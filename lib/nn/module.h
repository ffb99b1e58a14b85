/* SPDX-License-Identifier: MIT */
/* lib/nn/module.h - the inside of modules, for those who apply, draw and write networks. */
#ifndef GN_NN_MODULE_H
#define GN_NN_MODULE_H

#include <gannet/module.h>

/* The shape that it gave last; rank 0: it was not applied. */
void gn__module_set_output(gn_module *module, gn_shape shape);
gn_shape gn__module_output(const gn_module *module);

/* Remembers whether module and each one in it trains, and by which statistics; and puts that back. A pair within a pair
 * does nothing. */
void gn__module_keep_modes(gn_module *module);
void gn__module_restore_modes(gn_module *module);

/* While somebody works with a module, its tree cannot be freed. */
void gn__module_hold(gn_module *module);
void gn__module_release(gn_module *module);

/* Is candidate module itself, or one that holds it? */
bool gn__module_is_above(const gn_module *candidate, const gn_module *module);

/* Are all modules of the tree of classes that work row by row? */
bool gn__module_is_row_by_row(const gn_module *module);

/* Numbers in the module's own parameters, without those of its children. */
int64_t gn__module_own_numbers(const gn_module *module);

/* The last part of its name. */
const char *gn__module_short_name(const gn_module *module);

#endif
