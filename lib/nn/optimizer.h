/* SPDX-License-Identifier: MIT */
/* lib/nn/optimizer.h - optimizers, for the gan, whose backward pass measures gradients itself. */
#ifndef GN_NN_OPTIMIZER_H
#define GN_NN_OPTIMIZER_H

#include <gannet/optimizer.h>

/* gn_gradient_norm and gn_optimizer_step after a gn__backward that has measured the parameters; for the step their
 * gradients must be finite. */
float gn__gradient_norm_measured(gn_parameter_list parameters);
gn_status gn__optimizer_step_measured(gn_optimizer *optimizer);

#endif
