/* SPDX-License-Identifier: MIT */
/* lib/metrics/rows.c - what the metrics are given: tensors of rows and labels, checked. */
#include "metrics/rows.h"

#include "autodiff/finite.h"
#include "core/tensor.h"

enum { MAX_CLASSES = 1 << 24 }; /* beyond, floats leave out whole numbers */

gn_status gn__rows_open(gn__rows *rows, const char *metric, const char *what, const gn_tensor *tensor, int64_t least)
{
    if (tensor == NULL)
        return GN_ERROR_ARGUMENT;
    const gn_shape shape = gn_tensor_shape(tensor);
    gn_context *context = gn_tensor_context(tensor);
    char text[64];
    if (shape.rank != 2 || shape.size[0] < least)
        return gn_context_fail(context, GN_ERROR_SHAPE, "%s: %s is %s, expected rank 2 and at least %lld rows", metric,
                               what, gn_shape_text(shape, text, sizeof text), (long long)least);
    *rows = (gn__rows){context, gn_tensor_values(tensor), shape.size[0], shape.size[1]};
    return gn__check_finite(context, tensor, metric, what);
}

gn_status gn__rows_open_two(gn__rows *a, gn__rows *b, const char *metric, const gn_tensor *first,
                            const gn_tensor *second, int64_t least, const void *result)
{
    gn_status status = gn__rows_open(a, metric, "the first set", first, least);
    if (status == GN_OK)
        status = gn__result_check(a->context, metric, result);
    if (status == GN_OK && second == NULL)
        status = gn_context_fail(a->context, GN_ERROR_ARGUMENT, "%s: the second set is NULL", metric);
    if (status == GN_OK)
        status = gn__rows_open(b, metric, "the second set", second, least);
    if (status == GN_OK && a->size != b->size)
        status = gn_context_fail(a->context, GN_ERROR_SHAPE,
                                 "%s: rows of %lld numbers in the first set, %lld in the second", metric,
                                 (long long)a->size, (long long)b->size);
    return status;
}

gn_status gn__result_check(gn_context *context, const char *metric, const void *result)
{
    return result != NULL ? GN_OK
                          : gn_context_fail(context, GN_ERROR_ARGUMENT, "%s: where to put the result is NULL", metric);
}

gn_status gn__labels_check(gn_context *context, const char *metric, const gn_tensor *labels, int64_t count,
                           int64_t classes)
{
    if (labels == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s: the labels are NULL", metric);
    const gn_real *x = gn_tensor_values(labels);
    if (gn_tensor_count(labels) != count)
        return gn_context_fail(context, GN_ERROR_SHAPE, "%s: %lld rows but %lld labels", metric, (long long)count,
                               (long long)gn_tensor_count(labels));
    const int64_t bound = classes > 0 ? classes : MAX_CLASSES, bad = gn__first_not_index(x, count, bound);
    return bad < 0 ? GN_OK
                   : gn_context_fail(context, GN_ERROR_ARGUMENT,
                                     "%s: label %lld is %.9g, expected a whole number from 0 to %lld", metric,
                                     (long long)bad, (double)x[bad], (long long)bound - 1);
}
