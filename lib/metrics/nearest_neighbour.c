/* SPDX-License-Identifier: MIT */
/* lib/metrics/nearest_neighbour.c - how often the nearest training picture has another label. */
#include "metrics/distances.h"

typedef struct search {
    const gn__distances *d;
    const gn_real *train_labels, *test_labels;
    bool wrong[GN__PORTION]; /* by row of the block */
} search;

static void judge_row(void *argument, int64_t row, int worker)
{
    search *s = argument;
    const gn_real *distances = s->d->block + row * s->d->b.rows.count;
    int64_t nearest = 0;
    (void)worker;
    for (int64_t j = 1; j < s->d->b.rows.count; j++)
        if (distances[j] < distances[nearest])
            nearest = j;
    s->wrong[row] = s->train_labels[nearest] != s->test_labels[s->d->first + row];
}

static gn_status count_wrong(const gn__rows *test, const gn__rows *train, search *s, int64_t *wrong)
{
    gn__distances d;
    s->d = &d;
    *wrong = 0;
    gn__distances_open(&d, "nearest neighbour error", test, train);
    while (gn__distances_next(&d)) {
        gn__distances_for_rows(&d, judge_row, s);
        for (int64_t row = 0; row < d.count; row++)
            *wrong += s->wrong[row];
    }
    return gn__distances_close(&d);
}

gn_status gn_nearest_neighbour_error(const gn_tensor *train, const gn_tensor *train_labels, const gn_tensor *test,
                                     const gn_tensor *test_labels, double *error)
{
    gn__rows a, b;
    gn_status status = gn__rows_open_two(&b, &a, "nearest neighbour error", train, test, 1, error);
    if (status == GN_OK)
        status = gn__labels_check(b.context, "nearest neighbour error (train)", train_labels, b.count, 0);
    if (status == GN_OK)
        status = gn__labels_check(b.context, "nearest neighbour error (test)", test_labels, a.count, 0);
    if (status != GN_OK)
        return status;
    search s = {.train_labels = gn_tensor_values(train_labels), .test_labels = gn_tensor_values(test_labels)};
    int64_t wrong;
    status = count_wrong(&a, &b, &s, &wrong);
    if (status == GN_OK)
        *error = (double)wrong / (double)a.count;
    return status;
}
