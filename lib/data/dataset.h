/* SPDX-License-Identifier: MIT */
/* lib/data/dataset.h - the inside of a data set. */
#ifndef GN_DATA_DATASET_H
#define GN_DATA_DATASET_H

#include <gannet/data.h>

struct gn_dataset {
    gn_context *context;
    gn_dataset_source source;
};

#endif
