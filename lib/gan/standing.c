/* SPDX-License-Identifier: MIT */
/* lib/gan/standing.c - standing statistics: batch norm's averages for the weights as they are now (Brock et al.
 * 2019). */
#include "gan/gan.h"
#include "nn/batch_norm.h"
#include "nn/module.h"

#include <string.h>

/* Far from the streams of noise. */
static const uint64_t dropout_streams = UINT64_C(1) << 62;

/* What it is that is estimated. */
typedef struct subject {
    gn_tape *tape;
    gn_module *generator;
    int64_t label_size; /* numbers in a row of labels; 0: none */
    const gn_latent *latent;
} subject;

/* Rows for a batch: classes drawn evenly, or some of the given rows. */
static gn_var *draw_labels(const subject *s, const gn_standing_options *options, gn_random *random)
{
    const gn_real *given = gn_tensor_values(options->labels);
    const uint32_t rows = given == NULL ? 0 : (uint32_t)gn_tensor_shape(options->labels).size[0];
    gn_var *labels = given == NULL ? gn_full(s->tape, GN_SHAPE(options->size), 0)
                                   : gn_full(s->tape, GN_SHAPE(options->size, s->label_size), 0);
    for (int64_t i = 0; i < options->size && gn_tape_status(s->tape) == GN_OK; i++) {
        if (given == NULL)
            gn_op_output(labels)[i] = (gn_real)gn_random_integer(random, (uint32_t)s->label_size);
        else
            memcpy(gn_op_output(labels) + i * s->label_size, given + gn_random_integer(random, rows) * s->label_size,
                   (size_t)s->label_size * sizeof *given);
    }
    return given == NULL ? gn_one_hot(labels, s->label_size) : labels;
}

/* One batch of noise through the generator; its statistics join the mean of those before. */
static gn_status join_batch(const subject *s, const gn_standing_options *options, int index)
{
    gn_tape_reset(s->tape);
    gn_tape_set_random(s->tape, (gn_random){.seed = options->seed, .stream = dropout_streams + (uint64_t)index});
    gn_random random = {.seed = options->seed, .stream = (uint64_t)index};
    gn_var *z = gn_full(s->tape, GN_SHAPE(options->size, s->latent->size), 0);
    if (gn_tape_status(s->tape) != GN_OK)
        return gn_tape_status(s->tape);
    gn__latent_fill(s->latent, &random, options->size, gn_op_output(z));
    gn_var *labels = s->label_size > 0 ? draw_labels(s, options, &random) : NULL;
    gn_module_set_statistics(s->generator, GN_STATISTICS_BATCH);
    gn__gan_apply(s->generator, z, labels);
    if (gn_tape_status(s->tape) == GN_OK)
        gn__batch_norm_join(s->generator, index);
    return gn_tape_status(s->tape);
}

static gn_status check_labels(const subject *s, const gn_standing_options *options)
{
    const gn_shape shape = gn_tensor_shape(options->labels);
    char text[64];
    if (options->labels != NULL && s->label_size == 0)
        return gn_context_fail(gn_tape_context(s->tape), GN_ERROR_ARGUMENT,
                               "standing statistics: labels are %s, but '%s' takes none, expected NULL",
                               gn_shape_text(shape, text, sizeof text), gn_module_name(s->generator));
    if (options->labels == NULL || (shape.rank == 2 && shape.size[1] == s->label_size))
        return GN_OK;
    return gn_context_fail(gn_tape_context(s->tape), GN_ERROR_SHAPE,
                           "standing statistics: labels are %s, expected rows [N,%lld]",
                           gn_shape_text(shape, text, sizeof text), (long long)s->label_size);
}

static gn_status fill_in(const subject *s, gn_standing_options *options)
{
    if (options->batches == 0)
        options->batches = 16;
    if (options->size == 0)
        options->size = 64;
    if (options->batches < 1 || options->size < 2 || options->size > 1 << 20)
        return gn_context_fail(gn_tape_context(s->tape), GN_ERROR_ARGUMENT,
                               "standing statistics: batches is %d and size %lld, expected at least 1 and 2 to %d",
                               options->batches, (long long)options->size, 1 << 20);
    return check_labels(s, options);
}

static gn_status estimate(const subject *s, const gn_standing_options *options)
{
    gn_standing_options filled = options == NULL ? (gn_standing_options){0} : *options;
    gn_status status = fill_in(s, &filled);
    const bool recording = gn_tape_set_recording(s->tape, false);
    gn__module_keep_modes(s->generator);
    gn_module_set_training(s->generator, true);
    for (int i = 0; i < filled.batches && status == GN_OK; i++)
        status = join_batch(s, &filled, i);
    gn_tape_reset(s->tape);
    gn_tape_set_recording(s->tape, recording);
    gn__module_restore_modes(s->generator);
    return status;
}

static gn_status check_game(const gn_gan *gan, const gn_standing_options *options)
{
    if (gan->options.condition_size > 0 && (options == NULL || options->labels == NULL))
        return gn_context_fail(gan->context, GN_ERROR_UNSUPPORTED,
                               "standing statistics: conditions cannot be drawn (condition_size is %lld), expected "
                               "some as labels",
                               (long long)gan->options.condition_size);
    return options != NULL && options->average ? gn__average_check(gan, "standing statistics") : GN_OK;
}

gn_status gn_gan_standing_statistics(gn_gan *gan, const gn_standing_options *options)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    const gn_gan_options *o = &gan->options;
    const subject s = {gan->tape, o->generator, gn__gan_label_size(o), &o->latent};
    gn_status status = check_game(gan, options);
    if (status != GN_OK)
        return status;
    const bool average = options != NULL && options->average;
    if (average)
        gn__average_swap(gan);
    status = estimate(&s, options);
    if (average)
        gn__average_swap(gan);
    return status;
}

gn_status gn_generator_standing_statistics(gn_module *generator, int64_t classes, const gn_latent *latent,
                                           const gn_standing_options *options)
{
    gn_context *context = gn_module_context(generator);
    if (context == NULL || latent == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "standing statistics: the latent is NULL");
    if (options != NULL && options->average)
        return gn_context_fail(context, GN_ERROR_STATE,
                               "standing statistics: '%s' stands alone, without a running average",
                               gn_module_name(generator));
    gn_latent filled = *latent;
    gn_status status = gn__latent_check(context, &filled);
    if (status == GN_OK && classes < 0)
        status = gn_context_fail(context, GN_ERROR_ARGUMENT,
                                 "standing statistics: classes is %lld, expected at least 0", (long long)classes);
    gn_tape *tape = status == GN_OK ? gn_tape_new(context) : NULL;
    if (tape == NULL)
        return gn_context_status(context);
    const subject s = {tape, generator, classes, &filled};
    status = estimate(&s, options);
    gn_tape_free(tape);
    return status;
}
