/* SPDX-License-Identifier: MIT */
/* lib/gan/penalty.c - what the discriminator pays for being steep. Adding a penalty is adding a row and one short
 * function. */
#include "autodiff/tape.h"
#include "gan/gan.h"

/* --- points ------------------------------------------------------------------------------------------------------- */

/* [n,1,...,1] uniform numbers in [0,1): one for each picture. */
static gn_var *draw_each(gn_var *images, gn_random *random)
{
    gn_shape shape = gn_var_shape(images);
    for (int i = 1; i < shape.rank; i++)
        shape.size[i] = 1;
    gn_var *numbers = gn_full(gn_var_tape(images), shape, 0);
    if (gn_var_data(numbers) != NULL)
        gn_random_fill_uniform(random, gn_op_output(numbers), shape.size[0], 0, 1);
    return numbers;
}

/* e real + (1 - e) fake, somewhere between a real picture and a fake. */
static gn_var *between(gn_gan_view *view)
{
    gn_var *e = draw_each(view->real, &view->random);
    return gn_add(view->fake, gn_mul(e, gn_sub(view->real, view->fake)));
}

/* real + e std(real) / 2 noise, near a real picture; the deviation is over all numbers of the batch. */
static gn_var *around(gn_gan_view *view)
{
    gn_var *real = view->real, *noise = gn_full(gn_var_tape(real), gn_var_shape(real), 0);
    gn_var *e = draw_each(real, &view->random);
    if (gn_var_data(noise) == NULL)
        return noise;
    gn_random_fill_uniform(&view->random, gn_op_output(noise), gn_shape_count(gn_var_shape(noise)), 0, 1);
    gn_var *mean = gn_mean(real, GN_ALL_AXES, false);
    gn_var *deviation = gn_sqrt(gn_mean(gn_square(gn_sub(real, mean)), GN_ALL_AXES, false));
    return gn_add(real, gn_mul(gn_mul(e, gn_scale(deviation, 0.5f)), noise));
}

/* --- penalties ---------------------------------------------------------------------------------------------------- */

/* |d logit / d image|^2, [n]: each logit depends on its own picture only, so the gradient of their sum has them all. */
static gn_var *squared_lengths(gn_var *logits, gn_var *images)
{
    gn_var *gradient;
    if (gn_gradients(logits, &images, 1, true, &gradient) != GN_OK)
        return gradient;
    const int64_t count = gn_var_shape(images).size[0];
    return gn_sum(gn_reshape(gn_square(gradient), GN_SHAPE(count, -1)), GN_AXIS(1), false);
}

/* |g| - 1 at points; a little under the root keeps its gradient finite where g is zero. */
static gn_var *excess(const gn_gan_view *view, gn_var *points)
{
    gn_var *squares = squared_lengths(gn_gan_judge(view, points), points);
    return gn_offset(gn_sqrt(gn_offset(squares, 1e-12f)), -1);
}

static gn_var *mean(gn_var *x)
{
    return gn_mean(x, GN_ALL_AXES, false);
}

static gn_var *gradient_penalty(const gn_gan_penalty *penalty, gn_gan_view *view)
{
    (void)penalty;
    return mean(gn_square(excess(view, between(view))));
}

static gn_var *one_sided_penalty(const gn_gan_penalty *penalty, gn_gan_view *view)
{
    (void)penalty;
    return mean(gn_square(gn_relu(excess(view, between(view)))));
}

static gn_var *dragan(const gn_gan_penalty *penalty, gn_gan_view *view)
{
    (void)penalty;
    return mean(gn_square(excess(view, around(view))));
}

static gn_var *r1(const gn_gan_penalty *penalty, gn_gan_view *view)
{
    (void)penalty;
    return gn_scale(mean(squared_lengths(view->real_logits, view->real)), 0.5f);
}

static gn_var *r2(const gn_gan_penalty *penalty, gn_gan_view *view)
{
    (void)penalty;
    return gn_scale(mean(squared_lengths(view->fake_logits, view->fake)), 0.5f);
}

static gn_var *consistency(const gn_gan_penalty *penalty, gn_gan_view *view)
{
    gn_var *changed = gn_gan_judge(view, gn_augment(view->real, &penalty->augment, view->random));
    return mean(gn_square(gn_sub(view->real_logits, changed)));
}

static gn_var *own(const gn_gan_penalty *penalty, gn_gan_view *view)
{
    gn_tape *tape = gn_var_tape(view->real);
    if (gn_tape_status(tape) != GN_OK)
        return &tape->poison;
    const bool recording = gn__tape_hold(tape);
    gn_var *paid = penalty->function(penalty->user, view);
    gn__tape_release(tape, recording);
    return paid;
}

static const struct {
    const char *name;
    gn_var *(*function)(const gn_gan_penalty *penalty, gn_gan_view *view);
    bool takes_gradient, uses_logits;
} penalties[] = {
    [GN_GAN_GRADIENT_PENALTY] = {"gradient_penalty", gradient_penalty, true, false},
    [GN_GAN_GRADIENT_PENALTY_ONE_SIDED] = {"gradient_penalty_one_sided", one_sided_penalty, true, false},
    [GN_GAN_DRAGAN] = {"dragan", dragan, true, false},
    [GN_GAN_R1] = {"r1", r1, true, true},
    [GN_GAN_R2] = {"r2", r2, true, true},
    [GN_GAN_CONSISTENCY] = {"consistency", consistency, false, false},
    [GN_GAN_OWN_PENALTY] = {"own", own, false, false},
};

static bool known(gn_gan_penalty_kind kind)
{
    return (size_t)kind < sizeof penalties / sizeof penalties[0] && penalties[kind].name != NULL;
}

const char *gn__gan_penalty_name(gn_gan_penalty_kind kind)
{
    return known(kind) ? penalties[kind].name : NULL;
}

bool gn__gan_penalty_takes_gradient(gn_gan_penalty_kind kind)
{
    return known(kind) && penalties[kind].takes_gradient;
}

bool gn__gan_penalty_uses_logits(gn_gan_penalty_kind kind)
{
    return known(kind) && penalties[kind].uses_logits;
}

gn_var *gn__gan_one_number(const gn_gan *gan, gn_var *value, const char *kind, const char *name)
{
    char text[64] = "nothing";
    if (value != NULL && (gn_var_tape(value) != gan->tape || gn__is_stale(value))) {
        gn_tape_fail(gan->tape, GN_ERROR_ARGUMENT,
                     "gan: %s '%s' gave a value that is not of this step, expected one made "
                     "of what it was given",
                     kind, name);
        return &gan->tape->poison;
    }
    if (value != NULL && gn_shape_count(gn_var_shape(value)) == 1)
        return gn_var_shape(value).rank == 0 ? value : gn_reshape(value, (gn_shape){.rank = 0});
    if (value != NULL)
        gn_shape_text(gn_var_shape(value), text, sizeof text);
    gn_tape_fail(gan->tape, GN_ERROR_SHAPE, "gan: %s '%s' gave %s, expected one number", kind, name, text);
    return value != NULL ? value : gn_constant(gan->tape, 0);
}

gn_var *gn__gan_penalties(gn_gan *gan, gn_gan_view *view, uint64_t turn)
{
    gn_var *sum = NULL;
    int purpose = GN__PENALTY; /* one for each that there is, due or not */
    for (int i = 0; i < GN_GAN_PENALTIES; i++) {
        const gn_gan_penalty *penalty = &gan->options.penalties[i];
        if (penalty->kind == GN_GAN_NO_PENALTY)
            continue;
        view->random = gn__gan_random(gan, purpose++, turn);
        if (gn_optimizer_steps(gan->discriminator_optimizer) % penalty->interval != 0)
            continue;
        gn_var *paid = penalties[penalty->kind].function(penalty, view);
        paid = gn__gan_one_number(gan, paid, "penalty", penalties[penalty->kind].name);
        paid = gn_scale(paid, penalty->weight * (float)penalty->interval);
        sum = sum == NULL ? paid : gn_add(sum, paid);
    }
    return sum;
}
