/* SPDX-License-Identifier: MIT */
/* lib/gan/rules.c - which options of a game go together, and with which networks: the others are refused, or warned
 * of. */
#include "gan/gan.h"
#include "nn/module.h"

#include <math.h>
#include <string.h>

/* --- the networks ------------------------------------------------------------------------------------------------- */

static gn_status check_networks(gn_context *context, const gn_gan_options *options)
{
    if (options->generator == NULL || options->discriminator == NULL)
        return gn__context_fail_null(context, "gan: %s", options->generator == NULL ? "generator" : "discriminator");
    if (gn_module_context(options->generator) != context || gn_module_context(options->discriminator) != context)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: '%s' was made from another context than the gan's",
                               gn_module_name(gn_module_context(options->generator) != context
                                                  ? options->generator
                                                  : options->discriminator));
    if (strcmp(gn_module_name(options->generator), gn_module_name(options->discriminator)) == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: both networks are named '%s', expected two names",
                               gn_module_name(options->generator));
    if (gn__module_is_above(options->generator, options->discriminator) ||
        gn__module_is_above(options->discriminator, options->generator))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: '%s' and '%s' are parts of one another, expected two",
                               gn_module_name(options->generator), gn_module_name(options->discriminator));
    return GN_OK;
}

/* The first module of the tree whose class has one of these names; NULL: none. */
static const gn_module *find_class(const gn_module *module, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(gn_module_get_class(module)->name, *names) == 0)
            return module;
    return NULL;
}

static const gn_module *find_in_tree(const gn_module *module, const char *const *names)
{
    const gn_module *found = find_class(module, names);
    for (size_t i = 0; found == NULL && i < gn_module_child_count(module); i++)
        found = find_in_tree(gn_module_child(module, i), names);
    return found;
}

static const char *const norms[] = {"batch_norm", "conditional_batch_norm", NULL};
static const char *const minibatch[] = {"minibatch_discrimination", "minibatch_stddev", NULL};
static const char *const spectral[] = {"spectral_norm", NULL};
static const char *const random_in_training[] = {"batch_norm", "conditional_batch_norm", "dropout", NULL};

/* A label that one of the networks is never shown cannot matter: somebody forgot something. */
static gn_status check_inputs(gn_context *context, const gn_gan_options *options)
{
    const bool conditional = gn__gan_condition_size(options) > 0;
    const gn_module *networks[] = {options->generator, options->discriminator};
    for (int i = 0; i < 2; i++) {
        const int inputs = gn_module_inputs(networks[i]);
        const bool classifier = i == 1 && options->classifier_weight > 0;
        if (conditional && inputs < 2 && !classifier)
            return gn_context_fail(context, GN_ERROR_ARGUMENT,
                                   "gan: '%s' takes %s, expected two: the label would not reach it%s",
                                   gn_module_name(networks[i]), inputs == 1 ? "one input" : "any number of inputs",
                                   i == 0 ? "" : " (or set classifier_weight)");
        if (classifier && inputs == 2)
            gn__log(context, GN_LOG_WARNING, "gan: '%s' is shown the label that classifier_weight %g asks it to name",
                    gn_module_name(networks[i]), (double)options->classifier_weight);
        if ((!conditional && inputs > 1) || inputs > 2)
            return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: '%s' takes %d inputs, expected %s",
                                   gn_module_name(networks[i]), inputs,
                                   conditional ? "two" : "one: classes and condition_size are 0");
    }
    return GN_OK;
}

/* --- what goes together ------------------------------------------------------------------------------------------- */

static bool is_wasserstein(const gn_gan_options *o)
{
    return o->own_loss == NULL && o->loss == GN_GAN_WASSERSTEIN;
}

static double middle(float low, float high)
{
    return ((double)low + (double)high) / 2;
}

/* Cross-entropy with a target above 1 falls for ever as the logit grows; where only some of a range are above, their
 * mean holds it. */
static gn_status check_targets(gn_context *context, const gn_gan_options *o, const gn_gan_loss_functions *loss)
{
    const bool given = o->real_target != 1 || o->real_target_high != 1 || o->fake_target != 0 ||
                       o->fake_target_high != 0;
    if (given && !loss->takes_targets)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: real_target is %g and fake_target %g, but the %s loss takes no targets",
                               (double)o->real_target, (double)o->fake_target, loss->name);
    if (o->fake_target_high >= o->real_target)
        return gn_context_fail(
            context, GN_ERROR_ARGUMENT,
            "gan: real_target is %g and fake_target %g (high %g), expected that of real pictures to be larger",
            (double)o->real_target, (double)o->fake_target, (double)o->fake_target_high);
    const bool cross_entropy = o->own_loss == NULL && o->loss != GN_GAN_LEAST_SQUARES;
    const double flips = (double)o->flip_probability;
    const double mean = (1 - flips) * middle(o->real_target, o->real_target_high) +
                        flips * middle(o->fake_target, o->fake_target_high);
    if (cross_entropy && mean > 1.000001)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: real_target is %g on average, expected at most 1: the %s loss would fall for ever",
                               mean, loss->name);
    return GN_OK;
}

/* A critic's loss is a difference of means: weighed differently its bias alone makes it fall, which no penalty on
 * gradients holds. */
static gn_status check_pairs(gn_context *context, const gn_gan_options *o, const gn_gan_loss_functions *loss)
{
    const gn_gan_pairs *p = &o->pairs;
    if (p->real_right == 0 || p->fake_right == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: pairs (%g, %g, %g), expected real_right and fake_right to be above 0",
                               (double)p->real_right, (double)p->fake_right, (double)p->real_wrong);
    if (loss->relative && p->real_wrong > 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: pairs.real_wrong is %g, but the %s loss compares real with fake only",
                               (double)p->real_wrong, loss->name);
    const double excess = (double)p->fake_right + (double)p->real_wrong - (double)p->real_right;
    if (is_wasserstein(o) && fabs(excess) > 1e-3 * (double)p->real_right)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: pairs (%g, %g, %g) do not balance, expected real_right = fake_right + real_wrong: "
                               "the %s loss would fall for ever",
                               (double)p->real_right, (double)p->fake_right, (double)p->real_wrong, loss->name);
    return GN_OK;
}

static gn_status check_clipping(gn_context *context, const gn_gan_options *o, const gn_gan_loss_functions *loss)
{
    const gn_module *norm = find_in_tree(o->discriminator, spectral);
    if (o->clip_weights > 0 && o->own_loss == NULL && !is_wasserstein(o))
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: clip_weights is %g, which belongs to the wasserstein loss, not to %s",
                               (double)o->clip_weights, loss->name);
    if (o->clip_weights > 0 && norm != NULL)
        return gn_context_fail(
            context, GN_ERROR_ARGUMENT,
            "gan: clip_weights is %g beside the spectral norm '%s', expected one bound on the critic",
            (double)o->clip_weights, gn_module_name(norm));
    return GN_OK;
}

static gn_status check_loss(gn_context *context, const gn_gan_options *o)
{
    const gn_gan_loss_functions *loss = gn__gan_loss_of(o);
    if (loss == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: loss is %d, expected one of gn_gan_loss",
                               (int)o->loss);
    if (loss->name == NULL || loss->discriminator == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: own_loss '%s' has no %s",
                               loss->name == NULL ? "" : loss->name,
                               loss->name == NULL ? "name" : "discriminator function");
    if (o->own_loss != NULL && o->loss != GN_GAN_NON_SATURATING)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: loss is %d beside own_loss '%s', expected one of them",
                               (int)o->loss, loss->name);
    if (o->own_loss != NULL && o->flip_probability > 0 && !loss->takes_targets)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: flip_probability is %g, but the %s loss takes no targets",
                               (double)o->flip_probability, loss->name);
    gn_status status = check_targets(context, o, loss);
    if (status == GN_OK)
        status = check_pairs(context, o, loss);
    return status == GN_OK ? check_clipping(context, o, loss) : status;
}

static gn_status check_wrong_pairs(gn_context *context, const gn_gan_options *o)
{
    if (o->pairs.real_wrong == 0)
        return GN_OK;
    if (gn__gan_condition_size(o) == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: pairs.real_wrong is %g, but there are no labels (classes is 0)",
                               (double)o->pairs.real_wrong);
    if (o->condition_size == 0 && o->classes < 2)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: pairs.real_wrong is %g, but there is only one class",
                               (double)o->pairs.real_wrong);
    if (gn_module_inputs(o->discriminator) < 2)
        return gn_context_fail(
            context, GN_ERROR_ARGUMENT,
            "gan: pairs.real_wrong is %g, but '%s' does not take two inputs: no label would reach it",
            (double)o->pairs.real_wrong, gn_module_name(o->discriminator));
    return GN_OK;
}

static gn_status check_labels(gn_context *context, const gn_gan_options *o)
{
    if (o->classifier_weight > 0 && (o->classes < 2 || o->packing > 1))
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: classifier_weight is %g, expected at least 2 classes and no packing",
                               (double)o->classifier_weight);
    if (o->classes > 0 && o->condition_size > 0 && o->classifier_weight == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: classes is %lld beside condition_size %lld, which only a classifier_weight needs",
                               (long long)o->classes, (long long)o->condition_size);
    if (o->interpolation > 0 && (gn__gan_condition_size(o) == 0 || o->classifier_weight > 0))
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: interpolation is %g, expected labels or conditions, and no classifier_weight",
                               (double)o->interpolation);
    if (o->watch_interval > 0 && o->condition_size > 0)
        return gn_context_fail(
            context, GN_ERROR_ARGUMENT,
            "gan: watch_interval is %d, but samples cannot be drawn by class (condition_size is %lld)",
            o->watch_interval, (long long)o->condition_size);
    return GN_OK;
}

static gn_status check_play(gn_context *context, const gn_gan_options *o)
{
    const gn_optimizer_options *d = &o->discriminator_optimizer;
    if (o->instance_noise_steps > 0 && o->instance_noise == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: instance_noise_steps is %lld, but instance_noise is 0",
                               (long long)o->instance_noise_steps);
    if (o->fakes != GN_GAN_FAKES_TRAINING && o->fakes != GN_GAN_FAKES_INFERENCE)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: fakes is %d, expected one of gn_gan_fakes",
                               (int)o->fakes);
    const bool plain = d->kind == GN_ADAM || d->kind == GN_ADAM_KERAS || (d->kind == GN_SGD && d->momentum <= 0);
    if (o->unrolled_steps > 0 && !plain)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: unrolled_steps is %d with discriminator_optimizer of kind %d and momentum %g, "
                               "expected Adam or SGD without momentum",
                               o->unrolled_steps, (int)d->kind, (double)d->momentum);
    if (o->unrolled_steps > 0 && (d->clip_norm > 0 || o->clip_weights > 0))
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: unrolled_steps is %d with clip_norm %g and clip_weights %g, expected both to be 0",
                               o->unrolled_steps, (double)d->clip_norm, (double)o->clip_weights);
    if (o->generator_steps > 1 && o->discriminator_steps > 1)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: discriminator_steps is %d and generator_steps %d, expected one of them to be 1",
                               o->discriminator_steps, o->generator_steps);
    return gn__augment_check(context, &o->augment);
}

static const char *const chains[] = {"sequential", "conditional", NULL};

/* The module whose result is the network's: the last child of a chain. */
static const gn_module *last_of(const gn_module *module)
{
    while (find_class(module, chains) != NULL && gn_module_child_count(module) > 0)
        module = gn_module_child(module, gn_module_child_count(module) - 1);
    return module;
}

static gn_status check_logits(gn_context *context, const gn_gan_options *o)
{
    const gn_module *last = last_of(o->discriminator);
    if (o->own_loss == NULL && strcmp(gn_module_get_class(last)->name, "sigmoid") == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: '%s' ends in the sigmoid '%s', but the losses take logits: leave it out",
                               gn_module_name(o->discriminator), gn_module_name(last));
    return GN_OK;
}

/* What looks at a batch as a whole: a layer of D, a norm of G, a loss, a penalty. NULL: nothing. */
static const char *what_compares(const gn_gan_options *o)
{
    const gn_module *found = find_in_tree(o->discriminator, norms);
    if (found == NULL)
        found = find_in_tree(o->discriminator, minibatch);
    if (found == NULL)
        found = find_in_tree(o->generator, norms);
    if (found != NULL)
        return gn_module_name(found);
    if (gn__gan_loss_of(o)->relative)
        return gn__gan_loss_of(o)->name;
    for (int i = 0; i < GN_GAN_PENALTIES; i++)
        if (o->penalties[i].kind == GN_GAN_DRAGAN)
            return gn__gan_penalty_name(GN_GAN_DRAGAN);
    return NULL;
}

static bool is_frozen(gn_module *network)
{
    const gn_parameter_list parameters = gn_parameters(network);
    size_t frozen = 0;
    while (frozen < parameters.count && gn_parameter_frozen(parameters.items[frozen]))
        frozen++;
    return frozen > 0 && frozen == parameters.count;
}

/* What can be meant, but seldom is. */
static void warn_of_play(gn_context *context, const gn_gan_options *o)
{
    const gn_module *norm = find_in_tree(o->discriminator, norms), *mixes = find_in_tree(o->discriminator, minibatch);
    for (int i = 0; i < 2; i++)
        if (is_frozen(i == 0 ? o->generator : o->discriminator))
            gn__log(context, GN_LOG_WARNING, "gan: all parameters of '%s' are frozen: it will not learn",
                    gn_module_name(i == 0 ? o->generator : o->discriminator));
    if (o->frozen_norms && norm == NULL)
        gn__log(context, GN_LOG_WARNING, "gan: frozen_norms without effect: '%s' has no batch norm",
                gn_module_name(o->discriminator));
    if (o->fakes == GN_GAN_FAKES_INFERENCE && find_in_tree(o->generator, random_in_training) == NULL)
        gn__log(context, GN_LOG_WARNING,
                "gan: fakes in inference mode without effect: '%s' has no batch norm and no dropout",
                gn_module_name(o->generator));
    if (o->replay > 0 && (o->packing > 1 || mixes != NULL))
        gn__log(context, GN_LOG_WARNING, "gan: replay mixes fakes of different age into what %s compares",
                o->packing > 1 ? "packing" : gn_module_name(mixes));
    const char *compares = what_compares(o);
    if (o->accumulation > 1 && compares != NULL)
        gn__log(context, GN_LOG_WARNING, "gan: with accumulation %d '%s' sees a part of each batch", o->accumulation,
                compares);
}

/* --- penalties ---------------------------------------------------------------------------------------------------- */

/* A gradient penalty is of each picture by itself, which has no meaning where a logit depends on its batch mates; and
 * it is a bound. */
static gn_status check_gradient_penalty(gn_context *context, const gn_gan_options *options,
                                        const gn_gan_penalty *penalty)
{
    const char *name = gn__gan_penalty_name(penalty->kind);
    if (options->clip_weights > 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: clip_weights is %g beside a gradient penalty, expected one bound on the critic",
                               (double)options->clip_weights);
    const gn_module *mixes = find_in_tree(options->discriminator, norms);
    if (mixes != NULL)
        return gn_context_fail(
            context, GN_ERROR_ARGUMENT,
            "gan: the %s is of each picture by itself, but '%s' makes logits depend on the whole batch: "
            "leave batch norm out of the discriminator",
            name, gn_module_name(mixes));
    const bool between = penalty->kind == GN_GAN_GRADIENT_PENALTY || penalty->kind == GN_GAN_GRADIENT_PENALTY_ONE_SIDED;
    const bool of_another = options->replay > 0 || options->interpolation > 0;
    if (between && of_another && gn_module_inputs(options->discriminator) > 1)
        gn__log(context, GN_LOG_WARNING,
                "gan: with %s the %s looks between a picture and a fake of another label or condition",
                options->replay > 0 ? "replay" : "interpolation", name);
    mixes = find_in_tree(options->discriminator, minibatch);
    if (mixes != NULL)
        gn__log(context, GN_LOG_WARNING, "gan: the %s is of each picture by itself, but '%s' looks at the whole batch",
                name, gn_module_name(mixes));
    return GN_OK;
}

static gn_status check_kind(gn_context *context, const gn_gan_options *options, const gn_gan_penalty *penalty)
{
    const char *name = gn__gan_penalty_name(penalty->kind);
    if (name == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: a penalty's kind is %d, expected one of "
                               "gn_gan_penalty_kind",
                               (int)penalty->kind);
    if ((penalty->kind == GN_GAN_OWN_PENALTY) != (penalty->function != NULL))
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: penalty %s %s a function, which GN_GAN_OWN_PENALTY alone needs", name,
                               penalty->function == NULL ? "lacks" : "has");
    const bool changes = gn__augment_changes(&penalty->augment);
    if ((penalty->kind == GN_GAN_CONSISTENCY) != changes)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: penalty %s %s an augmentation, which GN_GAN_CONSISTENCY alone needs", name,
                               changes ? "has" : "lacks");
    if (penalty->kind == GN_GAN_CONSISTENCY && options->packing > 1)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: penalty %s would augment packed pictures (packing is %d)", name, options->packing);
    return gn__gan_penalty_takes_gradient(penalty->kind) ? check_gradient_penalty(context, options, penalty)
                                                         : gn__augment_check(context, &penalty->augment);
}

static gn_status check_penalty(gn_context *context, const gn_gan_options *options, const gn_gan_penalty *penalty)
{
    if (penalty->kind == GN_GAN_NO_PENALTY && (penalty->weight != 0 || penalty->interval != 0))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: a penalty has weight %g and interval %d, but no kind",
                               (double)penalty->weight, penalty->interval);
    if (penalty->kind == GN_GAN_NO_PENALTY && (penalty->function != NULL || gn__augment_changes(&penalty->augment)))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: a penalty has %s, but no kind",
                               penalty->function != NULL ? "a function" : "an augmentation");
    if (penalty->kind == GN_GAN_NO_PENALTY)
        return GN_OK;
    if (!(penalty->weight > 0 && isfinite(penalty->weight)) || penalty->interval < 1)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: a penalty has weight %g and interval %d, expected more than 0 and at least 1",
                               (double)penalty->weight, penalty->interval);
    if (penalty->interval > 1 && options->unrolled_steps > 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gan: a penalty has interval %d, expected 1 with unrolled_steps (%d): G looks at steps "
                               "that would all have it, or none",
                               penalty->interval, options->unrolled_steps);
    return check_kind(context, options, penalty);
}

static gn_status check_penalties(gn_context *context, const gn_gan_options *options)
{
    gn_status status = GN_OK;
    bool bounded = options->clip_weights > 0 || find_in_tree(options->discriminator, spectral) != NULL;
    for (int i = 0; i < GN_GAN_PENALTIES && status == GN_OK; i++) {
        status = check_penalty(context, options, &options->penalties[i]);
        bounded |= options->penalties[i].kind == GN_GAN_OWN_PENALTY ||
                   gn__gan_penalty_takes_gradient(options->penalties[i].kind);
    }
    if (status == GN_OK && is_wasserstein(options) && !bounded)
        gn__log(
            context, GN_LOG_WARNING,
            "gan: a wasserstein critic without clip_weights, a gradient penalty or spectral norm grows without bound");
    return status;
}

/* --- all together ------------------------------------------------------------------------------------------------- */

gn_status gn__gan_rules_check(gn_context *context, const gn_gan_options *options)
{
    static gn_status (*const checks[])(gn_context *, const gn_gan_options *) = {
        check_networks, check_loss, check_wrong_pairs, check_labels,
        check_inputs,   check_play, check_logits,      check_penalties,
    };
    gn_status status = GN_OK;
    for (size_t i = 0; i < sizeof checks / sizeof *checks && status == GN_OK; i++)
        status = checks[i](context, options);
    if (status == GN_OK)
        warn_of_play(context, options);
    return status;
}
