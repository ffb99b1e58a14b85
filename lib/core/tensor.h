/* SPDX-License-Identifier: MIT */
/* lib/core/tensor.h - the tensor's inside. */
#ifndef GN_CORE_TENSOR_H
#define GN_CORE_TENSOR_H

#include <gannet/tensor.h>

struct gn_tensor {
    gn_context *context;
    gn_shape shape;
    int64_t count;
    gn_real *data;
};

#endif
