/* SPDX-License-Identifier: MIT */
/* lib/export/onnx_graph.c - an ONNX graph that grows from a recording. Numbers of fields are those of onnx.proto
 * (github.com/onnx/onnx). */
#include "export/onnx_graph.h"

#include "core/allocator.h"
#include "io/element.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_TYPE = 4, NODE_ATTRIBUTE = 5 };
enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_FLOAT = 2,
    ATTRIBUTE_INT = 3,
    ATTRIBUTE_STRING = 4,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_TYPE = 20
};
enum { TYPE_FLOAT = 1, TYPE_INT = 2, TYPE_STRING = 3, TYPE_INTS = 7 }; /* of attributes */
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { FLOAT = 1, INT64 = 7 }; /* of elements */
enum { INFO_NAME = 1, INFO_TYPE = 2, TYPE_TENSOR = 1, TENSOR_TYPE_ELEMENT = 1, TENSOR_TYPE_SHAPE = 2 };
enum { SHAPE_DIMENSION = 1, DIMENSION_VALUE = 1, DIMENSION_PARAM = 2 };

enum { NAME = 400 };

/* --- values ------------------------------------------------------------------------------------------------------- */

gn__onnx_value *gn__onnx_value_of(const gn__onnx_graph *graph, const gn_var *var)
{
    return &graph->values[var->index];
}

gn_status gn__onnx_open(gn__onnx_graph *graph, gn_tape *tape, gn_var *const *inputs, const char *const *names,
                        int count, const gn_var *output, const char *output_name)
{
    *graph = (gn__onnx_graph){.count = tape->now.count};
    gn__protobuf_open(&graph->body, tape->context);
    const gn__traced *traced = gn__trace_values(tape, inputs, count, output);
    graph->values = traced == NULL ? NULL : gn__new(tape->context, (size_t)graph->count * sizeof *graph->values);
    if (graph->values == NULL)
        return GN_ERROR_MEMORY;
    for (int64_t i = 0; i < graph->count; i++)
        graph->values[i].traced = traced[i];
    for (int i = 0; i < count; i++) {
        gn__onnx_value *value = gn__onnx_value_of(graph, inputs[i]);
        value->there[GN__AS_IS] = true;
        value->name = names[i];
    }
    gn__onnx_value *last = gn__onnx_value_of(graph, output);
    if (last->traced.variable && last->name == NULL)
        last->name = output_name;
    return GN_OK;
}

void gn__onnx_close(gn__onnx_graph *graph)
{
    if (graph->values != NULL)
        gn__delete(graph->body.context, graph->values, (size_t)graph->count * sizeof *graph->values);
    gn__protobuf_close(&graph->body);
}

enum { LONG = 300 };

/* Is it a parameter whose name nothing else has? Modules that are no children of the network may have any. */
static bool is_named(const gn__onnx_graph *graph, const gn_var *var)
{
    const char *name = var->parameter == NULL ? NULL : gn_parameter_name(var->parameter);
    for (int64_t i = 0; i < graph->count && name != NULL; i++) {
        const gn_var *other = graph->values[i].traced.var;
        const char *given = other == var               ? NULL
                            : other->parameter == NULL ? graph->values[i].name
                                                       : gn_parameter_name(other->parameter);
        if (given != NULL && strcmp(given, name) == 0)
            return false;
    }
    return name != NULL && strlen(name) <= LONG;
}

/* "generator.up1.conv_transpose2d7", "generator.up1.weight"; the layout is a part of the name, and the index tells long
 * ones apart. */
static void name_of(const gn__onnx_graph *graph, const gn_var *var, gn__onnx_layout layout, char name[NAME])
{
    static const char *const suffixes[GN__LAYOUTS] = {"", "_nchw", "_kernel"};
    const char *given = gn__onnx_value_of(graph, var)->name, *layer = var->layer == NULL ? "" : var->layer;
    if (given == NULL && is_named(graph, var))
        given = gn_parameter_name(var->parameter);
    if (given != NULL)
        snprintf(name, NAME, "%s%s", given, suffixes[layout]);
    else
        snprintf(name, NAME, "%.*s%s%s%" PRId64 "%s", (int)LONG, layer, layer[0] == '\0' ? "" : ".",
                 gn_var_op_name(var), var->index, suffixes[layout]);
}

/* --- initializers ------------------------------------------------------------------------------------------------- */

static const int orders[GN__LAYOUTS][4] = {{0, 1, 2, 3}, {0, 3, 1, 2}, {3, 2, 0, 1}};

/* A tensor's description; its elements, so many bytes, are to be written where this points. */
static unsigned char *begin_tensor(gn__protobuf *tensor, const char *name, int type, gn_shape shape, size_t size)
{
    for (int axis = 0; axis < shape.rank; axis++)
        gn__protobuf_number(tensor, TENSOR_DIMS, shape.size[axis]);
    gn__protobuf_number(tensor, TENSOR_TYPE, type);
    gn__protobuf_text(tensor, TENSOR_NAME, name);
    return gn__protobuf_bytes(tensor, TENSOR_RAW, size);
}

static void end_tensor(gn__onnx_graph *graph, gn__protobuf *tensor)
{
    gn__protobuf_message(&graph->body, GRAPH_INITIALIZER, tensor);
    gn__protobuf_close(tensor);
}

/* Elements in the order that a permutation of four axes gives them. */
static void put_permuted(unsigned char *bytes, const gn_real *x, gn_shape shape, const int order[4])
{
    int64_t stride[4] = {shape.size[1] * shape.size[2] * shape.size[3], shape.size[2] * shape.size[3], shape.size[3],
                         1};
    for (int64_t a = 0; a < shape.size[order[0]]; a++)
        for (int64_t b = 0; b < shape.size[order[1]]; b++)
            for (int64_t c = 0; c < shape.size[order[2]]; c++)
                for (int64_t d = 0; d < shape.size[order[3]]; d++, bytes += 4)
                    gn__store_float(bytes, (float)x[a * stride[order[0]] + b * stride[order[1]] + c * stride[order[2]] +
                                                    d * stride[order[3]]]);
}

/* NumPy's rule: axes that are missing in front have size 1. */
static gn_shape with_four_axes(gn_shape shape)
{
    gn_shape four = {.rank = 4, .size = {1, 1, 1, 1}};
    for (int axis = 0; axis < shape.rank; axis++)
        four.size[4 - shape.rank + axis] = shape.size[axis];
    return four;
}

static void write_floats(gn__onnx_graph *graph, const char *name, gn_shape shape, const gn_real *x)
{
    gn__protobuf tensor;
    const int64_t count = gn_shape_count(shape);
    gn__protobuf_open(&tensor, graph->body.context);
    unsigned char *bytes = begin_tensor(&tensor, name, FLOAT, shape, (size_t)count * 4);
    for (int64_t i = 0; i < count && bytes != NULL; i++)
        gn__store_float(bytes + 4 * i, (float)x[i]);
    end_tensor(graph, &tensor);
}

static void write_permuted(gn__onnx_graph *graph, const char *name, gn_shape shape, const int order[4],
                           const gn_real *x)
{
    gn__protobuf tensor;
    gn_shape permuted = {.rank = 4};
    for (int axis = 0; axis < 4; axis++)
        permuted.size[axis] = shape.size[order[axis]];
    gn__protobuf_open(&tensor, graph->body.context);
    unsigned char *bytes = begin_tensor(&tensor, name, FLOAT, permuted, (size_t)gn_shape_count(shape) * 4);
    if (bytes != NULL)
        put_permuted(bytes, x, shape, order);
    end_tensor(graph, &tensor);
}

static void write_constant(gn__onnx_graph *graph, const gn_var *var, gn__onnx_layout layout, const char *name)
{
    if (layout == GN__AS_IS)
        write_floats(graph, name, var->shape, var->data);
    else
        write_permuted(graph, name, with_four_axes(var->shape), orders[layout], var->data);
}

/* --- nodes -------------------------------------------------------------------------------------------------------- */

static void open_node(gn__onnx_node *node, gn__onnx_graph *graph, const char *type, const char *name)
{
    node->graph = graph;
    node->type = type;
    gn__protobuf_open(&node->message, graph->body.context);
    gn__protobuf_text(&node->message, NODE_NAME, name);
}

static void close_node(gn__onnx_node *node, const char *output)
{
    gn__protobuf_text(&node->message, NODE_TYPE, node->type);
    gn__protobuf_text(&node->message, NODE_OUTPUT, output);
    gn__protobuf_message(&node->graph->body, GRAPH_NODE, &node->message);
    gn__protobuf_close(&node->message);
}

static void need(gn__onnx_graph *graph, const gn_var *var, gn__onnx_layout layout, char name[NAME]);

static void transpose(gn__onnx_graph *graph, const gn_var *var, gn__onnx_layout from, const int *order, const char *to)
{
    char name[NAME], own[NAME + 16];
    gn__onnx_node node;
    need(graph, var, from, name);
    snprintf(own, sizeof own, "%s_transpose", to);
    open_node(&node, graph, "Transpose", own);
    gn__protobuf_text(&node.message, NODE_INPUT, name);
    gn__onnx_set_numbers(&node, "perm", (const int64_t[]){order[0], order[1], order[2], order[3]}, 4);
    close_node(&node, to);
}

/* Sees to it that a value is there in a layout, and names it. */
static void need(gn__onnx_graph *graph, const gn_var *var, gn__onnx_layout layout, char name[NAME])
{
    static const int back[] = {0, 2, 3, 1};
    gn__onnx_value *value = gn__onnx_value_of(graph, var);
    name_of(graph, var, layout, name);
    if (value->there[layout])
        return;
    value->there[layout] = true;
    if (!value->traced.variable)
        write_constant(graph, var, layout, name);
    else if (layout == GN__AS_IS)
        transpose(graph, var, GN__CHANNELS_FIRST, back, name);
    else
        transpose(graph, var, GN__AS_IS, orders[layout], name);
}

void gn__onnx_begin(gn__onnx_node *node, gn__onnx_graph *graph, const char *type, const gn_var *out)
{
    char name[NAME];
    *node = (gn__onnx_node){.out = out};
    name_of(graph, out, GN__AS_IS, name);
    open_node(node, graph, type, name);
}

void gn__onnx_end(gn__onnx_node *node, gn__onnx_layout layout)
{
    char name[NAME];
    name_of(node->graph, node->out, layout, name);
    gn__onnx_value_of(node->graph, node->out)->there[layout] = true;
    close_node(node, name);
}

/* --- their inputs ------------------------------------------------------------------------------------------------- */

void gn__onnx_take(gn__onnx_node *node, const gn_var *input, gn__onnx_layout layout)
{
    char name[NAME];
    need(node->graph, input, layout, name);
    gn__protobuf_text(&node->message, NODE_INPUT, name);
}

void gn__onnx_take_nothing(gn__onnx_node *node)
{
    gn__protobuf_text(&node->message, NODE_INPUT, "");
}

/* "<the node's name>_0" and so on. */
static void own_name(gn__onnx_node *node, char name[NAME])
{
    char base[NAME];
    name_of(node->graph, node->out, GN__AS_IS, base);
    snprintf(name, NAME, "%.380s_%d", base, node->own++);
}

/* Something of the node's own becomes its next input. */
static void take_own(gn__onnx_node *node, char name[NAME])
{
    own_name(node, name);
    gn__protobuf_text(&node->message, NODE_INPUT, name);
}

void gn__onnx_take_indices(gn__onnx_node *node, const int64_t *numbers, int count)
{
    char name[NAME];
    gn__protobuf tensor;
    take_own(node, name);
    gn__protobuf_open(&tensor, node->message.context);
    const gn_shape shape = {.rank = 1, .size = {count}};
    unsigned char *bytes = begin_tensor(&tensor, name, INT64, shape, 8 * (size_t)count);
    for (int i = 0; i < count && bytes != NULL; i++)
        gn__store_little_endian(bytes + 8 * i, (uint64_t)numbers[i], 8);
    end_tensor(node->graph, &tensor);
}

void gn__onnx_take_numbers(gn__onnx_node *node, gn_shape shape, const gn_real *numbers)
{
    char name[NAME];
    take_own(node, name);
    write_floats(node->graph, name, shape, numbers);
}

void gn__onnx_take_rows(gn__onnx_node *node, const gn_var *input)
{
    char name[NAME], taken[NAME];
    gn__onnx_node cast;
    need(node->graph, input, GN__AS_IS, taken);
    take_own(node, name);
    open_node(&cast, node->graph, "Cast", name);
    gn__protobuf_text(&cast.message, NODE_INPUT, taken);
    gn__onnx_set_number(&cast, "to", INT64);
    close_node(&cast, name);
}

static void unsqueeze(gn__onnx_node *node, const char *taken, int64_t axis, char name[NAME])
{
    gn__onnx_node inner = {.out = node->out, .own = node->own + 1};
    own_name(node, name);
    open_node(&inner, node->graph, "Unsqueeze", name);
    gn__protobuf_text(&inner.message, NODE_INPUT, taken);
    gn__onnx_take_indices(&inner, &axis, 1);
    close_node(&inner, name);
    node->own = inner.own;
}

void gn__onnx_take_differences(gn__onnx_node *node, const gn_var *input)
{
    char taken[NAME], rows[NAME], columns[NAME], name[NAME];
    gn__onnx_node inner;
    need(node->graph, input, GN__AS_IS, taken);
    unsqueeze(node, taken, 1, rows);
    unsqueeze(node, taken, 0, columns);
    take_own(node, name);
    open_node(&inner, node->graph, "Sub", name);
    gn__protobuf_text(&inner.message, NODE_INPUT, rows);
    gn__protobuf_text(&inner.message, NODE_INPUT, columns);
    close_node(&inner, name);
}

/* --- their attributes --------------------------------------------------------------------------------------------- */

static void open_attribute(gn__protobuf *attribute, const gn__onnx_node *node, const char *name, int type)
{
    gn__protobuf_open(attribute, node->message.context);
    gn__protobuf_text(attribute, ATTRIBUTE_NAME, name);
    gn__protobuf_number(attribute, ATTRIBUTE_TYPE, type);
}

static void close_attribute(gn__onnx_node *node, gn__protobuf *attribute)
{
    gn__protobuf_message(&node->message, NODE_ATTRIBUTE, attribute);
    gn__protobuf_close(attribute);
}

void gn__onnx_set_number(gn__onnx_node *node, const char *name, int64_t number)
{
    gn__protobuf attribute;
    open_attribute(&attribute, node, name, TYPE_INT);
    gn__protobuf_number(&attribute, ATTRIBUTE_INT, number);
    close_attribute(node, &attribute);
}

void gn__onnx_set_numbers(gn__onnx_node *node, const char *name, const int64_t *numbers, int count)
{
    gn__protobuf attribute;
    open_attribute(&attribute, node, name, TYPE_INTS);
    for (int i = 0; i < count; i++)
        gn__protobuf_number(&attribute, ATTRIBUTE_INTS, numbers[i]);
    close_attribute(node, &attribute);
}

void gn__onnx_set_float(gn__onnx_node *node, const char *name, gn_real number)
{
    gn__protobuf attribute;
    open_attribute(&attribute, node, name, TYPE_FLOAT);
    gn__protobuf_float(&attribute, ATTRIBUTE_FLOAT, (float)number);
    close_attribute(node, &attribute);
}

void gn__onnx_set_text(gn__onnx_node *node, const char *name, const char *text)
{
    gn__protobuf attribute;
    open_attribute(&attribute, node, name, TYPE_STRING);
    gn__protobuf_text(&attribute, ATTRIBUTE_STRING, text);
    close_attribute(node, &attribute);
}

/* --- inputs and outputs of the whole ------------------------------------------------------------------------------ */

static void write_dimension(const gn__onnx_graph *graph, gn__protobuf *sizes, int axis, int64_t size)
{
    gn__protobuf dimension;
    gn__protobuf_open(&dimension, sizes->context);
    if (axis == 0 && size == graph->batch)
        gn__protobuf_text(&dimension, DIMENSION_PARAM, "N");
    else
        gn__protobuf_number(&dimension, DIMENSION_VALUE, size);
    gn__protobuf_message(sizes, SHAPE_DIMENSION, &dimension);
    gn__protobuf_close(&dimension);
}

/* Wraps a message into another that has it as its only, or last, field. */
static void wrap(gn__protobuf *outer, unsigned field, gn__protobuf *inner)
{
    gn__protobuf_message(outer, field, inner);
    gn__protobuf_close(inner);
}

static void write_info(gn__onnx_graph *graph, unsigned field, const char *name, gn_shape shape)
{
    gn__protobuf sizes, tensor, type, info;
    gn__protobuf_open(&sizes, graph->body.context);
    gn__protobuf_open(&tensor, graph->body.context);
    gn__protobuf_open(&type, graph->body.context);
    gn__protobuf_open(&info, graph->body.context);
    for (int axis = 0; axis < shape.rank; axis++)
        write_dimension(graph, &sizes, axis, shape.size[axis]);
    gn__protobuf_number(&tensor, TENSOR_TYPE_ELEMENT, FLOAT);
    wrap(&tensor, TENSOR_TYPE_SHAPE, &sizes);
    wrap(&type, TYPE_TENSOR, &tensor);
    gn__protobuf_text(&info, INFO_NAME, name);
    wrap(&info, INFO_TYPE, &type);
    wrap(&graph->body, field, &info);
}

void gn__onnx_finish(gn__onnx_graph *graph, gn_var *const *inputs, int count, const gn_var *output, const char *name)
{
    char found[NAME];
    gn__onnx_node node;
    need(graph, output, GN__AS_IS, found);
    if (strcmp(found, name) != 0) {
        open_node(&node, graph, "Identity", name);
        gn__protobuf_text(&node.message, NODE_INPUT, found);
        close_node(&node, name);
    }
    for (int i = 0; i < count; i++)
        write_info(graph, GRAPH_INPUT, gn__onnx_value_of(graph, inputs[i])->name, inputs[i]->shape);
    write_info(graph, GRAPH_OUTPUT, name, output->shape);
}
