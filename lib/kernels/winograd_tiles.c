/* SPDX-License-Identifier: MIT */
/* lib/kernels/winograd_tiles.c - the tiles of two images: where their pixels are, and which of their points matter. */
#include "kernels/winograd_tiles.h"

#include "kernels/gemm_microkernel.h"
#include "kernels/sizes.h"

enum {
    VECTOR = 8,
    MIN_CHANNELS = 16,
    LINE = 16,
    FIRST = 0,
    INSIDE,
    LAST,
};

int64_t gn__tiling_channels(const gn__tiling *t, gn__square square)
{
    return square == GN__LARGE_SQUARE ? t->s->c : t->s->k;
}

int64_t gn__tiling_height(const gn__tiling *t, gn__square square)
{
    return square == GN__LARGE_SQUARE ? t->s->h : t->s->oh;
}

int64_t gn__tiling_width(const gn__tiling *t, gn__square square)
{
    return square == GN__LARGE_SQUARE ? t->s->w : t->s->ow;
}

int64_t gn__tiling_tap(const gn__tiling *t, int64_t phase, int64_t tap, int64_t channel)
{
    const gn__conv_shape *s = t->s;
    const int64_t y = tap / t->taps * s->stride_h + phase / s->stride_w,
                  x = tap % t->taps * s->stride_w + phase % s->stride_w;
    return ((y * s->kw + x) * s->c + channel) * s->k;
}

int64_t gn__tiling_zeros(const gn__tiling *t)
{
    return gn__ceiling(gn__larger(t->s->c, t->s->k), LINE) * LINE;
}

/* How many pixels of an image a tile steps over. */
static int64_t step_of(const gn__tiling *t, gn__square square)
{
    return square == GN__LARGE_SQUARE ? t->s->stride_h : 1;
}

bool gn__tiling_fits(const gn__conv_shape *s)
{
    const int64_t stride = s->stride_h, taps = s->kh / stride;
    return s->kh == s->kw && s->stride_w == stride && stride <= 2 && s->kh == taps * stride &&
           (taps == 2 || taps == 3) && s->dilation_h == 1 && s->dilation_w == 1 && s->c % VECTOR == 0 &&
           s->k % VECTOR == 0 && s->c >= MIN_CHANNELS && s->k >= MIN_CHANNELS;
}

/* The first and the last pixel that the small image sees. */
bool gn__tiling_covers(const gn__conv_shape *s)
{
    return s->top >= 0 && s->left >= 0 && (s->oh - 1) * s->stride_h + s->kh - s->top >= s->h &&
           (s->ow - 1) * s->stride_w + s->kw - s->left >= s->w;
}

static void find_inside(gn__tiling *t, gn__square square)
{
    const int64_t side = gn__square_side(square, t->taps);
    for (int64_t i = 0; i < side * side; i++)
        t->inside[square][i] = (i / side * gn__tiling_width(t, square) + i % side) * step_of(t, square) *
                               gn__tiling_channels(t, square);
}

/* Which of `count` pixels first, first + step, ... are among `size`, as bits. */
static unsigned among(int64_t first, int64_t step, int64_t count, int64_t size)
{
    unsigned bits = 0;
    for (int64_t i = 0; i < count; i++)
        if (first + i * step >= 0 && first + i * step < size)
            bits |= 1U << i;
    return bits;
}

/* Along one side, the points that a tile needs in a phase whose first pixel is `first`. Tiles inside may need all. */
static unsigned needs_along(const gn__tiling *t, int end, int64_t tiles, int64_t small, int64_t large, int64_t first)
{
    const int64_t tile = end == FIRST ? 0 : tiles - 1, points = gn__square_side(GN__LARGE_SQUARE, t->taps);
    if (end == INSIDE || t->s->c % GN__TILE_COLUMNS != 0)
        return (1U << points) - 1;
    return gn__winograd_needs(t->taps, among(tile * t->side, 1, t->side, small),
                              among(tile * t->side * t->s->stride_h + first, t->s->stride_h, points, large));
}

/* Of `tiles` along a side, how many are at an end. */
static int64_t tiles_at(int end, int64_t tiles)
{
    return end == FIRST ? 1 : end == LAST ? tiles > 1 : gn__larger(tiles - 2, 0);
}

static void add_set(gn__tiling *t, int64_t phase, uint64_t needed)
{
    for (int64_t i = 0; i < t->set_count[phase]; i++)
        if (t->sets[phase][i] == needed)
            return;
    t->sets[phase][t->set_count[phase]++] = needed;
}

static void find_needs(gn__tiling *t, int64_t phase)
{
    const gn__conv_shape *s = t->s;
    const int64_t points = gn__square_side(GN__LARGE_SQUARE, t->taps);
    unsigned rows[GN__TILE_ENDS], columns[GN__TILE_ENDS];
    for (int end = 0; end < GN__TILE_ENDS; end++) {
        rows[end] = needs_along(t, end, t->tiles_y, s->oh, s->h, phase / s->stride_w - s->top);
        columns[end] = needs_along(t, end, t->tiles_x, s->ow, s->w, phase % s->stride_w - s->left);
    }
    for (int y = 0; y < GN__TILE_ENDS; y++)
        for (int x = 0; x < GN__TILE_ENDS; x++) {
            uint64_t *const needed = &t->needed[phase][y][x];
            for (int64_t i = 0; i < points; i++)
                *needed |= rows[y] >> i & 1 ? (uint64_t)columns[x] << i * points : 0;
            t->products += s->n * tiles_at(y, t->tiles_y) * tiles_at(x, t->tiles_x) * __builtin_popcountll(*needed);
            if (tiles_at(y, t->tiles_y) * tiles_at(x, t->tiles_x) > 0)
                add_set(t, phase, *needed);
        }
}

/* Along one side, how often a pixel of the small image sees one of the large image. */
static int64_t seen_along(int64_t small, int64_t large, int64_t kernel, int64_t stride, int64_t before)
{
    int64_t count = 0;
    for (int64_t i = 0; i < small; i++)
        count += __builtin_popcount(among(i * stride - before, 1, kernel, large));
    return count;
}

gn__tiling gn__tiling_of(const gn__conv_shape *s)
{
    const int64_t taps = s->kh / s->stride_h, side = gn__square_side(GN__SMALL_SQUARE, taps),
                  points = gn__square_side(GN__LARGE_SQUARE, taps);
    gn__tiling t = {
        .s = s,
        .taps = taps,
        .points = points * points,
        .phases = s->stride_h * s->stride_w,
        .side = side,
        .block = taps == 2 ? GN__BLOCK_TILES : 3 * GN__BLOCK_TILES / 4,
        .tiles_y = gn__ceiling(s->oh, side),
        .tiles_x = gn__ceiling(s->ow, side),
        .plain = s->n * seen_along(s->oh, s->h, s->kh, s->stride_h, s->top) *
                 seen_along(s->ow, s->w, s->kw, s->stride_w, s->left),
    };
    t.tiles = s->n * t.tiles_y * t.tiles_x;
    find_inside(&t, GN__LARGE_SQUARE);
    find_inside(&t, GN__SMALL_SQUARE);
    for (int64_t phase = 0; phase < t.phases; phase++)
        find_needs(&t, phase);
    return t;
}

static int end_of(int64_t tile, int64_t tiles)
{
    return tile == 0 ? FIRST : tile == tiles - 1 ? LAST : INSIDE;
}

uint64_t gn__tile_needs(const gn__tiling *t, int64_t tile, int64_t phase)
{
    return t->needed[phase][end_of(tile / t->tiles_x % t->tiles_y, t->tiles_y)][end_of(tile % t->tiles_x, t->tiles_x)];
}

/* The first pixel of a tile, in one phase of the large image or in the small one. */
typedef struct corner {
    int64_t y, x, offset;
    bool whole; /* are all pixels of the tile inside of the image? */
} corner;

static corner corner_of(const gn__tiling *t, gn__square square, int64_t tile, int64_t phase)
{
    const gn__conv_shape *s = t->s;
    const bool large = square == GN__LARGE_SQUARE;
    const int64_t h = gn__tiling_height(t, square), w = gn__tiling_width(t, square), step = step_of(t, square),
                  last = (gn__square_side(square, t->taps) - 1) * step;
    const int64_t line = tile / t->tiles_x, image = line / t->tiles_y;
    const int64_t y = (line - image * t->tiles_y) * t->side * step + (large ? phase / s->stride_w - s->top : 0),
                  x = (tile - line * t->tiles_x) * t->side * step + (large ? phase % s->stride_w - s->left : 0);
    return (corner){y, x, ((image * h + y) * w + x) * gn__tiling_channels(t, square),
                    y >= 0 && y + last < h && x >= 0 && x + last < w};
}

/* Where the pixels of a tile are in the image. */
enum { OUTSIDE = -1 };
static void find_pixels(const gn__tiling *t, gn__square square, int64_t tile, int64_t phase, int64_t *offsets)
{
    const corner at = corner_of(t, square, tile, phase);
    const int64_t h = gn__tiling_height(t, square), w = gn__tiling_width(t, square), step = step_of(t, square),
                  side = gn__square_side(square, t->taps);
    for (int64_t i = 0, row = at.y; i < side * side; row += step)
        for (int64_t j = 0, column = at.x; j < side; j++, i++, column += step) {
            const bool inside = at.whole || (row >= 0 && row < h && column >= 0 && column < w);
            offsets[i] = inside ? at.offset + t->inside[square][i] : OUTSIDE;
        }
}

void gn__tile_fetch(const gn__tiling *t, gn__square square, int64_t tile, int64_t phase, int64_t channels,
                    const float *image, const float **pixels)
{
    int64_t offsets[GN__WINOGRAD_POINTS];
    find_pixels(t, square, tile, phase, offsets);
    for (int64_t i = 0, side = gn__square_side(square, t->taps); i < side * side; i++) {
        pixels[i] = offsets[i] == OUTSIDE ? t->zeros : image + offsets[i];
        gn__fetch(channels, pixels[i]);
    }
}

void gn__tile_point(const gn__tiling *t, gn__square square, int64_t tile, int64_t phase, float *spare, float *image,
                    float **pixels)
{
    int64_t offsets[GN__WINOGRAD_POINTS];
    find_pixels(t, square, tile, phase, offsets);
    for (int64_t i = 0, side = gn__square_side(square, t->taps); i < side * side; i++)
        pixels[i] = offsets[i] == OUTSIDE ? spare : image + offsets[i];
}
