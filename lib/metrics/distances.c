/* SPDX-License-Identifier: MIT */
/* lib/metrics/distances.c - distances from the rows of one set to all rows of another, a portion of rows at a time.
 *
 * |x - y|^2 = |x|^2 + |y|^2 - 2 x.y: nearly all the work is one matrix product. */
#include "metrics/distances.h"

#include "kernels/kernels.h"

#include <float.h>
#include <math.h>

/* --- sets near 0 -------------------------------------------------------------------------------------------------- */

/* Five binary digits, so that differences of small whole numbers stay exact. */
static double rounded(double x)
{
    int exponent;
    const double fraction = frexp(x, &exponent);
    return ldexp(round(32 * fraction) / 32, exponent);
}

static void add_to(double *sums, double *squares, const gn__rows *rows)
{
    for (int64_t i = 0; i < rows->count; i++)
        for (int64_t j = 0; j < rows->size; j++) {
            const double x = (double)rows->x[i * rows->size + j];
            sums[j] += x;
            squares[j] += x * x;
        }
}

/* Near the mean of both sets where that is farther from 0 than numbers are from it, else 0, lest few far rows move the
 * many away from 0. [2,size], of which the caller frees all and needs the first row. */
static double *middle_of(const gn__rows *a, const gn__rows *b)
{
    double *middle = gn__new(a->context, 2 * (size_t)a->size * sizeof *middle);
    if (middle == NULL)
        return NULL;
    double *const squares = middle + a->size, count = (double)(a->count + b->count);
    add_to(middle, squares, a);
    add_to(middle, squares, b);
    for (int64_t j = 0; j < a->size; j++) {
        const double mean = middle[j] / count;
        middle[j] = 2 * mean * mean > squares[j] / count ? rounded(mean) : 0;
    }
    return middle;
}

static void close_rows(gn__moved_rows *moved)
{
    gn_context *context = moved->rows.context;
    const size_t count = (size_t)moved->rows.count;
    gn__delete(context, moved->x, count * (size_t)moved->rows.size * sizeof(gn_real));
    gn__delete(context, moved->squares, count * sizeof(double));
    gn__delete(context, moved->lifts, count * sizeof(double));
}

/* Products and squared distances then fit a float, moved or not. */
static gn_status check_length(const char *metric, const gn__rows *rows, int64_t row)
{
    const double most = sqrt((double)FLT_MAX / 8);
    const gn_real *x = rows->x + row * rows->size;
    double square = 0;
    for (int64_t j = 0; j < rows->size; j++)
        square += (double)x[j] * (double)x[j];
    if (sqrt(square) <= most)
        return GN_OK;
    return gn_context_fail(rows->context, GN_ERROR_NUMBER, "%s: row %lld has the length %g, expected at most %g",
                           metric, (long long)row, sqrt(square), most);
}

static void move_row(gn__moved_rows *moved, int64_t row, const double *middle)
{
    const int64_t size = moved->rows.size;
    const gn_real *from = moved->rows.x + row * size;
    gn_real *to = moved->x + row * size;
    for (int64_t j = 0; j < size; j++) {
        to[j] = (gn_real)((double)from[j] - middle[j]);
        moved->squares[row] += (double)to[j] * (double)to[j];
        moved->lifts[row] += ((double)to[j] + middle[j] / 2) * middle[j];
    }
}

static gn_status move_rows(gn__moved_rows *moved, const char *metric, const gn__rows *rows, const double *middle)
{
    const size_t count = (size_t)rows->count;
    *moved = (gn__moved_rows){.rows = *rows,
                              .x = gn__new(rows->context, count * (size_t)rows->size * sizeof(gn_real)),
                              .squares = gn__new(rows->context, count * sizeof(double)),
                              .lifts = gn__new(rows->context, count * sizeof(double))};
    gn_status status = moved->x == NULL || moved->squares == NULL || moved->lifts == NULL ? GN_ERROR_MEMORY : GN_OK;
    for (int64_t i = 0; i < rows->count && status == GN_OK; i++) {
        status = check_length(metric, rows, i);
        if (status == GN_OK)
            move_row(moved, i, middle);
    }
    return status;
}

/* --- distances ---------------------------------------------------------------------------------------------------- */

static size_t block_size(const gn__distances *d)
{
    const int64_t count = d->a.rows.count < GN__PORTION ? d->a.rows.count : GN__PORTION;
    return (size_t)count * (size_t)d->b.rows.count * sizeof(gn_real);
}

void gn__distances_open(gn__distances *d, const char *metric, const gn__rows *a, const gn__rows *b)
{
    *d = (gn__distances){.a.rows = *a, .b.rows = *b};
    d->block = gn__new(a->context, block_size(d));
    double *middle = middle_of(a, b);
    d->status = d->block == NULL || middle == NULL ? GN_ERROR_MEMORY : move_rows(&d->a, metric, a, middle);
    if (d->status == GN_OK && a->x == b->x && a->count == b->count)
        d->b = d->a;
    else if (d->status == GN_OK)
        d->status = move_rows(&d->b, metric, b, middle);
    gn__delete(a->context, middle, 2 * (size_t)a->size * sizeof *middle);
}

gn_status gn__distances_close(gn__distances *d)
{
    gn__delete(d->a.rows.context, d->block, block_size(d));
    if (d->b.x != d->a.x)
        close_rows(&d->b);
    close_rows(&d->a);
    return d->status;
}

bool gn__distances_next_products(gn__distances *d)
{
    gn_context *context = d->a.rows.context;
    const int64_t rows = d->a.rows.count, columns = d->b.rows.count, size = d->a.rows.size;
    d->first += d->count;
    d->count = rows - d->first < GN__PORTION ? rows - d->first : GN__PORTION;
    if (d->status != GN_OK || d->count == 0)
        return false;
    d->status = context->kernels->gemm(context, &(gn__product){
                                                    .m = d->count,
                                                    .n = columns,
                                                    .k = size,
                                                    .a = {d->a.x + d->first * size, size, false},
                                                    .b = {d->b.x, size, true},
                                                    .c = d->block,
                                                    .c_stride = columns,
                                                });
    return d->status == GN_OK;
}

/* Rounding may leave a distance a little below zero. */
static void finish_row(void *argument, int64_t row, int worker)
{
    const gn__distances *d = argument;
    gn_real *block = d->block + row * d->b.rows.count;
    const double square = d->a.squares[d->first + row];
    (void)worker;
    for (int64_t j = 0; j < d->b.rows.count; j++) {
        const double distance = square + d->b.squares[j] - 2 * (double)block[j];
        block[j] = distance > 0 ? (gn_real)distance : 0;
    }
}

bool gn__distances_next(gn__distances *d)
{
    if (!gn__distances_next_products(d))
        return false;
    gn__distances_for_rows(d, finish_row, d);
    return true;
}

void gn__distances_for_rows(const gn__distances *d, gn__tile_function function, void *argument)
{
    gn__parallel_for(d->a.rows.context->pool, d->count, function, argument);
}
