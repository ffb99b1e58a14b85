/* SPDX-License-Identifier: MIT */
/* lib/gan/batch.c - whether a step can be made with the batch that it is given. */
#include "autodiff/finite.h"
#include "core/tensor.h"
#include "gan/gan.h"

static gn_status check_labels(const gn_gan *gan, const gn_batch *batch, int64_t count)
{
    const int64_t classes = gan->options.classes;
    char text[64];
    if (batch->labels == NULL || !gn_shape_equal(gn_tensor_shape(batch->labels), GN_SHAPE(count)))
        return gn_context_fail(gan->context, GN_ERROR_SHAPE, "gan: the batch's labels are %s, expected [%lld]",
                               batch->labels == NULL ? "NULL"
                                                     : gn_shape_text(gn_tensor_shape(batch->labels), text, sizeof text),
                               (long long)count);
    const gn_real *labels = gn_tensor_values(batch->labels);
    const int64_t bad = gn__first_not_index(labels, count, classes);
    return bad < 0 ? GN_OK
                   : gn_context_fail(gan->context, GN_ERROR_ARGUMENT,
                                     "gan: label %lld of the batch is %.9g, expected a whole number from 0 to %lld",
                                     (long long)bad, (double)labels[bad], (long long)classes - 1);
}

static gn_status check_conditions(const gn_gan *gan, const gn_batch *batch, int64_t count)
{
    const int64_t size = gan->options.condition_size;
    char text[64] = "NULL";
    if (batch->conditions != NULL && gn_shape_equal(gn_tensor_shape(batch->conditions), GN_SHAPE(count, size)))
        return gn__check_finite(gan->context, batch->conditions, "gan", "the batch's conditions");
    if (batch->conditions != NULL)
        gn_shape_text(gn_tensor_shape(batch->conditions), text, sizeof text);
    return gn_context_fail(gan->context, GN_ERROR_SHAPE, "gan: the batch's conditions are %s, expected [%lld,%lld]",
                           text, (long long)count, (long long)size);
}

static gn_status check_images(const gn_gan *gan, const gn_batch *batch)
{
    if (batch == NULL)
        return gn__context_fail_null(gan->context, "gan: the batch");
    if (batch->images == NULL)
        return gn_context_fail(gan->context, GN_ERROR_ARGUMENT, "gan: the batch's images are NULL");
    const gn_shape images = gn_tensor_shape(batch->images);
    if (images.rank < 2)
        return gn_context_fail(gan->context, GN_ERROR_SHAPE,
                               "gan: the batch's images have rank %d, expected at least 2", images.rank);
    if (batch->size != 0 && batch->size != images.size[0])
        return gn_context_fail(gan->context, GN_ERROR_SHAPE, "gan: the batch's size is %lld, but it has %lld images",
                               (long long)batch->size, (long long)images.size[0]);
    const int64_t share = (int64_t)gan->options.packing * gan->options.accumulation;
    if (images.size[0] % share != 0)
        return gn_context_fail(gan->context, GN_ERROR_SHAPE,
                               "gan: a batch of %lld images, expected a multiple of packing x accumulation = %lld",
                               (long long)images.size[0], (long long)share);
    return GN_OK;
}

/* Are there two conditions for each part of the batch, where each picture needs another's, too? */
static gn_status check_others(const gn_gan *gan, int64_t count)
{
    const gn_gan_options *o = &gan->options;
    const bool needs_another = o->interpolation > 0 || (o->pairs.real_wrong > 0 && o->condition_size > 0);
    if (needs_another && count < 2 * o->accumulation)
        return gn_context_fail(
            gan->context, GN_ERROR_SHAPE,
            "gan: a batch of %lld images has no other condition for each in its part (pairs.real_wrong, "
            "interpolation), expected at least %d",
            (long long)count, 2 * o->accumulation);
    return GN_OK;
}

/* One NaN in the data would reach every weight, and the running averages before any loss is looked at. */
gn_status gn__gan_check_batch(const gn_gan *gan, const gn_batch *batch)
{
    gn_status status = check_images(gan, batch);
    const int64_t count = status == GN_OK ? gn_tensor_shape(batch->images).size[0] : 0;
    if (status == GN_OK)
        status = check_others(gan, count);
    if (status == GN_OK && gan->options.classes > 0)
        status = check_labels(gan, batch, count);
    if (status == GN_OK && gan->options.condition_size > 0)
        status = check_conditions(gan, batch, count);
    return status == GN_OK ? gn__check_finite(gan->context, batch->images, "gan", "the batch's images") : status;
}
