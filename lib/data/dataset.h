/* SPDX-License-Identifier: MIT */
/* lib/data/dataset.h - the inside of a data set. */
#ifndef GN_DATA_DATASET_H
#define GN_DATA_DATASET_H

#include <gannet/data.h>
#include <stdatomic.h>

struct gn_dataset {
    gn_context *context;
    gn_dataset_source source;
    int holders; /* its owner until gn_dataset_free, and the batches made of it */
};

/* Images on their way into tensors. */
typedef struct gn__gathering {
    const gn_dataset_source *source;
    const uint32_t *order;
    int64_t start, count, size; /* size: numbers in an image */
    gn_real *images, *labels;

    /* The first image that failed, whichever thread had it: its place, then whether it is the label that is wrong, then
     * (in 32 bits) the label or what was answered. */
    _Atomic uint64_t failure;
} gn__gathering;

/* Of arguments that gn_dataset_gather would accept. */
gn__gathering gn__gathering_of(const gn_dataset *dataset, const uint32_t *order, int64_t start, gn_tensor *images,
                               gn_tensor *labels);

/* Gathers all on the calling thread. */
void gn__gather_alone(gn__gathering *g);

/* Tells of the first failure. */
gn_status gn__gather_report(const gn_dataset *dataset, const gn__gathering *g);

#endif
