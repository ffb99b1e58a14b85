/* SPDX-License-Identifier: MIT */
/* gannet/loss.h - losses. All give one number (rank 0), the mean over the elements or, for class numbers, over the
 * rows. A target must have the shape of x or one that can be repeated to it by NumPy's rule; a gradient reaches it,
 * too. What does not fit fails the tape with GN_ERROR_SHAPE. */
#ifndef GANNET_LOSS_H
#define GANNET_LOSS_H

#include <gannet/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Binary cross-entropy of sigmoid(logits), x any shape: mean(t softplus(-x) + (1 - t) softplus(x)). Neither it nor
 * its gradient overflows or vanishes where the exact one does not. Targets t are meant to be from 0 to 1, which is not
 * checked: beyond, the loss has no lower bound. */
GN_API gn_var *gn_bce_with_logits(gn_var *logits, gn_var *target);

/* Cross-entropy of softmax(logits [N,K]) with class numbers labels [N]: mean over rows of -log_softmax(x)[label].
 * It does not overflow; where the right class leads by more than 17, so that its probability rounds to 1, a row's loss
 * and its gradient at the label are 0, as in PyTorch. Labels are whole numbers 0 <= k < K, as for gn_one_hot; no
 * gradient reaches them. */
GN_API gn_var *gn_cross_entropy_with_logits(gn_var *logits, gn_var *labels);

/* Mean squared error, x of any shape: mean((x - target)^2). */
GN_API gn_var *gn_mse(gn_var *x, gn_var *target);

/* mean(max(0, 1 - sign x)), x of any shape: the two halves of the hinge loss of GANs (Lim & Ye 2017), with sign +1 for
 * what should be real and -1 for fakes. GN_ERROR_ARGUMENT for any other sign. */
GN_API gn_var *gn_hinge(gn_var *x, gn_real sign);

#ifdef __cplusplus
}
#endif
#endif
