/* SPDX-License-Identifier: MIT */
/* lib/gan/standing.c - standing statistics: batch norm's averages for the weights as they are now (Brock et al. 2019). */
#include "gan/gan.h"
#include "nn/batch_norm.h"

/* Far from the streams of noise. */
static const uint64_t dropout_streams = UINT64_C(1) << 62;

/* One batch of noise through the generator; its statistics join the mean of those before. */
static gn_status join_batch(gn_gan *gan, const gn_standing_options *options, int index)
{
    const gn_gan_options *o = &gan->options;
    gn_tape_reset(gan->tape);
    gn_tape_set_random(gan->tape, (gn_random){.seed = options->seed, .stream = dropout_streams + (uint64_t)index});
    gn_random random = {.seed = options->seed, .stream = (uint64_t)index};
    gn_var *z = gn_full(gan->tape, GN_SHAPE(options->size, o->latent.size), 0);
    gn_var *classes = gn_full(gan->tape, GN_SHAPE(options->size), 0);
    if (gn_tape_status(gan->tape) != GN_OK)
        return gn_tape_status(gan->tape);
    gn__latent_fill(&o->latent, &random, options->size, gn_op_output(z));
    for (int64_t i = 0; i < options->size && o->classes > 0; i++)
        gn_op_output(classes)[i] = (gn_real)gn_random_integer(&random, (uint32_t)o->classes);
    gn__gan_generate(gan, z, o->classes > 0 ? gn_one_hot(classes, o->classes) : NULL, GN_STATISTICS_BATCH);
    gn__batch_norm_join(o->generator, index);
    return gn_tape_status(gan->tape);
}

static gn_status check(const gn_gan *gan, const gn_standing_options *options)
{
    if (gan->options.condition_size > 0)
        return gn_context_fail(gan->context, GN_ERROR_UNSUPPORTED,
                               "standing statistics: conditions cannot be drawn (condition_size is %lld)",
                               (long long)gan->options.condition_size);
    if (options->batches < 1 || options->size < 2 || options->size > 1 << 20)
        return gn_context_fail(gan->context, GN_ERROR_ARGUMENT,
                               "standing statistics: batches is %d and size %lld, expected at least 1 and 2 to %d",
                               options->batches, (long long)options->size, 1 << 20);
    if (options->average && gan->average == NULL)
        return gn_context_fail(gan->context, GN_ERROR_STATE,
                               "standing statistics: the gan keeps no running average (average_decay is 0)");
    return GN_OK;
}

gn_status gn_gan_standing_statistics(gn_gan *gan, const gn_standing_options *options)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    gn_standing_options filled = options == NULL ? (gn_standing_options){0} : *options;
    if (filled.batches == 0)
        filled.batches = 16;
    if (filled.size == 0)
        filled.size = 64;
    gn_status status = check(gan, &filled);
    if (status != GN_OK)
        return status;
    if (filled.average)
        gn__average_swap(gan);
    gn_module *generator = gan->options.generator;
    const bool recording = gn_tape_set_recording(gan->tape, false), training = gn_module_training(generator);
    const gn_statistics statistics = gn_module_statistics(generator);
    gn_module_set_training(generator, true);
    for (int i = 0; i < filled.batches && status == GN_OK; i++)
        status = join_batch(gan, &filled, i);
    gn_tape_reset(gan->tape);
    gn_tape_set_recording(gan->tape, recording);
    gn_module_set_training(generator, training);
    gn_module_set_statistics(generator, statistics);
    if (filled.average)
        gn__average_swap(gan);
    return status;
}
