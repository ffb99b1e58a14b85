/* SPDX-License-Identifier: MIT */
/* lib/metrics/modes.c - which modes of a mixture generated points have found. */
#include "metrics/rows.h"

#include <math.h>

/* What is to be reported of numbers of points by mode. */
static gn_mode_report summarise(const int64_t *counts, int64_t modes, int64_t points)
{
    int64_t counting = 0;
    gn_mode_report report = {0};
    for (int64_t k = 0; k < modes; k++) {
        counting += counts[k];
        report.modes += counts[k] > 0;
    }
    for (int64_t k = 0; k < modes; k++)
        if (counts[k] > 0) {
            const double share = (double)counts[k] / (double)counting;
            report.reverse_divergence += share * log(share * (double)modes);
        }
    report.high_quality = (double)counting / (double)points;
    if (counting == 0)
        report.reverse_divergence = NAN;
    return report;
}

/* The nearest centre, the first of equals, when it is nearer than the limit; -1 otherwise. */
static int64_t mode_of(const gn_real *point, const gn__rows *centres, double limit)
{
    int64_t best = -1;
    double nearest = INFINITY;
    for (int64_t k = 0; k < centres->count; k++) {
        double squares = 0;
        for (int64_t j = 0; j < centres->size; j++) {
            const double d = (double)point[j] - (double)centres->x[k * centres->size + j];
            squares += d * d;
        }
        if (squares < nearest) {
            nearest = squares;
            best = k;
        }
    }
    return sqrt(nearest) < limit ? best : -1;
}

gn_status gn_mixture_modes(const gn_tensor *points, const gn_tensor *centres, double deviation, gn_mode_report *report)
{
    gn__rows x, c;
    const gn_status status = gn__rows_open_two(&x, &c, "mixture modes", points, centres, 1, report);
    if (status != GN_OK)
        return status;
    if (!(deviation > 0 && isfinite(deviation)))
        return gn_context_fail(x.context, GN_ERROR_ARGUMENT, "mixture modes: deviation is %g, expected more than 0",
                               deviation);
    int64_t *counts = gn__new(x.context, (size_t)c.count * sizeof *counts);
    if (counts == NULL)
        return GN_ERROR_MEMORY;
    for (int64_t i = 0; i < x.count; i++) {
        const int64_t mode = mode_of(x.x + i * x.size, &c, 3 * deviation);
        if (mode >= 0)
            counts[mode]++;
    }
    *report = summarise(counts, c.count, x.count);
    gn__delete(x.context, counts, (size_t)c.count * sizeof *counts);
    return GN_OK;
}

gn_status gn_mode_histogram(const gn_tensor *numbers, int64_t modes, gn_mode_report *report)
{
    if (numbers == NULL)
        return GN_ERROR_ARGUMENT;
    gn_context *context = gn_tensor_context(numbers);
    if (modes < 1 || modes > 1 << 24)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "mode histogram: modes is %lld, expected 1 to %d",
                               (long long)modes, 1 << 24);
    const int64_t count = gn_tensor_count(numbers);
    gn_status status = gn__result_check(context, "mode histogram", report);
    if (status == GN_OK)
        status = gn__labels_check(context, "mode histogram", numbers, count, modes);
    if (status != GN_OK)
        return status;
    int64_t *counts = gn__new(context, (size_t)modes * sizeof *counts);
    if (counts == NULL)
        return GN_ERROR_MEMORY;
    for (int64_t i = 0; i < count; i++)
        counts[(int64_t)gn_tensor_values(numbers)[i]]++;
    *report = summarise(counts, modes, count);
    gn__delete(context, counts, (size_t)modes * sizeof *counts);
    return GN_OK;
}
