/* SPDX-License-Identifier: MIT */
/* lib/kernels/norm.c - batch norm over x [rows,channels] in vectorised panels.
 *
 * A panel is some rows of some neighbouring channels, small enough for the first-level cache. Sums over rows are made
 * panel by panel in float and then added over the panels, in their order, in double. */
#include "core/context.h"
#include "core/processor.h"
#include "kernels/functions.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"

enum { PANEL_CHANNELS = 256, PANEL_ROWS = 256, PANEL = 16 * 1024 /* elements */ };

/* What is summed: of statistics about a middle, which is kept beside its sums, and of gradients. */
enum { MIDDLE, SUM, SQUARES, STATISTICS };
enum { MEAN, VARIANCE };
enum { GAMMA, BETA, GRADIENTS };

/* What the kernels of this file work on; those that a kernel does not have are NULL. */
typedef struct job {
    gn__norm norm;
    const float *out_gradient, *gamma_gradient, *beta_gradient;
    float *y;
    int64_t panel_rows, panel_channels, row_panels, channel_panels;
    float *sums[STATISTICS]; /* of each panel and channel, [row_panels, channels] */
    float *totals[2];        /* of each channel, in the same order; of statistics mean and variance */
} job;

typedef struct panel {
    int64_t row, rows, channel, channels;
} panel;

static panel panel_of(const job *t, int64_t index)
{
    const int64_t row = index / t->channel_panels * t->panel_rows,
                  channel = index % t->channel_panels * t->panel_channels;
    return (panel){row, gn__smaller(t->panel_rows, t->norm.rows - row), channel,
                   gn__smaller(t->panel_channels, t->norm.channels - channel)};
}

static void cut(job *t)
{
    t->panel_channels = gn__smaller(t->norm.channels, PANEL_CHANNELS);
    const int64_t most = gn__smaller(gn__ceiling(PANEL, t->panel_channels), PANEL_ROWS);
    t->panel_rows = gn__ceiling(t->norm.rows, gn__ceiling(t->norm.rows, most)); /* evenly */
    t->row_panels = gn__ceiling(t->norm.rows, t->panel_rows);
    t->channel_panels = gn__ceiling(t->norm.channels, t->panel_channels);
}

/* --- statistics --------------------------------------------------------------------------------------------------- */

/* A middle near the mean of the panel's rows, and the sums of x and x^2 after subtracting it: of sums about another
 * number most digits would be lost when their squares are subtracted. */
GN__INLINE void middle_sums(const job *t, panel at)
{
    const float *const row = t->norm.x + at.row * t->norm.channels + at.channel;
    const int64_t place = at.row / t->panel_rows * t->norm.channels + at.channel;
    float *restrict const middle = t->sums[MIDDLE] + place, *restrict const sum = t->sums[SUM] + place,
                          *restrict const squares = t->sums[SQUARES] + place;
    for (int64_t j = 0; j < at.channels; j++)
        middle[j] = sum[j] = squares[j] = 0;
    for (int64_t i = 1; i < at.rows; i++)
        for (int64_t j = 0; j < at.channels; j++)
            middle[j] += row[i * t->norm.channels + j] - row[j];
    for (int64_t j = 0; j < at.channels; j++)
        middle[j] = row[j] + middle[j] / (float)at.rows;
    for (int64_t i = 0; i < at.rows; i++)
        for (int64_t j = 0; j < at.channels; j++) {
            const float d = row[i * t->norm.channels + j] - middle[j];
            sum[j] += d;
            squares[j] += d * d;
        }
}

static void middle_sums_plain(const job *t, panel at)
{
    middle_sums(t, at);
}

GN__AVX2 static void middle_sums_avx2(const job *t, panel at)
{
    middle_sums(t, at);
}

static void statistics_tile(void *argument, int64_t tile, int worker)
{
    const job *t = argument;
    (void)worker;
    (gn__has_avx2() ? middle_sums_avx2 : middle_sums_plain)(t, panel_of(t, tile));
}

/* Joins the panels' means and squared distances by Chan's formula, panel after panel. */
GN__INLINE void join_panels(const job *t, int64_t channel, int64_t channels)
{
    double mean[PANEL_CHANNELS] = {0}, squares[PANEL_CHANNELS] = {0}, rows = 0;
    for (int64_t p = 0; p < t->row_panels; p++) {
        const int64_t place = p * t->norm.channels + channel;
        const float *const middle = t->sums[MIDDLE] + place, *const sums = t->sums[SUM] + place,
                           *const about = t->sums[SQUARES] + place;
        const double more = (double)gn__smaller(t->panel_rows, t->norm.rows - p * t->panel_rows), part = 1 / more,
                     share = more / (rows + more), between = rows * share;
        for (int64_t j = 0; j < channels; j++) {
            const double sum = (double)sums[j], distance = (double)middle[j] + sum * part - mean[j];
            squares[j] += (double)about[j] - sum * sum * part + distance * distance * between;
            mean[j] += distance * share;
        }
        rows += more;
    }
    for (int64_t j = 0; j < channels; j++) {
        t->totals[MEAN][channel + j] = (float)mean[j];
        t->totals[VARIANCE][channel + j] = squares[j] > 0 ? (float)(squares[j] / rows) : (float)(squares[j] * 0);
    }
}

static void join_panels_plain(const job *t, int64_t channel, int64_t channels)
{
    join_panels(t, channel, channels);
}

GN__AVX2 static void join_panels_avx2(const job *t, int64_t channel, int64_t channels)
{
    join_panels(t, channel, channels);
}

static void join_statistics(void *argument, int64_t tile, int worker)
{
    const job *t = argument;
    const panel at = panel_of(t, tile);
    (void)worker;
    (gn__has_avx2() ? join_panels_avx2 : join_panels_plain)(t, at.channel, at.channels);
}

static gn_status sum_panels(gn_context *context, job *t, int sums, gn__tile_function tile, gn__tile_function join)
{
    cut(t);
    const int64_t size = t->row_panels * t->norm.channels;
    float *const memory = gn__scratch(context, sizeof(float) * (size_t)(sums * size));
    if (memory == NULL)
        return GN_ERROR_MEMORY;
    for (int i = 0; i < sums; i++)
        t->sums[i] = memory + i * size;
    gn__parallel_for(context->pool, t->row_panels * t->channel_panels, tile, t);
    gn__parallel_for(context->pool, t->channel_panels, join, t);
    return GN_OK;
}

gn_status gn__norm_statistics_fast(gn_context *context, int64_t rows, int64_t channels, const float *x, float *mean,
                                   float *variance)
{
    job t = {.norm = {.rows = rows, .channels = channels, .x = x}, .totals = {mean, variance}};
    return sum_panels(context, &t, STATISTICS, statistics_tile, join_statistics);
}

/* --- apply -------------------------------------------------------------------------------------------------------- */

GN__INLINE void apply(const job *t, panel at)
{
    const float *const mean = t->norm.mean + at.channel, *const inverse = t->norm.inverse + at.channel;
    const float *const gamma = t->norm.gamma + at.channel, *const beta = t->norm.beta + at.channel,
                       slope = t->norm.slope;
    for (int64_t i = at.row; i < at.row + at.rows; i++) {
        const float *const x = t->norm.x + i * t->norm.channels + at.channel;
        float *const y = t->y + i * t->norm.channels + at.channel;
        GN__INDEPENDENT
        for (int64_t j = 0; j < at.channels; j++) {
            const float xhat = (x[j] - mean[j]) * inverse[j];
            y[j] = gn__leaky(gamma[j] * xhat + beta[j], slope);
        }
    }
}

static void apply_plain(const job *t, panel at)
{
    apply(t, at);
}

GN__AVX2 static void apply_avx2(const job *t, panel at)
{
    apply(t, at);
}

static void apply_tile(void *argument, int64_t tile, int worker)
{
    const job *t = argument;
    (void)worker;
    (gn__has_avx2() ? apply_avx2 : apply_plain)(t, panel_of(t, tile));
}

void gn__norm_apply_fast(gn_context *context, const gn__norm *norm, float *y)
{
    job t = {.norm = *norm, .y = y};
    cut(&t);
    gn__parallel_for(context->pool, t.row_panels * t.channel_panels, apply_tile, &t);
}

/* --- gradients ---------------------------------------------------------------------------------------------------- */

GN__INLINE void gradient_sums(const job *t, panel at)
{
    const float *const mean = t->norm.mean + at.channel, *const inverse = t->norm.inverse + at.channel;
    const float *const gamma = t->norm.gamma + at.channel, *const beta = t->norm.beta + at.channel,
                       slope = t->norm.slope;
    float *restrict const gamma_sum = t->sums[GAMMA] + at.row / t->panel_rows * t->norm.channels + at.channel;
    float *restrict const beta_sum = t->sums[BETA] + at.row / t->panel_rows * t->norm.channels + at.channel;
    for (int64_t j = 0; j < at.channels; j++)
        gamma_sum[j] = beta_sum[j] = 0;
    for (int64_t i = at.row; i < at.row + at.rows; i++) {
        const float *const x = t->norm.x + i * t->norm.channels + at.channel;
        const float *const out_gradient = t->out_gradient + i * t->norm.channels + at.channel;
        GN__INDEPENDENT
        for (int64_t j = 0; j < at.channels; j++) {
            const float xhat = (x[j] - mean[j]) * inverse[j];
            const float d = gn__leaky_gradient(gamma[j] * xhat + beta[j], out_gradient[j], slope);
            gamma_sum[j] += d * xhat;
            beta_sum[j] += d;
        }
    }
}

static void gradient_sums_plain(const job *t, panel at)
{
    gradient_sums(t, at);
}

GN__AVX2 static void gradient_sums_avx2(const job *t, panel at)
{
    gradient_sums(t, at);
}

static void gradient_sums_tile(void *argument, int64_t tile, int worker)
{
    const job *t = argument;
    (void)worker;
    (gn__has_avx2() ? gradient_sums_avx2 : gradient_sums_plain)(t, panel_of(t, tile));
}

static void join_gradient_sums(void *argument, int64_t tile, int worker)
{
    const job *t = argument;
    const panel at = panel_of(t, tile);
    (void)worker;
    for (int sum = 0; sum < GRADIENTS; sum++) {
        double total[PANEL_CHANNELS] = {0};
        for (int64_t p = 0; p < t->row_panels; p++)
            for (int64_t j = 0; j < at.channels; j++)
                total[j] += (double)t->sums[sum][p * t->norm.channels + at.channel + j];
        for (int64_t j = 0; j < at.channels; j++)
            t->totals[sum][at.channel + j] = (float)total[j];
    }
}

gn_status gn__norm_gradient_sums_fast(gn_context *context, const gn__norm *norm, const float *out_gradient,
                                      float *gamma_gradient, float *beta_gradient)
{
    job t = {.norm = *norm, .out_gradient = out_gradient, .totals = {gamma_gradient, beta_gradient}};
    return sum_panels(context, &t, GRADIENTS, gradient_sums_tile, join_gradient_sums);
}

GN__INLINE void gradient(const job *t, panel at)
{
    const float *const mean = t->norm.mean + at.channel, *const inverse = t->norm.inverse + at.channel;
    const float *const gamma = t->norm.gamma + at.channel, *const beta = t->norm.beta + at.channel;
    const float *const gamma_gradient = t->gamma_gradient + at.channel, *const beta_gradient = t->beta_gradient +
                                                                                               at.channel;
    const float slope = t->norm.slope, share = 1 / (float)t->norm.rows;
    for (int64_t i = at.row; i < at.row + at.rows; i++) {
        const float *const x = t->norm.x + i * t->norm.channels + at.channel;
        const float *const out_gradient = t->out_gradient + i * t->norm.channels + at.channel;
        float *const y = t->y + i * t->norm.channels + at.channel;
        GN__INDEPENDENT
        for (int64_t j = 0; j < at.channels; j++) {
            const float xhat = (x[j] - mean[j]) * inverse[j];
            const float d = gn__leaky_gradient(gamma[j] * xhat + beta[j], out_gradient[j], slope);
            y[j] = gamma[j] * inverse[j] * (d - (beta_gradient[j] + xhat * gamma_gradient[j]) * share);
        }
    }
}

static void gradient_plain(const job *t, panel at)
{
    gradient(t, at);
}

GN__AVX2 static void gradient_avx2(const job *t, panel at)
{
    gradient(t, at);
}

static void gradient_tile(void *argument, int64_t tile, int worker)
{
    const job *t = argument;
    (void)worker;
    (gn__has_avx2() ? gradient_avx2 : gradient_plain)(t, panel_of(t, tile));
}

void gn__norm_gradient_fast(gn_context *context, const gn__norm *norm, const float *out_gradient,
                            const float *gamma_gradient, const float *beta_gradient, float *x_gradient)
{
    job t = {.norm = *norm,
             .out_gradient = out_gradient,
             .gamma_gradient = gamma_gradient,
             .beta_gradient = beta_gradient,
             .y = x_gradient};
    cut(&t);
    gn__parallel_for(context->pool, t.row_panels * t.channel_panels, gradient_tile, &t);
}
