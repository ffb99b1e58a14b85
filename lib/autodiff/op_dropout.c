/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_dropout.c - dropout: a product with a random mask. The mask is a value without history, so mul does
 * the rest. */
#include "autodiff/tape.h"

enum { STRETCH = 1 << 12 };

typedef struct mask {
    gn_random random;
    int64_t count;
    gn_real rate, *values;
} mask;

/* Random numbers are addressed, so that each stretch finds its own. */
static void fill_stretch(void *argument, int64_t index, int worker)
{
    const mask *m = argument;
    const gn__stretch at = gn__stretch_at(m->count, STRETCH, index);
    gn_random random = m->random;
    gn_real *const values = m->values + at.first;
    (void)worker;
    random.index += (uint64_t)at.first;
    gn_random_fill_uniform(&random, values, at.count, 0, 1);
    for (int64_t i = 0; i < at.count; i++)
        values[i] = values[i] < m->rate ? 0 : 1 / (1 - m->rate);
}

gn_var *gn_dropout(gn_var *x, gn_real rate)
{
    if (!gn__check_inputs("dropout", &x, 1))
        return gn__poison_of(&x, 1);
    if (!(rate >= 0 && rate < 1))
        return gn__op_fail(x, "dropout", GN_ERROR_ARGUMENT, "rate is %g, expected 0 <= rate < 1", (double)rate);
    if (rate == 0)
        return x;
    gn_var *kept = gn__leaf_new(x->tape, "dropout", x->shape);
    if (kept->data == NULL)
        return kept;
    mask m = {x->tape->random, gn_shape_count(x->shape), rate, kept->data};
    gn__parallel_for(gn__context_of(x)->pool, gn__stretches(m.count, STRETCH), fill_stretch, &m);
    x->tape->random.index += (uint64_t)m.count;
    return gn_mul(x, kept);
}
