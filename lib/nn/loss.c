/* SPDX-License-Identifier: MIT */
/* lib/nn/loss.c - losses, made of ops. On a tape that failed every op gives the poison value, so none of them returns
 * early. */
#include <float.h>
#include <gannet/loss.h>

/* Is target of x's shape, or can it be repeated to it? Otherwise x would be repeated to target's, without a word. */
static void check_target(const char *loss, gn_var *x, gn_var *target)
{
    const gn_shape have = gn_var_shape(target), want = gn_var_shape(x);
    const int extra = want.rank - have.rank;
    bool fits = extra >= 0;
    for (int axis = 0; axis < have.rank && fits; axis++)
        fits = have.size[axis] == 1 || have.size[axis] == want.size[axis + extra];
    char x_text[64], target_text[64];
    if (!fits)
        gn_tape_fail(gn_var_tape(x), GN_ERROR_SHAPE, "%s: target %s does not fit %s", loss,
                     gn_shape_text(have, target_text, sizeof target_text), gn_shape_text(want, x_text, sizeof x_text));
}

gn_var *gn_bce_with_logits(gn_var *logits, gn_var *target)
{
    check_target("bce_with_logits", logits, target);
    gn_var *if_one = gn_mul(target, gn_softplus(gn_neg(logits)));
    gn_var *if_zero = gn_mul(gn_offset(gn_neg(target), 1), gn_softplus(logits));
    return gn_mean(gn_add(if_one, if_zero), GN_ALL_AXES, false);
}

gn_var *gn_cross_entropy_with_logits(gn_var *logits, gn_var *labels)
{
    const gn_shape x = gn_var_shape(logits), k = gn_var_shape(labels);
    if (x.rank != 2 || k.rank != 1 || x.size[0] != k.size[0]) {
        char x_text[64], k_text[64];
        gn_tape_fail(gn_var_tape(logits), GN_ERROR_SHAPE,
                     "cross_entropy_with_logits: logits %s and labels %s, expected [N,K] and [N]",
                     gn_shape_text(x, x_text, sizeof x_text), gn_shape_text(k, k_text, sizeof k_text));
    }
    /* Another class's logarithm may be -inf, which times 0 would be no number. */
    gn_var *logarithms = gn_clamp(gn_log_softmax(logits), -FLT_MAX, 0);
    gn_var *chosen = gn_mul(gn_one_hot(labels, x.size[1]), logarithms);
    return gn_neg(gn_mean(gn_sum(chosen, GN_AXIS(1), false), GN_ALL_AXES, false));
}

gn_var *gn_mse(gn_var *x, gn_var *target)
{
    check_target("mse", x, target);
    return gn_mean(gn_square(gn_sub(x, target)), GN_ALL_AXES, false);
}

gn_var *gn_hinge(gn_var *x, gn_real sign)
{
    if (sign != 1 && sign != -1)
        gn_tape_fail(gn_var_tape(x), GN_ERROR_ARGUMENT, "hinge: sign is %g, expected 1 or -1", (double)sign);
    return gn_mean(gn_relu(gn_offset(gn_scale(x, -sign), 1)), GN_ALL_AXES, false);
}
