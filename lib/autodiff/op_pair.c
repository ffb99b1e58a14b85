/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_pair.c - distances of all pairs of rows.
 *
 * With s = sign(m_i - m_j), which is constant almost everywhere, the distance s (v_i - v_j) is linear in v: its
 * gradient is the adjoint, and the adjoint's gradient is the distance again. */
#include "autodiff/tape.h"

static gn_status pair_distances_forward(gn_var *out)
{
    const gn_var *v = out->inputs[0], *m = out->inputs[1];
    gn__kernels_of(out)->pair_distances(gn__context_of(out), m->shape.size[0], m->shape.size[1], m->shape.size[2],
                                        v->data, m->data, out->data);
    return GN_OK;
}

static gn_status pair_sums_forward(gn_var *out)
{
    const gn_var *z = out->inputs[0], *m = out->inputs[1];
    gn__kernels_of(out)->pair_sums(gn__context_of(out), m->shape.size[0], m->shape.size[1], m->shape.size[2], z->data,
                                   m->data, out->data);
    return GN_OK;
}

static gn_var *pair_distances(gn_var *v, gn_var *m)
{
    gn_var *inputs[] = {v, m};
    return gn_record(&gn__op_pair_distances, inputs, 2, GN_SHAPE(m->shape.size[0], m->shape.size[0], m->shape.size[2]),
                     NULL, 0);
}

static void pair_distances_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    gn_var *inputs[] = {out_gradient, out->inputs[1]};
    if (wanted[0])
        gradients[0] = gn_record(&gn__op_pair_sums, inputs, 2, inputs[1]->shape, NULL, 0);
}

static void pair_sums_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    if (wanted[0])
        gradients[0] = pair_distances(out_gradient, out->inputs[1]);
}

const gn_op gn__op_pair_distances = {"pair_distances", pair_distances_forward, pair_distances_gradient, false};
const gn_op gn__op_pair_sums = {"pair_sums", pair_sums_forward, pair_sums_gradient, false};

gn_var *gn_pair_distances(gn_var *x)
{
    if (!gn__check_inputs("pair_distances", &x, 1))
        return gn__poison_of(&x, 1);
    char text[64];
    if (x->shape.rank != 3)
        return gn__op_fail(x, "pair_distances", GN_ERROR_SHAPE, "x %s, expected [N,D,B]",
                           gn_shape_text(x->shape, text, sizeof text));
    return pair_distances(x, x);
}
