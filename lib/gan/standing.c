/* SPDX-License-Identifier: MIT */
/* lib/gan/standing.c - standing statistics: batch norm's averages for the weights as they are now (Brock et al.
 * 2019). */
#include "gan/gan.h"
#include "nn/batch_norm.h"
#include "nn/label.h"

#include <string.h>

/* Far from the streams of noise. */
static const uint64_t dropout_streams = UINT64_C(1) << 62;

/* Rows for a batch: classes drawn evenly, or some of the given rows. */
static gn_var *draw_labels(const gn__inference *inference, const gn_standing_options *options, gn_random *random)
{
    const gn_real *given = gn_tensor_values(options->labels);
    const uint32_t rows = given == NULL ? 0 : (uint32_t)gn_tensor_shape(options->labels).size[0];
    gn_var *labels = given == NULL ? gn_full(inference->tape, GN_SHAPE(options->size), 0)
                                   : gn_full(inference->tape, GN_SHAPE(options->size, inference->condition_size), 0);
    for (int64_t i = 0; i < options->size && gn_tape_status(inference->tape) == GN_OK; i++) {
        if (given == NULL)
            gn_op_output(labels)[i] = (gn_real)gn_random_integer(random, (uint32_t)inference->condition_size);
        else
            memcpy(gn_op_output(labels) + i * inference->condition_size,
                   given + gn_random_integer(random, rows) * inference->condition_size,
                   (size_t)inference->condition_size * sizeof *given);
    }
    return given == NULL ? gn_one_hot(labels, inference->condition_size) : labels;
}

/* One batch of noise through the generator; its statistics go into the mean with those before. */
static gn_status accumulate_batch(const gn__inference *inference, const gn_standing_options *options, int index)
{
    gn_tape_reset(inference->tape);
    gn_tape_set_random(inference->tape,
                       (gn_random){.seed = options->seed, .stream = dropout_streams + (uint64_t)index});
    gn_random random = {.seed = options->seed, .stream = (uint64_t)index};
    gn_var *z = gn_full(inference->tape, GN_SHAPE(options->size, inference->latent.size), 0);
    if (gn_tape_status(inference->tape) != GN_OK)
        return gn_tape_status(inference->tape);
    gn__latent_fill(&inference->latent, 0, &random, options->size, gn_op_output(z));
    gn_var *labels = inference->condition_size > 0 ? draw_labels(inference, options, &random) : NULL;
    gn_module_set_statistics(inference->generator, GN_STATISTICS_BATCH);
    gn__apply_labelled(inference->generator, z, labels);
    if (gn_tape_status(inference->tape) == GN_OK)
        gn__batch_norm_accumulate(inference->generator, index);
    return gn_tape_status(inference->tape);
}

static gn_status check_labels(const gn__inference *inference, const gn_standing_options *options)
{
    const gn_shape shape = gn_tensor_shape(options->labels);
    char text[64];
    if (options->labels != NULL && inference->condition_size == 0)
        return gn_context_fail(gn_tape_context(inference->tape), GN_ERROR_ARGUMENT,
                               "standing statistics: labels are %s, but '%s' takes none, expected NULL",
                               gn_shape_text(shape, text, sizeof text), gn_module_name(inference->generator));
    if (options->labels == NULL || (shape.rank == 2 && shape.size[1] == inference->condition_size))
        return GN_OK;
    return gn_context_fail(gn_tape_context(inference->tape), GN_ERROR_SHAPE,
                           "standing statistics: labels are %s, expected rows [N,%lld]",
                           gn_shape_text(shape, text, sizeof text), (long long)inference->condition_size);
}

static gn_status fill_in(const gn__inference *inference, gn_standing_options *options)
{
    if (options->batches == 0)
        options->batches = 16;
    if (options->size == 0)
        options->size = 64;
    if (options->batches < 1 || options->size < 2 || options->size > 1 << 20)
        return gn_context_fail(gn_tape_context(inference->tape), GN_ERROR_ARGUMENT,
                               "standing statistics: batches is %d and size %lld, expected at least 1 and 2 to %d",
                               options->batches, (long long)options->size, 1 << 20);
    return check_labels(inference, options);
}

static gn_status estimate(gn__inference *inference, const gn_standing_options *options)
{
    gn_standing_options filled = {0};
    if (options != NULL)
        filled = *options;
    gn_status status = fill_in(inference, &filled);
    gn_module_set_training(inference->generator, true);
    for (int i = 0; i < filled.batches && status == GN_OK; i++)
        status = accumulate_batch(inference, &filled, i);
    gn__inference_close(inference);
    return status;
}

gn_status gn_gan_standing_statistics(gn_gan *gan, const gn_standing_options *options)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    if (gan->options.condition_size > 0 && (options == NULL || options->labels == NULL))
        return gn_context_fail(gan->context, GN_ERROR_UNSUPPORTED,
                               "standing statistics: conditions cannot be drawn (condition_size is %lld), expected "
                               "some as labels",
                               (long long)gan->options.condition_size);
    gn__inference inference;
    const gn_status status = gn__inference_of_game(&inference, gan, options != NULL && options->average,
                                                   "standing statistics");
    return status == GN_OK ? estimate(&inference, options) : status;
}

gn_status gn_generator_standing_statistics(gn_module *generator, int64_t condition_size, const gn_latent *latent,
                                           const gn_standing_options *options)
{
    gn__inference inference;
    const gn_status status = gn__inference_alone(&inference, generator, condition_size, latent,
                                                 options != NULL && options->average, "standing statistics");
    return status == GN_OK ? estimate(&inference, options) : status;
}
