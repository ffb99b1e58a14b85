/* SPDX-License-Identifier: MIT */
/* gannet/loss.h - losses. All give one number, the mean over the elements (or rows). Those with logits are computed so
 * that neither they nor their gradients overflow or vanish where the exact ones do not. A target must have the shape of
 * x or one that can be repeated to it. */
#ifndef GANNET_LOSS_H
#define GANNET_LOSS_H

#include <gannet/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Binary cross-entropy of sigmoid(logits): mean(t softplus(-x) + (1 - t) softplus(x)). */
GN_API gn_var *gn_bce_with_logits(gn_var *logits, gn_var *target);

/* Cross-entropy of softmax(logits [N,K]) with class numbers labels [N]: mean over rows of -log_softmax(x)[label]. */
GN_API gn_var *gn_cross_entropy_with_logits(gn_var *logits, gn_var *labels);

/* mean((x - target)^2). */
GN_API gn_var *gn_mse(gn_var *x, gn_var *target);

/* mean(max(0, 1 - sign x)), sign +1 or -1: the two halves of the hinge loss. */
GN_API gn_var *gn_hinge(gn_var *x, gn_real sign);

#ifdef __cplusplus
}
#endif
#endif
