/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_dropout.c - dropout: a product with a random mask. The mask is a value without history, so mul does the rest. */
#include "autodiff/tape.h"

gn_var *gn_dropout(gn_var *x, gn_real rate)
{
    if (!gn__check_inputs("dropout", &x, 1))
        return gn__poison_of(&x, 1);
    if (!(rate >= 0 && rate < 1))
        return gn__op_fail(x, "dropout", GN_ERROR_ARGUMENT, "rate is %g, expected 0 <= rate < 1", (double)rate);
    if (rate == 0)
        return x;
    gn_var *mask = gn__leaf_new(x->tape, x->shape);
    if (mask->data == NULL)
        return mask;
    const int64_t count = gn_shape_count(x->shape);
    gn_random_fill_uniform(&x->tape->random, mask->data, count, 0, 1);
    for (int64_t i = 0; i < count; i++)
        mask->data[i] = mask->data[i] < rate ? 0 : 1 / (1 - rate);
    return gn_mul(x, mask);
}
