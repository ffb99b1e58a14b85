/* SPDX-License-Identifier: MIT */
/* lib/nn/dense.h - the fully connected layer and what is applied with it. */
#ifndef GN_NN_DENSE_H
#define GN_NN_DENSE_H

#include "nn/fusion.h"

/* What is applied together with a dense layer; NULL for other modules. */
gn__fusion *gn__dense_fusion(gn_module *module);

#endif
