/* SPDX-License-Identifier: MIT */
/* lib/metrics/accuracy.c - how often a classifier agrees with labels. */
#include "metrics/rows.h"

#include <math.h>

static int64_t largest(const gn_real *logits, int64_t classes)
{
    int64_t best = 0;
    for (int64_t k = 1; k < classes; k++)
        if (logits[k] > logits[best])
            best = k;
    return best;
}

/* Rows of each class, and those of them that are taken for it. */
static int64_t count_right(const gn__rows *rows, const gn_real *labels, int64_t *all, int64_t *right)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < rows->count; i++) {
        const int64_t label = (int64_t)labels[i];
        const bool agrees = largest(rows->x + i * rows->size, rows->size) == label;
        all[label]++;
        right[label] += agrees;
        sum += agrees;
    }
    return sum;
}

gn_status gn_label_accuracy(const gn_tensor *logits, const gn_tensor *labels, double *accuracy, double *per_class)
{
    gn__rows rows;
    gn_status status = gn__rows_open(&rows, "label accuracy", "logits", logits, 1);
    if (status == GN_OK)
        status = gn__result_check(rows.context, "label accuracy", accuracy);
    if (status == GN_OK)
        status = gn__labels_check(rows.context, "label accuracy", labels, rows.count, rows.size);
    if (status != GN_OK)
        return status;
    const size_t size = 2 * (size_t)rows.size * sizeof(int64_t);
    int64_t *all = gn__new(rows.context, size), *right = all == NULL ? NULL : all + rows.size;
    if (all == NULL)
        return GN_ERROR_MEMORY;
    *accuracy = (double)count_right(&rows, gn_tensor_values(labels), all, right) / (double)rows.count;
    for (int64_t k = 0; k < rows.size && per_class != NULL; k++)
        per_class[k] = all[k] == 0 ? NAN : (double)right[k] / (double)all[k];
    gn__delete(rows.context, all, size);
    return GN_OK;
}
