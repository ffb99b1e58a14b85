/* SPDX-License-Identifier: MIT */
/* lib/gan/unroll.c - the generator looks ahead: steps of the discriminator's optimizer as values of the tape (Metz et
 * al. 2017).
 *
 * D's loss is differentiated so that its gradients can be differentiated again, and what the optimizer would do with
 * them is written with ops. G's gradient then passes through D's reaction to its fakes. D itself does not move. */
#include "autodiff/tape.h"
#include "gan/gan.h"
#include "nn/schedule.h"

#include <math.h>

/* D's parameters that are being trained, and Adam's moments of each, as values. */
typedef struct look_ahead {
    size_t count;
    gn_parameter **parameters;
    gn_var **values, **gradients, **first, **second;
} look_ahead;

static gn_var *value_of(gn_tape *tape, const gn_tensor *tensor)
{
    return gn_values(tape, gn_tensor_shape(tensor), gn_tensor_values(tensor));
}

static bool is_adam(const gn_gan *gan)
{
    return gan->options.discriminator_optimizer.kind != GN_SGD;
}

/* The state that the first step sets out from. Adam's moments come in pairs, m and v. */
static void begin(const gn_gan *gan, look_ahead *ahead)
{
    const gn_parameter_list all = gn_parameters(gan->options.discriminator);
    for (size_t i = 0; i < all.count; i++) {
        if (gn_parameter_frozen(all.items[i]))
            continue;
        const size_t n = ahead->count++;
        ahead->parameters[n] = all.items[i];
        ahead->values[n] = gn_parameter_var(gan->tape, all.items[i]);
        if (is_adam(gan)) {
            ahead->first[n] = value_of(gan->tape, gn_optimizer_tensor(gan->discriminator_optimizer, 2 * i).tensor);
            ahead->second[n] = value_of(gan->tape, gn_optimizer_tensor(gan->discriminator_optimizer, 2 * i + 1).tensor);
        }
    }
}

static gn_var *moving_average(gn_var *average, gn_var *x, float keep)
{
    return gn_add(gn_scale(average, keep), gn_scale(x, 1 - keep));
}

/* gannet/optimizer.h's formulas. The root is taken a little above zero, where its gradient is finite. */
static gn_var *adam_change(const gn_gan *gan, look_ahead *ahead, size_t n, int64_t t, float rate)
{
    const gn_optimizer_options *o = gn_optimizer_get_options(gan->discriminator_optimizer);
    ahead->first[n] = moving_average(ahead->first[n], ahead->gradients[n], o->beta1);
    ahead->second[n] = moving_average(ahead->second[n], gn_square(ahead->gradients[n]), o->beta2);
    const double first = 1 - gn__power((double)o->beta1, t), root = sqrt(1 - gn__power((double)o->beta2, t));
    gn_var *deviation = gn_sqrt(gn_offset(ahead->second[n], 1e-20f));
    if (o->kind == GN_ADAM_KERAS)
        return gn_scale(gn_div(ahead->first[n], gn_offset(deviation, o->epsilon)),
                        (float)((double)rate * root / first));
    return gn_scale(gn_div(ahead->first[n], gn_offset(gn_scale(deviation, (float)(1 / root)), o->epsilon)),
                    (float)((double)rate / first));
}

static gn_status advance(gn_gan *gan, look_ahead *ahead, int64_t t)
{
    const gn_optimizer_options *o = gn_optimizer_get_options(gan->discriminator_optimizer);
    const float rate = o->rate * gn_schedule_factor(&o->schedule, t - 1);
    gn_status status = GN_OK;
    for (size_t n = 0; n < ahead->count && status == GN_OK; n++) {
        if (o->weight_decay > 0)
            ahead->gradients[n] = gn_add(ahead->gradients[n], gn_scale(ahead->values[n], o->weight_decay));
        gn_var *change = is_adam(gan) ? adam_change(gan, ahead, n, t, rate) : gn_scale(ahead->gradients[n], rate);
        ahead->values[n] = gn_sub(ahead->values[n], change);
        status = gn_parameter_bind(ahead->parameters[n], ahead->values[n]);
    }
    return status;
}

/* D of a later turn is made of the pictures of those before it: the slope at a picture is that at a value of the turn's
 * own. */
static gn_var *seen_anew(gn_var *images)
{
    return gn__view(&gn__op_reshape, images, gn_var_shape(images));
}

static gn_status look(gn_gan *gan, gn__gan_turn turn, look_ahead *ahead)
{
    gn_var *const real = turn.real, *const fake = turn.fake;
    begin(gan, ahead);
    gn_status status = gn_tape_status(gan->tape);
    for (int k = 0; k < gan->options.unrolled_steps && status == GN_OK; k++) {
        turn.number++;
        turn.real = seen_anew(real);
        turn.fake = seen_anew(fake);
        gn_var *loss = gn__gan_discriminator_turn(gan, &turn, GN_STATISTICS_BATCH, NULL);
        status = gn_gradients(loss, ahead->values, ahead->count, true, ahead->gradients);
        if (status == GN_OK)
            status = advance(gan, ahead, gn_optimizer_steps(gan->discriminator_optimizer) + k + 1);
    }
    return status;
}

gn_status gn__gan_unroll(gn_gan *gan, const gn__gan_turn *turn)
{
    if (gan->options.unrolled_steps == 0)
        return GN_OK;
    const size_t most = gn_parameters(gan->options.discriminator).count;
    gn_var **memory = gn__arena_take(&gan->tape->data, 5 * (most + 1) * sizeof *memory);
    if (memory == NULL) /* defensive: a few pointers, which the tape's memory has room for */
        return gn_tape_fail(gan->tape, GN_ERROR_MEMORY, "gan: out of memory for %zu unrolled parameters", most);
    look_ahead ahead = {.values = memory + most,
                        .gradients = memory + 2 * most,
                        .first = memory + 3 * most,
                        .second = memory + 4 * most};
    ahead.parameters = (gn_parameter **)(void *)memory;
    return look(gan, *turn, &ahead);
}
