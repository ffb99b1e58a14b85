/* SPDX-License-Identifier: MIT */
/* lib/kernels/reduce.c - sums, maxima and softmax in vectorised loops, shared by the threads in tiles.
 *
 * A sum of x [outer,middle,inner] over middle is cut into panels: some outer rows, or one stretch of middle and of
 * inner of one outer row. Panels are summed in float, then added in their order in double; a middle of a few rows is in
 * one panel. */
#include "core/context.h"
#include "kernels/functions.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"

enum {
    LANES = 16,
    STRETCH = 1024, /* neighbours in a panel */
    ROWS = 256,     /* or rows, and their columns */
    COLUMNS = 1024,
    TILE = 16 * 1024, /* elements */
};

/* --- sum ---------------------------------------------------------------------------------------------------------- */

/* Sums side by side, added up at the end: the same order at any width of vectors. */
GN__INLINE float sum_of(int64_t count, const float *x)
{
    float sum[LANES] = {0}, total = 0;
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int j = 0; j < LANES; j++)
            sum[j] += x[i + j];
    for (; i < count; i++)
        sum[i % LANES] += x[i];
    for (int j = 0; j < LANES; j++)
        total += sum[j];
    return total;
}

/* y[columns] = the sum of rows of x, which are stride apart. */
GN__INLINE void sum_panel(int64_t rows, int64_t columns, int64_t stride, const float *x, float *restrict y)
{
    if (stride == 1) {
        *y = sum_of(rows, x);
        return;
    }
    for (int64_t j = 0; j < columns; j++)
        y[j] = 0;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            y[j] += x[i * stride + j];
}

static void sum_panel_plain(int64_t rows, int64_t columns, int64_t stride, const float *x, float *y)
{
    sum_panel(rows, columns, stride, x, y);
}

GN__AVX2 static void sum_panel_avx2(int64_t rows, int64_t columns, int64_t stride, const float *x, float *y)
{
    sum_panel(rows, columns, stride, x, y);
}

typedef struct sum_job {
    int64_t outer, middle, inner;
    int64_t stretch, stretches; /* rows of a panel; panels along middle */
    int64_t columns, strips;    /* columns of a panel; panels along inner */
    int64_t group;              /* panels in a tile */
    const float *x;
    float *partial; /* [outer, stretches, inner] */
    float *y;
} sum_job;

static void sum_tile(void *argument, int64_t tile, int worker)
{
    const sum_job *job = argument;
    const int64_t panels = job->outer * job->stretches * job->strips;
    (void)worker;
    for (int64_t p = tile * job->group; p < gn__smaller((tile + 1) * job->group, panels); p++) {
        const int64_t column = p % job->strips * job->columns, part = p / job->strips;
        const int64_t row = part % job->stretches * job->stretch, outer = part / job->stretches;
        (gn__has_avx2() ? sum_panel_avx2 : sum_panel_plain)(
            gn__smaller(job->stretch, job->middle - row), gn__smaller(job->columns, job->inner - column), job->inner,
            job->x + (outer * job->middle + row) * job->inner + column, job->partial + part * job->inner + column);
    }
}

static void join_sums(const sum_job *job)
{
    for (int64_t i = 0; i < job->outer * job->inner; i++) {
        const float *const first = job->partial + i / job->inner * job->stretches * job->inner + i % job->inner;
        double sum = 0;
        for (int64_t p = 0; p < job->stretches; p++)
            sum += (double)first[p * job->inner];
        job->y[i] = (float)sum;
    }
}

gn_status gn__sum_fast(gn_context *context, int64_t outer, int64_t middle, int64_t inner, const float *x, float *y)
{
    sum_job job = {.outer = outer, .middle = middle, .inner = inner, .x = x, .partial = y, .y = y};
    job.columns = gn__smaller(inner, middle <= ROWS ? gn__smaller(TILE / middle, COLUMNS) : COLUMNS);
    job.strips = gn__ceiling(inner, job.columns);
    job.stretch = inner == 1 ? STRETCH : gn__smaller(gn__ceiling(TILE, job.columns), ROWS);
    job.stretches = gn__ceiling(middle, job.stretch);
    job.group = gn__ceiling(TILE, job.columns * gn__smaller(middle, job.stretch));
    if (job.stretches > 1) {
        job.partial = gn__scratch(context, sizeof(float) * (size_t)(outer * job.stretches * inner));
        if (job.partial == NULL)
            return GN_ERROR_MEMORY;
    }
    gn__parallel_for(context->pool, gn__ceiling(outer * job.stretches * job.strips, job.group), sum_tile, &job);
    if (job.stretches > 1)
        join_sums(&job);
    return GN_OK;
}

/* --- max ---------------------------------------------------------------------------------------------------------- */

typedef struct max_job {
    int64_t outputs, middle, inner, tile;
    const float *x;
    float *y;
    int64_t *where;
} max_job;

static void max_tile(void *argument, int64_t tile, int worker)
{
    const max_job *job = argument;
    (void)worker;
    for (int64_t i = tile * job->tile; i < gn__smaller((tile + 1) * job->tile, job->outputs); i++) {
        int64_t at = i / job->inner * job->middle * job->inner + i % job->inner, where = at;
        float best = job->x[at];
        for (int64_t j = 1; j < job->middle; j++) {
            at += job->inner;
            /* no branch: which of a maxout's pieces is the largest cannot be predicted */
            const float x = job->x[at];
            const bool better = (x > best) | ((x != x) & (best == best));
            best = better ? x : best;
            where = better ? at : where;
        }
        job->y[i] = best;
        job->where[i] = where;
    }
}

void gn__max_fast(gn_context *context, int64_t outer, int64_t middle, int64_t inner, const float *x, float *y,
                  int64_t *where)
{
    max_job job = {outer * inner, middle, inner, gn__ceiling(TILE, middle), x, y, where};
    gn__parallel_for(context->pool, gn__ceiling(job.outputs, job.tile), max_tile, &job);
}

/* --- softmax ------------------------------------------------------------------------------------------------------ */

typedef struct softmax_job {
    bool logarithm;
    int64_t rows, columns, tile;
    const float *x;
    float *y;
} softmax_job;

GN__INLINE float largest(int64_t count, const float *x)
{
    float best = x[0];
    for (int64_t j = 1; j < count; j++)
        best = x[j] > best || x[j] != x[j] ? x[j] : best;
    return best;
}

GN__INLINE void softmax_row(int64_t columns, const float *x, float *y)
{
    const float shift = largest(columns, x);
    GN__INDEPENDENT
    for (int64_t j = 0; j < columns; j++)
        y[j] = gn__exp(x[j] - shift);
    const float sum = sum_of(columns, y);
    GN__INDEPENDENT
    for (int64_t j = 0; j < columns; j++)
        y[j] = y[j] / sum;
}

GN__INLINE void log_softmax_row(int64_t columns, const float *x, float *y)
{
    const float shift = largest(columns, x);
    float sum = 0;
    for (int64_t start = 0; start < columns; start += STRETCH) {
        float e[STRETCH];
        const int64_t count = gn__smaller(STRETCH, columns - start);
        for (int64_t j = 0; j < count; j++)
            e[j] = gn__exp(x[start + j] - shift);
        sum += sum_of(count, e);
    }
    const float logarithm = gn__logarithm(sum);
    GN__INDEPENDENT
    for (int64_t j = 0; j < columns; j++)
        y[j] = x[j] - shift - logarithm;
}

GN__INLINE void softmax_rows(const softmax_job *job, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++) {
        const float *const x = job->x + i * job->columns;
        float *const y = job->y + i * job->columns;
        if (job->logarithm)
            log_softmax_row(job->columns, x, y);
        else
            softmax_row(job->columns, x, y);
    }
}

static void softmax_rows_plain(const softmax_job *job, int64_t first, int64_t last)
{
    softmax_rows(job, first, last);
}

GN__AVX2 static void softmax_rows_avx2(const softmax_job *job, int64_t first, int64_t last)
{
    softmax_rows(job, first, last);
}

static void softmax_tile(void *argument, int64_t tile, int worker)
{
    const softmax_job *job = argument;
    const int64_t first = tile * job->tile, last = gn__smaller(first + job->tile, job->rows);
    (void)worker;
    (gn__has_avx2() ? softmax_rows_avx2 : softmax_rows_plain)(job, first, last);
}

static void run_softmax(gn_context *context, softmax_job *job)
{
    job->tile = gn__ceiling(TILE, job->columns);
    gn__parallel_for(context->pool, gn__ceiling(job->rows, job->tile), softmax_tile, job);
}

void gn__softmax_fast(gn_context *context, int64_t rows, int64_t columns, const float *x, float *y)
{
    softmax_job job = {.rows = rows, .columns = columns, .x = x, .y = y};
    run_softmax(context, &job);
}

void gn__log_softmax_fast(gn_context *context, int64_t rows, int64_t columns, const float *x, float *y)
{
    softmax_job job = {.logarithm = true, .rows = rows, .columns = columns, .x = x, .y = y};
    run_softmax(context, &job);
}
