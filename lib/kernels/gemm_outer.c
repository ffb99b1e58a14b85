/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_outer.c - the product of a column and a row, as the gradient behind a single output is. */
#include "kernels/gemm_outer.h"

#include "core/context.h"
#include "core/processor.h"
#include "kernels/finish.h"
#include "kernels/sizes.h"

enum { TILE = 8 * 1024 }; /* numbers of C */

typedef struct outer {
    const gn__product *product;
    const float *row; /* B, side by side */
    int64_t rows;     /* of a tile of C */
} outer;

static void scale(int64_t count, float a, const float *b, float *c)
{
    GN__INDEPENDENT
    for (int64_t j = 0; j < count; j++)
        c[j] = a * b[j];
}

static void add_scaled(int64_t count, float a, const float *b, const float *begin, float *c)
{
    GN__INDEPENDENT
    for (int64_t j = 0; j < count; j++)
        c[j] = begin[j] + a * b[j];
}

static void multiply_tile(void *argument, int64_t index, int worker)
{
    const outer *t = argument;
    const gn__product *p = t->product;
    const int64_t first = index * t->rows, last = gn__smaller(first + t->rows, p->m);
    (void)worker;
    for (int64_t i = first; i < last; i++) {
        const float a = p->a.numbers[i * (p->a.transposed ? 1 : p->a.stride)];
        if (p->begin == NULL)
            scale(p->n, a, t->row, p->c + i * p->c_stride);
        else
            add_scaled(p->n, a, t->row, p->begin + i * p->begin_stride, p->c + i * p->c_stride);
    }
    gn__finish_block(p->finish, 0, p->n, last - first, p->c + first * p->c_stride, p->c_stride);
}

gn_status gn__gemm_outer(gn_context *context, const gn__product *p)
{
    float *const row = gn__scratch(context, sizeof *row * (size_t)p->n);
    if (row == NULL)
        return GN_ERROR_MEMORY;
    for (int64_t j = 0; j < p->n; j++)
        row[j] = p->b.numbers[j * (p->b.transposed ? p->b.stride : 1)];
    outer t = {p, row, gn__ceiling(TILE, p->n)};
    gn__parallel_for(context->pool, gn__ceiling(p->m, t.rows), multiply_tile, &t);
    return GN_OK;
}
