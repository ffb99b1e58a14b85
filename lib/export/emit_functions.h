/* SPDX-License-Identifier: MIT */
/* lib/export/emit_functions.h - the C functions that an emitted network is made of, as texts. */
#ifndef GN_EXPORT_EMIT_FUNCTIONS_H
#define GN_EXPORT_EMIT_FUNCTIONS_H

typedef enum gn__emit_function {
    GN__EMIT_NEG,
    GN__EMIT_SCALE,
    GN__EMIT_OFFSET,
    GN__EMIT_POWER,
    GN__EMIT_EXP,
    GN__EMIT_LOG,
    GN__EMIT_SQRT,
    GN__EMIT_ABS,
    GN__EMIT_SQUARE,
    GN__EMIT_SIGN,
    GN__EMIT_CLAMP,
    GN__EMIT_LEAKY_RELU,
    GN__EMIT_TANH,
    GN__EMIT_SIGMOID,
    GN__EMIT_SOFTPLUS,
    GN__EMIT_ADD,
    GN__EMIT_SUB,
    GN__EMIT_MUL,
    GN__EMIT_DIV,
    GN__EMIT_MAXIMUM,
    GN__EMIT_MINIMUM,
    GN__EMIT_SUM,
    GN__EMIT_MAX,
    GN__EMIT_SOFTMAX,
    GN__EMIT_LOG_SOFTMAX,
    GN__EMIT_COPY,
    GN__EMIT_ROWS,
    GN__EMIT_ZERO,
    GN__EMIT_GATHER,
    GN__EMIT_ONE_HOT,
    GN__EMIT_MATMUL,
    GN__EMIT_LINEAR,
    GN__EMIT_WINDOW, /* the type that the next four take */
    GN__EMIT_CONV2D,
    GN__EMIT_CONV_TRANSPOSE2D,
    GN__EMIT_MAX_POOL2D,
    GN__EMIT_AVG_POOL2D,
    GN__EMIT_UPSAMPLE,
    GN__EMIT_PAIR_DISTANCES,
    GN__EMIT_FUNCTIONS
} gn__emit_function;

/* In the text @ stands for the network's name, with which all names begin: @_relu and so on. */
typedef struct gn__emit_text {
    const char *name;
    const char *text;
    int numbers; /* element-wise functions of one value: how many of a and b they take */
} gn__emit_text;

extern const gn__emit_text gn__emit_texts[GN__EMIT_FUNCTIONS];

#endif
