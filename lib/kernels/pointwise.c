/* SPDX-License-Identifier: MIT */
/* lib/kernels/pointwise.c - element-wise functions in vectorised loops, shared by the threads in tiles. */
#include "core/context.h"
#include "kernels/functions.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"

enum { TILE = 8 * 1024 }; /* elements */

/* --- one element; f is a constant wherever these are inlined ------------------------------------------------------ */

GN__INLINE float unary_value(gn__unary f, float a, float b, float x)
{
    switch (f) {
    case GN__NEG:
        return -x;
    case GN__SCALE:
        return a * x;
    case GN__OFFSET:
        return x + a;
    case GN__POWER:
        return powf(x, a);
    case GN__EXP:
        return gn__exp(x);
    case GN__LOG:
        return gn__logarithm(x);
    case GN__SQRT:
        return sqrtf(x);
    case GN__ABS:
        return fabsf(x);
    case GN__SQUARE:
        return x * x;
    case GN__SIGN:
        return x > 0 ? 1 : x < 0 ? -1 : x;
    case GN__CLAMP:
        return x < a ? a : x > b ? b : x;
    case GN__LEAKY_RELU:
        return gn__leaky(x, a);
    case GN__TANH:
        return gn__tanh(x);
    case GN__SIGMOID:
        return gn__sigmoid(x);
    case GN__SOFTPLUS:
        return gn__softplus(x);
    case GN__UNARY_COUNT:
        break;
    }
    return x;
}

GN__INLINE float binary_value(gn__binary f, float a, float b, float x, float y)
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
        return x > y || x != x ? x : y;
    case GN__MINIMUM:
        return x < y || x != x ? x : y;
    case GN__LEAKY_RELU_GRADIENT:
        return gn__leaky_gradient(y, x, a);
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

/* --- one stretch of elements -------------------------------------------------------------------------------------- */

/* The second operand: none, one for each element, or the same for all. */
typedef enum operand { NONE, ARRAY, NUMBER } operand;

GN__INLINE void unary_loop(gn__unary f, float a, float b, int64_t count, const float *x, float *y)
{
    GN__INDEPENDENT
    for (int64_t i = 0; i < count; i++)
        y[i] = unary_value(f, a, b, x[i]);
}

GN__INLINE void binary_loop(gn__binary f, float a, float b, operand kind, int64_t count, const float *x, const float *y,
                            float *z)
{
    const float number = kind == NUMBER ? *y : 0;
    GN__INDEPENDENT
    for (int64_t i = 0; i < count; i++)
        z[i] = binary_value(f, a, b, x[i], kind == NUMBER ? number : y[i]);
}

/* Computing takes longer than memory here. */
static bool is_costly(operand kind, int f)
{
    return kind == NONE && (f == GN__EXP || f == GN__LOG || f == GN__TANH || f == GN__SIGMOID || f == GN__SOFTPLUS);
}

GN__INLINE void costly_stretch(gn__unary f, int64_t count, const float *x, float *y)
{
    if (f == GN__EXP)
        unary_loop(GN__EXP, 0, 0, count, x, y);
    else if (f == GN__LOG)
        unary_loop(GN__LOG, 0, 0, count, x, y);
    else if (f == GN__TANH)
        unary_loop(GN__TANH, 0, 0, count, x, y);
    else if (f == GN__SIGMOID)
        unary_loop(GN__SIGMOID, 0, 0, count, x, y);
    else
        unary_loop(GN__SOFTPLUS, 0, 0, count, x, y);
}

GN__INLINE void unary_stretch(gn__unary f, float a, float b, int64_t count, const float *x, float *y)
{
    switch (f) {
    case GN__NEG:
        unary_loop(GN__NEG, a, b, count, x, y);
        break;
    case GN__SCALE:
        unary_loop(GN__SCALE, a, b, count, x, y);
        break;
    case GN__OFFSET:
        unary_loop(GN__OFFSET, a, b, count, x, y);
        break;
    case GN__POWER:
        unary_loop(GN__POWER, a, b, count, x, y);
        break;
    case GN__SQRT:
        unary_loop(GN__SQRT, a, b, count, x, y);
        break;
    case GN__ABS:
        unary_loop(GN__ABS, a, b, count, x, y);
        break;
    case GN__SQUARE:
        unary_loop(GN__SQUARE, a, b, count, x, y);
        break;
    case GN__SIGN:
        unary_loop(GN__SIGN, a, b, count, x, y);
        break;
    case GN__CLAMP:
        unary_loop(GN__CLAMP, a, b, count, x, y);
        break;
    case GN__LEAKY_RELU:
        unary_loop(GN__LEAKY_RELU, a, b, count, x, y);
        break;
    case GN__EXP:
    case GN__LOG:
    case GN__TANH:
    case GN__SIGMOID:
    case GN__SOFTPLUS:
        costly_stretch(f, count, x, y);
        break;
    case GN__UNARY_COUNT:
        break;
    }
}

GN__INLINE void binary_stretch(gn__binary f, float a, float b, operand kind, int64_t count, const float *x,
                               const float *y, float *z)
{
    switch (f) {
    case GN__ADD:
        binary_loop(GN__ADD, a, b, kind, count, x, y, z);
        break;
    case GN__SUB:
        binary_loop(GN__SUB, a, b, kind, count, x, y, z);
        break;
    case GN__MUL:
        binary_loop(GN__MUL, a, b, kind, count, x, y, z);
        break;
    case GN__DIV:
        binary_loop(GN__DIV, a, b, kind, count, x, y, z);
        break;
    case GN__MAXIMUM:
        binary_loop(GN__MAXIMUM, a, b, kind, count, x, y, z);
        break;
    case GN__MINIMUM:
        binary_loop(GN__MINIMUM, a, b, kind, count, x, y, z);
        break;
    case GN__LEAKY_RELU_GRADIENT:
        binary_loop(GN__LEAKY_RELU_GRADIENT, a, b, kind, count, x, y, z);
        break;
    case GN__TANH_GRADIENT:
        binary_loop(GN__TANH_GRADIENT, a, b, kind, count, x, y, z);
        break;
    case GN__SIGMOID_GRADIENT:
        binary_loop(GN__SIGMOID_GRADIENT, a, b, kind, count, x, y, z);
        break;
    case GN__CLAMP_GRADIENT:
        binary_loop(GN__CLAMP_GRADIENT, a, b, kind, count, x, y, z);
        break;
    case GN__BINARY_COUNT:
        break;
    }
}

/* z [rows,columns] = f(x) or f(x, y), y being a step of row_step from row to row: columns for an array, 0 for a row, 1
 * for a column. */
typedef struct pointwise {
    int f; /* gn__unary or gn__binary */
    operand kind;
    float a, b;
    int64_t rows, columns, row_step, count; /* count: of z, whose last row may be shorter */
    const float *x, *y;
    float *z;
    int64_t tile_rows;
    void (*stretch)(const struct pointwise *t, int64_t count, const float *x, const float *y, float *z);
} pointwise;

GN__INLINE void any_stretch(const pointwise *t, int64_t count, const float *x, const float *y, float *z)
{
    if (t->kind == NONE)
        unary_stretch((gn__unary)t->f, t->a, t->b, count, x, z);
    else if (t->kind == ARRAY)
        binary_stretch((gn__binary)t->f, t->a, t->b, ARRAY, count, x, y, z);
    else
        binary_stretch((gn__binary)t->f, t->a, t->b, NUMBER, count, x, y, z);
}

static void stretch_plain(const pointwise *t, int64_t count, const float *x, const float *y, float *z)
{
    any_stretch(t, count, x, y, z);
}

GN__AVX2 static void stretch_avx2(const pointwise *t, int64_t count, const float *x, const float *y, float *z)
{
    any_stretch(t, count, x, y, z);
}

GN__AVX512 static void costly_avx512(const pointwise *t, int64_t count, const float *x, const float *y, float *z)
{
    (void)y;
    costly_stretch((gn__unary)t->f, count, x, z);
}

/* --- tiles -------------------------------------------------------------------------------------------------------- */

static void run_tile(void *argument, int64_t tile, int worker)
{
    const pointwise *t = argument;
    const int64_t first = tile * t->tile_rows, last = gn__smaller(first + t->tile_rows, t->rows);
    (void)worker;
    for (int64_t row = first; row < last; row++) {
        const int64_t start = row * t->columns;
        t->stretch(t, gn__smaller(t->columns, t->count - start), t->x + start, t->y + row * t->row_step, t->z + start);
    }
}

static void run(gn_context *context, pointwise t)
{
    const bool costly = is_costly(t.kind, t.f);
    t.stretch = costly && gn__has_avx512() ? costly_avx512 : gn__has_avx2() ? stretch_avx2 : stretch_plain;
    t.tile_rows = gn__ceiling(TILE, t.columns);
    gn__parallel_for(context->pool, gn__ceiling(t.rows, t.tile_rows), run_tile, &t);
}

/* All elements alike, in rows of a tile. */
static void run_flat(gn_context *context, operand kind, int f, float a, float b, int64_t count, const float *x,
                     const float *y, float *z)
{
    run(context, (pointwise){f, kind, a, b, gn__ceiling(count, TILE), TILE, TILE, count, x, y, z, 0, NULL});
}

void gn__unary_fast(gn_context *context, gn__unary f, float a, float b, int64_t count, const float *x, float *y)
{
    run_flat(context, NONE, (int)f, a, b, count, x, x, y);
}

void gn__binary_fast(gn_context *context, gn__binary f, float a, float b, int64_t count, const float *x, const float *y,
                     float *z)
{
    run_flat(context, ARRAY, (int)f, a, b, count, x, y, z);
}

void gn__binary_row_fast(gn_context *context, gn__binary f, int64_t rows, int64_t columns, const float *x,
                         const float *side, float *z)
{
    run(context, (pointwise){(int)f, ARRAY, 0, 0, rows, columns, 0, rows * columns, x, side, z, 0, NULL});
}

void gn__binary_column_fast(gn_context *context, gn__binary f, int64_t rows, int64_t columns, const float *x,
                            const float *side, float *z)
{
    run(context, (pointwise){(int)f, NUMBER, 0, 0, rows, columns, 1, rows * columns, x, side, z, 0, NULL});
}
