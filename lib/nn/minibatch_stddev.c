/* SPDX-License-Identifier: MIT */
/* lib/nn/minibatch_stddev.c - minibatch standard deviation: how much the pictures of a batch differ, as one more channel. */
#include <gannet/layers.h>

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    gn_var *x = inputs[0];
    gn_shape shape = gn_var_shape(x);
    char text[64];
    if (shape.rank < 2) {
        gn_tape_fail(gn_var_tape(x), GN_ERROR_SHAPE, "minibatch_stddev '%s': input %s, expected rank 2 or more",
                     gn_module_name(module), gn_shape_text(shape, text, sizeof text));
        return x;
    }
    gn_var *centred = gn_sub(x, gn_mean(x, GN_AXIS(0), true));
    gn_var *variance = gn_mean(gn_square(centred), GN_AXIS(0), false);
    gn_var *deviation = gn_mean(gn_sqrt(gn_offset(variance, (gn_real)1e-8)), GN_ALL_AXES, false);
    shape.size[shape.rank - 1] = 1;
    gn_var *parts[] = {x, gn_broadcast(deviation, shape)};
    return gn_concat(parts, 2, shape.rank - 1);
}

static const gn_module_class minibatch_stddev_class = {.name = "minibatch_stddev", .forward = forward, .inputs = 1};

gn_module *gn_minibatch_stddev_layer(gn_context *context)
{
    return gn_module_complete(gn_module_new(context, &minibatch_stddev_class, NULL, 0));
}
