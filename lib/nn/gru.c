/* SPDX-License-Identifier: MIT */
/* lib/nn/gru.c - the gated recurrent unit, from the ops of the tape: gradients of any order come with them. */
#include "nn/init.h"

#include <gannet/layers.h>
#include <math.h>

typedef struct gru {
    gn_parameter *input_weight, *hidden_weight, *input_bias, *hidden_bias;
    int64_t in, size;
} gru;

/* Columns of gate 0 (r), 1 (z) or 2 (n). */
static gn_var *gate(const gru *layer, gn_var *all, int number)
{
    return gn_slice(all, 1, number * layer->size, layer->size);
}

/* h' = n + z (h - n) from this step's input part [N,3 size] and h [N,size]. */
static gn_var *step(const gru *layer, gn_tape *tape, gn_var *input, gn_var *h)
{
    gn_var *hidden = gn_linear(h, gn_parameter_var(tape, layer->hidden_weight),
                               gn_parameter_var(tape, layer->hidden_bias));
    gn_var *r = gn_sigmoid(gn_add(gate(layer, input, 0), gate(layer, hidden, 0)));
    gn_var *z = gn_sigmoid(gn_add(gate(layer, input, 1), gate(layer, hidden, 1)));
    gn_var *n = gn_tanh(gn_add(gate(layer, input, 2), gn_mul(r, gate(layer, hidden, 2))));
    return gn_add(n, gn_mul(z, gn_sub(h, n)));
}

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const gru *layer = gn_module_state(module);
    gn_tape *tape = gn_var_tape(inputs[0]);
    const gn_shape shape = gn_var_shape(inputs[0]);
    if (shape.rank != 3 || shape.size[2] != layer->in) {
        char text[64];
        gn_tape_fail(tape, GN_ERROR_SHAPE, "gru '%s': input %s, expected [N,T,%lld]", gn_module_name(module),
                     gn_shape_text(shape, text, sizeof text), (long long)layer->in);
        return inputs[0];
    }
    const int64_t n = shape.size[0], steps = shape.size[1], gates = 3 * layer->size;
    gn_var *rows = gn_reshape(inputs[0], GN_SHAPE(n * steps, layer->in));
    gn_var *all = gn_linear(rows, gn_parameter_var(tape, layer->input_weight),
                            gn_parameter_var(tape, layer->input_bias));
    all = gn_reshape(all, GN_SHAPE(n, steps, gates));
    gn_var *h = gn_full(tape, GN_SHAPE(n, layer->size), 0);
    for (int64_t t = 0; t < steps; t++)
        h = step(layer, tape, gn_reshape(gn_slice(all, 1, t, 1), GN_SHAPE(n, gates)), h);
    return h;
}

static const gn_module_class gru_class = {.name = "gru", .forward = forward, .inputs = 1, .row_by_row = true};

static gn_status check(gn_context *context, const gn_gru_options *options)
{
    if (options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gru: options is NULL");
    if (options->size < 1 || gn_shape_count(GN_SHAPE(options->in, 3, options->size)) == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "gru: in is %lld and size %lld, expected at least 1 and at most 2^40 weights",
                               (long long)options->in, (long long)options->size);
    return GN_OK;
}

/* PyTorch's start for all four: U(-1/sqrt(size), 1/sqrt(size)). */
static gn_init start_of(const gn_gru_options *options)
{
    return gn__init_or(options->init, (gn_init){GN_INIT_UNIFORM, 1 / sqrtf((float)options->size)});
}

gn_module *gn_gru_layer(gn_context *context, const gn_gru_options *options)
{
    if (check(context, options) != GN_OK)
        return NULL;
    gn_module *module = gn_module_new(context, &gru_class, options->name, sizeof(gru));
    if (module == NULL)
        return NULL;
    gru *layer = gn_module_state(module);
    const int64_t in = options->in, size = options->size;
    const gn_init init = start_of(options);
    *layer = (gru){.in = in, .size = size};
    layer->input_weight = gn_module_add_parameter(module, "input_weight", GN_SHAPE(in, 3 * size), init, in, size);
    layer->input_bias = gn_module_add_parameter(module, "input_bias", GN_SHAPE(3 * size), init, in, size);
    layer->hidden_weight = gn_module_add_parameter(module, "hidden_weight", GN_SHAPE(size, 3 * size), init, size, size);
    layer->hidden_bias = gn_module_add_parameter(module, "hidden_bias", GN_SHAPE(3 * size), init, size, size);
    return gn_module_complete(module);
}
