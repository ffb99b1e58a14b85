/* SPDX-License-Identifier: MIT */
/* gannet/onnx.h - networks as ONNX files, for the programs that run those (docs/onnx.md). */
#ifndef GANNET_ONNX_H
#define GANNET_ONNX_H

#include <gannet/module.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the model takes and gives. */
typedef struct gn_onnx_options {
    const gn_shape *inputs;         /* whole shapes, as for gn_summary: [1,100] for noise of 100 */
    const char *const *input_names; /* such as "noise", "label"; NULL: "input0", "input1", ... */
    int count;                      /* of the inputs, 1 to 8 */
    const char *output_name;        /* NULL: "output" */
    bool fixed_batch;               /* the sizes of the first axes are those of the shapes */
} gn_onnx_options;

/* Writes what the module computes in inference mode (dropout passes, batch norm works with its running averages) as an
 * ONNX model of opset 13, weights and all. The module is applied to zeros of the given shapes, and the ops that this
 * takes become the nodes. So any module made of the ops of gannet/ops.h can be exported, with three exceptions:
 * gn_batch_norm (the op, which works with the batch's own statistics; the layer is written as Mul and Add),
 * gn_scatter_rows and gn_conv2d_kernel_gradient. What does not depend on an input is computed once and written as a
 * number. Inputs and outputs have the shapes that they have here: images are [N,H,W,C], and Transpose nodes stand
 * around runs of convolutions, which ONNX wants as [N,C,H,W].
 *
 * The size of the first axis of the inputs, when they share it, is free in the model ("N") unless fixed_batch is set or
 * the network does not work row by row: minibatch_stddev and gru come with the sizes of the shapes, and so does what
 * broadcasts or reshapes across the batch.
 *
 * GN_ERROR_UNSUPPORTED, with the name of the layer, for these three and for an op of one's own (gn_record), and for a
 * model of more than 2 GiB; GN_ERROR_SHAPE for shapes that the network does not take; GN_ERROR_ARGUMENT for names that
 * are equal, empty, longer than 200 bytes or not UTF-8; GN_ERROR_IO names the file and the cause. Nothing in the module
 * changes; equal modules give equal bytes. */
GN_API gn_status gn_onnx_export(gn_module *module, const char *path, const gn_onnx_options *options);

#ifdef __cplusplus
}
#endif
#endif
