/* SPDX-License-Identifier: MIT */
/* examples/common/estimate.h - the mean of a few runs, and how far it can be trusted. */
#ifndef EXAMPLES_ESTIMATE_H
#define EXAMPLES_ESTIMATE_H

#include <stddef.h>

/* Begin with all zeros. */
typedef struct estimate {
    size_t count, left_out;
    double mean, squares; /* squares: sum of squared differences from the mean (Welford 1962) */
} estimate;

void estimate_add(estimate *e, double value); /* what is not finite is counted as left out */

double estimate_mean(const estimate *e);  /* NaN without values */
double estimate_error(const estimate *e); /* standard error of the mean; NaN for fewer than two values */

/* Half the width of the 95 % confidence interval of the mean by Student's t; NaN for fewer than two values. */
double estimate_interval(const estimate *e);

enum { ESTIMATE_TEXT = 64 };

/* "mean ± interval" with so many decimals; of two values both, "a to b", because their interval says nothing; of one
 * itself; "-" for none. "(k of n)" follows when some were left out. Returns text. */
const char *estimate_text(const estimate *e, int decimals, char text[ESTIMATE_TEXT]);

#endif
