/* SPDX-License-Identifier: MIT */
/* lib/nn/minibatch_stddev.c - minibatch standard deviation: how much the pictures of a group differ, as one more
 * channel. */
#include <gannet/layers.h>

typedef struct minibatch_stddev {
    int64_t group;
} minibatch_stddev;

/* [n,...] -> [n,...,1], one number for each group. */
static gn_var *deviation_of_groups(gn_var *x, int64_t group)
{
    gn_shape shape = gn_var_shape(x);
    const int64_t groups = shape.size[0] / group;
    const int64_t features = gn_shape_count(shape) / shape.size[0], places = features / shape.size[shape.rank - 1];
    gn_var *rows = gn_reshape(x, GN_SHAPE(groups, group, features));
    gn_var *centred = gn_sub(rows, gn_mean(rows, GN_AXIS(1), true));
    gn_var *variance = gn_mean(gn_square(centred), GN_AXIS(1), true);
    gn_var *deviation = gn_mean(gn_sqrt(gn_offset(variance, (gn_real)1e-8)), GN_AXIS(2), true);
    shape.size[shape.rank - 1] = 1;
    return gn_reshape(gn_broadcast(deviation, GN_SHAPE(groups, group, places)), shape);
}

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    gn_var *x = inputs[0];
    const gn_shape shape = gn_var_shape(x);
    const minibatch_stddev *layer = gn_module_state(module);
    const int64_t group = layer->group == 0 || layer->group > shape.size[0] ? shape.size[0] : layer->group;
    char text[64];
    if (shape.rank >= 2 && shape.size[0] % group == 0)
        return gn_concat((gn_var *[]){x, deviation_of_groups(x, group)}, 2, shape.rank - 1);
    gn_tape_fail(gn_var_tape(x), GN_ERROR_SHAPE,
                 "minibatch_stddev '%s': input %s, expected rank 2 or more and a multiple of %lld rows",
                 gn_module_name(module), gn_shape_text(shape, text, sizeof text), (long long)group);
    return x;
}

static const gn_module_class minibatch_stddev_class = {.name = "minibatch_stddev", .forward = forward, .inputs = 1};

gn_module *gn_minibatch_stddev_layer(gn_context *context, int64_t group)
{
    if (group < 0 || group == 1) {
        gn_context_fail(context, GN_ERROR_ARGUMENT,
                        "minibatch_stddev: group is %lld, expected 0 (the batch) or at least 2", (long long)group);
        return NULL;
    }
    gn_module *module = gn_module_new(context, &minibatch_stddev_class, NULL, sizeof(minibatch_stddev));
    if (module != NULL)
        *(minibatch_stddev *)gn_module_state(module) = (minibatch_stddev){group};
    return gn_module_complete(module);
}
