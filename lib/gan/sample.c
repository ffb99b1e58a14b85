/* SPDX-License-Identifier: MIT */
/* lib/gan/sample.c - pictures from a trained generator. */
#include "gan/gan.h"
#include "nn/label.h"

#include <string.h>

/* Pictures that pass through the network at once: enough to keep the kernels busy, few enough to stay small. */
static const int64_t portion = 32;

static int64_t picture_count(const gn__inference *inference, const gn_sample_options *options)
{
    if (options->labels != NULL)
        return gn_tensor_shape(options->labels).size[0];
    return options->per_class * (inference->condition_size > 0 ? inference->condition_size : 1);
}

/* Class numbers [N], or rows [N,K]. */
static gn_status check_labels(const gn__inference *inference, const gn_sample_options *options)
{
    gn_context *context = gn_tape_context(inference->tape);
    const gn_shape shape = gn_tensor_shape(options->labels);
    char text[64];
    if (inference->condition_size == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "sample: labels were given, but the generator is unconditional");
    if (options->per_class != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "sample: labels and per_class were both given");
    if (shape.rank != 1 && !(shape.rank == 2 && shape.size[1] == inference->condition_size))
        return gn_context_fail(context, GN_ERROR_SHAPE, "sample: labels are %s, expected [N] or [N,%lld]",
                               gn_shape_text(shape, text, sizeof text), (long long)inference->condition_size);
    return GN_OK;
}

static gn_status check_noise(const gn__inference *inference, const gn_sample_options *options)
{
    gn_context *context = gn_tape_context(inference->tape);
    if (options->noise == NULL)
        return gn__latent_check_truncation(context, &inference->latent, options->truncation);
    const int64_t count = picture_count(inference, options);
    const gn_shape shape = gn_tensor_shape(options->noise), wanted = GN_SHAPE(count, inference->latent.size);
    char text[64], wanted_text[64];
    if (options->truncation != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "sample: noise and truncation were both given");
    if (!gn_shape_equal(shape, wanted))
        return gn_context_fail(context, GN_ERROR_SHAPE, "sample: noise is %s, expected %s",
                               gn_shape_text(shape, text, sizeof text),
                               gn_shape_text(wanted, wanted_text, sizeof wanted_text));
    return GN_OK;
}

static gn_status check(const gn__inference *inference, const gn_sample_options *options)
{
    const int64_t most = INT64_C(1) << 24, classes = inference->condition_size > 0 ? inference->condition_size : 1;
    gn_status status = GN_OK;
    if (options->labels != NULL)
        status = check_labels(inference, options);
    else if (options->per_class < 1 || options->per_class > most / classes)
        status = gn_context_fail(gn_tape_context(inference->tape), GN_ERROR_ARGUMENT,
                                 "sample: per_class is %lld, expected at least 1 and at most %lld pictures",
                                 (long long)options->per_class, (long long)most);
    return status == GN_OK ? check_noise(inference, options) : status;
}

static gn_var *noise(const gn__inference *inference, const gn_sample_options *options, int64_t first, int64_t count)
{
    gn_tape *tape = inference->tape;
    const int64_t size = inference->latent.size;
    if (options->noise != NULL)
        return gn_values(tape, GN_SHAPE(count, size), gn_tensor_values(options->noise) + first * size);
    gn_var *z = gn_full(tape, GN_SHAPE(count, size), 0);
    if (gn_tape_status(tape) == GN_OK)
        gn__latent_fill_each(&inference->latent, options->truncation, options->seed, first, count, gn_op_output(z));
    return z;
}

/* Labels of pictures first .. first+count-1, as rows; NULL for a generator that takes none. */
static gn_var *labels_of(const gn__inference *inference, const gn_sample_options *options, int64_t first, int64_t count)
{
    gn_tape *tape = inference->tape;
    const int64_t size = inference->condition_size;
    const gn_real *given = gn_tensor_values(options->labels);
    if (size == 0)
        return NULL;
    if (given != NULL && gn_tensor_shape(options->labels).rank == 2)
        return gn_values(tape, GN_SHAPE(count, size), given + first * size);
    gn_var *labels = gn_full(tape, GN_SHAPE(count), 0);
    for (int64_t i = 0; i < count && gn_tape_status(tape) == GN_OK; i++)
        gn_op_output(labels)[i] = given != NULL ? given[first + i] : (gn_real)((first + i) / options->per_class);
    return gn_one_hot(labels, size);
}

/* Puts count pictures in their place among all, which the first ones give its shape. */
static gn_status store(gn_tape *tape, const gn_var *images, int64_t first, int64_t count, int64_t total,
                       gn_tensor **all)
{
    if (gn_tape_status(tape) != GN_OK)
        return gn_tape_status(tape);
    gn_shape shape = gn_var_shape(images);
    const bool rows = shape.rank > 0 && shape.size[0] == count;
    const int64_t each = gn_shape_count(shape) / count;
    char text[64];
    if (!rows || (*all != NULL && each != gn_tensor_count(*all) / total))
        return gn_tape_fail(tape, GN_ERROR_SHAPE,
                            "sample: the generator gives %s for %lld pictures, expected [%lld,...]%s",
                            gn_shape_text(shape, text, sizeof text), (long long)count, (long long)count,
                            rows ? " as large as those before" : "");
    if (*all == NULL) {
        shape.size[0] = total;
        *all = gn_tensor_new(gn_tape_context(tape), shape);
    }
    if (*all == NULL)
        return GN_ERROR_MEMORY;
    memcpy(gn_tensor_data(*all) + first * each, gn_var_data(images), (size_t)(count * each) * sizeof(gn_real));
    return GN_OK;
}

static gn_tensor *draw(const gn__inference *inference, const gn_sample_options *options)
{
    gn_status status = check(inference, options);
    const int64_t total = status == GN_OK ? picture_count(inference, options) : 0;
    gn_tensor *all = NULL;
    gn_module_set_training(inference->generator, false);
    for (int64_t first = 0; first < total && status == GN_OK; first += portion) {
        const int64_t count = total - first < portion ? total - first : portion;
        gn_tape_reset(inference->tape);
        gn_var *labels = labels_of(inference, options, first, count);
        gn_var *images = gn__apply_labelled(inference->generator, noise(inference, options, first, count), labels);
        status = store(inference->tape, images, first, count, total, &all);
    }
    if (status == GN_OK)
        return all;
    gn_tensor_free(all);
    return NULL;
}

/* A condition comes from no class. */
static gn_status check_conditions(const gn_gan *gan, const gn_sample_options *options)
{
    const int64_t size = gan->options.condition_size;
    const gn_shape shape = gn_tensor_shape(options->labels);
    char text[64] = "NULL";
    if (size == 0 || (shape.rank == 2 && shape.size[1] == size))
        return GN_OK;
    if (options->labels != NULL)
        gn_shape_text(shape, text, sizeof text);
    return gn_context_fail(gan->context, GN_ERROR_ARGUMENT,
                           "sample: labels are %s, expected rows of conditions [N,%lld]", text, (long long)size);
}

gn_tensor *gn_gan_sample(gn_gan *gan, const gn_sample_options *options)
{
    gn__inference inference;
    if (gan == NULL)
        return NULL;
    if (options == NULL)
        return gn__fail(gan->context, GN_ERROR_ARGUMENT, "sample: the options are NULL");
    if (check_conditions(gan, options) != GN_OK ||
        gn__inference_of_game(&inference, gan, options->average, "sample") != GN_OK)
        return NULL;
    gn_tensor *images = draw(&inference, options);
    gn__inference_close(&inference);
    return images;
}

gn_tensor *gn_generator_sample(gn_module *generator, int64_t condition_size, const gn_latent *latent,
                               const gn_sample_options *options)
{
    gn__inference inference;
    if (options == NULL)
        return gn__fail(gn_module_context(generator), GN_ERROR_ARGUMENT, "sample: the options are NULL");
    if (gn__inference_alone(&inference, generator, condition_size, latent, options->average, "sample") != GN_OK)
        return NULL;
    gn_tensor *images = draw(&inference, options);
    gn__inference_close(&inference);
    return images;
}
