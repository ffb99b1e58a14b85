/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_winograd.c - a convolution and its transpose by Winograd's minimal filtering (winograd.h).
 *
 * With the points of all squares (winograd_tiles.h) as matrices, the phases' channels side by side, each direction is
 * one matrix product for every point:
 *
 *     conv2d:           small [tiles, K]        = large [tiles, phases C] x kernel [phases C, K]
 *     conv_transpose2d: large [tiles, phases C] = small [tiles, K] x kernel' [K, phases C]
 *
 * Tiles at an end of the image do not need all points in every phase; their rows are left out there. Points are found
 * for a block of tiles at a time, which stays in the cache. Workers share the images or, if there are few, the columns
 * of the product. */
#include "kernels/conv_winograd.h"

#include "core/context.h"
#include "core/parallel.h"
#include "kernels/finish.h"
#include "kernels/gemm_microkernel.h"
#include "kernels/sizes.h"
#include "kernels/transpose.h"
#include "kernels/winograd_tiles.h"

#include <string.h>

enum {
    DEEP_TILES = 32,      /* a block of tiles of more channels than a block of the product */
    MAX_PACKED = 5 << 17, /* numbers of the kernel's points: more take several passes over the images */
    MAX_GROUP = 128,      /* columns whose products stay in the second-level cache, too */
    MAX_TILES = 64,       /* in the one block that few images are: a bit for each */
    MIN_PIXELS = 256, /* in all small images: with fewer, finding the kernel's points takes longer than multiplying */
    MIN_IMAGES = 8,   /* each is one worker's */
    MIN_TILES = 16,   /* of fewer images, for the kernel's points to be worth finding */
    MAX_DEPTH = 2048, /* of few images, for a panel of the kernel's points stays in a cache of each worker */
    MIN_PANELS = 4,   /* for workers to share, if there are few images */
    ENOUGH_UNITS = 8, /* with fewer, workers would wait for each other */
    SQUARE = GN__WINOGRAD_POINTS,
};

/* Of three taps, finding the points takes longer. */
static bool saves_enough(const gn__tiling *t)
{
    const int64_t percent = t->taps == 2 ? 75 : 60;
    return 100 * t->products <= percent * t->plain;
}

/* Do workers share the images, or the columns of a product? */
static bool is_many(const gn__conv_shape *s)
{
    return s->n >= MIN_IMAGES && s->n * s->oh * s->ow >= MIN_PIXELS;
}

static bool is_few(const gn__tiling *t, int64_t depth, int64_t columns)
{
    return t->s->n < MIN_IMAGES && t->tiles >= MIN_TILES && t->tiles <= MAX_TILES && depth <= MAX_DEPTH &&
           columns >= MIN_PANELS * GN__TILE_COLUMNS;
}

static bool suits(const gn__conv_shape *s, int64_t depth, int64_t columns)
{
    if (!gn__tiling_fits(s))
        return false;
    const gn__tiling t = gn__tiling_of(s);
    return saves_enough(&t) && (is_many(s) || is_few(&t, depth, columns));
}

static int64_t phase_channels(const gn__conv_shape *s)
{
    return s->stride_h * s->stride_w * s->c;
}

bool gn__conv2d_winograd_suits(const gn__conv_shape *s)
{
    return suits(s, phase_channels(s), s->k);
}

/* Every pixel of the large image must be in a tile: it is written there. */
bool gn__conv_transpose2d_winograd_suits(const gn__conv_shape *s)
{
    return gn__tiling_covers(s) && suits(s, s->k, phase_channels(s));
}

bool gn__conv2d_kernel_gradient_winograd_suits(const gn__conv_shape *s)
{
    return suits(s, 0, 0);
}

/* Some tiles, and which of them need a point in a phase: bits. */
typedef struct block {
    int64_t first, count;
    uint64_t needing[GN__MAX_PHASES][SQUARE];
} block;

/* A convolution or its transpose: `to` = the product of the points of `from` and of the kernel. */
typedef struct product {
    gn__tiling tiling;
    gn__square from, to;
    int64_t depth, columns; /* channels of both sides, those of the large one phase by phase */
    const float *image, *kernel, *bias;
    const gn__finish *finish;
    float *out;
    int64_t unit;        /* images that a worker computes at a time */
    int64_t block;       /* most tiles whose points are found at a time */
    int64_t group;       /* most columns that are multiplied at a time */
    int64_t plane;       /* floats between the kernel's points */
    int64_t first, pass; /* columns that are multiplied in one pass over the images: first, and how many at most */
    float *packed;       /* the kernel's points: for each of them panels [depth, GN__TILE_COLUMNS] */
    block all;           /* the few images */
    float *found;        /* for each worker: does it have the points of the few images? */
    /* For each worker the points of a block on both sides and a pixel to spare; of few images the kernel's in a panel,
     * too. */
    float *own;
    int64_t stride; /* floats from one worker's to the next one's */
} product;

static int64_t phases_of(const product *t, gn__square square)
{
    return square == GN__LARGE_SQUARE ? t->tiling.phases : 1;
}

/* Some rows and columns of the kernel in one phase. */
typedef struct part {
    int64_t row, rows, column, columns;
} part;

/* One tap of a part, in lines of GN__TILE_COLUMNS. */
static void pack_tap(const product *t, const part *p, int64_t tap, float *packed)
{
    const gn__conv_shape *s = t->tiling.s;
    const bool forward = t->to == GN__SMALL_SQUARE;
    const int64_t large = forward ? p->row : p->column, small = forward ? p->column : p->row;
    const float *const from = t->kernel + gn__tiling_tap(&t->tiling, large / s->c, tap, large % s->c) + small;
    for (int64_t r = 0; r < p->rows && forward; r++)
        gn__pack_line(p->columns, from + r * s->k, packed + r * GN__TILE_COLUMNS);
    if (!forward)
        gn__transpose(p->columns, p->rows, from, s->k, packed, GN__TILE_COLUMNS);
}

/* The points of a part, for a panel whose line of the first row begins at `packed`. */
static void pack_part(const product *t, const part *p, float *packed)
{
    const int64_t taps = t->tiling.taps;
    float numbers[GN__WINOGRAD_TAPS * GN__WINOGRAD_TAPS][GN__TILE_COLUMNS * GN__TILE_COLUMNS];
    const float *values[GN__WINOGRAD_TAPS * GN__WINOGRAD_TAPS];
    for (int64_t i = 0; i < taps * taps; i++)
        pack_tap(t, p, i, taps == 2 ? packed + gn__winograd_corners[i] * t->plane : numbers[i]);
    if (taps == 2) /* in one stretch, over what other parts have, too: those before give it again, others come later */
        gn__winograd_complete((p->rows - 1) * GN__TILE_COLUMNS + p->columns, packed, t->plane);
    for (int64_t r = 0; r < p->rows && taps > 2; r++) {
        for (int64_t i = 0; i < taps * taps; i++)
            values[i] = numbers[i] + r * GN__TILE_COLUMNS;
        gn__winograd_points(GN__KERNEL_SQUARE, taps, p->columns, values, packed + r * GN__TILE_COLUMNS, t->plane);
    }
}

/* The panel that begins with a column. What columns behind the last give is not kept. */
static void pack_columns(const product *t, int64_t first, float *packed)
{
    const int64_t c = t->tiling.s->c, last = gn__smaller(first + GN__TILE_COLUMNS, t->columns);
    const bool forward = t->to == GN__SMALL_SQUARE;
    for (int64_t column = first, columns; column < last; column += columns) {
        columns = gn__smaller(last - column, forward ? last : c - column % c);
        for (int64_t row = 0, rows; row < t->depth; row += rows) {
            rows = gn__smaller(gn__smaller(GN__TILE_COLUMNS, t->depth - row), forward ? c - row % c : t->depth);
            pack_part(t, &(part){row, rows, column, columns}, packed + row * GN__TILE_COLUMNS + (column - first));
        }
    }
}

static void pack_panel(void *argument, int64_t panel, int worker)
{
    const product *t = argument;
    const int64_t column = panel * GN__TILE_COLUMNS;
    (void)worker;
    pack_columns(t, t->first + column, t->packed + column * t->depth);
}

/* points [points][block][depth + GN__ROW_PADDING] of tiles tile .. tile+count-1. */
static void find_points(const product *t, int64_t tile, int64_t count, float *points)
{
    const gn__tiling *const w = &t->tiling;
    const int64_t channels = gn__tiling_channels(w, t->from), stride = t->depth + GN__ROW_PADDING,
                  phases = phases_of(t, t->from);
    const float *pixels[GN__TILES_COMING][SQUARE];
    for (int64_t i = 1 - GN__TILES_COMING, next = 0; i < count * phases; i++, next++) {
        if (next < count * phases)
            gn__tile_fetch(w, t->from, tile + next / phases, next % phases, channels, t->image,
                           pixels[next % GN__TILES_COMING]);
        if (i >= 0)
            gn__winograd_points(t->from, w->taps, channels, pixels[i % GN__TILES_COMING],
                                points + i / phases * stride + i % phases * channels,
                                gn__point_plane(t->block, stride));
    }
}

static uint64_t all_tiles(int64_t count)
{
    return UINT64_MAX >> (MAX_TILES - count);
}

static block block_of(const product *t, int64_t first, int64_t count)
{
    const gn__tiling *const w = &t->tiling;
    block b = {.first = first, .count = count};
    for (int64_t phase = 0; phase < w->phases; phase++) {
        uint64_t *const needing = b.needing[phase];
        if (w->set_count[phase] == 1) {
            for (int64_t point = 0; point < w->points; point++)
                needing[point] = w->sets[phase][0] >> point & 1 ? all_tiles(count) : 0;
            continue;
        }
        for (int64_t i = 0; i < count; i++)
            for (uint64_t rest = gn__tile_needs(w, first + i, phase); rest != 0; rest &= rest - 1)
                needing[__builtin_ctzll(rest)] |= (uint64_t)1 << i;
    }
    return b;
}

static bool holds(uint64_t tiles, int64_t tile)
{
    return tiles >> tile & 1;
}

/* Rows of products [.., stride] for some tiles, n columns: those of rows [.., depth + GN__ROW_PADDING] x panels, added
 * to what the begun ones are. */
static void multiply_tiles(const product *t, uint64_t tiles, uint64_t begun, int64_t depth, int64_t n,
                           const float *rows, const float *panels, int64_t panel, int64_t stride, float *products)
{
    const float *a[MAX_TILES], *begin[MAX_TILES];
    float *c[MAX_TILES];
    int64_t count = 0;
    for (uint64_t rest = tiles; rest != 0; rest &= rest - 1, count++) {
        const int64_t i = __builtin_ctzll(rest);
        a[count] = rows + i * (t->depth + GN__ROW_PADDING);
        c[count] = products + i * stride;
        begin[count] = holds(begun, i) ? c[count] : t->tiling.zeros;
    }
    for (int64_t i = count; i < GN__TILE_ROWS && count > 0; i++)
        a[i] = a[0];
    const float *const *sums = begun != 0 ? begin : NULL;
    for (int64_t first = 0; first < depth && count > 0; first += GN__BLOCK_DEPTH, sums = gn__begin_with(true, c)) {
        gn__multiply_packed(&(gn__operand){GN__BY_ROWS, a, NULL}, count, n, gn__smaller(GN__BLOCK_DEPTH, depth - first),
                            panels + first * GN__TILE_COLUMNS, panel, sums, c);
        for (int64_t i = 0; i < count; i++)
            a[i] += GN__BLOCK_DEPTH;
    }
}

/* Clears the rows of the other tiles. */
static void clear_tiles(const block *b, uint64_t tiles, int64_t n, int64_t stride, float *products)
{
    for (uint64_t rest = all_tiles(b->count) & ~tiles; rest != 0; rest &= rest - 1)
        memset(products + __builtin_ctzll(rest) * stride, 0, (size_t)n * sizeof *products);
}

/* The channels of the large image from `channel` to the end of the last phase in which the same tiles need a point. */
static int64_t stretch(const product *t, const block *b, int64_t point, int64_t channel)
{
    const int64_t c = t->tiling.s->c, first = channel / c;
    int64_t phase = first + 1;
    while (phase < t->tiling.phases && b->needing[phase][point] == b->needing[first][point])
        phase++;
    return phase * c - channel;
}

/* products [count, columns] for one point, of channels that are summed phase by phase. */
static void sum_phases(const product *t, const block *b, int64_t point, int64_t columns, const float *rows,
                       const float *panels, float *products)
{
    uint64_t begun = 0;
    for (int64_t channel = 0, depth; channel < t->depth; channel += depth) {
        const uint64_t tiles = b->needing[channel / t->tiling.s->c][point];
        depth = stretch(t, b, point, channel);
        multiply_tiles(t, tiles, begun, depth, columns, rows + channel, panels + channel * GN__TILE_COLUMNS,
                       t->depth * GN__TILE_COLUMNS, columns, products);
        begun |= tiles;
    }
    clear_tiles(b, begun, columns, columns, products);
}

/* The same for phases that stand side by side in the columns from `first` on. */
static void join_phases(const product *t, const block *b, int64_t point, int64_t first, int64_t columns,
                        const float *rows, const float *panels, float *products)
{
    for (int64_t column = 0, n; column < columns; column += n) {
        const uint64_t tiles = b->needing[(first + column) / t->tiling.s->c][point];
        n = gn__smaller(stretch(t, b, point, first + column), columns - column);
        multiply_tiles(t, tiles, 0, t->depth, n, rows, panels + column * t->depth, t->depth * GN__TILE_COLUMNS, columns,
                       products + column);
        clear_tiles(b, tiles, n, columns, products + column);
    }
}

/* Where the values of a tile go, in some channels of one phase, and what they begin with. */
typedef struct target {
    int64_t channel, channels;
    const float *points, *begin[SQUARE];
    float *pixels[SQUARE];
} target;

/* Values begin with the bias or, where tiles of the large image overlap, with what those before it left. Those outside
 * of the image go to spare. What is written first begins to come. */
static void find_target(const product *t, int64_t tile, int64_t phase, int64_t channel, int64_t channels, float *spare,
                        target *to)
{
    const gn__tiling *const w = &t->tiling;
    const int64_t side = gn__square_side(t->to, w->taps), overlap = t->to == GN__LARGE_SQUARE ? w->taps - 1 : 0;
    const int64_t rows = tile / w->tiles_x % w->tiles_y > 0 ? overlap : 0,
                  columns = tile % w->tiles_x > 0 ? overlap : 0;
    const float *const first = (t->bias != NULL ? t->bias : w->zeros) + channel;
    to->channel = channel;
    to->channels = channels;
    gn__tile_point(w, t->to, tile, phase, spare, t->out + channel, to->pixels);
    for (int64_t y = 0, i = 0; y < side; y++)
        for (int64_t x = 0; x < side; x++, i++) {
            const bool begun = y < rows || x < columns;
            to->begin[i] = begun ? to->pixels[i] : first;
            if (!begun)
                gn__fetch_to_write(channels, to->pixels[i]);
        }
}

/* What tiles of the small image are is finished at once: they do not overlap. */
static void write_target(const product *t, const target *to, int64_t plane)
{
    const int64_t taps = t->tiling.taps, side = gn__square_side(t->to, taps);
    gn__winograd_values(t->to, taps, to->channels, to->points, plane, to->begin, to->pixels);
    if (t->to == GN__SMALL_SQUARE)
        gn__finish_rows(t->finish, to->channel, to->channels, side * side, to->pixels);
}

/* What the products of some tiles' points are in the columns from `first` on. */
static void add_tiles(const product *t, const block *b, int64_t first, int64_t columns, const float *products,
                      float *spare)
{
    const int64_t plane = gn__point_plane(t->block, columns), c = gn__tiling_channels(&t->tiling, t->to);
    target targets[2];
    int64_t count = 0;
    for (int64_t i = 0; i < b->count; i++)
        for (int64_t column = 0, channels; column < columns; column += channels, count++) {
            const int64_t phase = (first + column) / c, channel = (first + column) % c;
            channels = gn__smaller(c - channel, columns - column);
            find_target(t, b->first + i, phase, channel, channels, spare, &targets[count % 2]);
            targets[count % 2].points = products + i * columns + column;
            if (count > 0)
                write_target(t, &targets[(count - 1) % 2], plane);
        }
    write_target(t, &targets[(count - 1) % 2], plane);
}

/* The columns from `first` on, of a block whose points are given, by their part of the kernel's points. */
static void multiply_columns(const product *t, const block *b, int64_t first, int64_t columns, const float *points,
                             const float *packed, float *products)
{
    const int64_t from_plane = gn__point_plane(t->block, t->depth + GN__ROW_PADDING),
                  to_plane = gn__point_plane(t->block, columns);
    for (int64_t i = 0; i < t->tiling.points; i++) {
        const float *const rows = points + i * from_plane, *const panels = packed + i * t->plane;
        if (t->to == GN__SMALL_SQUARE)
            sum_phases(t, b, i, columns, rows, panels, products + i * to_plane);
        else
            join_phases(t, b, i, first, columns, rows, panels, products + i * to_plane);
    }
    add_tiles(t, b, first, columns, products, products + t->tiling.points * to_plane);
}

/* Channels of the large image's pixels of one phase, in some images. */
static void finish_phase(const product *t, int64_t image, int64_t images, int64_t phase, int64_t channel,
                         int64_t channels)
{
    const gn__conv_shape *s = t->tiling.s;
    const int64_t first_y = (phase / s->stride_w + s->stride_h - s->top % s->stride_h) % s->stride_h;
    const int64_t first_x = (phase % s->stride_w + s->stride_w - s->left % s->stride_w) % s->stride_w;
    for (int64_t i = image; i < image + images; i++)
        for (int64_t y = first_y; y < s->h; y += s->stride_h)
            gn__finish_block(t->finish, channel, channels, gn__ceiling(s->w - first_x, s->stride_w),
                             t->out + ((i * s->h + y) * s->w + first_x) * s->c + channel, s->stride_w * s->c);
}

/* The columns from `first` on, of images whose tiles are all there, while they are in the second-level cache. */
static void finish_images(const product *t, int64_t image, int64_t images, int64_t first, int64_t columns)
{
    const int64_t c = t->tiling.s->c, last = first + columns;
    const bool finishes = t->to == GN__LARGE_SQUARE && t->finish != NULL;
    for (int64_t column = first, channels; column < last && finishes; column += channels) {
        channels = gn__smaller(c - column % c, last - column);
        finish_phase(t, image, images, column / c, column % c, channels);
    }
}

static int64_t pass_columns(const product *t)
{
    return gn__smaller(t->pass, t->columns - t->first);
}

static void multiply_unit(void *argument, int64_t index, int worker)
{
    const product *t = argument;
    const int64_t image = index * t->unit, images = gn__smaller(t->unit, t->tiling.s->n - image);
    const int64_t of_image = t->tiling.tiles_y * t->tiling.tiles_x, tiles = images * of_image;
    float *const points = t->own + worker * t->stride;
    float *const products = points + t->tiling.points * gn__point_plane(t->block, t->depth + GN__ROW_PADDING);
    for (int64_t i = 0; i < tiles; i += t->block) {
        const block b = block_of(t, image * of_image + i, gn__smaller(t->block, tiles - i));
        find_points(t, b.first, b.count, points);
        for (int64_t column = 0, left = pass_columns(t); left > 0; column += t->group, left -= t->group)
            multiply_columns(t, &b, t->first + column, gn__smaller(t->group, left), points,
                             t->packed + column * t->depth, products);
    }
    finish_images(t, image, images, t->first, pass_columns(t));
}

/* Of about two blocks, or of fewer where the units could not be shared evenly. */
static int64_t images_of_unit(const product *t)
{
    const int64_t rounds = gn__ceiling(t->tiling.tiles, 2 * t->block * ENOUGH_UNITS);
    return gn__ceiling(t->tiling.s->n, rounds * ENOUGH_UNITS);
}

/* Of few images all are one block, whose points each worker finds for itself. Whoever finds a panel of the kernel's
 * points uses it, while it is in the nearest caches. */
static void multiply_panel(void *argument, int64_t panel, int worker)
{
    const product *t = argument;
    const int64_t first = panel * GN__TILE_COLUMNS, columns = gn__smaller(GN__TILE_COLUMNS, t->columns - first);
    float *const points = t->own + worker * t->stride;
    float *const packed = points + t->tiling.points * gn__point_plane(t->block, t->depth + GN__ROW_PADDING);
    if (t->found[worker] == 0) {
        find_points(t, 0, t->block, points);
        t->found[worker] = 1;
    }
    pack_columns(t, first, packed);
    multiply_columns(t, &t->all, first, columns, points, packed, packed + t->tiling.points * t->plane);
    finish_images(t, 0, t->tiling.s->n, first, columns);
}

/* Finds memory: for zeros and, cleared too, t->found; `shared` floats at t->packed; `own` floats, and a pixel to spare,
 * for each worker at t->own. */
static gn_status find_memory(gn_context *context, product *t, int64_t shared, int64_t own)
{
    const int64_t longest = gn__tiling_zeros(&t->tiling), threads = gn__pool_threads(context->pool),
                  zeros = longest + gn__ceiling(threads, 16) * 16;
    float *const memory = gn__scratch(context, sizeof(float) * (size_t)(zeros + shared));
    t->own = gn__worker_scratch(context, own + longest, &t->stride);
    if (memory == NULL || t->own == NULL)
        return GN_ERROR_MEMORY;
    t->tiling.zeros = memset(memory, 0, (size_t)zeros * sizeof *memory);
    t->found = memory + longest;
    t->packed = memory + zeros;
    return GN_OK;
}

static gn_status multiply_few(gn_context *context, product *t)
{
    const gn__tiling *const w = &t->tiling;
    t->block = w->tiles;
    t->all = block_of(t, 0, t->block);
    t->group = GN__TILE_COLUMNS;
    t->plane = gn__point_plane(t->depth, t->group);
    const int64_t own = w->points * (t->plane + gn__point_plane(t->block, t->depth + GN__ROW_PADDING) +
                                     gn__point_plane(t->block, t->group));
    const gn_status status = find_memory(context, t, 0, own);
    if (status != GN_OK)
        return status;
    gn__parallel_for(context->pool, gn__whole_columns(t->columns) / GN__TILE_COLUMNS, multiply_panel, t);
    return GN_OK;
}

static gn_status multiply(gn_context *context, product *t)
{
    const gn__tiling *const w = &t->tiling;
    const int64_t passes = gn__ceiling(w->points * t->depth * t->columns, MAX_PACKED);
    t->block = t->depth > GN__BLOCK_DEPTH ? DEEP_TILES : w->block;
    t->unit = images_of_unit(t);
    t->pass = gn__whole_columns(gn__ceiling(t->columns, passes));
    t->group = gn__smaller(gn__smaller(t->columns, t->pass), MAX_GROUP);
    t->plane = gn__point_plane(t->depth, t->pass);
    const int64_t own = w->points *
                        (gn__point_plane(t->block, t->depth + GN__ROW_PADDING) + gn__point_plane(t->block, t->group));
    const gn_status status = find_memory(context, t, w->points * t->plane, own);
    if (status != GN_OK)
        return status;
    for (; t->first < t->columns; t->first += t->pass) {
        gn__parallel_for(context->pool, gn__whole_columns(pass_columns(t)) / GN__TILE_COLUMNS, pack_panel, t);
        gn__parallel_for(context->pool, gn__ceiling(w->s->n, t->unit), multiply_unit, t);
    }
    return GN_OK;
}

gn_status gn__conv2d_winograd(gn_context *context, const gn__conv_shape *s, const float *large, const float *kernel,
                              const float *bias, const gn__finish *finish, float *small)
{
    product t = {
        .tiling = gn__tiling_of(s),
        .from = GN__LARGE_SQUARE,
        .to = GN__SMALL_SQUARE,
        .depth = phase_channels(s),
        .columns = s->k,
        .image = large,
        .kernel = kernel,
        .bias = bias,
        .finish = finish,
        .out = small,
    };
    return (is_few(&t.tiling, t.depth, t.columns) ? multiply_few : multiply)(context, &t);
}

gn_status gn__conv_transpose2d_winograd(gn_context *context, const gn__conv_shape *s, const float *small,
                                        const float *kernel, const float *bias, const gn__finish *finish, float *large)
{
    product t = {
        .tiling = gn__tiling_of(s),
        .from = GN__SMALL_SQUARE,
        .to = GN__LARGE_SQUARE,
        .depth = s->k,
        .columns = phase_channels(s),
        .image = small,
        .kernel = kernel,
        .bias = bias,
        .finish = finish,
        .out = large,
    };
    return (is_few(&t.tiling, t.depth, t.columns) ? multiply_few : multiply)(context, &t);
}
