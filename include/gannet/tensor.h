/* SPDX-License-Identifier: MIT */
/* gannet/tensor.h - a dense array of float32, contiguous and row-major, of rank 0 to 6.
 *
 * Images are [batch, height, width, channels] (NHWC). */
#ifndef GANNET_TENSOR_H
#define GANNET_TENSOR_H

#include <gannet/context.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The type of a tensor's elements: float. Only the library's own gradient checks build it with another one (double). */
#ifndef GN_REAL
#define GN_REAL float
#endif
typedef GN_REAL gn_real;

enum { GN_MAX_RANK = 6 };

/* Sizes of a tensor along its axes; rank 0 is a single number. Sizes are at least 1. */
typedef struct gn_shape {
    int rank;
    int64_t size[GN_MAX_RANK];
} gn_shape;

/* GN_SHAPE(64, 28, 28, 1): a shape in place. */
#define GN_SHAPE(...)                                                                                                  \
    ((gn_shape){.rank = (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), .size = {__VA_ARGS__}})

/* Number of elements, 1 for rank 0; 0 when the shape is not valid (rank or a size out of range, a product
 * over 2^40 or over what a size_t counts in bytes). */
GN_API int64_t gn_shape_count(gn_shape shape);

/* Whether ranks and all sizes are the same. */
GN_API bool gn_shape_equal(gn_shape a, gn_shape b);

/* Writes "[64,28,28,1]" into text, cut to size bytes with the final zero. Returns text. */
GN_API const char *gn_shape_text(gn_shape shape, char *text, size_t size);

/* An array of gn_real; see the head of this file. */
typedef struct gn_tensor gn_tensor;

/* Makes a tensor filled with zeros; its data is aligned to 64 bytes. Returns NULL with GN_ERROR_SHAPE or
 * GN_ERROR_MEMORY. The caller frees it. */
GN_API gn_tensor *gn_tensor_new(gn_context *context, gn_shape shape);

/* Makes a tensor with a copy of values, gn_shape_count(shape) of them; zeros if values is NULL. Errors as
 * gn_tensor_new; the caller frees it. */
GN_API gn_tensor *gn_tensor_from(gn_context *context, gn_shape shape, const gn_real *values);

/* NULL is fine. One that belongs to a parameter, module, optimizer or batches is not freed, which leaves GN_ERROR_STATE
 * in the context. */
GN_API void gn_tensor_free(gn_tensor *tensor);

/* The sizes along the axes, and the number of elements. */
GN_API gn_shape gn_tensor_shape(const gn_tensor *tensor);
GN_API int64_t gn_tensor_count(const gn_tensor *tensor);

/* The elements, owned by the tensor. NULL for NULL. */
GN_API gn_real *gn_tensor_data(gn_tensor *tensor);
GN_API const gn_real *gn_tensor_values(const gn_tensor *tensor);

/* Copies source's elements into target. GN_ERROR_SHAPE unless the shapes are equal. */
GN_API gn_status gn_tensor_copy(gn_tensor *target, const gn_tensor *source);

/* The context that the tensor was made from. */
GN_API gn_context *gn_tensor_context(const gn_tensor *tensor);

#ifdef __cplusplus
}
#endif
#endif
