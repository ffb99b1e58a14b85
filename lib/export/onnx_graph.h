/* SPDX-License-Identifier: MIT */
/* lib/export/onnx_graph.h - an ONNX graph that grows from a recording: the values that are there, and nodes that take
 * and give them.
 *
 * Images are [N,H,W,C] here and [N,C,H,W] in ONNX. Each value is there in the layouts that somebody asked for: a
 * Transpose is written when a node wants one that is not there yet, and for what does not depend on the network's
 * inputs another initializer. So a run of convolutions has one Transpose before it and one behind. */
#ifndef GN_EXPORT_ONNX_GRAPH_H
#define GN_EXPORT_ONNX_GRAPH_H

#include "export/trace.h"
#include "io/protobuf.h"

typedef enum gn__onnx_layout {
    GN__AS_IS,
    GN__CHANNELS_FIRST, /* [N,H,W,C] -> [N,C,H,W] */
    GN__KERNEL,         /* both convolutions: [KH,KW,a,b] -> [b,a,KH,KW] */
    GN__LAYOUTS
} gn__onnx_layout;

typedef struct gn__onnx_value {
    gn__traced traced;
    const char *name; /* of an input or output of the network; NULL: it is made from the layer's and the op's */
    bool there[GN__LAYOUTS];
} gn__onnx_value;

typedef struct gn__onnx_graph {
    gn__protobuf body;      /* nodes and initializers so far */
    gn__onnx_value *values; /* by their index on the tape */
    int64_t count;
    int64_t batch; /* the size of the first axis that is written as "N"; 0: none */
} gn__onnx_graph;

/* The graph of a recording, without nodes: what it computes from inputs and needs for output. */
gn_status gn__onnx_open(gn__onnx_graph *graph, gn_tape *tape, gn_var *const *inputs, const char *const *names,
                        int count, const gn_var *output, const char *output_name);
void gn__onnx_close(gn__onnx_graph *graph);

gn__onnx_value *gn__onnx_value_of(const gn__onnx_graph *graph, const gn_var *var);

enum { GN__ONNX_GRAPH_NAME = 2 }; /* the field of its name */

/* A node that is being written. */
typedef struct gn__onnx_node {
    gn__onnx_graph *graph;
    const gn_var *out;
    const char *type; /* may be another until the node ends */
    gn__protobuf message;
    int own; /* values that are named after it so far */
} gn__onnx_node;

/* Begins the node that computes out. */
void gn__onnx_begin(gn__onnx_node *node, gn__onnx_graph *graph, const char *type, const gn_var *out);

/* Its inputs in order: a value; class numbers as whole ones; numbers of its own; or nothing, where an input may be left
 * out. */
void gn__onnx_take(gn__onnx_node *node, const gn_var *input, gn__onnx_layout layout);
void gn__onnx_take_rows(gn__onnx_node *node, const gn_var *input);
void gn__onnx_take_indices(gn__onnx_node *node, const int64_t *numbers, int count);
void gn__onnx_take_numbers(gn__onnx_node *node, gn_shape shape, const gn_real *numbers);
void gn__onnx_take_nothing(gn__onnx_node *node);

/* Rows [N,D,B] minus rows, all pairs: [N,N,D,B]. */
void gn__onnx_take_differences(gn__onnx_node *node, const gn_var *input);

void gn__onnx_set_number(gn__onnx_node *node, const char *attribute, int64_t number);
void gn__onnx_set_numbers(gn__onnx_node *node, const char *attribute, const int64_t *numbers, int count);
void gn__onnx_set_float(gn__onnx_node *node, const char *attribute, gn_real number);
void gn__onnx_set_text(gn__onnx_node *node, const char *attribute, const char *text);

/* Ends it: out is there in this layout. */
void gn__onnx_end(gn__onnx_node *node, gn__onnx_layout layout);

/* Makes the output be there under its name, and writes down what the network takes and gives. */
void gn__onnx_finish(gn__onnx_graph *graph, gn_var *const *inputs, int count, const gn_var *output, const char *name);

#endif
