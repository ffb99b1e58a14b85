/* SPDX-License-Identifier: MIT */
/* examples/common/trial.c - one of a study's many trainings of a small gan. */
#include "common/trial.h"

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
    if (optimizer->kind == GN_ADAM && optimizer->beta1 == 0)
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
                 .context = gn_context_new(&(gn_context_options){.seed = seed, .threads = (int)s->threads})};
    if (t->context == NULL)
        return gn_context_fail(s->context, GN_ERROR_MEMORY, "no memory for a trial");
    gn_dataset *pictures = plan->pictures == NULL ? s->training_set : plan->pictures;
    t->batches = gn_batches_new(pictures, &(gn_batches_options){.size = STUDY_BATCH, .seed = seed});
    if (t->batches == NULL)
        return gn_context_status(gn_dataset_context(pictures));
    t->generator = small_generator(t->context, &plan->networks);
    t->discriminator = small_discriminator(t->context, &plan->networks);
    t->gan = new_gan(t, plan, seed);
    return t->gan == NULL ? trial_check(t, gn_context_status(t->context)) : GN_OK;
}

gn_status trial_run(trial *t, int64_t steps)
{
    gn_status status = GN_OK;
    while (status == GN_OK && gn_gan_steps(t->gan) < steps)
        status = gn_gan_step(t->gan, gn_batches_next(t->batches), &t->report);
    return trial_check(t, status);
}

gn_status trial_judge(trial *t, judgement *result)
{
    gn_context *context = t->study->context;
    gn_tensor *labels = judge_labels(context, study_size(t->study, JUDGED, JUDGED_QUICK));
    if (labels == NULL)
        return gn_context_status(context);
    gn_tensor *pictures = gn_gan_sample(t->gan, &(gn_sample_options){.seed = JUDGE_SEED, .labels = labels});
    const gn_status status = pictures == NULL ? trial_check(t, gn_context_status(t->context))
                                              : judge_pictures(&t->study->judge, pictures, labels, result);
    gn_tensor_free(pictures);
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
