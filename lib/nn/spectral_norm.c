/* SPDX-License-Identifier: MIT */
/* lib/nn/spectral_norm.c - spectral normalisation: a layer works with its weight divided by the weight's largest
 * singular value. */
#include "autodiff/inner_product.h"
#include "core/context.h"
#include "nn/conv2d.h"

#include <gannet/layers.h>
#include <string.h>
#include <tgmath.h>

typedef struct spectral_norm {
    gn_parameter *weight; /* of the layer */
    gn_tensor *u;         /* [columns], the estimate of a singular vector */
    gn_tensor *v;         /* [rows], the one that goes with it */
    int64_t rows, columns;
    bool transposed; /* conv_transpose2d: outputs are the last axis but one */
    int iterations;
} spectral_norm;

/* --- the weight as a matrix [rows, columns] ----------------------------------------------------------------------- */

/* The place of element (row, column) in the weight: a conv_transpose2d keeps [KH,KW,out,in], all others outputs
 * last. */
static int64_t place_of(const spectral_norm *layer, int64_t row, int64_t column)
{
    if (!layer->transposed)
        return row * layer->columns + column;
    const gn_shape shape = gn_tensor_shape(gn_parameter_value(layer->weight));
    const int64_t in = shape.size[3];
    return (row / in * layer->columns + column) * in + row % in;
}

static gn_var *as_matrix(const spectral_norm *layer, gn_var *weight)
{
    if (layer->transposed)
        weight = gn_transpose(weight, (const int[]){0, 1, 3, 2});
    return gn_reshape(weight, GN_SHAPE(layer->rows, layer->columns));
}

/* --- power iteration ---------------------------------------------------------------------------------------------- */

static double length_of(const gn_tensor *vector)
{
    const gn_real *x = gn_tensor_values(vector);
    return fmax(sqrt(gn__inner_product(x, x, gn_tensor_count(vector))), 1e-12);
}

static void normalise(gn_tensor *vector)
{
    gn_real *x = gn_tensor_data(vector);
    const int64_t count = gn_tensor_count(vector);
    const double length = length_of(vector);
    for (int64_t i = 0; i < count; i++)
        x[i] = (gn_real)((double)x[i] / length);
}

/* v = W u / |W u| */
static void find_v(const spectral_norm *layer, const gn_real *weight)
{
    const gn_real *u = gn_tensor_values(layer->u);
    gn_real *v = gn_tensor_data(layer->v);
    for (int64_t i = 0; i < layer->rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < layer->columns; j++)
            sum += (double)weight[place_of(layer, i, j)] * (double)u[j];
        v[i] = (gn_real)sum;
    }
    normalise(layer->v);
}

/* u = W' v / |W' v| */
static void find_u(const spectral_norm *layer, const gn_real *weight)
{
    const gn_real *v = gn_tensor_values(layer->v);
    gn_real *u = gn_tensor_data(layer->u);
    memset(u, 0, (size_t)layer->columns * sizeof *u);
    for (int64_t i = 0; i < layer->rows; i++)
        for (int64_t j = 0; j < layer->columns; j++)
            u[j] += weight[place_of(layer, i, j)] * v[i];
    normalise(layer->u);
}

/* Both vectors move only in a discriminator's own steps; at other times v follows from u. */
static void iterate(const spectral_norm *layer, const gn_real *weight, bool update)
{
    find_v(layer, weight);
    for (int i = 0; i < layer->iterations && update; i++) {
        if (i > 0)
            find_v(layer, weight);
        find_u(layer, weight);
    }
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

/* u' W v / |u| as a value; the vectors are constants. A running average of u (gn_module_average) is shorter than 1. */
static gn_var *singular_value(const spectral_norm *layer, gn_var *weight)
{
    gn_tape *tape = gn_var_tape(weight);
    gn_var *v = gn_values(tape, GN_SHAPE(1, layer->rows), gn_tensor_values(layer->v));
    gn_var *u = gn_values(tape, GN_SHAPE(1, layer->columns), gn_tensor_values(layer->u));
    u = gn_scale(u, (gn_real)(1 / length_of(layer->u)));
    return gn_sum(gn_mul(gn_matmul(v, as_matrix(layer, weight), false, false), u), GN_ALL_AXES, false);
}

/* While the layer is applied another value stands for its weight; gradients go on to the weight itself. */
static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    const spectral_norm *layer = gn_module_state(module);
    gn_var *weight = gn_parameter_var(gn_var_tape(inputs[0]), layer->weight);
    if (gn_var_data(weight) == NULL)
        return weight;
    iterate(layer, gn_var_data(weight), gn_module_statistics(module) == GN_STATISTICS_BATCH_UPDATE);
    gn_parameter_bind(layer->weight, gn_div(weight, singular_value(layer, weight)));
    gn_var *out = gn_apply_all(gn_module_child(module, 0), inputs, count);
    gn_parameter_bind(layer->weight, weight);
    return out;
}

static int count_inputs(const gn_module *module)
{
    return gn_module_child_count(module) == 0 ? 0 : gn_module_inputs(gn_module_child(module, 0));
}

static void free_state(gn_module *module)
{
    const spectral_norm *layer = gn_module_state(module);
    gn_tensor_free(layer->v);
}

/* Not row by row: each pass in training turns u once, so that two passes as one would be another schedule. */
static const gn_module_class spectral_norm_class = {
    .name = "spectral_norm", .forward = forward, .free_state = free_state, .count_inputs = count_inputs};

/* --- construction ------------------------------------------------------------------------------------------------- */

/* The layer's own parameter "weight", not one of a child's. */
static gn_parameter *find_weight(gn_module *layer)
{
    const gn_parameter_list parameters = gn_parameters(layer);
    const size_t length = strlen(gn_module_name(layer));
    for (size_t i = 0; i < parameters.count; i++)
        if (strcmp(gn_parameter_name(parameters.items[i]) + length, ".weight") == 0)
            return parameters.items[i];
    return NULL;
}

static gn_parameter *check(gn_context *context, gn_module *layer, int iterations)
{
    gn_parameter *weight = layer == NULL ? NULL : find_weight(layer);
    if (layer == NULL)
        gn_context_fail(context, gn_context_status(context) == GN_OK ? GN_ERROR_ARGUMENT : gn_context_status(context),
                        "spectral_norm: layer is NULL%s%s", gn_context_status(context) == GN_OK ? "" : ": ",
                        gn_context_message(context));
    else if (weight == NULL || gn_tensor_shape(gn_parameter_value(weight)).rank < 2)
        gn_context_fail(context, GN_ERROR_ARGUMENT, "spectral_norm: %s '%s' has no weight of rank 2 or more",
                        gn_module_get_class(layer)->name, gn_module_name(layer));
    else if (iterations < 0 || iterations > 1000)
        gn_context_fail(context, GN_ERROR_ARGUMENT, "spectral_norm: iterations is %d, expected 0 to 1000", iterations);
    else
        return weight;
    return NULL;
}

static void begin(gn_module *module, const gn_module *layer, gn_parameter *weight, int iterations)
{
    gn_context *context = gn_module_context(module);
    spectral_norm *state = gn_module_state(module);
    const gn_shape shape = gn_tensor_shape(gn_parameter_value(weight));
    state->weight = weight;
    state->iterations = iterations == 0 ? 1 : iterations;
    state->transposed = gn__is_conv_transpose2d(layer);
    state->columns = shape.size[shape.rank - (state->transposed ? 2 : 1)];
    state->rows = gn_shape_count(shape) / state->columns;
    state->v = gn_tensor_new(context, GN_SHAPE(state->rows));
    state->u = gn_module_add_buffer(module, "u", GN_SHAPE(state->columns), 0);
    if (state->u == NULL)
        return;
    gn_random random = {.seed = gn_context_seed(context), .stream = UINT64_C(3) << 62 | context->parameters};
    gn_random_fill_normal(&random, gn_tensor_data(state->u), state->columns, 0, 1);
    normalise(state->u);
}

gn_module *gn_spectral_norm_layer(gn_context *context, gn_module *layer, int iterations)
{
    gn_parameter *weight = check(context, layer, iterations);
    gn_module *module = weight == NULL ? NULL
                                       : gn_module_new(context, &spectral_norm_class, NULL, sizeof(spectral_norm));
    if (module == NULL) {
        gn_module_free(layer);
        return NULL;
    }
    begin(module, layer, weight, iterations);
    const bool made = ((spectral_norm *)gn_module_state(module))->v != NULL;
    gn_module_add_child(module, layer);
    if (made)
        return gn_module_complete(module);
    gn_module_free(module);
    return NULL;
}
