/* SPDX-License-Identifier: MIT */
/* lib/data/batches.c - batches in an order that is a function of (seed, epoch). */
#include "core/context.h"
#include "core/tensor.h"
#include "data/dataset.h"
#include "data/prefetch.h"

#include <stdatomic.h>

/* Room for a batch. */
typedef struct room {
    gn_tensor *images, *labels;           /* of a full batch */
    gn_tensor *last_images, *last_labels; /* of the smaller one at the end of an epoch */
} room;

struct gn_batches {
    gn_context *context;
    gn_dataset *dataset;
    gn_batches_options options;
    int64_t position;    /* batches given so far: all the state there is */
    int64_t order_epoch; /* the epoch that order is of; -1: none yet */
    uint32_t *order;     /* [images in an epoch]; NULL when they come as they stand */
    gn_batch batch;
    room rooms[2]; /* the second is for the batch that is fetched ahead */
    int current;
    gn__prefetch *prefetch; /* NULL: batches are gathered when they are asked for */
    int64_t fetched;        /* the position of the batch that is fetched into the other room; -1: none */
    atomic_bool gathering;  /* the next batch is being gathered: its items must not ask for it */
};

/* The orders' streams, apart from those that other users of the same seed draw from. */
static const uint64_t order_streams = UINT64_C(0xBA7C) << 48;

static int64_t images_in_epoch(const gn_batches *batches)
{
    return batches->options.count;
}

static gn_status make_tensors(gn_batches *batches, int64_t size, gn_tensor **images, gn_tensor **labels)
{
    const gn_dataset_source *s = &batches->dataset->source;
    *images = gn__tensor_new_owned(batches->context, GN_SHAPE(size, s->height, s->width, s->channels));
    *labels = gn__tensor_new_owned(batches->context, GN_SHAPE(size));
    return *images != NULL && *labels != NULL ? GN_OK : gn_context_status(batches->context);
}

static gn_status make_room(gn_batches *batches, room *r)
{
    const int64_t count = images_in_epoch(batches), size = batches->options.size;
    gn_status status = make_tensors(batches, size, &r->images, &r->labels);
    if (status == GN_OK && batches->options.keep_last && count % size != 0)
        status = make_tensors(batches, count % size, &r->last_images, &r->last_labels);
    return status;
}

static void free_room(room *r)
{
    gn__tensor_delete(r->images);
    gn__tensor_delete(r->labels);
    gn__tensor_delete(r->last_images);
    gn__tensor_delete(r->last_labels);
}

static gn_status make_prefetch(gn_batches *batches)
{
    const gn_status status = make_room(batches, &batches->rooms[1]);
    if (status == GN_OK)
        batches->prefetch = gn__prefetch_new(batches->dataset);
    return batches->prefetch == NULL ? gn_context_status(batches->context) : GN_OK;
}

/* All memory is taken here: an epoch's end must not cost an allocation. */
static gn_status fill(gn_batches *batches)
{
    gn_status status = make_room(batches, &batches->rooms[0]);
    if (status == GN_OK && batches->options.prefetch)
        status = make_prefetch(batches);
    if (status != GN_OK || batches->options.in_order)
        return status;
    batches->order = gn__new(batches->context, (size_t)images_in_epoch(batches) * sizeof *batches->order);
    return batches->order != NULL ? GN_OK : GN_ERROR_MEMORY;
}

/* Fills in how many images an epoch has. */
static gn_status check_options(const gn_dataset *dataset, gn_batches_options *options)
{
    const int64_t all = dataset->source.count;
    if (options->count == 0)
        options->count = all;
    if (options->count < 1 || options->count > all)
        return gn_context_fail(dataset->context, GN_ERROR_ARGUMENT,
                               "batches: count is %lld, expected 1 to the data set's %lld", (long long)options->count,
                               (long long)all);
    if (options->size < 1 || options->size > options->count)
        return gn_context_fail(dataset->context, GN_ERROR_ARGUMENT,
                               "batches: size is %lld, expected 1 to the %lld images of an epoch",
                               (long long)options->size, (long long)options->count);
    return GN_OK;
}

gn_batches *gn_batches_new(gn_dataset *dataset, const gn_batches_options *options)
{
    if (dataset == NULL)
        return NULL;
    if (options == NULL)
        return gn__fail(dataset->context, GN_ERROR_ARGUMENT, "batches: options are NULL, expected at least a size");
    gn_batches_options filled = *options;
    if (check_options(dataset, &filled) != GN_OK)
        return NULL;
    gn_batches *batches = gn__new(dataset->context, sizeof *batches);
    if (batches == NULL)
        return NULL;
    *batches = (gn_batches){
        .context = dataset->context, .dataset = dataset, .options = filled, .order_epoch = -1, .fetched = -1};
    dataset->holders++;
    if (fill(batches) == GN_OK)
        return batches;
    gn_batches_free(batches);
    return NULL;
}

/* Is this asked by an item that the batches wait for, on whatever thread? If not, they wait from now on. */
static bool asked_from_within(gn_batches *batches)
{
    return gn__prefetch_is_caller(batches->prefetch) || atomic_exchange(&batches->gathering, true);
}

void gn_batches_free(gn_batches *batches)
{
    if (batches == NULL || asked_from_within(batches))
        return;
    gn__prefetch_free(batches->prefetch);
    for (int i = 0; i < 2; i++)
        free_room(&batches->rooms[i]);
    gn__delete(batches->context, batches->order, (size_t)images_in_epoch(batches) * sizeof *batches->order);
    gn_dataset_free(batches->dataset);
    gn__delete(batches->context, batches, sizeof *batches);
}

int64_t gn_batches_per_epoch(const gn_batches *batches)
{
    if (batches == NULL)
        return 0;
    const int64_t count = images_in_epoch(batches), size = batches->options.size;
    return batches->options.keep_last ? (count + size - 1) / size : count / size;
}

int64_t gn_batches_position(const gn_batches *batches)
{
    return batches == NULL ? 0 : batches->position;
}

void gn_batches_set_position(gn_batches *batches, int64_t position)
{
    if (batches != NULL && position >= 0 && position <= INT64_MAX / 2)
        batches->position = position;
}

static void prepare_order(gn_batches *batches, int64_t epoch)
{
    if (batches->order == NULL || batches->order_epoch == epoch)
        return;
    gn_random random = {.seed = batches->options.seed, .stream = order_streams + (uint64_t)epoch};
    gn_random_permutation(&random, batches->order, (uint32_t)images_in_epoch(batches));
    batches->order_epoch = epoch;
}

/* Where the batch at a position begins in its epoch, and the tensors of a room that it fits. */
typedef struct place {
    int64_t epoch, start;
    gn_tensor *images, *labels;
} place;

static place place_of(const gn_batches *batches, int64_t position, const room *r)
{
    const int64_t per_epoch = gn_batches_per_epoch(batches), size = batches->options.size;
    const int64_t start = position % per_epoch * size;
    const bool whole = start + size <= images_in_epoch(batches);
    return (place){position / per_epoch, start, whole ? r->images : r->last_images, whole ? r->labels : r->last_labels};
}

/* What was fetched is not what is asked for after set_position. */
static gn_status take(gn_batches *batches, place *at)
{
    const bool fetched = batches->prefetch != NULL && batches->fetched == batches->position;
    if (batches->prefetch != NULL && !fetched)
        gn__prefetch_cancel(batches->prefetch);
    batches->fetched = -1;
    if (fetched)
        batches->current = 1 - batches->current;
    *at = place_of(batches, batches->position, &batches->rooms[batches->current]);
    if (fetched)
        return gn__prefetch_end(batches->prefetch);
    prepare_order(batches, at->epoch);
    return gn_dataset_gather(batches->dataset, batches->order, at->start, at->images, at->labels);
}

static void fetch_next(gn_batches *batches)
{
    const place at = place_of(batches, batches->position, &batches->rooms[1 - batches->current]);
    prepare_order(batches, at.epoch);
    batches->fetched = batches->position;
    gn__prefetch_begin(batches->prefetch, batches->order, at.start, at.images, at.labels);
}

const gn_batch *gn_batches_next(gn_batches *batches)
{
    place at;
    if (batches == NULL || asked_from_within(batches))
        return NULL;
    const gn_status status = take(batches, &at);
    atomic_store(&batches->gathering, false);
    if (status != GN_OK)
        return NULL;
    batches->position++;
    batches->batch = (gn_batch){.images = at.images, .labels = at.labels, .size = gn_tensor_count(at.labels)};
    if (batches->prefetch != NULL)
        fetch_next(batches);
    return &batches->batch;
}
