/* SPDX-License-Identifier: MIT */
/* lib/metrics/parzen.c - log-likelihood under a Parzen window (Breuleux et al. 2011, as Goodfellow et al. 2014 used
 * it). */
#include "metrics/distances.h"

#include <math.h>

enum { WINDOWS = 10 };

typedef struct window {
    const gn__distances *d;
    double deviation;
    double *likelihoods; /* [rows of a], logarithms */
} window;

/* log mean_i exp(-|x - s_i|^2 / 2 s^2) - D log(s sqrt(2 pi)), the largest exponent taken out of the sum. */
static void find_likelihood(void *argument, int64_t row, int worker)
{
    window *w = argument;
    const int64_t count = w->d->b.rows.count;
    const gn_real *distances = w->d->block + row * count;
    const double scale = -0.5 / (w->deviation * w->deviation);
    gn_real nearest = distances[0];
    double sum = 0;
    (void)worker;
    for (int64_t j = 1; j < count; j++)
        nearest = distances[j] < nearest ? distances[j] : nearest;
    for (int64_t j = 0; j < count; j++)
        sum += exp(scale * ((double)distances[j] - (double)nearest));
    const double normal = (double)w->d->b.rows.size * (log(w->deviation) + 0.5 * log(2 * acos(-1.0)));
    w->likelihoods[w->d->first + row] = scale * (double)nearest + log(sum / (double)count) - normal;
}

/* Means over the rows, and their standard error, for one window after another. */
static gn_status measure(const gn__rows *samples, const gn__rows *rows, double deviation, gn_parzen_report *report)
{
    const size_t size = (size_t)rows->count * sizeof(double);
    gn__distances d;
    window w = {.d = &d, .deviation = deviation, .likelihoods = gn__new(rows->context, size)};
    if (w.likelihoods == NULL)
        return GN_ERROR_MEMORY;
    gn__distances_open(&d, "parzen log-likelihood", rows, samples);
    while (gn__distances_next(&d))
        gn__distances_for_rows(&d, find_likelihood, &w);
    const gn_status status = gn__distances_close(&d);
    double sum = 0, squares = 0;
    const double count = (double)rows->count;
    for (int64_t i = 0; i < rows->count && status == GN_OK; i++)
        sum += w.likelihoods[i];
    for (int64_t i = 0; i < rows->count && status == GN_OK; i++)
        squares += (w.likelihoods[i] - sum / count) * (w.likelihoods[i] - sum / count);
    *report = (gn_parzen_report){sum / count, sqrt(squares / count) / sqrt(count), deviation};
    gn__delete(rows->context, w.likelihoods, size);
    return status;
}

gn_status gn_parzen_log_likelihood(const gn_tensor *samples, const gn_tensor *validation, const gn_tensor *test,
                                   gn_parzen_report *report)
{
    gn__rows s, v, t;
    gn_status status = gn__rows_open_two(&s, &v, "parzen log-likelihood (validation)", samples, validation, 1, report);
    if (status == GN_OK)
        status = gn__rows_open_two(&s, &t, "parzen log-likelihood (test)", samples, test, 1, report);
    gn_parzen_report best = {.log_likelihood = -INFINITY}, found;
    for (int i = 0; i < WINDOWS && status == GN_OK; i++) {
        status = measure(&s, &v, pow(10, -1 + (double)i / (WINDOWS - 1)), &found);
        if (status == GN_OK && found.log_likelihood > best.log_likelihood)
            best = found;
    }
    if (status == GN_OK)
        status = measure(&s, &t, best.deviation, &found);
    if (status == GN_OK)
        *report = found;
    return status;
}
