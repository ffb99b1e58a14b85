/* SPDX-License-Identifier: MIT */
/* lib/nn/label.h - values that come with a label: what the layers that take (value, label) share. */
#ifndef GN_NN_LABEL_H
#define GN_NN_LABEL_H

#include <gannet/layers.h>

/* Applies the module to (x, label) when it takes two values, to x alone otherwise. label NULL: there is none. */
gn_var *gn__apply_labelled(gn_module *module, gn_var *x, gn_var *label);

/* Is the label [N,classes] (classes 0: any number) for an x of N rows of features, [N,...]? If not, the tape has
 * failed. */
bool gn__label_fits(const gn_module *module, gn_var *x, gn_var *label, int64_t classes);

/* [N,K] -> [N,1,..,1,K] of this rank, to be broadcast over the pixels. */
gn_var *gn__label_align(gn_var *rows, int rank);

#endif
