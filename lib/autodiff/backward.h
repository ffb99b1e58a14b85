/* SPDX-License-Identifier: MIT */
/* lib/autodiff/backward.h - backward passes, for the gan and for gradient functions. */
#ifndef GN_AUTODIFF_BACKWARD_H
#define GN_AUTODIFF_BACKWARD_H

#include <gannet/tape.h>

/* gn_backward and gn_backward_add. When a step follows, each gradient is measured while it is in the cache, and the
 * values that the pass is through with may be forgotten: nobody may read one after the step. */
gn_status gn__backward(gn_var *loss, gn_parameter_list parameters, bool add, bool step_follows);

/* Called by a gradient function just before the one op that makes this input's gradient: if the pass wants it in a
 * parameter, the op writes it there. What the op gives must then be given as the gradient, and used for nothing
 * else. */
void gn__gradient_aim(gn_var *input);

/* Where an op that is making `out` leaves the sum of its squares, if it has them by the way, because out is a
 * parameter's gradient and a step follows; else NULL. */
double *gn__gradient_squares(const gn_var *out);

#endif
