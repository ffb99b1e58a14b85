/* SPDX-License-Identifier: MIT */
/* lib/kernels/pointwise.c - element-wise functions in vectorised loops, shared by the threads in tiles. */
#include "core/context.h"
#include "kernels/functions.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"

enum { TILE = 32 * 1024 }; /* elements */

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
        return x > 0 || x != x ? x : a == 0 ? 0 : a * x;
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
        return y > 0 ? x : a * x;
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

/* The second operand: one for each element, or the same for all. */
typedef enum operand { ARRAY, NUMBER } operand;

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
    case GN__EXP:
        unary_loop(GN__EXP, a, b, count, x, y);
        break;
    case GN__LOG:
        unary_loop(GN__LOG, a, b, count, x, y);
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
    case GN__TANH:
        unary_loop(GN__TANH, a, b, count, x, y);
        break;
    case GN__SIGMOID:
        unary_loop(GN__SIGMOID, a, b, count, x, y);
        break;
    case GN__SOFTPLUS:
        unary_loop(GN__SOFTPLUS, a, b, count, x, y);
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

static void unary_plain(gn__unary f, float a, float b, int64_t count, const float *x, float *y)
{
    unary_stretch(f, a, b, count, x, y);
}

GN__AVX2 static void unary_avx2(gn__unary f, float a, float b, int64_t count, const float *x, float *y)
{
    unary_stretch(f, a, b, count, x, y);
}

static void array_plain(gn__binary f, float a, float b, int64_t count, const float *x, const float *y, float *z)
{
    binary_stretch(f, a, b, ARRAY, count, x, y, z);
}

GN__AVX2 static void array_avx2(gn__binary f, float a, float b, int64_t count, const float *x, const float *y, float *z)
{
    binary_stretch(f, a, b, ARRAY, count, x, y, z);
}

static void number_plain(gn__binary f, float a, float b, int64_t count, const float *x, const float *y, float *z)
{
    binary_stretch(f, a, b, NUMBER, count, x, y, z);
}

GN__AVX2 static void number_avx2(gn__binary f, float a, float b, int64_t count, const float *x, const float *y,
                                 float *z)
{
    binary_stretch(f, a, b, NUMBER, count, x, y, z);
}

/* --- tiles -------------------------------------------------------------------------------------------------------- */

typedef struct unary_job {
    void (*stretch)(gn__unary f, float a, float b, int64_t count, const float *x, float *y);
    gn__unary f;
    float a, b;
    int64_t count;
    const float *x;
    float *y;
} unary_job;

static void unary_tile(void *argument, int64_t tile, int worker)
{
    const unary_job *job = argument;
    const int64_t first = tile * TILE;
    (void)worker;
    job->stretch(job->f, job->a, job->b, gn__smaller(TILE, job->count - first), job->x + first, job->y + first);
}

void gn__unary_fast(gn_context *context, gn__unary f, float a, float b, int64_t count, const float *x, float *y)
{
    unary_job job = {gn__has_avx2() ? unary_avx2 : unary_plain, f, a, b, count, x, y};
    gn__parallel_for(context->pool, (count + TILE - 1) / TILE, unary_tile, &job);
}

/* z [rows,columns] = f(x, y), y being a step of row_step from row to row: columns for an array, 0 for a row, 1 for a
 * column. */
typedef struct binary_job {
    void (*stretch)(gn__binary f, float a, float b, int64_t count, const float *x, const float *y, float *z);
    gn__binary f;
    float a, b;
    int64_t rows, columns, row_step, tile_rows;
    const float *x, *y;
    float *z;
} binary_job;

static void binary_tile(void *argument, int64_t tile, int worker)
{
    const binary_job *job = argument;
    const int64_t first = tile * job->tile_rows, last = gn__smaller(first + job->tile_rows, job->rows);
    (void)worker;
    for (int64_t row = first; row < last; row++)
        job->stretch(job->f, job->a, job->b, job->columns, job->x + row * job->columns, job->y + row * job->row_step,
                     job->z + row * job->columns);
}

static void run_binary(gn_context *context, binary_job *job)
{
    job->tile_rows = TILE / job->columns + 1;
    gn__parallel_for(context->pool, (job->rows + job->tile_rows - 1) / job->tile_rows, binary_tile, job);
}

void gn__binary_fast(gn_context *context, gn__binary f, float a, float b, int64_t count, const float *x, const float *y,
                     float *z)
{
    binary_job job = {gn__has_avx2() ? array_avx2 : array_plain, f, a, b, 0, TILE, TILE, 0, x, y, z};
    const int64_t rest = count % TILE, done = count - rest;
    job.rows = count / TILE;
    run_binary(context, &job);
    job.stretch(f, a, b, rest, x + done, y + done, z + done);
}

void gn__binary_row_fast(gn_context *context, gn__binary f, int64_t rows, int64_t columns, const float *x,
                         const float *side, float *z)
{
    binary_job job = {gn__has_avx2() ? array_avx2 : array_plain, f, 0, 0, rows, columns, 0, 0, x, side, z};
    run_binary(context, &job);
}

void gn__binary_column_fast(gn_context *context, gn__binary f, int64_t rows, int64_t columns, const float *x,
                            const float *side, float *z)
{
    binary_job job = {gn__has_avx2() ? number_avx2 : number_plain, f, 0, 0, rows, columns, 1, 0, x, side, z};
    run_binary(context, &job);
}
