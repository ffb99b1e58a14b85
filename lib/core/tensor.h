/* SPDX-License-Identifier: MIT */
/* lib/core/tensor.h - the tensor's inside. */
#ifndef GN_CORE_TENSOR_H
#define GN_CORE_TENSOR_H

#include "core/region.h"

#include <gannet/tensor.h>

struct gn_tensor {
    gn_context *context;
    gn_shape shape;
    int64_t count;
    gn_real *data;
    gn__region *region; /* NULL: data is a block of its own */
    bool owned;         /* by a parameter, module, optimizer or batches, who alone may free it */
};

/* A tensor for such an owner, and its end: gn_tensor_free refuses to. */
gn_tensor *gn__tensor_new_owned(gn_context *context, gn_shape shape);
void gn__tensor_delete(gn_tensor *tensor); /* NULL is fine */

/* average = keep average + (1 - keep) source, for 0 <= keep <= 1 and tensors of one shape. At 0 and at 1 what is not
 * finite in the one that does not count has no effect. */
void gn__tensor_move(gn_tensor *average, const gn_tensor *source, gn_real keep);

/* Which of these numbers is the first that is not whole and from 0 to bound - 1; -1: none. */
int64_t gn__first_not_index(const gn_real *numbers, int64_t count, int64_t bound);

#endif
