/* SPDX-License-Identifier: MIT */
/* lib/nn/spectral_norm.c - spectral normalisation: a layer works with its weights divided by their largest singular
 * values. */
#include "core/context.h"
#include "kernels/inner_product.h"
#include "nn/conv2d.h"

#include <gannet/layers.h>
#include <stdio.h>
#include <string.h>
#include <tgmath.h>

enum { MAX_MATRICES = 4 };

/* One weight of the layer as a matrix [rows, columns], and estimates of its first singular vectors. */
typedef struct matrix {
    gn_parameter *weight;
    gn_tensor *u, *v; /* [columns], [rows] */
    int64_t rows, columns;
    bool transposed; /* conv_transpose2d: outputs are the last axis but one */
} matrix;

typedef struct spectral_norm {
    matrix matrices[MAX_MATRICES];
    int count, iterations;
} spectral_norm;

/* --- the weight as a matrix --------------------------------------------------------------------------------------- */

/* The place of element (row, column) in the weight: a conv_transpose2d keeps [KH,KW,out,in], all others outputs
 * last. */
static int64_t place_of(const matrix *m, int64_t row, int64_t column)
{
    if (!m->transposed)
        return row * m->columns + column;
    const gn_shape shape = gn_tensor_shape(gn_parameter_value(m->weight));
    const int64_t in = shape.size[3];
    return (row / in * m->columns + column) * in + row % in;
}

static gn_var *as_matrix(const matrix *m, gn_var *weight)
{
    if (m->transposed)
        weight = gn_transpose(weight, (const int[]){0, 1, 3, 2});
    return gn_reshape(weight, GN_SHAPE(m->rows, m->columns));
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
static void find_v(const matrix *m, const gn_real *weight)
{
    const gn_real *u = gn_tensor_values(m->u);
    gn_real *v = gn_tensor_data(m->v);
    for (int64_t i = 0; i < m->rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < m->columns; j++)
            sum += (double)weight[place_of(m, i, j)] * (double)u[j];
        v[i] = (gn_real)sum;
    }
    normalise(m->v);
}

/* u = W' v / |W' v| */
static void find_u(const matrix *m, const gn_real *weight)
{
    const gn_real *v = gn_tensor_values(m->v);
    gn_real *u = gn_tensor_data(m->u);
    memset(u, 0, (size_t)m->columns * sizeof *u);
    for (int64_t i = 0; i < m->rows; i++)
        for (int64_t j = 0; j < m->columns; j++)
            u[j] += weight[place_of(m, i, j)] * v[i];
    normalise(m->u);
}

/* --- forward ------------------------------------------------------------------------------------------------------ */

/* u' W v / (|u| |v|) as a value; the vectors are constants. A running average of them (gn_module_average) is shorter
 * than 1. */
static gn_var *singular_value(const matrix *m, gn_var *weight)
{
    gn_tape *tape = gn_var_tape(weight);
    gn_var *v = gn_values(tape, GN_SHAPE(1, m->rows), gn_tensor_values(m->v));
    gn_var *u = gn_values(tape, GN_SHAPE(1, m->columns), gn_tensor_values(m->u));
    u = gn_scale(u, (gn_real)(1 / (length_of(m->u) * length_of(m->v))));
    return gn_sum(gn_mul(gn_matmul(v, as_matrix(m, weight), false, false), u), GN_ALL_AXES, false);
}

/* Puts the divided weight in its place; gives the weight itself, to which gradients go on. The vectors move only in a
 * discriminator's own steps, so that in the others it is the same function. */
static gn_var *divide(const matrix *m, gn_tape *tape, int rounds)
{
    gn_var *weight = gn_parameter_var(tape, m->weight);
    const gn_real *values = gn_var_data(weight);
    for (int i = 0; i < rounds && values != NULL; i++) {
        find_v(m, values);
        find_u(m, values);
    }
    gn_parameter_bind(m->weight, gn_div(weight, singular_value(m, weight)));
    return weight;
}

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    const spectral_norm *layer = gn_module_state(module);
    const bool updates = gn_module_statistics(module) == GN_STATISTICS_BATCH_UPDATE;
    gn_var *weights[MAX_MATRICES];
    for (int i = 0; i < layer->count; i++)
        weights[i] = divide(&layer->matrices[i], gn_var_tape(inputs[0]), updates ? layer->iterations : 0);
    gn_var *out = gn_apply_all(gn_module_child(module, 0), inputs, count);
    for (int i = 0; i < layer->count; i++)
        gn_parameter_bind(layer->matrices[i].weight, weights[i]);
    return out;
}

static int count_inputs(const gn_module *module)
{
    return gn_module_child_count(module) == 0 ? 0 : gn_module_inputs(gn_module_child(module, 0));
}

/* Not row by row: each pass in training turns u once, so that two passes as one would be another schedule. */
static const gn_module_class spectral_norm_class = {
    .name = "spectral_norm", .forward = forward, .count_inputs = count_inputs};

/* --- construction ------------------------------------------------------------------------------------------------- */

/* "weight" of "layer.weight"; NULL for a parameter of a child. */
static const char *own_name(const gn_module *layer, const gn_parameter *parameter)
{
    const char *name = gn_parameter_name(parameter) + strlen(gn_module_name(layer)) + 1;
    return strchr(name, '.') == NULL ? name : NULL;
}

/* A bias may have a row for each class, but is added. */
static bool is_matrix(const gn_module *layer, gn_parameter *parameter)
{
    const char *name = own_name(layer, parameter);
    return name != NULL && strcmp(name, "bias") != 0 && gn_tensor_shape(gn_parameter_value(parameter)).rank >= 2;
}

static gn_status check(gn_context *context, gn_module *layer, int iterations)
{
    if (layer == NULL)
        return gn__context_fail_null(context, "spectral_norm: layer");
    const gn_parameter_list parameters = gn_parameters(layer);
    int matrices = 0;
    for (size_t i = 0; i < parameters.count; i++)
        matrices += is_matrix(layer, parameters.items[i]);
    if (matrices < 1 || matrices > MAX_MATRICES)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "spectral_norm: %s '%s' has %d weights of rank 2 or more, expected 1 to %d",
                               gn_module_get_class(layer)->name, gn_module_name(layer), matrices, MAX_MATRICES);
    if (iterations < 0 || iterations > 1000)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "spectral_norm: iterations is %d, expected 0 to 1000",
                               iterations);
    return GN_OK;
}

static gn_tensor *add_vector(gn_module *module, const char *weight, char letter, int64_t size)
{
    gn_context *context = gn_module_context(module);
    const size_t length = strlen(weight) + sizeof "_u";
    char *name = gn__new(context, length);
    if (name == NULL)
        return NULL;
    snprintf(name, length, "%s_%c", weight, letter);
    gn_tensor *vector = gn_module_add_buffer(module, name, GN_SHAPE(size), 0);
    gn__delete(context, name, length);
    return vector;
}

static bool add_matrix(gn_module *module, const gn_module *layer, gn_parameter *weight)
{
    gn_context *context = gn_module_context(module);
    spectral_norm *state = gn_module_state(module);
    const gn_shape shape = gn_tensor_shape(gn_parameter_value(weight));
    const bool transposed = gn__is_conv_transpose2d(layer);
    matrix *m = &state->matrices[state->count++];
    *m = (matrix){.weight = weight, .transposed = transposed, .columns = shape.size[shape.rank - (transposed ? 2 : 1)]};
    m->rows = gn_shape_count(shape) / m->columns;
    m->u = add_vector(module, own_name(layer, weight), 'u', m->columns);
    m->v = add_vector(module, own_name(layer, weight), 'v', m->rows);
    if (m->u == NULL || m->v == NULL)
        return false;
    gn_random random = {.seed = gn_context_seed(context),
                        .stream = UINT64_C(3) << 62 | context->parameters,
                        .index = (uint64_t)(state->count - 1) << 32};
    gn_random_fill_normal(&random, gn_tensor_data(m->u), m->columns, 0, 1);
    normalise(m->u);
    find_v(m, gn_tensor_values(gn_parameter_value(weight)));
    return true;
}

gn_module *gn_spectral_norm_layer(gn_context *context, gn_module *layer, int iterations)
{
    gn_module *module = NULL;
    if (check(context, layer, iterations) == GN_OK)
        module = gn_module_new(context, &spectral_norm_class, NULL, sizeof(spectral_norm));
    if (module == NULL) {
        gn_module_free(layer);
        return NULL;
    }
    const gn_parameter_list parameters = gn_parameters(layer);
    ((spectral_norm *)gn_module_state(module))->iterations = iterations == 0 ? 1 : iterations;
    bool made = true;
    for (size_t i = 0; i < parameters.count && made; i++)
        made = !is_matrix(layer, parameters.items[i]) || add_matrix(module, layer, parameters.items[i]);
    gn_module_add_child(module, layer);
    if (made)
        return gn_module_complete(module);
    gn_module_free(module);
    return NULL;
}
