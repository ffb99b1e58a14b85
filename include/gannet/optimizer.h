/* SPDX-License-Identifier: MIT */
/* gannet/optimizer.h - optimizers: they move parameters along the gradients that gn_backward wrote. */
#ifndef GANNET_OPTIMIZER_H
#define GANNET_OPTIMIZER_H

#include <gannet/module.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For a number whose zero is meant and is not its default: { .beta1 = GN_ZERO }. */
#define GN_ZERO (-1.0f)

/* g is the gradient (after clipping, and with weight_decay * p added), t the number of this step of the optimizer, from
 * 1. It also counts the steps in which a parameter was frozen, as Keras's `iterations`; PyTorch counts for each
 * parameter by itself. */
typedef enum gn_optimizer_kind {
    /* Kingma & Ba 2015 as PyTorch writes it: m, v moments; p -= rate m/(1-b1^t) / (sqrt(v/(1-b2^t)) + eps) */
    GN_ADAM = 0,
    /* the "epsilon hat" form of the paper's section 2, as Keras: p -= rate sqrt(1-b2^t)/(1-b1^t) m / (sqrt(v) + eps) */
    GN_ADAM_KERAS,
    /* PyTorch: v = momentum v + g; p -= rate v, or with nesterov p -= rate (g + momentum v) */
    GN_SGD,
    /* PyTorch: v = alpha v + (1-alpha) g^2; p -= rate g / (sqrt(v) + eps); with momentum: b = momentum b + that */
    GN_RMSPROP,
} gn_optimizer_kind;

/* How a rate falls with the step number t (from 0): rate(t) = rate * factor. What a kind does not mention must be zero;
 * steps at least 1, 0 < decay <= 1, 0 <= last <= 1. gn_optimizer_new refuses others with GN_ERROR_ARGUMENT. */
typedef enum gn_schedule_kind {
    GN_SCHEDULE_CONSTANT = 0,
    GN_SCHEDULE_LINEAR,      /* last + (1 - last) (1 - t / steps), and `last` from t = steps on */
    GN_SCHEDULE_EXPONENTIAL, /* max(decay^t, last) */
    GN_SCHEDULE_STEP,        /* decay^floor(t / steps) */
    GN_SCHEDULE_COSINE,      /* last + (1 - last) (1 + cos(pi t / steps)) / 2, and `last` from t = steps on */
} gn_schedule_kind;

/* A factor of the rate that depends on the step. A rate that begins small: Goyal et al. 2017. */
typedef struct gn_schedule {
    gn_schedule_kind kind;
    int64_t steps;
    float decay, last;
    int64_t warmup; /* steps, of any kind: the factor is multiplied by min(1, (t + 1) / warmup); none if 0, not less */
} gn_schedule;

/* The factor at step t; a negative t stands for 0. 1 for NULL. A schedule that is not valid is not refused here: steps
 * below 1 stand for 1, a warmup below 1 for none, a kind that there is not for GN_SCHEDULE_CONSTANT, and decay and last
 * enter the formula as they are. */
GN_API float gn_schedule_factor(const gn_schedule *schedule, int64_t t);

/* Zero in a field means its default. beta1, beta2, alpha, momentum and last_momentum are below 1, and no number is
 * below 0. */
typedef struct gn_optimizer_options {
    gn_optimizer_kind kind;
    float rate;         /* default 1e-3 */
    float beta1, beta2; /* Adam: default 0.9, 0.999 */
    float alpha;        /* RMSprop: default 0.99 */
    float epsilon;      /* default 1e-8 (Adam, RMSprop), 1e-7 (Adam, Keras's form) */
    float momentum;     /* SGD, RMSprop: default 0 */
    /* SGD: what momentum becomes, evenly, over momentum_steps steps (Goodfellow et al. 2014: 0.5 to 0.7); 0: it
     * stays; GN_ZERO: 0 */
    float last_momentum;
    int64_t momentum_steps;
    bool nesterov;      /* SGD */
    float weight_decay; /* added to the gradient as weight_decay * p (L2); default 0 */
    /* when the norm over all gradients is larger they are scaled down to it; 0: no clipping. A norm that is not
     * finite then fails the step with GN_ERROR_NUMBER */
    float clip_norm;
    gn_schedule schedule;
} gn_optimizer_options;

/* The moments of the parameters of a module, and the number of steps. */
typedef struct gn_optimizer gn_optimizer;

/* Makes an optimizer for the parameters of a module, which must outlive it. options NULL: Adam's defaults. NULL with
 * GN_ERROR_ARGUMENT when an option is out of range or does not belong to the kind. The caller frees it. */
GN_API gn_optimizer *gn_optimizer_new(gn_module *module, const gn_optimizer_options *options);
GN_API void gn_optimizer_free(gn_optimizer *optimizer); /* NULL is fine */

/* Moves every parameter that is not frozen. GN_ERROR_STATE when one of them has no gradient yet, GN_ERROR_NUMBER when
 * a gradient has an element that is not finite; the message names it. A step that fails moves nothing. */
GN_API gn_status gn_optimizer_step(gn_optimizer *optimizer);

GN_API int64_t gn_optimizer_steps(const gn_optimizer *optimizer); /* steps taken */
GN_API float gn_optimizer_rate(const gn_optimizer *optimizer);    /* the rate that the next step takes */

/* The options that it works with, defaults filled in; owned by the optimizer. */
GN_API const gn_optimizer_options *gn_optimizer_get_options(const gn_optimizer *optimizer);

/* sqrt of the sum of squares over the gradients of a list, frozen parameters left out: what clip_norm bounds. */
GN_API float gn_gradient_norm(gn_parameter_list parameters);

/* The state, for saving: the moments, which the optimizer owns, and the step number. A moment is named after its
 * parameter, as that was called when the optimizer was made, with a dot and the letter of the formula:
 * "net.up1.weight.m". */
GN_API size_t gn_optimizer_tensor_count(const gn_optimizer *optimizer);
GN_API gn_named_tensor gn_optimizer_tensor(const gn_optimizer *optimizer, size_t index);
GN_API void gn_optimizer_set_steps(gn_optimizer *optimizer, int64_t steps); /* 0 to 2^62, which bounds it */

#ifdef __cplusplus
}
#endif
#endif
