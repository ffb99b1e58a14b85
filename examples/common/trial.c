/* SPDX-License-Identifier: MIT */
/* examples/common/trial.c - one of a study's many trainings of a small gan. */
#include "common/trial.h"

#include "common/play.h"

enum { JUDGED = 100, JUDGED_QUICK = 30, JUDGE_SEED = 1000 };

gn_status trial_check(const trial *t, gn_status status)
{
    if (status != GN_OK && t->context != NULL && t->context != t->study->context)
        gn_context_fail(t->study->context, status, "%s", gn_context_message(t->context));
    return status;
}

static void set_rate(gn_optimizer_options *optimizer)
{
    if (optimizer->rate > 0)
        return;
    optimizer->rate = 1e-3f;
    if (optimizer->beta1 == 0 && optimizer->kind == GN_ADAM)
        optimizer->beta1 = 0.5f;
}

static gn_gan *new_gan(const trial *t, const trial_plan *plan, uint64_t seed)
{
    gn_gan_options game = plan->game;
    game.generator = t->generator;
    game.discriminator = t->discriminator;
    game.classes = plan->networks.classes;
    game.packing = plan->networks.packing;
    game.latent.size = plan->networks.latent == 0 ? 100 : plan->networks.latent;
    game.seed = seed;
    set_rate(&game.generator_optimizer);
    set_rate(&game.discriminator_optimizer);
    return gn_gan_new(t->context, &game);
}

gn_status trial_open(trial *t, study *s, const trial_plan *plan, int64_t number)
{
    const uint64_t seed = (uint64_t)(s->seed + number);
    *t = (trial){.study = s,
                 .conditional = plan->networks.classes > 0,
                 .context = gn_context_new(&(gn_context_options){.seed = seed, .threads = (int)s->threads})};
    if (t->context == NULL)
        return gn_context_fail(s->context, GN_ERROR_MEMORY, "no memory for a trial");
    gn_dataset *pictures = plan->pictures == NULL ? s->training_set : plan->pictures;
    gn_batches_options batches = plan->batches;
    batches.size = batches.size == 0 ? STUDY_BATCH : batches.size;
    batches.seed = seed;
    t->batches = gn_batches_new(pictures, &batches);
    if (t->batches == NULL)
        return gn_context_status(gn_dataset_context(pictures));
    t->generator = (plan->generator == NULL ? small_generator : plan->generator)(t->context, &plan->networks);
    t->discriminator = (plan->discriminator == NULL ? small_discriminator : plan->discriminator)(t->context,
                                                                                                 &plan->networks);
    t->gan = new_gan(t, plan, seed);
    return t->gan == NULL ? trial_check(t, gn_context_status(t->context)) : GN_OK;
}

gn_status trial_run(trial *t, int64_t steps)
{
    return trial_check(t, play_until(t->context, t->gan, t->batches, steps, &t->report));
}

gn_tensor *trial_sample(trial *t, const gn_tensor *labels, int64_t count)
{
    const gn_sample_options options = {.seed = JUDGE_SEED, .labels = labels, .per_class = labels == NULL ? count : 0};
    gn_tensor *pictures = gn_gan_sample(t->gan, &options);
    if (pictures == NULL)
        trial_check(t, gn_context_status(t->context));
    return pictures;
}

static gn_status judge_sample(trial *t, gn_tensor *labels, int64_t count, judgement *result)
{
    gn_tensor *pictures = trial_sample(t, labels, count);
    const gn_status status = pictures == NULL ? gn_context_status(t->study->context)
                                              : digit_classifier_judge(&t->study->classifier, pictures, labels, result);
    gn_tensor_free(pictures);
    return status;
}

gn_status trial_judge(trial *t, judgement *result)
{
    const int64_t per_class = study_size(t->study, JUDGED, JUDGED_QUICK);
    if (!t->conditional)
        return judge_sample(t, NULL, per_class * STUDY_CLASSES, result);
    gn_tensor *labels = digit_classifier_labels(t->study->context, per_class);
    const gn_status status = labels == NULL ? gn_context_status(t->study->context) : judge_sample(t, labels, 0, result);
    gn_tensor_free(labels);
    return status;
}

gn_status trial_make(trial *t, study *s, const trial_plan *plan, int64_t number, int64_t steps, judgement *result)
{
    gn_status status = trial_open(t, s, plan, number);
    if (status == GN_OK)
        status = trial_run(t, steps);
    return status == GN_OK ? trial_judge(t, result) : status;
}

void trial_close(trial *t)
{
    gn_gan_free(t->gan);
    gn_module_free(t->discriminator);
    gn_module_free(t->generator);
    gn_batches_free(t->batches);
    gn_context_free(t->context);
    *t = (trial){0};
}
