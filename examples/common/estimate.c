/* SPDX-License-Identifier: MIT */
/* examples/common/estimate.c - the mean of a few runs, and how far it can be trusted. */
#include "common/estimate.h"

#include <math.h>
#include <stdio.h>

void estimate_add(estimate *e, double value)
{
    if (!isfinite(value)) {
        e->left_out++;
        return;
    }
    const double difference = value - e->mean;
    e->count++;
    e->mean += difference / (double)e->count;
    e->squares += difference * (value - e->mean);
}

double estimate_mean(const estimate *e)
{
    return e->count == 0 ? NAN : e->mean;
}

double estimate_error(const estimate *e)
{
    const double n = (double)e->count;
    return e->count < 2 ? NAN : sqrt(e->squares / (n - 1) / n);
}

double estimate_interval(const estimate *e)
{
    /* Student's t, 97.5 %, by degrees of freedom; beyond 20 the normal distribution's is near enough. */
    static const double t[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                               2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086};
    const size_t most = sizeof t / sizeof *t;
    if (e->count < 2)
        return NAN;
    return estimate_error(e) * (e->count - 1 <= most ? t[e->count - 2] : 1.96);
}

const char *estimate_text(const estimate *e, int decimals, char text[ESTIMATE_TEXT])
{
    const double half = sqrt(e->squares / 2); /* of the difference of two values */
    int length = 0;
    if (e->count == 0)
        length = snprintf(text, ESTIMATE_TEXT, "-");
    else if (e->count == 1)
        length = snprintf(text, ESTIMATE_TEXT, "%.*f", decimals, e->mean);
    else if (e->count == 2)
        length = snprintf(text, ESTIMATE_TEXT, "%.*f to %.*f", decimals, e->mean - half, decimals, e->mean + half);
    else
        length = snprintf(text, ESTIMATE_TEXT, "%.*f ± %.*f", decimals, e->mean, decimals, estimate_interval(e));
    if (e->count > 0 && e->left_out > 0 && length < ESTIMATE_TEXT)
        snprintf(text + length, (size_t)(ESTIMATE_TEXT - length), " (%zu of %zu)", e->count, e->count + e->left_out);
    return text;
}
