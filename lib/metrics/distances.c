/* SPDX-License-Identifier: MIT */
/* lib/metrics/distances.c - distances from the rows of one set to all rows of another, a portion of rows at a time.
 *
 * |x - y|^2 = |x|^2 + |y|^2 - 2 x.y: nearly all the work is one matrix product. */
#include "metrics/distances.h"

#include "kernels/kernels.h"

#include <float.h>
#include <math.h>

static double *squares_of(const gn__rows *rows)
{
    double *squares = gn__new(rows->context, (size_t)rows->count * sizeof *squares);
    for (int64_t i = 0; i < rows->count && squares != NULL; i++)
        for (int64_t j = 0; j < rows->size; j++) {
            const double x = (double)rows->x[i * rows->size + j];
            squares[i] += x * x;
        }
    return squares;
}

/* Distances are at most four times the largest square. */
static gn_status check_range(const char *metric, const gn__rows *rows, const double *squares)
{
    const double most = (double)FLT_MAX / 8;
    for (int64_t i = 0; i < rows->count; i++)
        if (squares[i] > most)
            return gn_context_fail(rows->context, GN_ERROR_NUMBER,
                                   "%s: row %lld has the length %g, expected at most %g", metric, (long long)i,
                                   sqrt(squares[i]), sqrt(most));
    return GN_OK;
}

static size_t block_size(const gn__distances *d)
{
    const int64_t rows = d->a.count < GN__PORTION ? d->a.count : GN__PORTION;
    return (size_t)rows * (size_t)d->b.count * sizeof(gn_real);
}

gn_status gn__distances_open(gn__distances *d, const char *metric, const gn__rows *a, const gn__rows *b)
{
    *d = (gn__distances){.a = *a, .b = *b};
    d->a_squares = squares_of(a);
    d->b_squares = squares_of(b);
    d->block = gn__new(a->context, block_size(d));
    if (d->a_squares == NULL || d->b_squares == NULL || d->block == NULL)
        return GN_ERROR_MEMORY;
    const gn_status status = check_range(metric, a, d->a_squares);
    return status == GN_OK ? check_range(metric, b, d->b_squares) : status;
}

void gn__distances_close(gn__distances *d)
{
    gn__delete(d->a.context, d->block, block_size(d));
    gn__delete(d->b.context, d->b_squares, (size_t)d->b.count * sizeof(double));
    gn__delete(d->a.context, d->a_squares, (size_t)d->a.count * sizeof(double));
}

gn_status gn__distances_next_products(gn__distances *d)
{
    gn_context *context = d->a.context;
    d->first += d->count;
    d->count = d->a.count - d->first < GN__PORTION ? d->a.count - d->first : GN__PORTION;
    if (d->count == 0)
        return GN_OK;
    return context->kernels->gemm(context, false, true, d->count, d->b.count, d->a.size, d->a.x + d->first * d->a.size,
                                  d->a.size, d->b.x, d->b.size, NULL, 0, d->block, d->b.count);
}

/* Rounding may leave a distance a little below zero. */
static void finish_row(void *argument, int64_t row, int worker)
{
    const gn__distances *d = argument;
    gn_real *block = d->block + row * d->b.count;
    const double square = d->a_squares[d->first + row];
    (void)worker;
    for (int64_t j = 0; j < d->b.count; j++) {
        const double distance = square + d->b_squares[j] - 2 * (double)block[j];
        block[j] = distance > 0 ? (gn_real)distance : 0;
    }
}

gn_status gn__distances_next(gn__distances *d)
{
    const gn_status status = gn__distances_next_products(d);
    if (status == GN_OK)
        gn__distances_for_rows(d, finish_row, d);
    return status;
}

void gn__distances_for_rows(const gn__distances *d, gn__tile_function function, void *argument)
{
    gn__parallel_for(d->a.context->pool, d->count, function, argument);
}
