/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv.c - a convolution and its transpose as products with the matrix of patches.
 *
 * conv2d:           small [N OH OW, K]    = patches(large) [N OH OW, KH KW C] x kernel [KH KW C, K]
 * conv_transpose2d: the pixels of large that are congruent modulo the stride form one phase. Within a phase every pixel
 *                   is reached by the same taps and sees neighbouring small pixels, so that each phase is a dense
 *                   convolution of small:
 *                   phase [N PH PW, C]    = patches(small) [N PH PW, taps K] x kernel' [taps K, C]
 *
 * Patches are read where they stand in the image, and sums are kept where they belong in the output. Taps that look
 * past the border of the image are left out; of few channels they read zeros from a copy with a border instead. */
#include "core/context.h"
#include "kernels/conv_patches.h"
#include "kernels/conv_scatter.h"
#include "kernels/conv_winograd.h"
#include "kernels/finish.h"
#include "kernels/gemm_microkernel.h"
#include "kernels/gemm_vector.h"
#include "kernels/kernels.h"
#include "kernels/sizes.h"

#include <string.h>

enum {
    MAX_ROWS = 192, /* rows of patches in a tile */
    MIN_ROWS = 48,
    ENOUGH_TILES = 32, /* a product with fewer tiles is cut in smaller ones */
    MIN_TILES = 8,     /* with fewer yet, as one image has, columns are cut too */
    FEW_OUTPUTS = 4,   /* with so few columns a tile of registers would be mostly padding */
    MAX_PHASES = 16,   /* looked at together */
    PANEL_SIZE = GN__BLOCK_DEPTH * GN__TILE_COLUMNS,
};

/* Along one side of the output image: grid pixel g is output pixel first + g * step. */
typedef struct out_side {
    int64_t size, first, step;
} out_side;

/* One product: the grid's pixels of out = patches [rows, depth] x weights [depth, columns] + bias [columns] (or
 * NULL). */
typedef struct product {
    gn__patches patches;
    int64_t rows, depth, columns;
    out_side y, x;
    float *out;
    const float *bias;
    const gn__finish *finish;

    /* The weight from channel i of tap (ty, tx) to column j is weights[ty * tap_y + tx * tap_x + i * from + j * to]. */
    const float *weights;
    int64_t tap_y, tap_x, from, to;

    int64_t first;  /* the block of patches to begin with: if it can be, one that all rows have a part in */
    float *packed;  /* the weights: in panels, or column by column to go by runs */
    float *own;     /* for each worker a block of patches */
    int64_t stride; /* floats from one worker's to the next one's */
    int64_t tile_rows, tile_columns;
} product;

static const float *tap_weights(const product *t, int64_t tap)
{
    return t->weights + tap / t->patches.x.taps * t->tap_y + tap % t->patches.x.taps * t->tap_x;
}

/* The panel of weights that begins with a column, for a block of patches. */
static void pack_weights(const product *t, int64_t column, gn__patch_block block, float *packed)
{
    const int64_t channels = t->patches.channels, last = block.column + block.columns;
    for (int64_t first = block.column, count; first < last; first += count, packed += count * GN__TILE_COLUMNS) {
        const int64_t channel = first % channels;
        count = gn__smaller(channels - channel, last - first);
        gn__pack_panel(count, gn__smaller(GN__TILE_COLUMNS, t->columns - column),
                       tap_weights(t, first / channels) + channel * t->from + column * t->to, t->from, t->to, packed);
    }
}

static void pack_panel(void *argument, int64_t panel, int worker)
{
    const product *t = argument;
    const int64_t column = panel * GN__TILE_COLUMNS;
    (void)worker;
    pack_weights(t, column, (gn__patch_block){0, t->depth}, t->packed + column * t->depth);
}

static void pack_column(void *argument, int64_t column, int worker)
{
    const product *t = argument;
    float *out = t->packed + column * t->depth;
    (void)worker;
    for (int64_t tap = 0; tap < t->patches.y.taps * t->patches.x.taps; tap++)
        for (int64_t i = 0; i < t->patches.channels; i++)
            *out++ = tap_weights(t, tap)[i * t->from + column * t->to];
}

/* Points to the output's pixels of the rows row .. row+rows-1. */
static void find_outputs(const product *t, int64_t row, int64_t rows, float **outputs)
{
    const int64_t image = t->y.size * t->x.size;
    gn__patch_row at = gn__patch_row_at(&t->patches, row);
    int64_t first = row / (t->patches.x.grid * t->patches.y.grid) * image;
    for (int64_t i = 0; i < rows; i++) {
        outputs[i] = t->out +
                     (first + (t->y.first + at.grid_y * t->y.step) * t->x.size + t->x.first + at.grid_x * t->x.step) *
                         t->columns;
        gn__patch_row_next(&t->patches, &at);
        if (at.grid_y == 0 && at.grid_x == 0)
            first += image;
    }
}

/* Sums begin with the bias. */
static void begin_outputs(const product *t, int64_t column, int64_t columns, int64_t rows, float *const *outputs)
{
    const size_t size = (size_t)columns * sizeof(float);
    for (int64_t i = 0; i < rows; i++) {
        if (t->bias == NULL)
            memset(outputs[i] + column, 0, size);
        else
            memcpy(outputs[i] + column, t->bias + column, size);
    }
}

/* Behind the last sum: moves the pointers to the columns. */
static void finish_outputs(const product *t, int64_t column, int64_t columns, int64_t rows, float **outputs)
{
    if (t->finish == NULL)
        return;
    for (int64_t i = 0; i < rows; i++)
        outputs[i] += column;
    gn__finish_rows(t->finish, column, columns, rows, outputs);
}

static int64_t row_tiles(const product *t)
{
    return gn__ceiling(t->rows, t->tile_rows);
}

/* The weights of a block of patches begin to be read, into the second-level cache: the first is full of others. */
static void fetch_weights(const product *t, int64_t column, gn__patch_block block)
{
    enum { LINE = 16, SECOND = 2 };
    const int64_t channels = t->patches.channels, channel = block.column % channels;
    const int64_t rows = t->from == 1 ? gn__smaller(GN__TILE_COLUMNS, t->columns - column) : 0;
    const float *const first = tap_weights(t, block.column / channels) + channel * t->from + column * t->to;
    for (int64_t j = 0; j < rows; j++)
        for (int64_t i = 0; i < gn__smaller(block.columns, channels - channel); i += LINE)
            __builtin_prefetch(first + j * t->to + i, 0, SECOND);
}

/* The panels of weights for a block of patches: packed before, or now in the given one. */
static const float *find_weights(const product *t, int64_t column, gn__patch_block block, float *panel)
{
    if (panel == NULL)
        return t->packed + column * t->depth + block.column * GN__TILE_COLUMNS;
    pack_weights(t, column, block, panel);
    return panel;
}

/* A tile of rows, some columns of it. */
typedef struct part {
    int64_t row, rows, column, columns;
    float *const *outputs;      /* where the rows begin */
    const float *const *biases; /* what their sums begin with; NULL: zeros */
    float *patches;             /* room for copies of them */
    float *panel;               /* room for weights; NULL: they are packed */
} part;

/* One block of patches, the i-th in turn, times its weights. */
static void multiply_block(const product *t, const part *p, int64_t i)
{
    const int64_t blocks = gn__patch_blocks(&t->patches);
    const gn__patch_block block = gn__patch_block_at(&t->patches, (t->first + i) % blocks);
    const float *a[MAX_ROWS];
    float *c[MAX_ROWS];
    int where[MAX_ROWS];
    int64_t offsets[GN__BLOCK_DEPTH + GN__TILE_ROWS];
    const int64_t inside = gn__patch_rows(&t->patches, block, p->row, p->rows, p->patches, a, where);
    if (inside == 0)
        return;
    for (int64_t r = 0; r < inside; r++)
        c[r] = p->outputs[where[r]] + p->column;
    for (int64_t r = inside; r < GN__TILE_ROWS; r++)
        a[r] = a[0];
    const float *const packed = find_weights(t, p->column, block, p->panel);
    if (p->panel != NULL && i + 1 < blocks)
        fetch_weights(t, p->column, gn__patch_block_at(&t->patches, (t->first + i + 1) % blocks));
    gn__multiply_packed(&(gn__operand){GN__BY_ROWS, a, gn__patch_offsets(&t->patches, block, offsets)}, inside,
                        p->columns, block.columns, packed, t->depth * GN__TILE_COLUMNS,
                        t->first == blocks || i > 0 ? gn__begin_with(true, c) : p->biases, c);
}

/* A tile of rows, some columns: those of one panel, if it is given. */
static void multiply_rows(const product *t, int64_t tile, int64_t column, int64_t columns, float *panel, int worker)
{
    const int64_t row = tile * t->tile_rows, rows = gn__smaller(t->tile_rows, t->rows - row);
    const int64_t blocks = gn__patch_blocks(&t->patches);
    const float *biases[MAX_ROWS];
    float *outputs[MAX_ROWS];
    find_outputs(t, row, rows, outputs);
    if (t->first == blocks)
        begin_outputs(t, column, columns, rows, outputs);
    for (int64_t r = 0; r < rows && t->bias != NULL; r++)
        biases[r] = t->bias + column;
    const part p = {.row = row,
                    .rows = rows,
                    .column = column,
                    .columns = columns,
                    .outputs = outputs,
                    .biases = t->bias != NULL ? biases : NULL,
                    .patches = t->own + worker * t->stride,
                    .panel = panel};
    for (int64_t i = 0; i < blocks; i++)
        multiply_block(t, &p, i);
    finish_outputs(t, column, columns, rows, outputs);
}

static void multiply_tile(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const int64_t column = index / row_tiles(t) * t->tile_columns;
    multiply_rows(t, index % row_tiles(t), column, gn__smaller(t->tile_columns, t->columns - column), NULL, worker);
}

/* Few outputs, or few pixels inside: each is a sum of products along the runs of a row, which are read where they stand
 * in the image. Neighbours that see whole runs are summed abreast. */
static void dot(const product *t, const gn__patch_row *at, int64_t count, const float *weights, float *sums)
{
    const gn__patches *p = &t->patches;
    const int64_t taps = gn__patch_run_taps(p), stride = p->x.grid_step * p->channels;
    gn__lanes lanes[GN__ABREAST] = {0};
    for (int64_t y = 0; y < p->y.taps; y++)
        for (int64_t x = 0; x < p->x.taps; x += taps) {
            const gn__run run = gn__patch_run(p, at, y, x);
            const float *const pixels = p->image + (run.offset + run.first);
            const float *const other = weights + (y * p->x.taps + x) * p->channels + run.first;
            if (count == 1)
                gn__add_products(lanes, run.last - run.first, pixels, other);
            else
                gn__add_products_abreast(lanes, run.last - run.first, pixels, stride, other);
        }
    for (int64_t i = 0; i < count; i++)
        sums[i] = gn__sum_lanes(&lanes[i]);
}

/* How many pixels from one on, of those left, see whole runs of the same rows: as many as are summed abreast, or
 * one. */
static int64_t abreast(const product *t, const gn__patch_row *at, int64_t left)
{
    const gn__patch_side *x = &t->patches.x;
    const int64_t last = at->x + (GN__ABREAST - 1) * x->grid_step + (x->taps - 1) * x->tap_step;
    const bool whole = left >= GN__ABREAST && at->grid_x + GN__ABREAST <= x->grid && at->x >= 0 && last < x->size;
    return whole ? GN__ABREAST : 1;
}

static void dot_tile(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const int64_t row = index * t->tile_rows, rows = gn__smaller(t->tile_rows, t->rows - row);
    float *outputs[MAX_ROWS];
    gn__patch_row at = gn__patch_row_at(&t->patches, row);
    (void)worker;
    find_outputs(t, row, rows, outputs);
    for (int64_t i = 0, count; i < rows; i += count) {
        float sums[GN__ABREAST];
        count = abreast(t, &at, rows - i);
        gn__patch_fetch(&t->patches, &at, count);
        for (int64_t j = 0; j < t->columns; j++) {
            dot(t, &at, count, t->packed + j * t->depth, sums);
            for (int64_t n = 0; n < count; n++)
                outputs[i + n][j] = (t->bias != NULL ? t->bias[j] : 0) + sums[n];
        }
        for (int64_t n = 0; n < count; n++)
            gn__patch_row_next(&t->patches, &at);
    }
    finish_outputs(t, 0, t->columns, rows, outputs);
}

static int64_t column_tiles(const product *t)
{
    return gn__ceiling(t->columns, t->tile_columns);
}

static bool goes_by_runs(const product *t)
{
    return t->columns <= FEW_OUTPUTS || gn__patch_is_mostly_zeros(&t->patches);
}

static int64_t panels(const product *t)
{
    return gn__whole_columns(t->columns) / GN__TILE_COLUMNS;
}

static void cut(product *t, int64_t images)
{
    t->rows = images * t->patches.y.grid * t->patches.x.grid;
    t->depth = gn__patch_width(&t->patches);
    t->first = gn__patch_whole_block(&t->patches);
    t->tile_rows = MAX_ROWS;
    while (t->tile_rows > MIN_ROWS && t->rows < t->tile_rows * ENOUGH_TILES)
        t->tile_rows /= 2;
    t->tile_columns = gn__whole_columns(t->columns);
    while (t->tile_columns > GN__TILE_COLUMNS && column_tiles(t) * row_tiles(t) < MIN_TILES)
        t->tile_columns = gn__whole_columns(t->tile_columns / 2);
}

static gn_status sum_runs(gn_context *context, product *t)
{
    t->packed = gn__scratch(context, sizeof(float) * (size_t)(t->columns * t->depth));
    if (t->packed == NULL)
        return GN_ERROR_MEMORY;
    gn__parallel_for(context->pool, t->columns, pack_column, t);
    gn__parallel_for(context->pool, row_tiles(t) * column_tiles(t), dot_tile, t);
    return GN_OK;
}

/* All weights are packed, and then used by all tiles. */
static gn_status multiply(gn_context *context, product *t)
{
    const int64_t packed_size = gn__whole_columns(t->columns) * t->depth;
    t->packed = gn__scratch(context, sizeof(float) * (size_t)(packed_size + gn__patch_padding(&t->patches)));
    t->own = gn__worker_scratch(context, t->tile_rows * GN__BLOCK_DEPTH, &t->stride);
    if (t->packed == NULL || t->own == NULL)
        return GN_ERROR_MEMORY;
    gn__patch_pad(context, &t->patches, t->packed + packed_size);
    gn__parallel_for(context->pool, panels(t), pack_panel, t);
    gn__parallel_for(context->pool, row_tiles(t) * column_tiles(t), multiply_tile, t);
    return GN_OK;
}

/* Products of one picture, or of a few, take as long to pack weights for as to multiply: whoever packs the weights of a
 * block uses them, while they are in the nearest caches and the next ones are on their way. */
typedef struct group {
    product *products; /* of equally many columns */
    int64_t panels;    /* in each */
    float *own;        /* for each worker the panel of a block, and the block of patches */
    int64_t stride;    /* floats from one worker's to the next one's */
} group;

static bool is_group(const product *products, int64_t count)
{
    bool small = count * panels(products) >= MIN_TILES;
    for (int64_t i = 0; i < count && small; i++)
        small = products[i].rows <= MAX_ROWS && !goes_by_runs(&products[i]);
    return small;
}

static void multiply_panel(void *argument, int64_t index, int worker)
{
    const group *g = argument;
    const product *t = &g->products[index / g->panels];
    const int64_t column = index % g->panels * GN__TILE_COLUMNS;
    multiply_rows(t, 0, column, gn__smaller(GN__TILE_COLUMNS, t->columns - column), g->own + worker * g->stride,
                  worker);
}

static gn_status multiply_group(gn_context *context, product *products, int64_t count)
{
    int64_t size = 0;
    group g = {.products = products, .panels = panels(products)};
    for (int64_t i = 0; i < count; i++)
        size += gn__patch_padding(&products[i].patches);
    float *padded = gn__scratch(context, sizeof(float) * (size_t)size);
    g.own = gn__worker_scratch(context, PANEL_SIZE + MAX_ROWS * GN__BLOCK_DEPTH, &g.stride);
    if (padded == NULL || g.own == NULL)
        return GN_ERROR_MEMORY;
    for (int64_t i = 0; i < count; i++) {
        products[i].tile_rows = MAX_ROWS;
        products[i].own = g.own + PANEL_SIZE;
        products[i].stride = g.stride;
        const int64_t padding = gn__patch_padding(&products[i].patches);
        gn__patch_pad(context, &products[i].patches, padded);
        padded += padding;
    }
    gn__parallel_for(context->pool, count * g.panels, multiply_panel, &g);
    return GN_OK;
}

static gn_status multiply_all(gn_context *context, product *products, int64_t count, int64_t images)
{
    gn_status status = GN_OK;
    for (int64_t i = 0; i < count; i++)
        cut(&products[i], images);
    if (is_group(products, count))
        return multiply_group(context, products, count);
    for (int64_t i = 0; i < count && status == GN_OK; i++)
        status = (goes_by_runs(&products[i]) ? sum_runs : multiply)(context, &products[i]);
    return status;
}

gn_status gn__conv2d_fast(gn_context *context, const gn__conv_shape *s, const float *large, const float *kernel,
                          const float *bias, const gn__finish *finish, float *small)
{
    if (gn__conv2d_winograd_suits(s))
        return gn__conv2d_winograd(context, s, large, kernel, bias, finish, small);
    product t = {
        .patches = gn__large_patches(s, large),
        .columns = s->k,
        .y = {s->oh, 0, 1},
        .x = {s->ow, 0, 1},
        .out = small,
        .bias = bias,
        .finish = finish,
        .weights = kernel,
        .tap_y = s->kw * s->c * s->k,
        .tap_x = s->c * s->k,
        .from = s->k,
        .to = 1,
    };
    return multiply_all(context, &t, 1, s->n);
}

/* The pixels phase, phase + stride, ... of the large image along one side, and the taps that reach them: last, last -
 * period, ... in the order of the small pixels they come from. */
typedef struct phase_side {
    gn__patch_side side;
    int64_t last, period;
} phase_side;

/* The greatest, by Euclid. */
static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static phase_side phase_of(int64_t phase, int64_t large, int64_t small, int64_t taps, int64_t stride, int64_t dilation,
                           int64_t before)
{
    const int64_t period = stride / common_divisor(stride, dilation);
    int64_t first = 0;
    while (first < taps && (phase + before - first * dilation) % stride != 0)
        first++;
    const int64_t count = first < taps ? 1 + (taps - 1 - first) / period : 0;
    const int64_t last = first + (count - 1) * period;
    const gn__patch_side side = {
        .size = small,
        .grid = gn__ceiling(large - phase, stride),
        .taps = count,
        .first = count == 0 ? 0 : (phase + before - last * dilation) / stride,
        .grid_step = 1,
        .tap_step = period * dilation / stride,
    };
    return (phase_side){side, last, period};
}

static product product_of_phase(const gn__conv_shape *s, int64_t phase_y, int64_t phase_x, const float *small,
                                const float *kernel, const float *bias, const gn__finish *finish, float *large)
{
    const phase_side y = phase_of(phase_y, s->h, s->oh, s->kh, s->stride_h, s->dilation_h, s->top);
    const phase_side x = phase_of(phase_x, s->w, s->ow, s->kw, s->stride_w, s->dilation_w, s->left);
    const bool reached = y.side.taps > 0 && x.side.taps > 0;
    return (product){
        .patches = {.image = small, .images = s->n, .channels = s->k, .y = y.side, .x = x.side},
        .columns = s->c,
        .y = {s->h, phase_y, s->stride_h},
        .x = {s->w, phase_x, s->stride_w},
        .out = large,
        .bias = bias,
        .finish = finish,
        .weights = reached ? kernel + (y.last * s->kw + x.last) * s->c * s->k : NULL,
        .tap_y = -y.period * s->kw * s->c * s->k,
        .tap_x = -x.period * s->c * s->k,
        .from = 1,
        .to = s->k,
    };
}

gn_status gn__conv_transpose2d_fast(gn_context *context, const gn__conv_shape *s, const float *small,
                                    const float *kernel, const float *bias, const gn__finish *finish, float *large)
{
    if (gn__conv_transpose2d_scatters(s))
        return gn__conv_transpose2d_scatter(context, s, small, kernel, bias, finish, large);
    if (gn__conv_transpose2d_winograd_suits(s))
        return gn__conv_transpose2d_winograd(context, s, small, kernel, bias, finish, large);
    const int64_t across = gn__smaller(s->stride_w, s->w), phases = gn__smaller(s->stride_h, s->h) * across;
    product products[MAX_PHASES];
    gn_status status = GN_OK;
    for (int64_t first = 0; first < phases && status == GN_OK; first += MAX_PHASES) {
        const int64_t count = gn__smaller(MAX_PHASES, phases - first);
        for (int64_t i = 0; i < count; i++)
            products[i] = product_of_phase(s, (first + i) / across, (first + i) % across, small, kernel, bias, finish,
                                           large);
        status = multiply_all(context, products, count, s->n);
    }
    return status;
}
