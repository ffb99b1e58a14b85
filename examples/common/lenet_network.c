/* SPDX-License-Identifier: MIT */
/* examples/common/lenet_network.c - a classifier of 28x28 grey pictures in the manner of LeNet-5 (LeCun et al.
 * 1998). */
#include "common/lenet_network.h"

#include "common/largest.h"

#include <string.h>

static const gn_init weights = {.kind = GN_INIT_HE_NORMAL};

static gn_module *conv(gn_context *context, int64_t in, int64_t out, const char *name)
{
    return gn_conv2d_layer(
        context, &(gn_conv2d_options){.in = in, .out = out, .kernel = 5, .weight_init = weights, .name = name});
}

static gn_module *dense(gn_context *context, int64_t in, int64_t out, const char *name)
{
    return gn_dense_layer(context, &(gn_dense_options){.in = in, .out = out, .weight_init = weights, .name = name});
}

/* clang-format off: one line for what belongs together, with the shape that comes out */

gn_module *lenet_new(gn_context *context)
{
    return gn_sequential(context, "classifier", conv(context, 1, 32, "conv1"), gn_relu_layer(context),
                         gn_max_pool2d_layer(context, 2, 2), /* [N,12,12,32] */
                         conv(context, 32, 64, "conv2"), gn_relu_layer(context),
                         gn_max_pool2d_layer(context, 2, 2), /* [N,4,4,64] */
                         gn_flatten_layer(context), dense(context, 4 * 4 * 64, 256, "dense1"), gn_relu_layer(context),
                         gn_dropout_layer(context, 0.4f), dense(context, 256, LENET_CLASSES, "dense2")); /* [N,10] */
}

/* clang-format on */

gn_status lenet_classify(gn_module *lenet, gn_tape *tape, const gn_tensor *pictures, int *guesses)
{
    gn_module_set_training(lenet, false);
    gn_tape_reset(tape);
    const bool recording = gn_tape_set_recording(tape, false);
    const gn_real *logits = gn_var_data(gn_apply(lenet, gn_input(tape, pictures)));
    gn_tape_set_recording(tape, recording);
    if (gn_tape_status(tape) != GN_OK)
        return gn_tape_status(tape);
    const int64_t count = gn_tensor_shape(pictures).size[0];
    for (int64_t i = 0; i < count; i++)
        guesses[i] = index_of_largest(logits + i * LENET_CLASSES, LENET_CLASSES);
    return GN_OK;
}

static void store(gn_tensor *rows, int64_t first, const gn_var *value)
{
    const int64_t size = gn_tensor_shape(rows).size[1], count = gn_shape_count(gn_var_shape(value));
    memcpy(gn_tensor_data(rows) + first * size, gn_var_data(value), (size_t)count * sizeof(gn_real));
}

gn_status lenet_examine(gn_module *lenet, gn_tape *tape, const gn_tensor *pictures, gn_tensor *features,
                        gn_tensor *logits, int64_t first)
{
    const size_t last = gn_module_child_count(lenet) - 1;
    gn_module_set_training(lenet, false);
    gn_tape_reset(tape);
    const bool recording = gn_tape_set_recording(tape, false);
    gn_var *x = gn_input(tape, pictures);
    for (size_t i = 0; i < last; i++)
        x = gn_apply(gn_module_child(lenet, i), x);
    gn_var *decision = gn_apply(gn_module_child(lenet, last), x);
    gn_tape_set_recording(tape, recording);
    if (gn_tape_status(tape) != GN_OK)
        return gn_tape_status(tape);
    store(features, first, x);
    store(logits, first, decision);
    return GN_OK;
}
