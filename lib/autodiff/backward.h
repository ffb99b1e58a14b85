/* SPDX-License-Identifier: MIT */
/* lib/autodiff/backward.h - backward passes, for the gan and for gradient functions. */
#ifndef GN_AUTODIFF_BACKWARD_H
#define GN_AUTODIFF_BACKWARD_H

#include <gannet/tape.h>

/* gn_backward and gn_backward_add. When a step follows, each parameter is measured while it is in the cache, and the
 * values that the pass is through with may be forgotten: nobody may read one after the step. */
gn_status gn__backward(gn_var *loss, gn_parameter_list parameters, bool add, bool step_follows);

/* For a gradient function that makes the gradient of this input next, in one op: if a pass looks for it to put it into
 * a parameter, it is computed there. Nothing else may be made of its memory than a sum with other gradients of the
 * input. */
void gn__gradient_aim(gn_var *input);

#endif
