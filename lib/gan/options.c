/* SPDX-License-Identifier: MIT */
/* lib/gan/options.c - the options of a game: defaults, ranges, and how a checkpoint names them. rules.c has what goes
 * together. */
#include "gan/gan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- numbers ------------------------------------------------------------------------------------------------------ */

typedef enum number_kind { WHOLE, WIDE, REAL } number_kind;

/* One number of the options: where it is, what zero stands for, and the range that it must lie in then. */
typedef struct number {
    const char *name;
    number_kind kind;
    size_t place;
    double fallback, low, high;
    bool watches; /* does not change what a step computes */
} number;

#define MAX_STEPS 1e15

static const number numbers[] = {
    {"classes", WIDE, offsetof(gn_gan_options, classes), 0, 0, 1 << 24, false},
    {"condition_size", WIDE, offsetof(gn_gan_options, condition_size), 0, 0, 1 << 24, false},
    {"real_target", REAL, offsetof(gn_gan_options, real_target), 1, 0, 2, false},
    {"real_target_high", REAL, offsetof(gn_gan_options, real_target_high), 0, 0, 2, false},
    {"fake_target", REAL, offsetof(gn_gan_options, fake_target), 0, 0, 2, false},
    {"fake_target_high", REAL, offsetof(gn_gan_options, fake_target_high), 0, 0, 2, false},
    {"flip_probability", REAL, offsetof(gn_gan_options, flip_probability), 0, 0, 0.49, false},
    {"pairs.real_right", REAL, offsetof(gn_gan_options, pairs.real_right), 1, 0, 1000, false},
    {"pairs.fake_right", REAL, offsetof(gn_gan_options, pairs.fake_right), 1, 0, 1000, false},
    {"pairs.real_wrong", REAL, offsetof(gn_gan_options, pairs.real_wrong), 0, 0, 1000, false},
    {"interpolation", REAL, offsetof(gn_gan_options, interpolation), 0, 0, 1, false},
    {"classifier_weight", REAL, offsetof(gn_gan_options, classifier_weight), 0, 0, 1000, false},
    {"clip_weights", REAL, offsetof(gn_gan_options, clip_weights), 0, 0, 1000, false},
    {"instance_noise", REAL, offsetof(gn_gan_options, instance_noise), 0, 0, 100, false},
    {"instance_noise_steps", WIDE, offsetof(gn_gan_options, instance_noise_steps), 0, 0, MAX_STEPS, false},
    {"packing", WHOLE, offsetof(gn_gan_options, packing), 1, 1, 64, false},
    {"replay", WIDE, offsetof(gn_gan_options, replay), 0, 0, 1 << 24, false},
    {"discriminator_steps", WHOLE, offsetof(gn_gan_options, discriminator_steps), 1, 1, 1000, false},
    {"generator_steps", WHOLE, offsetof(gn_gan_options, generator_steps), 1, 1, 1000, false},
    {"unrolled_steps", WHOLE, offsetof(gn_gan_options, unrolled_steps), 0, 0, 100, false},
    {"accumulation", WHOLE, offsetof(gn_gan_options, accumulation), 1, 1, 1024, false},
    {"balance", REAL, offsetof(gn_gan_options, balance), 0, 0, 0.9999, false},
    {"average_decay", REAL, offsetof(gn_gan_options, average_decay), 0, 0, 0.9999999, false},
    {"watch_interval", WHOLE, offsetof(gn_gan_options, watch_interval), 0, 0, 1 << 30, true},
    {"collapse_threshold", REAL, offsetof(gn_gan_options, collapse_threshold), 0.25, 0, 1, true},
};

enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static double get(const gn_gan_options *options, const number *n)
{
    const void *place = (const char *)options + n->place;
    return n->kind == WHOLE  ? *(const int *)place
           : n->kind == WIDE ? (double)*(const int64_t *)place
                             : (double)*(const float *)place;
}

static void set(gn_gan_options *options, const number *n, double value)
{
    void *place = (char *)options + n->place;
    if (n->kind == WHOLE)
        *(int *)place = (int)value;
    else if (n->kind == WIDE)
        *(int64_t *)place = (int64_t)value;
    else
        *(float *)place = (float)value;
}

static gn_status fill_in_numbers(gn_context *context, gn_gan_options *options)
{
    for (int i = 0; i < NUMBERS; i++) {
        const number *n = &numbers[i];
        const int digits = n->kind == REAL ? 7 : 17; /* what a float has; any whole number */
        double value = get(options, n);
        if (value == 0)
            value = n->fallback;
        else if (n->kind == REAL && value == (double)GN_ZERO)
            value = 0;
        if (!(value >= n->low && value <= n->high))
            return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: %s is %.*g, expected %.*g to %.*g", n->name,
                                   digits, value, digits, n->low, digits, n->high);
        set(options, n, value);
    }
    return GN_OK;
}

/* --- defaults that depend on others ------------------------------------------------------------------------------- */

static void fill_in_optimizer(gn_optimizer_options *options)
{
    if (options->rate == 0)
        options->rate = 2e-4f;
    if (options->beta1 == 0 && (options->kind == GN_ADAM || options->kind == GN_ADAM_KERAS))
        options->beta1 = 0.5f;
}

static void fill_in_penalty(gn_gan_penalty *penalty)
{
    if (penalty->kind == GN_GAN_NO_PENALTY)
        return;
    if (penalty->weight == 0)
        penalty->weight = 10;
    if (penalty->interval == 0)
        penalty->interval = 1;
}

static gn_status fill_in_range(gn_context *context, const char *name, bool given, float low, float *high)
{
    if (!given)
        *high = low;
    if (*high >= low)
        return GN_OK;
    return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: %s is %g and %s_high %g, expected it not to be less", name,
                           (double)low, name, (double)*high);
}

static gn_status fill_in(gn_context *context, gn_gan_options *options)
{
    const gn_gan_pairs *pairs = &options->pairs;
    const bool real_range = options->real_target_high != 0, fake_range = options->fake_target_high != 0;
    if (pairs->real_wrong != 0 && (pairs->real_right == 0 || pairs->fake_right == 0))
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: pairs.real_wrong is %g, expected the other two pairs to be given too",
                               (double)pairs->real_wrong);
    if (options->collapse_threshold != 0 && options->watch_interval == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: collapse_threshold is %g, but watch_interval is 0",
                               (double)options->collapse_threshold);
    gn_status status = fill_in_numbers(context, options);
    if (status == GN_OK)
        status = fill_in_range(context, "real_target", real_range, options->real_target, &options->real_target_high);
    if (status == GN_OK)
        status = fill_in_range(context, "fake_target", fake_range, options->fake_target, &options->fake_target_high);
    if (options->seed == 0)
        options->seed = gn_context_seed(context);
    fill_in_optimizer(&options->generator_optimizer);
    fill_in_optimizer(&options->discriminator_optimizer);
    for (int i = 0; i < GN_GAN_PENALTIES; i++)
        fill_in_penalty(&options->penalties[i]);
    return status;
}

/* --- all together ------------------------------------------------------------------------------------------------- */

int64_t gn__gan_condition_size(const gn_gan_options *options)
{
    return options->condition_size > 0 ? options->condition_size : options->classes;
}

gn_status gn__gan_options_check(gn_context *context, gn_gan_options *options)
{
    gn_status status = fill_in(context, options);
    if (status == GN_OK)
        status = gn__latent_check(context, &options->latent);
    return status == GN_OK ? gn__gan_rules_check(context, options) : status;
}

/* --- as text ------------------------------------------------------------------------------------------------------ */

enum { NUMBER_SIZE = 40 };

/* With a point, whatever the locale of the host has in its place: a checkpoint is read in any. */
static const char *number_text(double value, char out[NUMBER_SIZE])
{
    char digits[NUMBER_SIZE];
    snprintf(digits, sizeof digits, value == floor(value) ? "%.16g" : "%.9g", value);
    const int whole = (int)strspn(digits, "-0123456789");
    const char *rest = digits + whole;
    const bool plain = *rest == '\0' || *rest == 'e';
    snprintf(out, NUMBER_SIZE, "%.*s%s%s", whole, digits, plain ? "" : ".",
             rest + (plain ? 0 : strcspn(rest, "0123456789")));
    return out;
}

/* Adds "name value, " to text; what does not fit is cut. */
static void add(char *text, size_t size, const char *name, double value)
{
    char digits[NUMBER_SIZE];
    const size_t used = strlen(text);
    snprintf(text + used, size - used, "%s %s, ", name, number_text(value, digits));
}

static void describe_augment(const gn_augment_options *a, char *text, size_t size)
{
    add(text, size, "translation", (double)a->translation);
    add(text, size, "cutout", (double)a->cutout);
    add(text, size, "rotation", (double)a->rotation);
    add(text, size, "scale", (double)a->scale);
    add(text, size, "brightness", (double)a->brightness);
    add(text, size, "contrast", (double)a->contrast);
}

/* The rate is left out: lowering it in the middle of a run is everyday work. */
static void describe_optimizer(const char *player, const gn_optimizer *optimizer, char *text, size_t size)
{
    const gn_optimizer_options *o = gn_optimizer_get_options(optimizer);
    add(text, size, player, (double)o->kind);
    add(text, size, "beta1", (double)o->beta1);
    add(text, size, "beta2", (double)o->beta2);
    add(text, size, "alpha", (double)o->alpha);
    add(text, size, "epsilon", (double)o->epsilon);
    add(text, size, "momentum", (double)o->momentum);
    add(text, size, "nesterov", o->nesterov);
    add(text, size, "weight_decay", (double)o->weight_decay);
    if (o->momentum_steps > 0) {
        add(text, size, "last_momentum", (double)o->last_momentum);
        add(text, size, "momentum_steps", (double)o->momentum_steps);
    }
    add(text, size, "clip_norm", (double)o->clip_norm);
    add(text, size, "schedule", (double)o->schedule.kind);
    add(text, size, "steps", (double)o->schedule.steps);
    add(text, size, "decay", (double)o->schedule.decay);
    add(text, size, "last", (double)o->schedule.last);
    if (o->schedule.warmup > 0)
        add(text, size, "warmup", (double)o->schedule.warmup);
}

void gn__gan_options_describe(const gn_gan *gan, char *text, size_t size)
{
    const gn_gan_options *o = &gan->options;
    char scale[NUMBER_SIZE];
    snprintf(text, size, "loss %s, latent %lld %d %s, fakes %d%s, ", gan->loss->name, (long long)o->latent.size,
             (int)o->latent.distribution, number_text((double)o->latent.scale, scale), (int)o->fakes,
             o->frozen_norms ? ", frozen norms" : "");
    for (int i = 0; i < NUMBERS; i++)
        if (!numbers[i].watches)
            add(text, size, numbers[i].name, get(o, &numbers[i]));
    describe_augment(&o->augment, text, size);
    for (int i = 0; i < GN_GAN_PENALTIES; i++) {
        if (o->penalties[i].kind == GN_GAN_NO_PENALTY)
            continue;
        add(text, size, gn__gan_penalty_name(o->penalties[i].kind), (double)o->penalties[i].weight);
        add(text, size, "interval", o->penalties[i].interval);
        if (o->penalties[i].kind == GN_GAN_CONSISTENCY)
            describe_augment(&o->penalties[i].augment, text, size);
    }
    describe_optimizer("generator_optimizer", gan->generator_optimizer, text, size);
    describe_optimizer("discriminator_optimizer", gan->discriminator_optimizer, text, size);
}
