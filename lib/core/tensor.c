/* SPDX-License-Identifier: MIT */
/* lib/core/tensor.c - shapes, and arrays that have one. */
#include "core/tensor.h"

#include "core/allocator.h"

#include <stdio.h>
#include <string.h>

static const int64_t most_elements = INT64_C(1) << 40;

int64_t gn_shape_count(gn_shape shape)
{
    if (shape.rank < 0 || shape.rank > GN_MAX_RANK)
        return 0;
    int64_t count = 1;
    for (int axis = 0; axis < shape.rank; axis++) {
        if (shape.size[axis] < 1 || shape.size[axis] > most_elements / count)
            return 0;
        count *= shape.size[axis];
    }
    return count;
}

bool gn_shape_equal(gn_shape a, gn_shape b)
{
    bool equal = a.rank == b.rank && a.rank >= 0 && a.rank <= GN_MAX_RANK;
    for (int axis = 0; equal && axis < a.rank; axis++)
        equal = a.size[axis] == b.size[axis];
    return equal;
}

const char *gn_shape_text(gn_shape shape, char *text, size_t size)
{
    size_t used = 0;
    if (size == 0)
        return text;
    text[0] = '\0';
    const int rank = shape.rank < 0 ? 0 : shape.rank > GN_MAX_RANK ? GN_MAX_RANK : shape.rank;
    for (int axis = 0; axis <= rank && used < size; axis++) {
        const char *before = axis == 0 ? "[" : axis < rank ? "," : "";
        const int written = axis < rank ? snprintf(text + used, size - used, "%s%lld", before, (long long)shape.size[axis])
                                        : snprintf(text + used, size - used, "%s]", before);
        used += written > 0 ? (size_t)written : 0;
    }
    return text;
}

gn_tensor *gn_tensor_new(gn_context *context, gn_shape shape)
{
    const int64_t count = gn_shape_count(shape);
    if (context == NULL)
        return NULL;
    if (count == 0) {
        char text[128];
        gn_context_fail(context, GN_ERROR_SHAPE, "tensor: shape %s of rank %d, expected rank 0 to %d and sizes of at least 1",
                        gn_shape_text(shape, text, sizeof text), shape.rank, GN_MAX_RANK);
        return NULL;
    }
    gn_tensor *tensor = gn__new(context, sizeof *tensor);
    if (tensor == NULL)
        return NULL;
    *tensor = (gn_tensor){.context = context, .shape = shape, .count = count};
    tensor->data = gn__new_aligned(context, (size_t)count * sizeof *tensor->data);
    if (tensor->data == NULL) {
        gn__delete(context, tensor, sizeof *tensor);
        return NULL;
    }
    memset(tensor->data, 0, (size_t)count * sizeof *tensor->data);
    return tensor;
}

gn_tensor *gn_tensor_from(gn_context *context, gn_shape shape, const gn_real *values)
{
    gn_tensor *tensor = gn_tensor_new(context, shape);
    if (tensor != NULL && values != NULL)
        memcpy(tensor->data, values, (size_t)tensor->count * sizeof *values);
    return tensor;
}

void gn_tensor_free(gn_tensor *tensor)
{
    if (tensor == NULL)
        return;
    gn__delete_aligned(tensor->context, tensor->data, (size_t)tensor->count * sizeof *tensor->data);
    gn__delete(tensor->context, tensor, sizeof *tensor);
}

gn_shape gn_tensor_shape(const gn_tensor *tensor)
{
    return tensor == NULL ? (gn_shape){.rank = 0} : tensor->shape;
}

int64_t gn_tensor_count(const gn_tensor *tensor)
{
    return tensor == NULL ? 0 : tensor->count;
}

gn_real *gn_tensor_data(gn_tensor *tensor)
{
    return tensor == NULL ? NULL : tensor->data;
}

const gn_real *gn_tensor_values(const gn_tensor *tensor)
{
    return tensor == NULL ? NULL : tensor->data;
}

gn_status gn_tensor_copy(gn_tensor *target, const gn_tensor *source)
{
    if (target == NULL || source == NULL)
        return GN_ERROR_ARGUMENT;
    if (!gn_shape_equal(target->shape, source->shape)) {
        char to[128], from[128];
        return gn_context_fail(target->context, GN_ERROR_SHAPE, "tensor copy: target %s, source %s",
                               gn_shape_text(target->shape, to, sizeof to), gn_shape_text(source->shape, from, sizeof from));
    }
    memcpy(target->data, source->data, (size_t)source->count * sizeof *source->data);
    return GN_OK;
}

gn_context *gn_tensor_context(const gn_tensor *tensor)
{
    return tensor == NULL ? NULL : tensor->context;
}
