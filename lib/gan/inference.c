/* SPDX-License-Identifier: MIT */
/* lib/gan/inference.c - a generator at work: that of a game, or one that stands alone. */
#include "gan/gan.h"
#include "nn/module.h"

static void begin(gn__inference *inference)
{
    inference->recording = gn_tape_set_recording(inference->tape, false);
    gn__module_keep_modes(inference->generator);
}

gn_status gn__inference_of_game(gn__inference *inference, gn_gan *gan, bool average, const char *caller)
{
    *inference = (gn__inference){.tape = gan->tape,
                                 .generator = gan->options.generator,
                                 .condition_size = gn__gan_condition_size(&gan->options),
                                 .latent = gan->options.latent,
                                 .exchanged = average ? gan : NULL};
    const gn_status status = average ? gn__average_check(gan, caller) : GN_OK;
    if (status != GN_OK)
        return status;
    if (average)
        gn__average_swap(gan);
    begin(inference);
    return GN_OK;
}

gn_status gn__inference_alone(gn__inference *inference, gn_module *generator, int64_t condition_size,
                              const gn_latent *latent, bool average, const char *caller)
{
    gn_context *context = gn_module_context(generator);
    if (context == NULL || latent == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s: the latent is NULL", caller);
    if (average)
        return gn_context_fail(context, GN_ERROR_STATE, "%s: '%s' stands alone, without a running average", caller,
                               gn_module_name(generator));
    if (condition_size < 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s: condition_size is %lld, expected at least 0", caller,
                               (long long)condition_size);
    if (condition_size > 0 && gn_module_inputs(generator) != 2)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "%s: '%s' does not take two inputs: the label would not reach it", caller,
                               gn_module_name(generator));
    *inference = (gn__inference){
        .generator = generator, .condition_size = condition_size, .latent = *latent, .own_tape = true};
    const gn_status status = gn__latent_check(context, &inference->latent);
    inference->tape = status == GN_OK ? gn_tape_new(context) : NULL;
    if (inference->tape == NULL)
        return gn_context_status(context);
    begin(inference);
    return GN_OK;
}

void gn__inference_close(gn__inference *inference)
{
    gn__module_restore_modes(inference->generator);
    gn_tape_reset(inference->tape);
    gn_tape_set_recording(inference->tape, inference->recording);
    if (inference->exchanged != NULL)
        gn__average_swap(inference->exchanged);
    if (inference->own_tape)
        gn_tape_free(inference->tape);
}
