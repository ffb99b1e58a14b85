/* SPDX-License-Identifier: MIT */
/* lib/metrics/kernel_distance.c - the squared maximum mean discrepancy under a cubic kernel, unbiased. */
#include "metrics/distances.h"

typedef struct sums {
    const gn__distances *d;
    bool without_self;
    double sum[GN__PORTION]; /* by row of the block */
} sums;

static void add_row(void *argument, int64_t row, int worker)
{
    sums *s = argument;
    const int64_t i = s->d->first + row, count = s->d->b.rows.count;
    const gn_real *products = s->d->block + row * count;
    const double size = (double)s->d->b.rows.size, lift = s->d->a.lifts[i];
    (void)worker;
    s->sum[row] = 0;
    for (int64_t j = 0; j < count; j++) {
        const double k = ((double)products[j] + lift + s->d->b.lifts[j]) / size + 1;
        s->sum[row] += s->without_self && i == j ? 0 : k * k * k;
    }
}

/* The sum of the kernel over all pairs, or over all pairs of different rows. */
static gn_status kernel_sum(const gn__rows *a, const gn__rows *b, bool without_self, double *sum)
{
    gn__distances d;
    sums s = {.d = &d, .without_self = without_self};
    *sum = 0;
    gn__distances_open(&d, "kernel distance", a, b);
    while (gn__distances_next_products(&d)) {
        gn__distances_for_rows(&d, add_row, &s);
        for (int64_t row = 0; row < d.count; row++)
            *sum += s.sum[row];
    }
    return gn__distances_close(&d);
}

gn_status gn_kernel_distance(const gn_tensor *a, const gn_tensor *b, double *distance)
{
    gn__rows x, y;
    double within_x, within_y, across;
    gn_status status = gn__rows_open_two(&x, &y, "kernel distance", a, b, 2, distance);
    if (status == GN_OK)
        status = kernel_sum(&x, &x, true, &within_x);
    if (status == GN_OK)
        status = kernel_sum(&y, &y, true, &within_y);
    if (status == GN_OK)
        status = kernel_sum(&x, &y, false, &across);
    if (status != GN_OK)
        return status;
    const double n = (double)x.count, m = (double)y.count;
    *distance = within_x / (n * (n - 1)) + within_y / (m * (m - 1)) - 2 * across / (n * m);
    return GN_OK;
}
