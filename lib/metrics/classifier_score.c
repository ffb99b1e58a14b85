/* SPDX-License-Identifier: MIT */
/* lib/metrics/classifier_score.c - how sure a classifier is of each picture, and how evenly its answers are spread. */
#include "metrics/rows.h"

#include <math.h>

static void softmax(const gn_real *logits, int64_t classes, double *p)
{
    double most = (double)logits[0], sum = 0;
    for (int64_t k = 1; k < classes; k++)
        most = fmax(most, (double)logits[k]);
    for (int64_t k = 0; k < classes; k++)
        sum += p[k] = exp((double)logits[k] - most);
    for (int64_t k = 0; k < classes; k++)
        p[k] /= sum;
}

/* exp(H(mean p) - mean H(p)), which is the mean divergence from the mean. work has room for two rows. */
static double score_of(const gn_real *logits, int64_t count, int64_t classes, double *work)
{
    double *p = work, *mean = work + classes, sum = 0;
    for (int64_t k = 0; k < classes; k++)
        mean[k] = 0;
    for (int64_t i = 0; i < count; i++) {
        softmax(logits + i * classes, classes, p);
        for (int64_t k = 0; k < classes; k++) {
            mean[k] += p[k] / (double)count;
            sum += p[k] > 0 ? p[k] * log(p[k]) / (double)count : 0;
        }
    }
    for (int64_t k = 0; k < classes; k++)
        sum -= mean[k] > 0 ? mean[k] * log(mean[k]) : 0;
    return exp(sum);
}

gn_status gn_classifier_score(const gn_tensor *logits, int splits, double *score, double *deviation)
{
    gn__rows rows;
    gn_status status = gn__rows_open(&rows, "classifier score", "logits", logits, 1);
    if (status == GN_OK)
        status = gn__result_check(rows.context, "classifier score", score);
    if (status != GN_OK)
        return status;
    if (splits < 1 || splits > rows.count)
        return gn_context_fail(rows.context, GN_ERROR_ARGUMENT, "classifier score: splits is %d, expected 1 to %lld",
                               splits, (long long)rows.count);
    const size_t size = 2 * (size_t)rows.size * sizeof(double);
    double *work = gn__new(rows.context, size), sum = 0, squares = 0;
    if (work == NULL)
        return GN_ERROR_MEMORY;
    for (int64_t i = 0; i < splits; i++) {
        const int64_t first = i * rows.count / splits, end = (i + 1) * rows.count / splits;
        const double part = score_of(rows.x + first * rows.size, end - first, rows.size, work);
        sum += part;
        squares += part * part;
    }
    gn__delete(rows.context, work, size);
    *score = sum / splits;
    if (deviation != NULL)
        *deviation = sqrt(fmax(squares / splits - *score * *score, 0));
    return GN_OK;
}
