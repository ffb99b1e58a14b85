/* SPDX-License-Identifier: MIT */
/* lib/data/dataset.c - a data set: a source of images, and gathering many of them at once. */
#include "data/dataset.h"

#include "core/context.h"

static gn_status check_source(gn_context *context, const gn_dataset_source *source)
{
    if (source->item == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "data set: the source has no item function");
    if (source->count < 1 || source->count > INT32_MAX || source->classes < 1)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "data set: %lld images of %d classes, expected 1 to 2^31-1 and at least 1",
                               (long long)source->count, source->classes);
    if (gn_shape_count(GN_SHAPE(source->height, source->width, source->channels)) == 0)
        return gn_context_fail(context, GN_ERROR_SHAPE,
                               "data set: images of %lldx%lldx%lld, expected at least 1 each and at most 2^40 numbers",
                               (long long)source->height, (long long)source->width, (long long)source->channels);
    return GN_OK;
}

gn_dataset *gn_dataset_new(gn_context *context, const gn_dataset_source *source)
{
    if (source == NULL)
        return gn__fail(context, GN_ERROR_ARGUMENT, "data set: the source is NULL");
    const bool right = context != NULL && check_source(context, source) == GN_OK;
    gn_dataset *dataset = right ? gn__new(context, sizeof *dataset) : NULL;
    if (dataset == NULL) {
        if (source->free_user != NULL)
            source->free_user(context, source->user);
        return NULL;
    }
    *dataset = (gn_dataset){.context = context, .source = *source, .holders = 1};
    return dataset;
}

void gn_dataset_free(gn_dataset *dataset)
{
    if (dataset == NULL || --dataset->holders > 0)
        return;
    if (dataset->source.free_user != NULL)
        dataset->source.free_user(dataset->context, dataset->source.user);
    gn__delete(dataset->context, dataset, sizeof *dataset);
}

gn_context *gn_dataset_context(const gn_dataset *dataset)
{
    return dataset == NULL ? NULL : dataset->context;
}

int64_t gn_dataset_count(const gn_dataset *dataset)
{
    return dataset == NULL ? 0 : dataset->source.count;
}

gn_shape gn_dataset_image_shape(const gn_dataset *dataset)
{
    if (dataset == NULL)
        return (gn_shape){.rank = 0};
    return GN_SHAPE(dataset->source.height, dataset->source.width, dataset->source.channels);
}

int gn_dataset_classes(const gn_dataset *dataset)
{
    return dataset == NULL ? 0 : dataset->source.classes;
}

const char *gn_dataset_class_name(const gn_dataset *dataset, int label)
{
    if (dataset == NULL || dataset->source.class_name == NULL || label < 0 || label >= dataset->source.classes)
        return NULL;
    return dataset->source.class_name(dataset->source.user, label);
}

/* --- gathering ---------------------------------------------------------------------------------------------------- */

enum { IMAGES_PER_TILE = 4, PLACE_SHIFT = 33, LABEL_SHIFT = 32 };

static int64_t index_at(const gn__gathering *g, int64_t place)
{
    return g->order != NULL ? (int64_t)g->order[g->start + place] : g->start + place;
}

static void note_failure(gn__gathering *g, int64_t place, bool of_label, int number)
{
    const uint64_t failure = (uint64_t)place << PLACE_SHIFT | (uint64_t)of_label << LABEL_SHIFT | (uint32_t)number;
    uint64_t first = atomic_load(&g->failure);
    while (failure < first && !atomic_compare_exchange_weak(&g->failure, &first, failure))
        continue; /* defensive: another thread was quicker. */
}

static void gather_tile(void *argument, int64_t tile, int worker)
{
    (void)worker;
    gn__gathering *g = argument;
    const int64_t end = (tile + 1) * IMAGES_PER_TILE < g->count ? (tile + 1) * IMAGES_PER_TILE : g->count;
    for (int64_t i = tile * IMAGES_PER_TILE; i < end; i++) {
        int label = -1;
        const gn_status status = g->source->item(g->source->user, index_at(g, i), g->images + i * g->size, &label);
        if (status != GN_OK || label < 0 || label >= g->source->classes)
            note_failure(g, i, status == GN_OK, status == GN_OK ? label : (int)status);
        if (g->labels != NULL)
            g->labels[i] = (gn_real)label;
    }
}

gn__gathering gn__gathering_of(const gn_dataset *dataset, const uint32_t *order, int64_t start, gn_tensor *images,
                               gn_tensor *labels)
{
    const int64_t count = gn_tensor_shape(images).size[0];
    return (gn__gathering){.source = &dataset->source,
                           .order = order,
                           .start = start,
                           .count = count,
                           .size = gn_tensor_count(images) / count,
                           .images = gn_tensor_data(images),
                           .labels = gn_tensor_data(labels),
                           .failure = UINT64_MAX};
}

void gn__gather_alone(gn__gathering *g)
{
    for (int64_t tile = 0; tile * IMAGES_PER_TILE < g->count; tile++)
        gather_tile(g, tile, 0);
}

gn_status gn__gather_report(const gn_dataset *dataset, const gn__gathering *g)
{
    const uint64_t failure = atomic_load(&g->failure);
    if (failure == UINT64_MAX)
        return GN_OK;
    const long long index = (long long)index_at(g, (int64_t)(failure >> PLACE_SHIFT));
    const int number = (int)(int32_t)(uint32_t)failure;
    if ((failure >> LABEL_SHIFT & 1) != 0)
        return gn_context_fail(dataset->context, GN_ERROR_FORMAT, "data set: image %lld has label %d, expected 0 to %d",
                               index, number, g->source->classes - 1);
    if (number < 0 || number >= GN_STATUS_COUNT)
        return gn_context_fail(dataset->context, GN_ERROR_STATE,
                               "data set: image %lld: the item function answered %d, which is no gn_status", index,
                               number);
    const gn_status status = (gn_status)number;
    return gn_context_fail(dataset->context, status, "data set: image %lld: %s", index, gn_status_text(status));
}

static gn_status check_gather(const gn_dataset *dataset, const uint32_t *order, int64_t start, const gn_tensor *images,
                              const gn_tensor *labels)
{
    char found[64];
    const gn_dataset_source *s = &dataset->source;
    const int64_t count = images == NULL ? 0 : gn_tensor_shape(images).size[0];
    if (images == NULL || !gn_shape_equal(gn_tensor_shape(images), GN_SHAPE(count, s->height, s->width, s->channels)))
        return gn_context_fail(dataset->context, GN_ERROR_SHAPE,
                               "data set: the images' tensor is %s, expected [N,%lld,%lld,%lld]",
                               images == NULL ? "NULL" : gn_shape_text(gn_tensor_shape(images), found, sizeof found),
                               (long long)s->height, (long long)s->width, (long long)s->channels);
    if (labels != NULL && !gn_shape_equal(gn_tensor_shape(labels), GN_SHAPE(count)))
        return gn_context_fail(dataset->context, GN_ERROR_SHAPE, "data set: the labels' tensor is %s, expected [%lld]",
                               gn_shape_text(gn_tensor_shape(labels), found, sizeof found), (long long)count);
    if (start < 0 || count > s->count - start)
        return gn_context_fail(dataset->context, GN_ERROR_ARGUMENT, "data set: %lld images from %lld on, of %lld",
                               (long long)count, (long long)start, (long long)s->count);
    for (int64_t i = 0; order != NULL && i < count; i++)
        if (order[start + i] >= s->count)
            return gn_context_fail(dataset->context, GN_ERROR_ARGUMENT, "data set: image %lld of %lld was asked for",
                                   (long long)order[start + i], (long long)s->count);
    return GN_OK;
}

gn_status gn_dataset_gather(gn_dataset *dataset, const uint32_t *order, int64_t start, gn_tensor *images,
                            gn_tensor *labels)
{
    if (dataset == NULL)
        return GN_ERROR_ARGUMENT;
    const gn_status status = check_gather(dataset, order, start, images, labels);
    if (status != GN_OK)
        return status;
    gn__gathering g = gn__gathering_of(dataset, order, start, images, labels);
    dataset->holders++; /* an item may free it */
    gn__parallel_for(dataset->context->pool, (g.count + IMAGES_PER_TILE - 1) / IMAGES_PER_TILE, gather_tile, &g);
    const gn_status done = gn__gather_report(dataset, &g);
    gn_dataset_free(dataset);
    return done;
}
