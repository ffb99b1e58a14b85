/* SPDX-License-Identifier: MIT */
/* lib/metrics/rows.h - what the metrics are given: tensors of rows and labels, checked. */
#ifndef GN_METRICS_ROWS_H
#define GN_METRICS_ROWS_H

#include "core/context.h"

#include <gannet/metrics.h>

/* Elements of a tensor [count,size]. */
typedef struct gn__rows {
    gn_context *context;
    const gn_real *x;
    int64_t count, size;
} gn__rows;

/* Takes a tensor of rank 2 with finite elements and at least `least` rows; what names it in messages ("samples"). */
gn_status gn__rows_open(gn__rows *rows, const char *metric, const char *what, const gn_tensor *tensor, int64_t least);

/* Takes two with rows of the same size; result is where the metric goes. */
gn_status gn__rows_open_two(gn__rows *a, gn__rows *b, const char *metric, const gn_tensor *first,
                            const gn_tensor *second, int64_t least, const void *result);

/* Fails when the metric has nowhere to go. */
gn_status gn__result_check(gn_context *context, const char *metric, const void *result);

/* Are labels [count] whole numbers from 0 to classes - 1 (classes 0: any whole number from 0)? */
gn_status gn__labels_check(gn_context *context, const char *metric, const gn_tensor *labels, int64_t count,
                           int64_t classes);

#endif
