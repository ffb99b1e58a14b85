/* SPDX-License-Identifier: MIT */
/* lib/metrics/diversity.c - how much the pictures of one class differ. */
#include "metrics/distances.h"

#include <math.h>

typedef struct sums {
    const gn__distances *d;
    const gn_real *labels;   /* NULL: all rows are alike */
    double sum[GN__PORTION]; /* of distances, by row of the block */
    int64_t pairs[GN__PORTION];
} sums;

static void add_row(void *argument, int64_t row, int worker)
{
    sums *s = argument;
    const int64_t i = s->d->first + row, count = s->d->b.rows.count;
    const gn_real *distances = s->d->block + row * count;
    (void)worker;
    s->sum[row] = 0;
    s->pairs[row] = 0;
    for (int64_t j = 0; j < count; j++)
        if (j != i && (s->labels == NULL || s->labels[i] == s->labels[j])) {
            s->sum[row] += sqrt((double)distances[j]);
            s->pairs[row]++;
        }
}

static gn_status measure(const gn__rows *rows, const gn_real *labels, double *diversity)
{
    gn__distances d;
    sums s = {.d = &d, .labels = labels};
    double sum = 0;
    int64_t pairs = 0;
    gn__distances_open(&d, "diversity", rows, rows);
    while (gn__distances_next(&d)) {
        gn__distances_for_rows(&d, add_row, &s);
        for (int64_t row = 0; row < d.count; row++) {
            sum += s.sum[row];
            pairs += s.pairs[row];
        }
    }
    const gn_status status = gn__distances_close(&d);
    if (status == GN_OK && pairs == 0)
        return gn_context_fail(rows->context, GN_ERROR_ARGUMENT, "diversity: no label has two rows");
    if (status == GN_OK)
        *diversity = sum / (double)pairs;
    return status;
}

gn_status gn_diversity(const gn_tensor *features, const gn_tensor *labels, double *diversity)
{
    gn__rows rows;
    gn_status status = gn__rows_open(&rows, "diversity", "features", features, 1);
    if (status == GN_OK)
        status = gn__result_check(rows.context, "diversity", diversity);
    if (status == GN_OK && labels != NULL)
        status = gn__labels_check(rows.context, "diversity", labels, rows.count, 0);
    return status == GN_OK ? measure(&rows, gn_tensor_values(labels), diversity) : status;
}
