/* SPDX-License-Identifier: MIT */
/* lib/nn/optimizer.h - optimizers, for the gan, which looks at the gradients itself. */
#ifndef GN_NN_OPTIMIZER_H
#define GN_NN_OPTIMIZER_H

#include <gannet/optimizer.h>

/* gn_optimizer_step when all gradients are known to be finite. */
gn_status gn__optimizer_step_finite(gn_optimizer *optimizer);

#endif
