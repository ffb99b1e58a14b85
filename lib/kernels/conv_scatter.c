/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_scatter.c - the transposed convolution to few channels: one product, then a scattered sum.
 *
 *   products [OH OW, KH KW C] = small [OH OW, K] x kernel' [K, KH KW C],
 *
 * and each number is added to the pixel it belongs to.
 *
 * Cut in phases, such a convolution would multiply matrices of very few columns; here the taps stand side by side. */
#include "kernels/conv_scatter.h"

#include "core/context.h"
#include "kernels/finish.h"
#include "kernels/gemm_microkernel.h"
#include "kernels/sizes.h"

enum { MAX_ROWS = 96, MAX_CHANNELS = 4, MAX_PRODUCTS = 64, MIN_DEPTH = 16 };

typedef struct scatter {
    const gn__conv_shape *s;
    const float *small, *bias;
    const gn__finish *finish;
    float *large;
    int64_t products; /* KH KW C */
    float *packed;    /* the kernel in panels */
    float *tiles;     /* for each worker [MAX_ROWS, products] */
    int64_t stride;   /* floats from one worker's to the next one's */
} scatter;

bool gn__conv_transpose2d_scatters(const gn__conv_shape *s)
{
    return s->c <= MAX_CHANNELS && s->kh * s->kw * s->c <= MAX_PRODUCTS && s->k >= MIN_DEPTH;
}

/* products of small pixels row .. row+rows-1 into tile. */
static void multiply_rows(const scatter *t, int64_t row, int64_t rows, float *tile)
{
    const int64_t k = t->s->k;
    const float *a[MAX_ROWS];
    float *sums[MAX_ROWS];
    gn__point_to_rows(tile, rows, t->products, sums);
    for (int64_t first = 0; first < k; first += GN__BLOCK_DEPTH) {
        for (int64_t i = 0; i < gn__larger(rows, GN__TILE_ROWS); i++)
            a[i] = t->small + (row + (i < rows ? i : 0)) * k + first;
        gn__multiply_packed(&(gn__operand){GN__BY_ROWS, a, NULL}, rows, t->products,
                            gn__smaller(GN__BLOCK_DEPTH, k - first), t->packed + first * GN__TILE_COLUMNS,
                            k * GN__TILE_COLUMNS, gn__begin_with(first > 0, sums), sums);
    }
}

/* Adds the products of the small pixel (oy, ox) to the pixels of one large image, those of neighbours side by side. */
static void add_products(const gn__conv_shape *s, int64_t oy, int64_t ox, const float *products, float *image)
{
    const int64_t taps = s->dilation_w == 1 ? s->kw : 1;
    for (int64_t ky = 0; ky < s->kh; ky++) {
        const int64_t y = oy * s->stride_h + ky * s->dilation_h - s->top;
        for (int64_t kx = 0; kx < s->kw && y >= 0 && y < s->h; kx += taps) {
            const int64_t x = ox * s->stride_w + kx * s->dilation_w - s->left;
            const int64_t first = gn__larger(0, -x), last = gn__smaller(taps, s->w - x);
            const float *restrict const from = products + (ky * s->kw + kx + first) * s->c;
            float *restrict const to = image + (y * s->w + x + first) * s->c;
            for (int64_t i = 0; i < (last - first) * s->c; i++)
                to[i] += from[i];
        }
    }
}

static void clear_image(const scatter *t, float *image)
{
    const int64_t pixels = t->s->h * t->s->w;
    for (int64_t i = 0; i < pixels; i++)
        for (int64_t c = 0; c < t->s->c; c++)
            image[i * t->s->c + c] = t->bias == NULL ? 0 : t->bias[c];
}

static void scatter_image(void *argument, int64_t index, int worker)
{
    const scatter *t = argument;
    const gn__conv_shape *s = t->s;
    const int64_t pixels = s->oh * s->ow;
    float *const tile = t->tiles + worker * t->stride, *const image = t->large + index * s->h * s->w * s->c;
    clear_image(t, image);
    for (int64_t first = 0; first < pixels; first += MAX_ROWS) {
        const int64_t rows = gn__smaller(MAX_ROWS, pixels - first);
        multiply_rows(t, index * pixels + first, rows, tile);
        for (int64_t i = 0; i < rows; i++)
            add_products(s, (first + i) / s->ow, (first + i) % s->ow, tile + i * t->products, image);
    }
    gn__finish_block(t->finish, 0, s->c, s->h * s->w, image, s->c);
}

gn_status gn__conv_transpose2d_scatter(gn_context *context, const gn__conv_shape *s, const float *small,
                                       const float *kernel, const float *bias, const gn__finish *finish, float *large)
{
    scatter t = {
        .s = s, .small = small, .bias = bias, .finish = finish, .large = large, .products = s->kh * s->kw * s->c};
    t.packed = gn__scratch(context, sizeof(float) * (size_t)(gn__whole_columns(t.products) * s->k));
    t.tiles = gn__worker_scratch(context, MAX_ROWS * t.products, &t.stride);
    if (t.packed == NULL || t.tiles == NULL)
        return GN_ERROR_MEMORY;
    for (int64_t first = 0; first < t.products; first += GN__TILE_COLUMNS)
        gn__pack_panel(s->k, gn__smaller(GN__TILE_COLUMNS, t.products - first), kernel + first * s->k, 1, s->k,
                       t.packed + first * s->k);
    gn__parallel_for(context->pool, s->n, scatter_image, &t);
    return GN_OK;
}
