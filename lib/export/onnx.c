/* SPDX-License-Identifier: MIT */
/* lib/export/onnx.c - a network as an ONNX model: its ops, as a tape has recorded them, become nodes
 * (onnx.ai/onnx/operators, opset 13). */
#include "autodiff/attributes.h"
#include "core/context.h"
#include "export/names.h"
#include "export/onnx_graph.h"
#include "io/file.h"
#include "io/json.h"

#include <gannet/onnx.h>
#include <gannet/version.h>
#include <string.h>

enum { IR_VERSION = 7, OPSET = 13 }; /* of ONNX 1.8 */

static const gn_shape scalar = {.rank = 0};

/* Writes what the node of one op takes, and its attributes; returns the layout of what it gives. A node is of the type
 * that the table says, unless the writer sets another. */
typedef gn__onnx_layout node_writer(gn__onnx_node *node, const gn_var *out);

static bool only_channels_first(const gn__onnx_graph *graph, const gn_var *var)
{
    const gn__onnx_value *value = gn__onnx_value_of(graph, var);
    return value->there[GN__CHANNELS_FIRST] && !value->there[GN__AS_IS];
}

/* The layout in which an op without one of its own works: that of its inputs, when this spares a transpose. */
static gn__onnx_layout layout_of(const gn__onnx_graph *graph, const gn_var *out)
{
    bool images = out->shape.rank == 4, first = false;
    for (int i = 0; i < out->input_count; i++) {
        images = images &&
                 (out->inputs[i]->shape.rank == 4 || !gn__onnx_value_of(graph, out->inputs[i])->traced.variable);
        first = first || only_channels_first(graph, out->inputs[i]);
    }
    return images && first ? GN__CHANNELS_FIRST : GN__AS_IS;
}

/* --- element by element ------------------------------------------------------------------------------------------- */

/* The inputs, so many times over, then so many of the op's numbers. */
static gn__onnx_layout write_inputs(gn__onnx_node *node, const gn_var *out, int times, int numbers)
{
    const gn__unary_attributes *a = out->attributes;
    const gn__onnx_layout layout = layout_of(node->graph, out);
    for (int i = 0; i < times * out->input_count; i++)
        gn__onnx_take(node, out->inputs[i % out->input_count], layout);
    if (numbers > 0)
        gn__onnx_take_numbers(node, scalar, &a->a);
    if (numbers > 1)
        gn__onnx_take_numbers(node, scalar, &a->b);
    return layout;
}

static gn__onnx_layout write_elementwise(gn__onnx_node *node, const gn_var *out)
{
    return write_inputs(node, out, 1, 0);
}

static gn__onnx_layout write_with_number(gn__onnx_node *node, const gn_var *out)
{
    return write_inputs(node, out, 1, 1);
}

static gn__onnx_layout write_with_bounds(gn__onnx_node *node, const gn_var *out)
{
    return write_inputs(node, out, 1, 2);
}

static gn__onnx_layout write_square(gn__onnx_node *node, const gn_var *out)
{
    return write_inputs(node, out, 2, 0);
}

static gn__onnx_layout write_leaky_relu(gn__onnx_node *node, const gn_var *out)
{
    const gn__unary_attributes *a = out->attributes;
    const gn__onnx_layout layout = layout_of(node->graph, out);
    gn__onnx_take(node, out->inputs[0], layout);
    if (a->a == 0)
        node->type = "Relu";
    else
        gn__onnx_set_float(node, "alpha", a->a);
    return layout;
}

/* --- along axes --------------------------------------------------------------------------------------------------- */

/* The axes that are reduced, as far as that changes anything. */
static int reduced_axes(const gn_var *out, int64_t axes[GN_MAX_RANK])
{
    int count = 0;
    for (int axis = 0; axis < out->shape.rank; axis++)
        if (out->shape.size[axis] != out->inputs[0]->shape.size[axis])
            axes[count++] = axis;
    return count;
}

/* ReduceSum has the axes as an input since opset 13, ReduceMax as an attribute until 17. */
static gn__onnx_layout write_reduction(gn__onnx_node *node, const gn_var *out)
{
    int64_t axes[GN_MAX_RANK];
    const int count = reduced_axes(out, axes);
    gn__onnx_take(node, out->inputs[0], GN__AS_IS);
    if (count == 0) {
        node->type = "Identity";
        return GN__AS_IS;
    }
    if (out->op == &gn__op_sum)
        gn__onnx_take_indices(node, axes, count);
    else
        gn__onnx_set_numbers(node, "axes", axes, count);
    gn__onnx_set_number(node, "keepdims", 1);
    return GN__AS_IS;
}

static gn__onnx_layout write_softmax(gn__onnx_node *node, const gn_var *out)
{
    gn__onnx_take(node, out->inputs[0], GN__AS_IS);
    gn__onnx_set_number(node, "axis", -1);
    return GN__AS_IS;
}

static gn__onnx_layout write_pair_distances(gn__onnx_node *node, const gn_var *out)
{
    gn__onnx_take_differences(node, out->inputs[0]);
    gn__onnx_set_numbers(node, "axes", (const int64_t[]){2}, 1);
    gn__onnx_set_number(node, "keepdims", 0);
    return GN__AS_IS;
}

/* --- shapes ------------------------------------------------------------------------------------------------------- */

/* The first size follows from the others: it is the batch's, as a rule. */
static gn__onnx_layout write_reshape(gn__onnx_node *node, const gn_var *out)
{
    int64_t sizes[GN_MAX_RANK];
    for (int axis = 0; axis < out->shape.rank; axis++)
        sizes[axis] = axis == 0 ? -1 : out->shape.size[axis];
    gn__onnx_take(node, out->inputs[0], GN__AS_IS);
    gn__onnx_take_indices(node, sizes, out->shape.rank);
    return GN__AS_IS;
}

/* Expand takes 1 for "as it is". */
static gn__onnx_layout write_broadcast(gn__onnx_node *node, const gn_var *out)
{
    int64_t sizes[GN_MAX_RANK];
    const gn_shape from = out->inputs[0]->shape, to = out->shape;
    for (int axis = 0; axis < to.rank; axis++) {
        const int before = axis - (to.rank - from.rank);
        sizes[axis] = before >= 0 && from.size[before] == to.size[axis] ? 1 : to.size[axis];
    }
    gn__onnx_take(node, out->inputs[0], GN__AS_IS);
    gn__onnx_take_indices(node, sizes, to.rank);
    return GN__AS_IS;
}

static gn__onnx_layout write_transpose(gn__onnx_node *node, const gn_var *out)
{
    const gn__copy_attributes *a = out->attributes;
    int64_t order[GN_MAX_RANK];
    for (int axis = 0; axis < out->shape.rank; axis++)
        order[axis] = a->order[axis];
    gn__onnx_take(node, out->inputs[0], GN__AS_IS);
    gn__onnx_set_numbers(node, "perm", order, out->shape.rank);
    return GN__AS_IS;
}

static gn__onnx_layout write_concat(gn__onnx_node *node, const gn_var *out)
{
    static const int channels_first[] = {0, 2, 3, 1};
    const gn__piece_attributes *a = out->attributes;
    const gn__onnx_layout layout = layout_of(node->graph, out);
    for (int i = 0; i < out->input_count; i++)
        gn__onnx_take(node, out->inputs[i], layout);
    gn__onnx_set_number(node, "axis", layout == GN__CHANNELS_FIRST ? channels_first[a->axis] : a->axis);
    return layout;
}

static gn__onnx_layout write_slice(gn__onnx_node *node, const gn_var *out)
{
    const gn__piece_attributes *a = out->attributes;
    gn__onnx_take(node, out->inputs[0], GN__AS_IS);
    gn__onnx_take_indices(node, (const int64_t[]){a->start}, 1);
    gn__onnx_take_indices(node, (const int64_t[]){a->start + a->length}, 1);
    gn__onnx_take_indices(node, (const int64_t[]){a->axis}, 1);
    return GN__AS_IS;
}

static gn__onnx_layout write_pad(gn__onnx_node *node, const gn_var *out)
{
    const gn__piece_attributes *a = out->attributes;
    const int rank = out->shape.rank;
    int64_t pads[2 * GN_MAX_RANK] = {0};
    pads[a->axis] = a->start;
    pads[rank + a->axis] = out->shape.size[a->axis] - a->start - a->length;
    gn__onnx_take(node, out->inputs[0], GN__AS_IS);
    gn__onnx_take_indices(node, pads, 2 * rank);
    return GN__AS_IS;
}

/* --- rows by number ----------------------------------------------------------------------------------------------- */

static gn__onnx_layout write_gather(gn__onnx_node *node, const gn_var *out)
{
    gn__onnx_take(node, out->inputs[0], GN__AS_IS);
    gn__onnx_take_rows(node, out->inputs[1]);
    return GN__AS_IS;
}

static gn__onnx_layout write_one_hot(gn__onnx_node *node, const gn_var *out)
{
    gn__onnx_take_rows(node, out->inputs[0]);
    gn__onnx_take_indices(node, &out->shape.size[1], 1);
    gn__onnx_take_numbers(node, (gn_shape){1, {2}}, (const gn_real[]){0, 1});
    return GN__AS_IS;
}

/* --- matrices ----------------------------------------------------------------------------------------------------- */

static gn__onnx_layout write_product(gn__onnx_node *node, const gn_var *out)
{
    const gn__matmul_attributes *a = out->attributes; /* NULL for linear, which transposes nothing */
    for (int i = 0; i < out->input_count; i++)
        gn__onnx_take(node, out->inputs[i], GN__AS_IS);
    if (a != NULL && a->transpose_a)
        gn__onnx_set_number(node, "transA", 1);
    if (a != NULL && a->transpose_b)
        gn__onnx_set_number(node, "transB", 1);
    return GN__AS_IS;
}

/* --- images ------------------------------------------------------------------------------------------------------- */

/* How far the windows reach over the end of the large image; less than 0: so many pixels there are in no window. */
static int64_t rest(int64_t large, int64_t small, int64_t kernel, int64_t stride, int64_t dilation, int64_t before)
{
    return (small - 1) * stride + (kernel - 1) * dilation + 1 - before - large;
}

static void set_window(gn__onnx_node *node, const gn__conv_shape *s, bool dilated)
{
    const int64_t bottom = rest(s->h, s->oh, s->kh, s->stride_h, s->dilation_h, s->top);
    const int64_t right = rest(s->w, s->ow, s->kw, s->stride_w, s->dilation_w, s->left);
    gn__onnx_set_numbers(node, "kernel_shape", (const int64_t[]){s->kh, s->kw}, 2);
    gn__onnx_set_numbers(node, "strides", (const int64_t[]){s->stride_h, s->stride_w}, 2);
    gn__onnx_set_numbers(node, "pads",
                         (const int64_t[]){s->top, s->left, bottom > 0 ? bottom : 0, right > 0 ? right : 0}, 4);
    if (dilated)
        gn__onnx_set_numbers(node, "dilations", (const int64_t[]){s->dilation_h, s->dilation_w}, 2);
    if (node->out->op == &gn__op_conv_transpose2d && (bottom < 0 || right < 0))
        gn__onnx_set_numbers(node, "output_padding",
                             (const int64_t[]){bottom < 0 ? -bottom : 0, right < 0 ? -right : 0}, 2);
}

static gn__onnx_layout write_convolution(gn__onnx_node *node, const gn_var *out)
{
    gn__onnx_take(node, out->inputs[0], GN__CHANNELS_FIRST);
    gn__onnx_take(node, out->inputs[1], GN__KERNEL);
    if (out->input_count == 3)
        gn__onnx_take(node, out->inputs[2], GN__AS_IS);
    set_window(node, out->attributes, true);
    return GN__CHANNELS_FIRST;
}

static gn__onnx_layout write_pool(gn__onnx_node *node, const gn_var *out)
{
    gn__onnx_take(node, out->inputs[0], GN__CHANNELS_FIRST);
    set_window(node, out->attributes, false);
    return GN__CHANNELS_FIRST;
}

static gn__onnx_layout write_upsample(gn__onnx_node *node, const gn_var *out)
{
    const gn_real factor = (gn_real)(out->shape.size[1] / out->inputs[0]->shape.size[1]);
    gn__onnx_take(node, out->inputs[0], GN__CHANNELS_FIRST);
    gn__onnx_take_nothing(node);
    gn__onnx_take_numbers(node, (gn_shape){1, {4}}, (const gn_real[]){1, 1, factor, factor});
    gn__onnx_set_text(node, "mode", "nearest");
    gn__onnx_set_text(node, "coordinate_transformation_mode", "asymmetric");
    gn__onnx_set_text(node, "nearest_mode", "floor");
    return GN__CHANNELS_FIRST;
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

static const struct {
    const gn_op *op;
    const char *type;
    node_writer *write;
} table[] = {
    {&gn__op_add, "Add", write_elementwise},
    {&gn__op_sub, "Sub", write_elementwise},
    {&gn__op_mul, "Mul", write_elementwise},
    {&gn__op_div, "Div", write_elementwise},
    {&gn__op_maximum, "Max", write_elementwise},
    {&gn__op_minimum, "Min", write_elementwise},
    {&gn__op_neg, "Neg", write_elementwise},
    {&gn__op_scale, "Mul", write_with_number},
    {&gn__op_offset, "Add", write_with_number},
    {&gn__op_power, "Pow", write_with_number},
    {&gn__op_exp, "Exp", write_elementwise},
    {&gn__op_log, "Log", write_elementwise},
    {&gn__op_sqrt, "Sqrt", write_elementwise},
    {&gn__op_abs, "Abs", write_elementwise},
    {&gn__op_square, "Mul", write_square},
    {&gn__op_sign, "Sign", write_elementwise},
    {&gn__op_clamp, "Clip", write_with_bounds},
    {&gn__op_leaky_relu, "LeakyRelu", write_leaky_relu},
    {&gn__op_tanh, "Tanh", write_elementwise},
    {&gn__op_sigmoid, "Sigmoid", write_elementwise},
    {&gn__op_softplus, "Softplus", write_elementwise},
    {&gn__op_sum, "ReduceSum", write_reduction},
    {&gn__op_max, "ReduceMax", write_reduction},
    {&gn__op_softmax, "Softmax", write_softmax},
    {&gn__op_log_softmax, "LogSoftmax", write_softmax},
    {&gn__op_stop_gradient, "Identity", write_elementwise},
    {&gn__op_reshape, "Reshape", write_reshape},
    {&gn__op_broadcast, "Expand", write_broadcast},
    {&gn__op_transpose, "Transpose", write_transpose},
    {&gn__op_concat, "Concat", write_concat},
    {&gn__op_slice, "Slice", write_slice},
    {&gn__op_pad, "Pad", write_pad},
    {&gn__op_gather_rows, "Gather", write_gather},
    {&gn__op_one_hot, "OneHot", write_one_hot},
    {&gn__op_matmul, "Gemm", write_product},
    {&gn__op_linear, "Gemm", write_product},
    {&gn__op_conv2d, "Conv", write_convolution},
    {&gn__op_conv_transpose2d, "ConvTranspose", write_convolution},
    {&gn__op_max_pool2d, "MaxPool", write_pool},
    {&gn__op_avg_pool2d, "AveragePool", write_pool},
    {&gn__op_upsample_nearest2d, "Resize", write_upsample},
    {&gn__op_pair_distances, "ReduceL1", write_pair_distances},
};

static gn_status write_node(gn__onnx_graph *graph, const gn_var *out)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].op == out->op) {
            gn__onnx_node node;
            gn__onnx_begin(&node, graph, table[i].type, out);
            gn__onnx_end(&node, table[i].write(&node, out));
            return graph->body.status;
        }
    return gn_context_fail(graph->body.context, GN_ERROR_UNSUPPORTED,
                           "onnx: '%s' works with the op '%s', which cannot be exported",
                           out->layer == NULL ? "the network" : out->layer, out->op->name);
}

/* --- a graph from a module ---------------------------------------------------------------------------------------- */

static gn_status write_graph(gn__onnx_graph *graph, gn_var *const *inputs, int count, const gn_var *output,
                             const gn__names *n)
{
    gn_status status = GN_OK;
    for (int64_t i = 0; i < graph->count && status == GN_OK; i++) {
        const gn__traced *value = &graph->values[i].traced;
        if (value->needed && value->variable && value->var->op != NULL)
            status = write_node(graph, value->var);
    }
    if (status != GN_OK)
        return status;
    gn__onnx_finish(graph, inputs, count, output, n->output);
    gn__protobuf_text(&graph->body, GN__ONNX_GRAPH_NAME, "gannet");
    return graph->body.status;
}

/* Records the module on these shapes and makes its graph; batch as in the graph. */
static gn_status make_graph(gn_module *module, const gn_shape *shapes, int count, int64_t batch, const gn__names *n,
                            gn__protobuf *body)
{
    gn_context *context = gn_module_context(module);
    gn_tape *tape = gn_tape_new(context);
    if (tape == NULL)
        return GN_ERROR_MEMORY;
    gn_var *inputs[GN__MAX_TRACED];
    const gn_var *output = gn__module_trace_on(tape, module, shapes, inputs, count);
    gn_status status = gn_tape_status(tape);
    gn__onnx_graph graph = {0};
    if (status == GN_OK) {
        status = gn__onnx_open(&graph, tape, inputs, n->inputs, count, output, n->output);
        graph.batch = batch;
        if (status == GN_OK)
            status = write_graph(&graph, inputs, count, output, n);
        *body = graph.body; /* the caller's now */
        graph.body = (gn__protobuf){.context = context};
        gn__onnx_close(&graph);
    }
    gn_tape_free(tape);
    return status;
}

/* Do all inputs have a first axis, of the same size? */
static bool share_batch(const gn_onnx_options *options)
{
    for (int i = 0; i < options->count; i++)
        if (options->inputs[i].rank < 1 || options->inputs[i].size[0] != options->inputs[0].size[0])
            return false;
    return true;
}

/* The module's graph for inputs of this batch instead of their own; batch as in the graph. */
static gn_status make_graph_of_batch(gn_module *module, const gn_onnx_options *options, int64_t batch,
                                     const gn__names *n, gn__protobuf *body)
{
    gn_shape shapes[GN__MAX_TRACED];
    for (int i = 0; i < options->count; i++) {
        shapes[i] = options->inputs[i];
        shapes[i].size[0] = batch;
    }
    return make_graph(module, shapes, options->count, batch, n, body);
}

/* A graph holds for any batch when those of two batches are the same to the last byte. They have more than one row,
 * since one row is broadcast where several are not. */
static gn_status make_graph_of_any_batch(gn_module *module, const gn_onnx_options *options, const gn__names *n,
                                         gn__protobuf *graph, bool *holds)
{
    gn_context *context = gn_module_context(module);
    const gn__failure before = gn__context_failure(context);
    gn__protobuf other = {.context = context};
    gn_status status = make_graph_of_batch(module, options, 2, n, graph);
    if (status == GN_OK)
        status = make_graph_of_batch(module, options, 3, n, &other);
    *holds = status == GN_OK && other.size == graph->size && memcmp(other.bytes, graph->bytes, graph->size) == 0;
    gn__protobuf_close(&other);
    if (status == GN_OK || status == GN_ERROR_MEMORY)
        return status;
    gn__context_put_back(context, &before); /* a network may well be for one batch alone: that is no failure */
    return GN_OK;
}

static gn_status make_best_graph(gn_module *module, const gn_onnx_options *options, const gn__names *n,
                                 gn__protobuf *graph)
{
    bool holds = false;
    gn_status status = GN_OK;
    if (!options->fixed_batch && share_batch(options))
        status = make_graph_of_any_batch(module, options, n, graph, &holds);
    if (status != GN_OK || holds)
        return status;
    gn__protobuf_close(graph);
    *graph = (gn__protobuf){.context = gn_module_context(module)};
    return make_graph(module, options->inputs, options->count, 0, n, graph);
}

static gn_status write_model(gn_context *context, const gn__protobuf *graph, const char *path)
{
    enum { MODEL_IR = 1, MODEL_PRODUCER = 2, MODEL_VERSION = 3, MODEL_GRAPH = 7, MODEL_OPSET = 8, OPSET_VERSION = 2 };
    gn__protobuf model, opset;
    gn__writer writer;
    gn__protobuf_open(&model, context);
    gn__protobuf_open(&opset, context);
    gn__protobuf_number(&model, MODEL_IR, IR_VERSION);
    gn__protobuf_text(&model, MODEL_PRODUCER, "libgannet");
    gn__protobuf_text(&model, MODEL_VERSION, gn_version());
    gn__protobuf_number(&opset, OPSET_VERSION, OPSET);
    gn__protobuf_message(&model, MODEL_OPSET, &opset);
    gn__protobuf_message(&model, MODEL_GRAPH, graph);
    gn_status status = model.status;
    if (status == GN_OK) {
        gn__writer_open(&writer, context, path, false);
        gn__writer_write(&writer, model.bytes, model.size);
        status = gn__writer_close(&writer);
    }
    gn__protobuf_close(&opset);
    gn__protobuf_close(&model);
    return status;
}

/* --- the call ----------------------------------------------------------------------------------------------------- */

static gn_status check_name(gn_context *context, const char *name, const gn__names *n, int before)
{
    if (name == NULL || name[0] == '\0' || strlen(name) > 200)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "onnx: the name of an input or output is %s, expected 1 to 200 bytes",
                               name == NULL      ? "NULL"
                               : name[0] == '\0' ? "empty"
                                                 : "longer");
    if (!gn__is_utf8(name))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "onnx: the name '%s' is not UTF-8", name);
    for (int i = 0; i < before; i++)
        if (strcmp(name, n->inputs[i]) == 0)
            return gn_context_fail(context, GN_ERROR_ARGUMENT, "onnx: two inputs or outputs have the name '%s'", name);
    return GN_OK;
}

static gn_status check_shapes(gn_context *context, const gn_onnx_options *options)
{
    char text[64];
    for (int i = 0; i < options->count; i++)
        if (gn_shape_count(options->inputs[i]) == 0)
            return gn_context_fail(context, GN_ERROR_SHAPE,
                                   "onnx: the shape of input %d is %s, expected rank 0 to %d and sizes of at least 1",
                                   i, gn_shape_text(options->inputs[i], text, sizeof text), GN_MAX_RANK);
    return GN_OK;
}

static gn_status check_names(gn_context *context, const gn__names *n, int count)
{
    gn_status status = GN_OK;
    for (int i = 0; i < count && status == GN_OK; i++)
        status = check_name(context, n->inputs[i], n, i);
    return status == GN_OK ? check_name(context, n->output, n, count) : status;
}

gn_status gn_onnx_export(gn_module *module, const char *path, const gn_onnx_options *options)
{
    if (module == NULL)
        return GN_ERROR_ARGUMENT;
    gn_context *context = gn_module_context(module);
    if (options == NULL || options->inputs == NULL || path == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "onnx: options, its inputs or the path is NULL");
    if (options->count < 1 || options->count > GN__MAX_TRACED)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "onnx: %d input shapes, expected 1 to %d", options->count,
                               GN__MAX_TRACED);
    const gn__names n = gn__names_of(options->input_names, options->output_name);
    gn_status status = check_names(context, &n, options->count);
    if (status == GN_OK)
        status = check_shapes(context, options);
    if (status != GN_OK)
        return status;
    gn__protobuf graph = {.context = context};
    status = make_best_graph(module, options, &n, &graph);
    if (status == GN_OK)
        status = write_model(context, &graph, path);
    gn__protobuf_close(&graph);
    return status;
}
