/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_winograd.c - the three directions of a convolution by Winograd's minimal filtering (winograd.h).
 *
 * The small image is cut into tiles of 2 x 2 or, for three taps, 4 x 4 pixels. The pixels of the large image that are
 * congruent modulo the stride form one phase; within a phase a tile sees a square of neighbours through `taps` x `taps`
 * taps, and the phases' channels stand side by side. With the points of all squares as matrices, each direction is one
 * matrix product for every point:
 *
 *     conv2d:           small [tiles, K]        = large [tiles, phases C] x kernel [phases C, K]
 *     conv2d_transpose: large [tiles, phases C] = small [tiles, K] x kernel' [K, phases C]
 *     conv2d_kernel:    kernel [phases C, K]    = large' [phases C, tiles] x small [tiles, K]
 *
 * Points are found for a block of tiles at a time, which stays in the cache. Workers share the images or, if there are
 * few, the columns of the product. */
#include "kernels/conv_winograd.h"

#include "core/context.h"
#include "core/parallel.h"
#include "kernels/gemm_kernel.h"
#include "kernels/leaky_relu.h"
#include "kernels/sizes.h"
#include "kernels/winograd.h"

#include <string.h>

enum {
    BLOCK_TILES = 48,   /* whose points, and products, stay in the second-level cache */
    MOST_TILES = 96,    /* in the one block that few images are */
    LEAST_PIXELS = 256, /* in all small images: with fewer, finding the kernel's points takes longer than multiplying */
    LEAST_IMAGES = 8,   /* each is one worker's */
    LEAST_TILES = 32,   /* of fewer images, for the kernel's points to be worth finding */
    LEAST_CHANNELS = 16,
    MOST_GROUP = 64,  /* channels of the large image whose sums a worker keeps for a kernel's gradient */
    ENOUGH_UNITS = 8, /* with fewer, workers would wait for each other */
    VECTOR = 8,
    PADDING = 16, /* floats between rows and between matrices: a page apart they evict each other from the cache */
    SQUARE = GN__WINOGRAD_POINTS,
};

typedef struct winograd {
    const gn__conv_shape *s;
    int64_t taps, points, phases;
    int64_t side;                                 /* pixels along that of a tile */
    int64_t tiles_y, tiles_x;                     /* of an image */
    int64_t block;                                /* most tiles whose points are found at a time */
    int64_t inside[GN__SMALL_SQUARE + 1][SQUARE]; /* offsets of a tile's pixels from the first, if it has all */
    const float *zeros;                           /* what is read outside of an image */
} winograd;

static int64_t channels_of(const winograd *t, gn__square square)
{
    return square == GN__LARGE_SQUARE ? t->s->c : t->s->k;
}

/* Along one side of the large image or the small one: its pixels, and how many of them a tile steps over. */
static int64_t height_of(const winograd *t, gn__square square)
{
    return square == GN__LARGE_SQUARE ? t->s->h : t->s->oh;
}

static int64_t width_of(const winograd *t, gn__square square)
{
    return square == GN__LARGE_SQUARE ? t->s->w : t->s->ow;
}

static int64_t step_of(const winograd *t, gn__square square)
{
    return square == GN__LARGE_SQUARE ? t->s->stride_h : 1;
}

static void find_inside(winograd *t, gn__square square)
{
    const int64_t side = gn__square_side(square, t->taps);
    for (int64_t i = 0; i < side * side; i++)
        t->inside[square][i] = (i / side * width_of(t, square) + i % side) * step_of(t, square) *
                               channels_of(t, square);
}

static winograd winograd_of(const gn__conv_shape *s)
{
    const int64_t taps = s->kh / s->stride_h, side = gn__square_side(GN__SMALL_SQUARE, taps),
                  points = gn__square_side(GN__LARGE_SQUARE, taps);
    winograd t = {
        .s = s,
        .taps = taps,
        .points = points * points,
        .phases = s->stride_h * s->stride_w,
        .side = side,
        .tiles_y = gn__ceiling(s->oh, side),
        .tiles_x = gn__ceiling(s->ow, side),
        .block = taps == 2 ? BLOCK_TILES : 3 * BLOCK_TILES / 4,
    };
    if (taps == 2 || taps == 3) {
        find_inside(&t, GN__LARGE_SQUARE);
        find_inside(&t, GN__SMALL_SQUARE);
    }
    return t;
}

static int64_t tiles_of(const winograd *t)
{
    return t->s->n * t->tiles_y * t->tiles_x;
}

static bool fits(const winograd *t)
{
    const gn__conv_shape *s = t->s;
    const int64_t stride = s->stride_h, taps = t->taps;
    return s->kh == s->kw && s->stride_w == stride && stride <= 2 && s->kh == taps * stride &&
           (taps == 2 || taps == 3) && s->dilation_h == 1 && s->dilation_w == 1 && s->c % VECTOR == 0 &&
           s->k % VECTOR == 0 && s->c >= LEAST_CHANNELS && s->k >= LEAST_CHANNELS &&
           3 * tiles_of(t) * t->points <= 2 * s->n * s->oh * s->ow * taps * taps;
}

bool gn__conv2d_winograd_suits(const gn__conv_shape *s)
{
    const winograd t = winograd_of(s);
    return fits(&t) && s->n >= LEAST_IMAGES && s->n * s->oh * s->ow >= LEAST_PIXELS;
}

/* Do workers share the columns of a product, rather than images? */
static bool is_few(const winograd *t, int64_t columns)
{
    const int64_t tiles = tiles_of(t);
    return t->s->n < LEAST_IMAGES && tiles >= LEAST_TILES && tiles <= MOST_TILES &&
           columns >= ENOUGH_UNITS * GN__TILE_COLUMNS;
}

bool gn__conv2d_transpose_winograd_suits(const gn__conv_shape *s)
{
    const winograd t = winograd_of(s);
    return gn__conv2d_winograd_suits(s) || (fits(&t) && is_few(&t, t.phases * s->c));
}

/* Floats between one point's matrix and the next one's. */
static int64_t plane_of(int64_t rows, int64_t columns)
{
    return rows * columns + PADDING;
}

/* The first pixel of a tile, in one phase of the large image or in the small one. */
typedef struct corner {
    int64_t image, y, x;
} corner;

static corner corner_of(const winograd *t, gn__square square, int64_t tile, int64_t phase)
{
    const gn__conv_shape *s = t->s;
    const bool large = square == GN__LARGE_SQUARE;
    const int64_t line = tile / t->tiles_x, image = line / t->tiles_y, step = t->side * step_of(t, square);
    return (corner){
        .image = image,
        .y = (line - image * t->tiles_y) * step + (large ? phase / s->stride_w - s->top : 0),
        .x = (tile - line * t->tiles_x) * step + (large ? phase % s->stride_w - s->left : 0),
    };
}

/* Offsets of the pixels of a tile; -1 outside of the image. */
static void find_square(const winograd *t, gn__square square, int64_t tile, int64_t phase, int64_t *offsets)
{
    const corner at = corner_of(t, square, tile, phase);
    const int64_t h = height_of(t, square), w = width_of(t, square), side = gn__square_side(square, t->taps),
                  step = step_of(t, square), last = (side - 1) * step;
    const int64_t first = ((at.image * h + at.y) * w + at.x) * channels_of(t, square);
    const bool whole = at.y >= 0 && at.y + last < h && at.x >= 0 && at.x + last < w;
    for (int64_t i = 0; i < side * side; i++)
        offsets[i] = first + t->inside[square][i];
    for (int64_t i = 0; i < side * side && !whole; i++) {
        const int64_t y = at.y + i / side * step, x = at.x + i % side * step;
        if (y < 0 || y >= h || x < 0 || x >= w)
            offsets[i] = -1;
    }
}

/* Where the pixels of a tile are read, `channels` numbers each, which begin to come. */
static void fetch_square(const winograd *t, gn__square square, int64_t tile, int64_t phase, int64_t channels,
                         const float *image, const float **pixels)
{
    int64_t offsets[SQUARE];
    find_square(t, square, tile, phase, offsets);
    for (int64_t i = 0, side = gn__square_side(square, t->taps); i < side * side; i++) {
        pixels[i] = offsets[i] < 0 ? t->zeros : image + offsets[i];
        gn__fetch(channels, pixels[i]);
    }
}

/* The values that belong to points of a tile, in some channels, added to `begin` or to the image, through a leaky ReLU;
 * those outside of it go to spare. */
static void add_square(const winograd *t, gn__square square, int64_t tile, int64_t phase, int64_t channels,
                       const float *points, int64_t plane, const float *begin, float slope, float *spare, float *image)
{
    int64_t offsets[SQUARE];
    float *pixels[SQUARE];
    find_square(t, square, tile, phase, offsets);
    const int64_t side = gn__square_side(square, t->taps);
    for (int64_t i = 0; i < side * side; i++)
        pixels[i] = offsets[i] < 0 ? spare : image + offsets[i];
    gn__winograd_values(square, t->taps, channels, points, plane, begin, pixels);
    if (slope != 1)
        gn__leaky_relu_rows(slope, side * side, channels, pixels);
}

/* A convolution or its transpose: `to` = the product of the points of `from` and of the kernel. */
typedef struct product {
    winograd winograd;
    gn__square from, to;
    int64_t depth, columns; /* channels of both sides, those of the large one phase by phase */
    const float *image, *kernel, *bias;
    float *out, slope; /* of the leaky ReLU behind the small image; 1: none */
    int64_t unit;      /* images that a worker computes at a time */
    float *packed;     /* the kernel's points: for each of them panels [depth, GN__TILE_COLUMNS]; or, of few images, */
    float *points;     /* theirs, in the same memory */
    float *blocks;     /* for each worker the points of a block on both sides, or the kernel's in a panel and their
                    * products, and a pixel to spare */
    int64_t block_size;
} product;

static int64_t phases_of(const product *t, gn__square square)
{
    return square == GN__LARGE_SQUARE ? t->winograd.phases : 1;
}

/* The kernel's points in some rows and columns of one phase, for a panel whose line of the first row begins at
 * `packed`. */
static void pack_block(const product *t, int64_t row, int64_t rows, int64_t column, int64_t columns, float *packed,
                       int64_t plane)
{
    const gn__conv_shape *s = t->winograd.s;
    const bool forward = t->to == GN__SMALL_SQUARE;
    const int64_t phase = (forward ? row : column) / s->c, channel = (forward ? row : column) % s->c,
                  k = forward ? column : row, taps = t->winograd.taps;
    float numbers[GN__WINOGRAD_TAPS * GN__WINOGRAD_TAPS][GN__TILE_COLUMNS * GN__TILE_COLUMNS];
    const float *values[GN__WINOGRAD_TAPS * GN__WINOGRAD_TAPS];
    for (int64_t i = 0; i < taps * taps; i++) {
        const int64_t y = i / taps * s->stride_h + phase / s->stride_w,
                      x = i % taps * s->stride_w + phase % s->stride_w;
        const float *const from = t->kernel + ((y * s->kw + x) * s->c + channel) * s->k + k;
        for (int64_t r = 0; r < rows && forward; r++)
            gn__pack_line(columns, from + r * s->k, numbers[i] + r * GN__TILE_COLUMNS);
        if (!forward)
            gn__transpose(columns, rows, from, s->k, numbers[i], GN__TILE_COLUMNS);
    }
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t i = 0; i < taps * taps; i++)
            values[i] = numbers[i] + r * GN__TILE_COLUMNS;
        gn__winograd_points(GN__KERNEL_SQUARE, taps, columns, values, packed + r * GN__TILE_COLUMNS, plane);
    }
}

/* The panel that begins with a column. Columns behind the last are left as they are: what they give is not kept. */
static void pack_columns(const product *t, int64_t first, float *packed, int64_t plane)
{
    const int64_t c = t->winograd.s->c, last = gn__smaller(first + GN__TILE_COLUMNS, t->columns);
    const bool forward = t->to == GN__SMALL_SQUARE;
    for (int64_t column = first, columns; column < last; column += columns) {
        columns = gn__smaller(last - column, forward ? last : c - column % c);
        for (int64_t row = 0, rows; row < t->depth; row += rows) {
            rows = gn__smaller(gn__smaller(GN__TILE_COLUMNS, t->depth - row), forward ? c - row % c : t->depth);
            pack_block(t, row, rows, column, columns, packed + row * GN__TILE_COLUMNS + (column - first), plane);
        }
    }
}

static void pack_panel(void *argument, int64_t panel, int worker)
{
    const product *t = argument;
    const int64_t first = panel * GN__TILE_COLUMNS;
    (void)worker;
    pack_columns(t, first, t->packed + first * t->depth, plane_of(t->depth, gn__whole_columns(t->columns)));
}

/* points [points][block][depth + PADDING] of tiles tile .. tile+count-1. */
static void find_points(const product *t, int64_t tile, int64_t count, float *points)
{
    const winograd *const w = &t->winograd;
    const int64_t channels = channels_of(w, t->from), stride = t->depth + PADDING, phases = phases_of(t, t->from);
    const float *pixels[2][SQUARE];
    fetch_square(w, t->from, tile, 0, channels, t->image, pixels[0]);
    for (int64_t i = 0, next = 1; i < count * phases; i++, next++) {
        if (next < count * phases)
            fetch_square(w, t->from, tile + next / phases, next % phases, channels, t->image, pixels[next % 2]);
        gn__winograd_points(t->from, w->taps, channels, pixels[i % 2],
                            points + i / phases * stride + i % phases * channels, plane_of(w->block, stride));
    }
}

/* products [count, columns] = rows [count, depth + PADDING] x panels, for one point. */
static void multiply_point(const product *t, int64_t count, int64_t columns, const float *rows, const float *panels,
                           float *products)
{
    const float *a[MOST_TILES];
    float *c[MOST_TILES];
    gn__point_to_rows(products, count, columns, c);
    for (int64_t first = 0; first < t->depth; first += GN__BLOCK_DEPTH) {
        for (int64_t i = 0; i < gn__larger(count, GN__TILE_ROWS); i++)
            a[i] = rows + (i < count ? i : 0) * (t->depth + PADDING) + first;
        gn__multiply_packed(&(gn__operand){GN__BY_ROWS, a, NULL}, count, columns,
                            gn__smaller(GN__BLOCK_DEPTH, t->depth - first), panels + first * GN__TILE_COLUMNS,
                            t->depth * GN__TILE_COLUMNS, gn__begin_with(first > 0, c), c);
    }
}

/* Do the tiles of the result overlap? */
static bool overlap(const product *t)
{
    return t->to == GN__LARGE_SQUARE;
}

/* What the products of some tiles' points are in the columns from `first` on: tiles of the small image are next to each
 * other and begin with the bias, those of the large one overlap and are added. */
static void add_tiles(const product *t, int64_t tile, int64_t count, int64_t first, int64_t columns,
                      const float *products, float *spare)
{
    const int64_t plane = plane_of(t->winograd.block, columns), c = channels_of(&t->winograd, t->to);
    for (int64_t i = 0; i < count; i++)
        for (int64_t column = 0, channels; column < columns; column += channels) {
            const int64_t phase = (first + column) / c, channel = (first + column) % c;
            channels = gn__smaller(c - channel, columns - column);
            add_square(&t->winograd, t->to, tile + i, phase, channels, products + i * columns + column, plane,
                       overlap(t) ? NULL : (t->bias != NULL ? t->bias : t->winograd.zeros) + channel, t->slope, spare,
                       t->out + channel);
        }
}

/* The columns from `first` on, of a block whose points are given, by their part of the kernel's points. */
static void multiply_columns(const product *t, int64_t tile, int64_t count, int64_t first, int64_t columns,
                             const float *points, const float *packed, float *products)
{
    const int64_t from_plane = plane_of(t->winograd.block, t->depth + PADDING),
                  plane = plane_of(t->depth, gn__whole_columns(columns)),
                  to_plane = plane_of(t->winograd.block, columns);
    for (int64_t i = 0; i < t->winograd.points; i++)
        multiply_point(t, count, columns, points + i * from_plane, packed + i * plane, products + i * to_plane);
    add_tiles(t, tile, count, first, columns, products, products + t->winograd.points * to_plane);
}

/* Where sums are added, they begin with the bias. */
static void begin_pixels(const product *t, int64_t first, int64_t count)
{
    const int64_t channels = channels_of(&t->winograd, t->to);
    float *pixel = t->out + first * channels;
    for (int64_t i = 0; i < count && overlap(t); i++, pixel += channels)
        if (t->bias == NULL)
            memset(pixel, 0, (size_t)channels * sizeof *pixel);
        else
            memcpy(pixel, t->bias, (size_t)channels * sizeof *pixel);
}

static void multiply_unit(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const int64_t image = index * t->unit, images = gn__smaller(t->unit, t->winograd.s->n - image);
    const int64_t of_image = t->winograd.tiles_y * t->winograd.tiles_x, tiles = images * of_image;
    float *const points = t->blocks + worker * t->block_size;
    float *const products = points + t->winograd.points * plane_of(t->winograd.block, t->depth + PADDING);
    const int64_t pixels = height_of(&t->winograd, t->to) * width_of(&t->winograd, t->to);
    for (int64_t i = 0, begun = 0; i < tiles; i += t->winograd.block) {
        const int64_t tile = image * of_image + i, count = gn__smaller(t->winograd.block, tiles - i),
                      begin = gn__ceiling(i + count, of_image);
        begin_pixels(t, (image + begun) * pixels, (begin - begun) * pixels);
        begun = begin;
        find_points(t, tile, count, points);
        multiply_columns(t, tile, count, 0, t->columns, points, t->packed, products);
    }
}

/* Of about two blocks, or of fewer where the units could not be shared evenly. */
static int64_t images_of_unit(const winograd *t)
{
    const int64_t rounds = gn__ceiling(tiles_of(t), 2 * t->block * ENOUGH_UNITS);
    return gn__ceiling(t->s->n, rounds * ENOUGH_UNITS);
}

/* Of few images all are one block, whose points are found first. */
static void begin_part(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const int64_t tiles = tiles_of(&t->winograd),
                  pixels = t->winograd.s->n * height_of(&t->winograd, t->to) * width_of(&t->winograd, t->to);
    const int64_t tile = tiles * index / ENOUGH_UNITS, pixel = pixels * index / ENOUGH_UNITS;
    (void)worker;
    find_points(t, tile, tiles * (index + 1) / ENOUGH_UNITS - tile, t->points + tile * (t->depth + PADDING));
    begin_pixels(t, pixel, pixels * (index + 1) / ENOUGH_UNITS - pixel);
}

/* Whoever finds a panel of the kernel's points uses it, while it is in the nearest caches. */
static void multiply_panel(void *argument, int64_t panel, int worker)
{
    const product *t = argument;
    const int64_t first = panel * GN__TILE_COLUMNS, plane = plane_of(t->depth, GN__TILE_COLUMNS);
    float *const packed = t->blocks + worker * t->block_size;
    pack_columns(t, first, packed, plane);
    multiply_columns(t, 0, tiles_of(&t->winograd), first, gn__smaller(GN__TILE_COLUMNS, t->columns - first), t->points,
                     packed, packed + t->winograd.points * plane);
}

/* Finds memory: for zeros, `shared` floats at t->packed, and t->block_size for each worker at t->blocks. */
static gn_status find_memory(gn_context *context, product *t, int64_t shared)
{
    const gn__conv_shape *s = t->winograd.s;
    const int64_t longest = gn__ceiling(gn__larger(s->c, s->k), 16) * 16;
    t->block_size += longest;
    float *const memory = gn__scratch(
        context, sizeof(float) * (size_t)(longest + shared + t->block_size * gn__pool_threads(context->pool)));
    if (memory == NULL)
        return GN_ERROR_MEMORY;
    t->winograd.zeros = memset(memory, 0, (size_t)longest * sizeof *memory);
    t->packed = t->points = memory + longest;
    t->blocks = t->packed + shared;
    return GN_OK;
}

static gn_status multiply_few(gn_context *context, product *t)
{
    winograd *const w = &t->winograd;
    w->block = tiles_of(w);
    t->block_size = w->points * (plane_of(t->depth, GN__TILE_COLUMNS) + plane_of(w->block, GN__TILE_COLUMNS));
    const gn_status status = find_memory(context, t, w->points * plane_of(w->block, t->depth + PADDING));
    if (status != GN_OK)
        return status;
    gn__parallel_for(context->pool, ENOUGH_UNITS, begin_part, t);
    gn__parallel_for(context->pool, gn__whole_columns(t->columns) / GN__TILE_COLUMNS, multiply_panel, t);
    return GN_OK;
}

static gn_status multiply(gn_context *context, product *t)
{
    const winograd *const w = &t->winograd;
    const int64_t panels = gn__whole_columns(t->columns);
    t->unit = images_of_unit(w);
    t->block_size = w->points * (plane_of(w->block, t->depth + PADDING) + plane_of(w->block, t->columns));
    const gn_status status = find_memory(context, t, w->points * plane_of(t->depth, panels));
    if (status != GN_OK)
        return status;
    gn__parallel_for(context->pool, panels / GN__TILE_COLUMNS, pack_panel, t);
    gn__parallel_for(context->pool, gn__ceiling(w->s->n, t->unit), multiply_unit, t);
    return GN_OK;
}

gn_status gn__conv2d_winograd(gn_context *context, const gn__conv_shape *s, const float *large, const float *kernel,
                              const float *bias, float slope, float *small)
{
    product t = {
        .winograd = winograd_of(s),
        .from = GN__LARGE_SQUARE,
        .to = GN__SMALL_SQUARE,
        .depth = s->stride_h * s->stride_w * s->c,
        .columns = s->k,
        .image = large,
        .kernel = kernel,
        .bias = bias,
        .slope = slope,
        .out = small,
    };
    return multiply(context, &t);
}

gn_status gn__conv2d_transpose_winograd(gn_context *context, const gn__conv_shape *s, const float *small,
                                        const float *kernel, const float *bias, float *large)
{
    product t = {
        .winograd = winograd_of(s),
        .from = GN__SMALL_SQUARE,
        .to = GN__LARGE_SQUARE,
        .depth = s->k,
        .columns = s->stride_h * s->stride_w * s->c,
        .image = small,
        .kernel = kernel,
        .bias = bias,
        .slope = 1,
        .out = large,
    };
    return (is_few(&t.winograd, t.columns) ? multiply_few : multiply)(context, &t);
}

/* A kernel's gradient, in units: for one phase a group of channels, for one part of the tiles. */
typedef struct gradient {
    winograd winograd;
    const float *large, *small;
    float *kernel;
    int64_t groups, group; /* number of groups; channels in each */
    int64_t parts, part;   /* number of parts; tiles in each */
    float *sums;           /* [parts][phases][points][C, K] */
    float *blocks;         /* for each worker the points of a block on both sides */
    int64_t block_size;
} gradient;

static int64_t row_length(const gradient *t)
{
    return t->group + PADDING;
}

/* Points of a group of channels of the large image by tiles, [points][block][row_length], of the small one in
 * panels, [points][panels][block][GN__TILE_COLUMNS]. */
static void find_both(const gradient *t, int64_t phase, int64_t channel, int64_t channels, int64_t tile, int64_t count,
                      float *rows, float *panels)
{
    const winograd *const w = &t->winograd;
    const int64_t k = w->s->k, plane = plane_of(w->block, gn__whole_columns(k)),
                  side = gn__square_side(GN__SMALL_SQUARE, w->taps);
    const float *large[2][SQUARE], *small[2][SQUARE];
    fetch_square(w, GN__LARGE_SQUARE, tile, phase, channels, t->large + channel, large[0]);
    fetch_square(w, GN__SMALL_SQUARE, tile, 0, k, t->small, small[0]);
    for (int64_t i = 0, next = 1; i < count; i++, next++) {
        if (next < count) {
            fetch_square(w, GN__LARGE_SQUARE, tile + next, phase, channels, t->large + channel, large[next % 2]);
            fetch_square(w, GN__SMALL_SQUARE, tile + next, 0, k, t->small, small[next % 2]);
        }
        gn__winograd_points(GN__LARGE_SQUARE, w->taps, channels, large[i % 2], rows + i * row_length(t),
                            plane_of(w->block, row_length(t)));
        for (int64_t j = 0; j < k; j += GN__TILE_COLUMNS) {
            gn__winograd_points(GN__SMALL_SQUARE, w->taps, gn__smaller(GN__TILE_COLUMNS, k - j), small[i % 2],
                                panels + j * w->block + i * GN__TILE_COLUMNS, plane);
            for (int64_t p = 0; p < side * side; p++)
                small[i % 2][p] += GN__TILE_COLUMNS;
        }
    }
}

/* sums [channels, K] += rows' x panels, for one point. */
static void add_point(const gradient *t, int64_t channels, int64_t count, const float *rows, const float *panels,
                      bool add, float *sums)
{
    const float *a[BLOCK_TILES];
    float *c[MOST_GROUP];
    for (int64_t i = 0; i < count; i++)
        a[i] = rows + i * row_length(t);
    gn__point_to_rows(sums, channels, t->winograd.s->k, c);
    gn__multiply_packed(&(gn__operand){GN__BY_COLUMNS, a, NULL}, channels, t->winograd.s->k, count, panels,
                        t->winograd.block * GN__TILE_COLUMNS, gn__begin_with(add, c), c);
}

static void sum_unit(void *argument, int64_t index, int worker)
{
    const gradient *t = argument;
    const winograd *const w = &t->winograd;
    const int64_t c = w->s->c, k = w->s->k, matrix = plane_of(c, k);
    const int64_t channel = index % t->groups * t->group, channels = gn__smaller(t->group, c - channel);
    const int64_t phase = index / t->groups % w->phases, part = index / t->groups / w->phases;
    const int64_t first = part * t->part, last = gn__smaller(first + t->part, w->s->n * w->tiles_y * w->tiles_x);
    float *const rows = t->blocks + worker * t->block_size, *const panels = rows + w->points * plane_of(w->block,
                                                                                                        row_length(t));
    float *const sums = t->sums + (part * w->phases + phase) * w->points * matrix + channel * k;
    for (int64_t tile = first; tile < last; tile += w->block) {
        const int64_t count = gn__smaller(w->block, last - tile);
        find_both(t, phase, channel, channels, tile, count, rows, panels);
        for (int64_t i = 0; i < w->points; i++)
            add_point(t, channels, count, rows + i * plane_of(w->block, row_length(t)),
                      panels + i * plane_of(w->block, gn__whole_columns(k)), tile > first, sums + i * matrix);
    }
}

/* The taps of one channel in one phase, from the sums of all parts in their order. */
static void finish_channel(void *argument, int64_t index, int worker)
{
    const gradient *t = argument;
    const winograd *const w = &t->winograd;
    const gn__conv_shape *s = w->s;
    const int64_t phase = index / s->c, channel = index % s->c, matrix = plane_of(s->c, s->k);
    float *values[GN__WINOGRAD_TAPS * GN__WINOGRAD_TAPS];
    (void)worker;
    for (int64_t i = 0; i < w->taps * w->taps; i++) {
        const int64_t y = i / w->taps * s->stride_h + phase / s->stride_w,
                      x = i % w->taps * s->stride_w + phase % s->stride_w;
        values[i] = t->kernel + ((y * s->kw + x) * s->c + channel) * s->k;
    }
    for (int64_t part = 0; part < t->parts; part++)
        gn__winograd_values(GN__KERNEL_SQUARE, w->taps, s->k,
                            t->sums + (part * w->phases + phase) * w->points * matrix + channel * s->k, matrix,
                            part == 0 ? w->zeros : NULL, values);
}

gn_status gn__conv2d_kernel_winograd(gn_context *context, const gn__conv_shape *s, const float *large,
                                     const float *small, float *kernel)
{
    gradient t = {.winograd = winograd_of(s), .large = large, .small = small, .kernel = kernel};
    winograd *const w = &t.winograd;
    const int64_t tiles = s->n * w->tiles_y * w->tiles_x, blocks = gn__ceiling(tiles, w->block);
    t.group = gn__smaller(s->c, MOST_GROUP);
    t.groups = gn__ceiling(s->c, t.group);
    t.part = gn__ceiling(blocks, gn__smaller(blocks, gn__ceiling(ENOUGH_UNITS, w->phases * t.groups))) * w->block;
    t.parts = gn__ceiling(tiles, t.part);
    t.block_size = w->points * (plane_of(w->block, row_length(&t)) + plane_of(w->block, gn__whole_columns(s->k)));
    const int64_t longest = gn__ceiling(gn__larger(s->c, s->k), 16) * 16,
                  sums_size = t.parts * w->phases * w->points * plane_of(s->c, s->k);
    float *const memory = gn__scratch(
        context, sizeof(float) * (size_t)(longest + sums_size + t.block_size * gn__pool_threads(context->pool)));
    if (memory == NULL)
        return GN_ERROR_MEMORY;
    w->zeros = memset(memory, 0, (size_t)longest * sizeof *memory);
    t.sums = memory + longest;
    t.blocks = t.sums + sums_size;
    gn__parallel_for(context->pool, t.groups * w->phases * t.parts, sum_unit, &t);
    gn__parallel_for(context->pool, w->phases * s->c, finish_channel, &t);
    return GN_OK;
}
