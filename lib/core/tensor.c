/* SPDX-License-Identifier: MIT */
/* lib/core/tensor.c - shapes, and arrays that have one. */
#include "core/tensor.h"

#include "core/allocator.h"
#include "core/context.h"

#include <stdio.h>
#include <string.h>

/* 2^40, or fewer where addresses are short: the bytes of a tensor can always be counted in a size_t. */
static const int64_t max_elements = SIZE_MAX / 8 < UINT64_C(1) << 40 ? SIZE_MAX / 8 : INT64_C(1) << 40;

int64_t gn_shape_count(gn_shape shape)
{
    if (shape.rank < 0 || shape.rank > GN_MAX_RANK)
        return 0;
    int64_t count = 1;
    for (int axis = 0; axis < shape.rank; axis++) {
        if (shape.size[axis] < 1 || shape.size[axis] > max_elements / count)
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
    if (text == NULL)
        return "";
    const int rank = shape.rank < 0 ? 0 : shape.rank > GN_MAX_RANK ? GN_MAX_RANK : shape.rank;
    size_t used = (size_t)snprintf(text, size, "[");
    for (int axis = 0; axis < rank && used < size; axis++)
        used += (size_t)snprintf(text + used, size - used, axis == 0 ? "%lld" : ",%lld", (long long)shape.size[axis]);
    if (used < size)
        snprintf(text + used, size - used, "]");
    return text;
}

enum { STRETCH = 1 << 16 };

static void clear_stretch(void *argument, int64_t index, int worker)
{
    const gn_tensor *tensor = argument;
    const gn__stretch at = gn__stretch_at(tensor->count, STRETCH, index);
    (void)worker;
    memset(tensor->data + at.first, 0, (size_t)at.count * sizeof *tensor->data);
}

/* By all threads: fresh memory comes from the system page by page, when it is written to. */
static void clear(gn_tensor *tensor)
{
    gn__parallel_for(tensor->context->pool, gn__stretches(tensor->count, STRETCH), clear_stretch, tensor);
}

static size_t bytes_of(const gn_tensor *tensor)
{
    return (size_t)tensor->count * sizeof *tensor->data;
}

static gn_real *take_elements(gn_tensor *tensor)
{
    gn_real *elements = gn__region_take(tensor->context, bytes_of(tensor), &tensor->region);
    return elements != NULL ? elements : gn__new_aligned(tensor->context, bytes_of(tensor));
}

static void give_elements(gn_tensor *tensor)
{
    if (tensor->region != NULL)
        gn__region_give(tensor->region, tensor->data, bytes_of(tensor));
    else
        gn__delete_aligned(tensor->context, tensor->data, bytes_of(tensor));
}

gn_tensor *gn_tensor_new(gn_context *context, gn_shape shape)
{
    const int64_t count = gn_shape_count(shape);
    if (context == NULL)
        return NULL;
    if (count == 0) {
        char text[128];
        return gn__fail(
            context, GN_ERROR_SHAPE,
            "tensor: shape %s of rank %d, expected rank 0 to %d and sizes of at least 1, %lld elements at most",
            gn_shape_text(shape, text, sizeof text), shape.rank, GN_MAX_RANK, (long long)max_elements);
    }
    gn_tensor *tensor = gn__new(context, sizeof *tensor);
    if (tensor == NULL)
        return NULL;
    *tensor = (gn_tensor){.context = context, .shape = shape, .count = count};
    tensor->data = take_elements(tensor);
    if (tensor->data == NULL) {
        gn__delete(context, tensor, sizeof *tensor);
        return NULL;
    }
    clear(tensor);
    return tensor;
}

gn_tensor *gn_tensor_from(gn_context *context, gn_shape shape, const gn_real *values)
{
    gn_tensor *tensor = gn_tensor_new(context, shape);
    if (tensor != NULL && values != NULL)
        memcpy(tensor->data, values, (size_t)tensor->count * sizeof *values);
    return tensor;
}

gn_tensor *gn__tensor_new_owned(gn_context *context, gn_shape shape)
{
    gn_tensor *tensor = gn_tensor_new(context, shape);
    if (tensor != NULL)
        tensor->owned = true;
    return tensor;
}

void gn_tensor_free(gn_tensor *tensor)
{
    char text[64];
    if (tensor != NULL && tensor->owned)
        gn_context_fail(tensor->context, GN_ERROR_STATE,
                        "a tensor of shape %s belongs to another object, which frees it",
                        gn_shape_text(tensor->shape, text, sizeof text));
    else
        gn__tensor_delete(tensor);
}

void gn__tensor_delete(gn_tensor *tensor)
{
    if (tensor == NULL)
        return;
    give_elements(tensor);
    gn__delete(tensor->context, tensor, sizeof *tensor);
}

gn_shape gn_tensor_shape(const gn_tensor *tensor)
{
    static const gn_shape none;
    return tensor == NULL ? none : tensor->shape;
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
        return gn_context_fail(gn_tensor_context(target), GN_ERROR_ARGUMENT, "tensor copy: the source is NULL");
    if (!gn_shape_equal(target->shape, source->shape)) {
        char to[128], from[128];
        return gn_context_fail(target->context, GN_ERROR_SHAPE, "tensor copy: target %s, source %s",
                               gn_shape_text(target->shape, to, sizeof to),
                               gn_shape_text(source->shape, from, sizeof from));
    }
    memmove(target->data, source->data, (size_t)source->count * sizeof *source->data); /* they may be the same */
    return GN_OK;
}

void gn__tensor_move(gn_tensor *average, const gn_tensor *source, gn_real keep)
{
    const gn_real *from = source->data;
    gn_real *to = average->data;
    if (keep == 0) /* 0 times what is not finite would not be 0 */
        gn_tensor_copy(average, source);
    for (int64_t i = 0; i < average->count && keep > 0 && keep < 1; i++)
        to[i] = keep * to[i] + (1 - keep) * from[i];
}

int64_t gn__first_not_index(const gn_real *numbers, int64_t count, int64_t bound)
{
    for (int64_t i = 0; i < count; i++)
        if (!(numbers[i] >= 0 && numbers[i] < (gn_real)bound) || (gn_real)(int64_t)numbers[i] != numbers[i])
            return i;
    return -1;
}

gn_context *gn_tensor_context(const gn_tensor *tensor)
{
    return tensor == NULL ? NULL : tensor->context;
}
