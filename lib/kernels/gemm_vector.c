/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_vector.c - products of vectors, and of a matrix with a vector. */
#include "kernels/gemm_vector.h"

#include "core/context.h"
#include "core/processor.h"
#include "kernels/finish.h"
#include "kernels/gemm_microkernel.h"
#include "kernels/sizes.h"

#include <math.h>

/* A vector anywhere in an array of floats. */
typedef float loose_vector __attribute__((vector_size(32), aligned(4), may_alias));

GN__INLINE void add_products(gn__lanes *lanes, int64_t count, const float *x, const float *y)
{
    enum { VECTORS = GN__LANES / GN__VECTOR };
    gn__vector sum[VECTORS];
    int64_t i = 0;
    for (int j = 0; j < VECTORS; j++)
        sum[j] = lanes->sum[j];
    for (; i + GN__LANES <= count; i += GN__LANES)
        for (int j = 0; j < VECTORS; j++)
            sum[j] += *(const loose_vector *)(x + i + j * GN__VECTOR) * *(const loose_vector *)(y + i + j * GN__VECTOR);
    for (int j = 0; j < VECTORS; j++)
        lanes->sum[j] = sum[j];
    for (int j = 0; i < count; i++, j++)
        lanes->sum[j / GN__VECTOR][j % GN__VECTOR] += x[i] * y[i];
}

/* Half the lanes at a time, whose sums fit into the registers. */
GN__INLINE void add_products_abreast(gn__lanes *lanes, int64_t count, const float *x, int64_t stride, const float *y)
{
    enum { HALF = GN__LANES / GN__VECTOR / 2 };
    const int64_t whole = count - count % GN__LANES;
    for (int half = 0; half < 2 * HALF; half += HALF) {
        gn__vector sum[GN__ABREAST][HALF];
        for (int n = 0; n < GN__ABREAST; n++)
            for (int j = 0; j < HALF; j++)
                sum[n][j] = lanes[n].sum[half + j];
        for (int64_t i = half * GN__VECTOR; i < whole; i += GN__LANES)
            for (int j = 0; j < HALF; j++) {
                const gn__vector v = *(const loose_vector *)(y + i + j * GN__VECTOR);
                for (int n = 0; n < GN__ABREAST; n++)
                    sum[n][j] += *(const loose_vector *)(x + n * stride + i + j * GN__VECTOR) * v;
            }
        for (int n = 0; n < GN__ABREAST; n++)
            for (int j = 0; j < HALF; j++)
                lanes[n].sum[half + j] = sum[n][j];
    }
    for (int n = 0; n < GN__ABREAST; n++)
        for (int64_t i = whole; i < count; i++)
            lanes[n].sum[(i - whole) / GN__VECTOR][(i - whole) % GN__VECTOR] += x[n * stride + i] * y[i];
}

GN__INLINE void add_scaled(int64_t count, float a, const float *restrict x, float *restrict y)
{
    for (int64_t i = 0; i < count; i++)
        y[i] += a * x[i];
}

static void add_products_plain(gn__lanes *lanes, int64_t count, const float *x, const float *y)
{
    add_products(lanes, count, x, y);
}

GN__AVX2 static void add_products_avx2(gn__lanes *lanes, int64_t count, const float *x, const float *y)
{
    add_products(lanes, count, x, y);
}

static void add_products_abreast_plain(gn__lanes *lanes, int64_t count, const float *x, int64_t stride, const float *y)
{
    add_products_abreast(lanes, count, x, stride, y);
}

GN__AVX2 static void add_products_abreast_avx2(gn__lanes *lanes, int64_t count, const float *x, int64_t stride,
                                               const float *y)
{
    add_products_abreast(lanes, count, x, stride, y);
}

static void add_scaled_plain(int64_t count, float a, const float *x, float *y)
{
    add_scaled(count, a, x, y);
}

GN__AVX2 static void add_scaled_avx2(int64_t count, float a, const float *x, float *y)
{
    add_scaled(count, a, x, y);
}

void gn__add_products(gn__lanes *lanes, int64_t count, const float *x, const float *y)
{
    (gn__has_avx2() ? add_products_avx2 : add_products_plain)(lanes, count, x, y);
}

void gn__add_products_abreast(gn__lanes *lanes, int64_t count, const float *x, int64_t stride, const float *y)
{
    (gn__has_avx2() ? add_products_abreast_avx2 : add_products_abreast_plain)(lanes, count, x, stride, y);
}

float gn__sum_lanes(const gn__lanes *lanes)
{
    const gn__vector v = (lanes->sum[0] + lanes->sum[1]) + (lanes->sum[2] + lanes->sum[3]);
    return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}

void gn__add_scaled(int64_t count, float a, const float *x, float *y)
{
    (gn__has_avx2() ? add_scaled_avx2 : add_scaled_plain)(count, a, x, y);
}

/* --- a matrix and a vector ---------------------------------------------------------------------------------------- */

GN__INLINE float multiply_add(bool fused, float x, float y, float z)
{
    return fused ? __builtin_fmaf(x, y, z) : x * y + z;
}

/* y[i] += x[p] m[p * stride + i], one p after another; four at a time, so that a sum is fetched once for them. */
GN__INLINE void add_rows(bool fused, int64_t rows, int64_t count, const float *restrict x, const float *restrict m,
                         int64_t stride, float *restrict y)
{
    int64_t p = 0;
    for (; p + 4 <= rows; p += 4, m += 4 * stride)
        for (int64_t i = 0; i < count; i++) {
            float sum = multiply_add(fused, x[p], m[i], y[i]);
            sum = multiply_add(fused, x[p + 1], m[stride + i], sum);
            sum = multiply_add(fused, x[p + 2], m[2 * stride + i], sum);
            y[i] = multiply_add(fused, x[p + 3], m[3 * stride + i], sum);
        }
    for (; p < rows; p++, m += stride)
        for (int64_t i = 0; i < count; i++)
            y[i] = multiply_add(fused, x[p], m[i], y[i]);
}

static void add_rows_portable(int64_t rows, int64_t count, const float *x, const float *m, int64_t stride, float *y)
{
#ifdef FP_FAST_FMAF
    add_rows(true, rows, count, x, m, stride, y);
#else
    add_rows(false, rows, count, x, m, stride, y);
#endif
}

#if GN__X86
__attribute__((target("avx2,fma"))) static void add_rows_avx2(int64_t rows, int64_t count, const float *x,
                                                              const float *m, int64_t stride, float *y)
{
    add_rows(true, rows, count, x, m, stride, y);
}
#endif

typedef void add_rows_function(int64_t rows, int64_t count, const float *x, const float *m, int64_t stride, float *y);

static add_rows_function *best_add_rows(void)
{
#if GN__X86
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return add_rows_avx2;
#endif
    return add_rows_portable;
}

enum { MAX_OUTPUTS = 1024, MIN_OUTPUTS = 16, ENOUGH_TILES = 8, MIN_WORK = 1 << 15 };

/* out = begin + M x, finished. M is stored by rows: each belongs to an output or, transposed, to a number of x. */
typedef struct product {
    bool transposed, column; /* column: all outputs are of one channel */
    int64_t outputs, depth, stride;
    const float *matrix, *begin; /* NULL: zeros */
    int64_t begin_step;
    float *out;
    int64_t out_step;
    const gn__finish *finish;
    int64_t tile; /* outputs in one */
    float *x;     /* side by side */
} product;

static void store(const product *t, int64_t output, float sum)
{
    t->out[output * t->out_step] = t->begin == NULL ? sum : t->begin[output * t->begin_step] + sum;
}

static void multiply_rows(const product *t, int64_t first, int64_t outputs)
{
    for (int64_t i = first; i < first + outputs; i++) {
        gn__lanes lanes = {0};
        gn__add_products(&lanes, t->depth, t->matrix + i * t->stride, t->x);
        store(t, i, gn__sum_lanes(&lanes));
    }
}

/* In the order of gn__gemm_builtin, so that a picture alone gives the bits that it gives among others. */
static void multiply_columns(const product *t, int64_t first, int64_t outputs)
{
    const int64_t block = gn__ceiling(t->depth, gn__ceiling(t->depth, GN__BLOCK_DEPTH));
    for (int64_t p = 0; p < t->depth; p += block) {
        float sums[MAX_OUTPUTS] = {0};
        best_add_rows()(gn__smaller(block, t->depth - p), outputs, t->x + p, t->matrix + p * t->stride + first,
                        t->stride, sums);
        for (int64_t i = 0; i < outputs && p == 0; i++)
            store(t, first + i, sums[i]);
        for (int64_t i = 0; i < outputs && p > 0; i++)
            t->out[(first + i) * t->out_step] += sums[i];
    }
}

static void multiply_tile(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const int64_t first = index * t->tile, outputs = gn__smaller(t->tile, t->outputs - first);
    float *const out = t->out + first * t->out_step;
    (void)worker;
    (t->transposed ? multiply_columns : multiply_rows)(t, first, outputs);
    if (t->column)
        gn__finish_block(t->finish, 0, 1, outputs, out, t->out_step);
    else
        gn__finish_block(t->finish, first, outputs, 1, out, 0);
}

/* Small products are not worth waking threads. */
static int64_t tile_of(int64_t outputs, int64_t depth)
{
    int64_t tile = gn__smaller(outputs, MAX_OUTPUTS);
    while (outputs * depth >= MIN_WORK && tile > MIN_OUTPUTS && gn__ceiling(outputs, tile) < ENOUGH_TILES)
        tile = gn__ceiling(tile, 2);
    return tile;
}

static gn_status multiply(gn_context *context, product *t, const float *x, int64_t x_step)
{
    t->tile = tile_of(t->outputs, t->depth);
    t->x = gn__scratch(context, sizeof *t->x * (size_t)t->depth);
    if (t->x == NULL)
        return GN_ERROR_MEMORY;
    for (int64_t p = 0; p < t->depth; p++)
        t->x[p] = x[p * x_step];
    gn__parallel_for(context->pool, gn__ceiling(t->outputs, t->tile), multiply_tile, t);
    return GN_OK;
}

gn_status gn__gemm_vector(gn_context *context, const gn__product *p)
{
    const bool column = p->n == 1;
    product t = {.column = column, .depth = p->k, .begin = p->begin, .out = p->c, .finish = p->finish};
    const gn__matrix *const matrix = column ? &p->a : &p->b, *const x = column ? &p->b : &p->a;
    t.transposed = matrix->transposed == column;
    t.outputs = column ? p->m : p->n;
    t.stride = matrix->stride;
    t.matrix = matrix->numbers;
    t.begin_step = column ? p->begin_stride : 1;
    t.out_step = column ? p->c_stride : 1;
    return multiply(context, &t, x->numbers, x->transposed == column ? 1 : x->stride);
}
