/* SPDX-License-Identifier: MIT */
/* lib/metrics/sliced_wasserstein.c - the Wasserstein distance along random directions, where it is a matter of
 * sorting. */
#include "kernels/kernels.h"
#include "metrics/rows.h"

#include <math.h>
#include <stdlib.h>

/* Both sets along all directions: [directions, rows], so that each direction's numbers lie together. */
typedef struct slices {
    const gn__rows *a, *b;
    int64_t directions;
    gn_real *direction; /* [directions, size], of length 1 */
    gn_real *of_a, *of_b;
    double *distance; /* [directions] */
} slices;

static int compare(const void *a, const void *b)
{
    const gn_real x = *(const gn_real *)a, y = *(const gn_real *)b;
    return (x > y) - (x < y);
}

/* The area between the two quantile functions, which are steps of 1/n and 1/m. */
static double area_between(const gn_real *x, int64_t n, const gn_real *y, int64_t m)
{
    double area = 0, from = 0;
    for (int64_t i = 0, j = 0; i < n && j < m;) {
        const double end_x = (double)(i + 1) / (double)n, end_y = (double)(j + 1) / (double)m;
        const double to = end_x < end_y ? end_x : end_y;
        area += (to - from) * fabs((double)x[i] - (double)y[j]);
        from = to;
        const int64_t ahead = (i + 1) * m - (j + 1) * n; /* exact: which step ends first */
        i += ahead <= 0;
        j += ahead >= 0;
    }
    return area;
}

static void measure_slice(void *argument, int64_t index, int worker)
{
    slices *s = argument;
    gn_real *x = s->of_a + index * s->a->count, *y = s->of_b + index * s->b->count;
    (void)worker;
    qsort(x, (size_t)s->a->count, sizeof *x, compare);
    qsort(y, (size_t)s->b->count, sizeof *y, compare);
    s->distance[index] = area_between(x, s->a->count, y, s->b->count);
}

static void draw_directions(slices *s, uint64_t seed)
{
    const int64_t size = s->a->size;
    for (int64_t i = 0; i < s->directions; i++) {
        gn_random random = {.seed = seed, .stream = (uint64_t)i};
        gn_real *x = s->direction + i * size;
        double squares = 0;
        gn_random_fill_normal(&random, x, size, 0, 1);
        for (int64_t j = 0; j < size; j++)
            squares += (double)x[j] * (double)x[j];
        if (squares == 0) { /* in one dimension, about once in 6 million */
            x[0] = 1;
            squares = 1;
        }
        for (int64_t j = 0; j < size; j++)
            x[j] = (gn_real)((double)x[j] / sqrt(squares));
    }
}

static gn_status project(const slices *s, const gn__rows *rows, gn_real *out)
{
    return rows->context->kernels->gemm(rows->context, &(gn__product){
                                                           .m = s->directions,
                                                           .n = rows->count,
                                                           .k = rows->size,
                                                           .a = {s->direction, rows->size, false},
                                                           .b = {rows->x, rows->size, true},
                                                           .c = out,
                                                           .c_stride = rows->count,
                                                       });
}

static gn_status measure(slices *s, double *distance)
{
    gn_status status = project(s, s->a, s->of_a);
    if (status == GN_OK)
        status = project(s, s->b, s->of_b);
    if (status != GN_OK) /* defensive: no memory for the product's own work */
        return status;
    gn__parallel_for(s->a->context->pool, s->directions, measure_slice, s);
    double sum = 0;
    for (int64_t i = 0; i < s->directions; i++)
        sum += s->distance[i];
    if (!isfinite(sum))
        return gn_context_fail(s->a->context, GN_ERROR_NUMBER,
                               "sliced wasserstein: a projection is not finite, expected shorter rows");
    *distance = sum / (double)s->directions;
    return GN_OK;
}

gn_status gn_sliced_wasserstein(const gn_tensor *a, const gn_tensor *b, int projections, uint64_t seed,
                                double *distance)
{
    gn__rows x, y;
    gn_status status = gn__rows_open_two(&x, &y, "sliced wasserstein", a, b, 1, distance);
    if (status != GN_OK)
        return status;
    if (projections < 1 || projections > 1 << 16)
        return gn_context_fail(x.context, GN_ERROR_ARGUMENT, "sliced wasserstein: projections is %d, expected 1 to %d",
                               projections, 1 << 16);
    const size_t reals = (size_t)projections * (size_t)(x.size + x.count + y.count) * sizeof(gn_real);
    const size_t doubles = (size_t)projections * sizeof(double);
    slices s = {.a = &x, .b = &y, .directions = projections, .direction = gn__new(x.context, reals)};
    s.distance = s.direction == NULL ? NULL : gn__new(x.context, doubles);
    status = s.distance == NULL ? GN_ERROR_MEMORY : GN_OK;
    if (status == GN_OK) {
        s.of_a = s.direction + projections * x.size;
        s.of_b = s.of_a + projections * x.count;
        draw_directions(&s, seed);
        status = measure(&s, distance);
    }
    gn__delete(x.context, s.distance, doubles);
    gn__delete(x.context, s.direction, reals);
    return status;
}
