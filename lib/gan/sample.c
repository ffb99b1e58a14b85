/* SPDX-License-Identifier: MIT */
/* lib/gan/sample.c - pictures from a trained generator. */
#include "gan/gan.h"
#include "nn/module.h"

#include <string.h>

/* Pictures that pass through the network at once: enough to keep the kernels busy, few enough to stay small. */
static const int64_t portion = 32;

static int64_t picture_count(int64_t classes, const gn_sample_options *options)
{
    if (options->labels != NULL)
        return gn_tensor_shape(options->labels).size[0];
    return options->per_class * (classes > 0 ? classes : 1);
}

/* Class numbers [N], or rows [N,K]. */
static gn_status check_labels(gn_context *context, int64_t classes, const gn_sample_options *options)
{
    const gn_shape shape = gn_tensor_shape(options->labels);
    char text[64];
    if (classes == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "sample: labels were given, but the generator is unconditional");
    if (options->per_class != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "sample: labels and per_class were both given");
    if (shape.rank != 1 && !(shape.rank == 2 && shape.size[1] == classes))
        return gn_context_fail(context, GN_ERROR_SHAPE, "sample: labels are %s, expected [N] or [N,%lld]",
                               gn_shape_text(shape, text, sizeof text), (long long)classes);
    return GN_OK;
}

static gn_status check_noise(gn_context *context, const gn_latent *latent, int64_t count,
                             const gn_sample_options *options)
{
    if (options->noise == NULL)
        return gn__latent_check_truncation(context, latent, options->truncation);
    const gn_shape shape = gn_tensor_shape(options->noise);
    char text[64];
    if (options->truncation != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "sample: noise and truncation were both given");
    if (!gn_shape_equal(shape, GN_SHAPE(count, latent->size)))
        return gn_context_fail(context, GN_ERROR_SHAPE, "sample: noise is %s, expected [%lld,%lld]",
                               gn_shape_text(shape, text, sizeof text), (long long)count, (long long)latent->size);
    return GN_OK;
}

static gn_status check(gn_context *context, const gn_module *generator, int64_t classes, const gn_latent *latent,
                       const gn_sample_options *options)
{
    if (generator == NULL || options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "sample: generator or options is NULL");
    const int64_t most = INT64_C(1) << 24;
    gn_status status = GN_OK;
    if (options->labels != NULL)
        status = check_labels(context, classes, options);
    else if (options->per_class < 1 || options->per_class > most / (classes > 0 ? classes : 1))
        status = gn_context_fail(context, GN_ERROR_ARGUMENT,
                                 "sample: per_class is %lld, expected at least 1 and at most %lld pictures",
                                 (long long)options->per_class, (long long)most);
    return status == GN_OK ? check_noise(context, latent, picture_count(classes, options), options) : status;
}

/* Each picture has a stream of its own, so it does not depend on how many are drawn with it. */
static gn_var *noise(gn_tape *tape, const gn_latent *latent, const gn_sample_options *options, int64_t first,
                     int64_t count)
{
    const gn_shape shape = GN_SHAPE(count, latent->size);
    if (options->noise != NULL)
        return gn_values(tape, shape, gn_tensor_values(options->noise) + first * latent->size);
    gn_var *z = gn_full(tape, shape, 0);
    for (int64_t i = 0; i < count && gn_tape_status(tape) == GN_OK; i++) {
        gn_random random = {.seed = options->seed, .stream = (uint64_t)(first + i)};
        gn__latent_fill_truncated(latent, options->truncation, &random, 1, gn_op_output(z) + i * latent->size);
    }
    return z;
}

/* Labels of pictures first .. first+count-1, as rows. */
static gn_var *labels_of(gn_tape *tape, int64_t classes, const gn_sample_options *options, int64_t first, int64_t count)
{
    const gn_real *given = gn_tensor_values(options->labels);
    if (given != NULL && gn_tensor_shape(options->labels).rank == 2)
        return gn_values(tape, GN_SHAPE(count, classes), given + first * classes);
    gn_var *labels = gn_full(tape, GN_SHAPE(count), 0);
    for (int64_t i = 0; i < count && gn_tape_status(tape) == GN_OK; i++)
        gn_op_output(labels)[i] = given != NULL ? given[first + i] : (gn_real)((first + i) / options->per_class);
    return gn_one_hot(labels, classes);
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

static gn_status draw(gn_tape *tape, gn_module *generator, int64_t classes, const gn_latent *latent,
                      const gn_sample_options *options, gn_tensor **all)
{
    const int64_t total = picture_count(classes, options);
    gn_status status = GN_OK;
    for (int64_t first = 0; first < total && status == GN_OK; first += portion) {
        const int64_t count = total - first < portion ? total - first : portion;
        gn_tape_reset(tape);
        gn_var *label = classes > 0 ? labels_of(tape, classes, options, first, count) : NULL;
        status = store(tape, gn__gan_apply(generator, noise(tape, latent, options, first, count), label), first,
                       count, total, all);
    }
    return status;
}

gn_tensor *gn__sample(gn_tape *tape, gn_module *generator, int64_t classes, const gn_latent *latent,
                      const gn_sample_options *options)
{
    gn_tensor *images = NULL;
    if (check(gn_tape_context(tape), generator, classes, latent, options) != GN_OK)
        return NULL;
    const bool recording = gn_tape_set_recording(tape, false);
    gn__module_keep_modes(generator);
    gn_module_set_training(generator, false);
    const gn_status status = draw(tape, generator, classes, latent, options, &images);
    gn__module_restore_modes(generator);
    gn_tape_reset(tape);
    gn_tape_set_recording(tape, recording);
    if (status == GN_OK)
        return images;
    gn_tensor_free(images);
    return NULL;
}

/* A condition comes from no class. */
static gn_status check_conditions(const gn_gan *gan, const gn_sample_options *options)
{
    if (gan->options.condition_size == 0 || options == NULL ||
        (options->labels != NULL && gn_tensor_shape(options->labels).rank == 2))
        return GN_OK;
    return gn_context_fail(gan->context, GN_ERROR_ARGUMENT, "sample: expected labels to be rows of conditions [N,%lld]",
                           (long long)gan->options.condition_size);
}

gn_tensor *gn_gan_sample(gn_gan *gan, const gn_sample_options *options)
{
    if (gan == NULL || check_conditions(gan, options) != GN_OK)
        return NULL;
    const bool average = options != NULL && options->average;
    if (average && gn__average_check(gan, "sample") != GN_OK)
        return NULL;
    if (average)
        gn__average_swap(gan);
    gn_tensor *images = gn__sample(gan->tape, gan->options.generator, gn__gan_label_size(&gan->options),
                                   &gan->options.latent, options);
    if (average)
        gn__average_swap(gan);
    return images;
}

gn_tensor *gn_generator_sample(gn_module *generator, int64_t classes, const gn_latent *latent,
                               const gn_sample_options *options)
{
    gn_context *context = gn_module_context(generator);
    if (context == NULL || latent == NULL) {
        gn_context_fail(context, GN_ERROR_ARGUMENT, "sample: the latent is NULL");
        return NULL;
    }
    if (options != NULL && options->average) {
        gn_context_fail(context, GN_ERROR_STATE, "sample: '%s' stands alone, without a running average",
                        gn_module_name(generator));
        return NULL;
    }
    if (classes < 0) {
        gn_context_fail(context, GN_ERROR_ARGUMENT, "sample: classes is %lld, expected at least 0", (long long)classes);
        return NULL;
    }
    gn_latent filled = *latent;
    gn_tape *tape = gn__latent_check(context, &filled) == GN_OK ? gn_tape_new(context) : NULL;
    gn_tensor *images = tape == NULL ? NULL : gn__sample(tape, generator, classes, &filled, options);
    gn_tape_free(tape);
    return images;
}
