/* SPDX-License-Identifier: MIT */
/* lib/kernels/pointwise_reference.c - element-wise functions by the C library's own. */
#include "kernels/kernels.h"

#include <tgmath.h>

static gn_real unary(gn__unary f, gn_real a, gn_real b, gn_real x)
{
    switch (f) {
    case GN__NEG:
        return -x;
    case GN__SCALE:
        return a * x;
    case GN__OFFSET:
        return x + a;
    case GN__POWER:
        return pow(x, a);
    case GN__EXP:
        return exp(x);
    case GN__LOG:
        return log(x);
    case GN__SQRT:
        return sqrt(x);
    case GN__ABS:
        return fabs(x);
    case GN__SQUARE:
        return x * x;
    case GN__SIGN:
        return x > 0 ? 1 : x < 0 ? -1 : x;
    case GN__CLAMP:
        return x < a ? a : x > b ? b : x;
    case GN__LEAKY_RELU:
        return x > 0 || isnan(x) ? x : a == 0 ? 0 : a * x;
    case GN__TANH:
        return tanh(x);
    case GN__SIGMOID:
        return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
    case GN__SOFTPLUS:
        return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
    case GN__UNARY_COUNT:
        break;
    }
    return x;
}

static gn_real binary(gn__binary f, gn_real a, gn_real b, gn_real x, gn_real y)
{
    switch (f) {
    case GN__ADD:
        return x + y;
    case GN__SUB:
        return x - y;
    case GN__MUL:
        return x * y;
    case GN__DIV:
        return x / y;
    case GN__MAXIMUM:
        return x > y || isnan(x) ? x : y;
    case GN__MINIMUM:
        return x < y || isnan(x) ? x : y;
    case GN__LEAKY_RELU_GRADIENT:
        return y > 0 ? x : a == 0 ? 0 : a * x;
    case GN__TANH_GRADIENT:
        return x * (1 - y * y);
    case GN__SIGMOID_GRADIENT:
        return x * y * (1 - y);
    case GN__CLAMP_GRADIENT:
        return y >= a && y <= b ? x : 0;
    case GN__BINARY_COUNT:
        break;
    }
    return x;
}

void gn__unary_reference(gn_context *context, gn__unary f, gn_real a, gn_real b, int64_t count, const gn_real *x,
                         gn_real *y)
{
    (void)context;
    for (int64_t i = 0; i < count; i++)
        y[i] = unary(f, a, b, x[i]);
}

void gn__binary_reference(gn_context *context, gn__binary f, gn_real a, gn_real b, int64_t count, const gn_real *x,
                          const gn_real *y, gn_real *z)
{
    (void)context;
    for (int64_t i = 0; i < count; i++)
        z[i] = binary(f, a, b, x[i], y[i]);
}

void gn__binary_row_reference(gn_context *context, gn__binary f, int64_t rows, int64_t columns, const gn_real *x,
                              const gn_real *side, gn_real *z)
{
    (void)context;
    for (int64_t i = 0; i < rows * columns; i++)
        z[i] = binary(f, 0, 0, x[i], side[i % columns]);
}

void gn__binary_column_reference(gn_context *context, gn__binary f, int64_t rows, int64_t columns, const gn_real *x,
                                 const gn_real *side, gn_real *z)
{
    (void)context;
    for (int64_t i = 0; i < rows * columns; i++)
        z[i] = binary(f, 0, 0, x[i], side[i / columns]);
}
