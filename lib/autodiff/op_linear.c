/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_linear.c - matrix products. */
#include "autodiff/attributes.h"
#include "autodiff/backward.h"
#include "autodiff/tape.h"
#include "kernels/finish.h"

static gn_status matmul_forward(gn_var *out)
{
    const gn__matmul_attributes *attributes = out->attributes;
    const gn_var *a = out->inputs[0], *b = out->inputs[1];
    const int64_t depth = a->shape.size[attributes->transpose_a ? 0 : 1];
    return gn__kernels_of(out)->gemm(gn__context_of(out), &(gn__product){
                                                              .m = out->shape.size[0],
                                                              .n = out->shape.size[1],
                                                              .k = depth,
                                                              .a = {a->data, a->shape.size[1], attributes->transpose_a},
                                                              .b = {b->data, b->shape.size[1], attributes->transpose_b},
                                                              .c = out->data,
                                                              .c_stride = out->shape.size[1],
                                                              .squares = gn__gradient_squares(out),
                                                          });
}

/* With C = A' B': dA' = dC B'^T and dB' = A'^T dC; for a stored transpose both sides are transposed. */
static void matmul_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    const gn__matmul_attributes *attributes = out->attributes;
    const bool ta = attributes->transpose_a, tb = attributes->transpose_b;
    gn_var *a = out->inputs[0], *b = out->inputs[1];
    if (wanted[0])
        gradients[0] = ta ? gn_matmul(b, out_gradient, tb, true) : gn_matmul(out_gradient, b, false, !tb);
    if (wanted[1])
        gradients[1] = tb ? gn_matmul(out_gradient, a, true, ta) : gn_matmul(a, out_gradient, !ta, false);
}

const gn_op gn__op_matmul = {"matmul", matmul_forward, matmul_gradient, false};

gn_var *gn_matmul(gn_var *a, gn_var *b, bool transpose_a, bool transpose_b)
{
    gn_var *inputs[] = {a, b};
    if (!gn__check_inputs("matmul", inputs, 2))
        return gn__poison_of(inputs, 2);
    char text_a[64], text_b[64];
    if (a->shape.rank != 2 || b->shape.rank != 2)
        return gn__op_fail(a, "matmul", GN_ERROR_SHAPE, "inputs %s and %s, expected rank 2",
                           gn_shape_text(a->shape, text_a, sizeof text_a),
                           gn_shape_text(b->shape, text_b, sizeof text_b));
    if (a->shape.size[transpose_a ? 0 : 1] != b->shape.size[transpose_b ? 1 : 0])
        return gn__op_fail(a, "matmul", GN_ERROR_SHAPE, "inputs %s%s and %s%s do not fit",
                           gn_shape_text(a->shape, text_a, sizeof text_a), transpose_a ? " transposed" : "",
                           gn_shape_text(b->shape, text_b, sizeof text_b), transpose_b ? " transposed" : "");
    const gn__matmul_attributes attributes = {transpose_a, transpose_b};
    const gn_shape shape = GN_SHAPE(a->shape.size[transpose_a ? 1 : 0], b->shape.size[transpose_b ? 0 : 1]);
    return gn_record(&gn__op_matmul, inputs, 2, shape, &attributes, sizeof attributes);
}

static const gn__finish *finish_of(const gn_var *out)
{
    return &((const gn__linear_attributes *)out->attributes)->finish;
}

static gn_status linear_forward(gn_var *out)
{
    const int64_t columns = out->shape.size[1];
    const gn_var *x = out->inputs[0], *weight = out->inputs[1];
    return gn__kernels_of(out)->gemm(gn__context_of(out),
                                     &(gn__product){
                                         .m = out->shape.size[0],
                                         .n = columns,
                                         .k = x->shape.size[1],
                                         .a = {x->data, x->shape.size[1], false},
                                         .b = {weight->data, columns, false},
                                         .begin = out->input_count == 3 ? out->inputs[2]->data : NULL,
                                         .c = out->data,
                                         .c_stride = columns,
                                         .finish = gn__finish_or_null(finish_of(out)),
                                     });
}

/* A leaky ReLU has the sign of what it was applied to. */
static void linear_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    out_gradient = gn__leaky_relu_gradient(out_gradient, out, finish_of(out)->slope);
    if (wanted[1]) { /* first: it is the last that reads x, whose memory can then take x's gradient */
        gn__gradient_aim(out->inputs[1]);
        gradients[1] = gn_matmul(out->inputs[0], out_gradient, true, false);
    }
    if (wanted[0])
        gradients[0] = gn_matmul(out_gradient, out->inputs[1], false, true);
    if (wanted[2])
        gradients[2] = gn_sum(out_gradient, GN_AXIS(0), false);
}

const gn_op gn__op_linear = {"linear", linear_forward, linear_gradient, false};

gn_var *gn__linear_finished(gn_var *x, gn_var *weight, gn_var *bias, const gn__finish *finish)
{
    gn_var *inputs[] = {x, weight, bias};
    const int count = bias != NULL ? 3 : 2;
    if (!gn__check_inputs("linear", inputs, count))
        return gn__poison_of(inputs, count);
    char text[64], text_weight[64];
    if (x->shape.rank != 2 || weight->shape.rank != 2)
        return gn__op_fail(x, "linear", GN_ERROR_SHAPE, "input %s and weight %s, expected [N,in] and [in,out]",
                           gn_shape_text(x->shape, text, sizeof text),
                           gn_shape_text(weight->shape, text_weight, sizeof text_weight));
    if (x->shape.size[1] != weight->shape.size[0])
        return gn__op_fail(x, "linear", GN_ERROR_SHAPE, "input %s has %lld columns, weight %s wants %lld",
                           gn_shape_text(x->shape, text, sizeof text), (long long)x->shape.size[1],
                           gn_shape_text(weight->shape, text_weight, sizeof text_weight),
                           (long long)weight->shape.size[0]);
    if (bias != NULL && (bias->shape.rank != 1 || bias->shape.size[0] != weight->shape.size[1]))
        return gn__op_fail(x, "linear", GN_ERROR_SHAPE, "bias %s does not fit weight %s",
                           gn_shape_text(bias->shape, text, sizeof text),
                           gn_shape_text(weight->shape, text_weight, sizeof text_weight));
    const gn__linear_attributes attributes = {*finish};
    return gn_record(&gn__op_linear, inputs, count, GN_SHAPE(x->shape.size[0], weight->shape.size[1]), &attributes,
                     sizeof attributes);
}

gn_var *gn_linear(gn_var *x, gn_var *weight, gn_var *bias)
{
    return gn__linear_finished(x, weight, bias, &gn__unfinished);
}
