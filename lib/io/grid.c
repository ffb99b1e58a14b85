/* SPDX-License-Identifier: MIT */
/* lib/io/grid.c - pictures laid out in rows and columns. */
#include "io/grid.h"

#include "core/allocator.h"
#include "core/tensor.h"

#include <string.h>

enum { GAP = 2, DARK = 40, MAX_SIDE = 32767, MAX_SCALE = 64 };

/* [-1,1] to 0..255; what is not a number is black. */
static unsigned char byte_of(gn_real value)
{
    const gn_real scaled = (value + 1) * (gn_real)127.5 + (gn_real)0.5;
    return (unsigned char)(scaled >= 255 ? 255 : scaled >= 0 ? (int)scaled : 0);
}

gn_status gn__grid_check(gn_context *context, int64_t columns, int scale)
{
    if (columns >= 1 && scale >= 0 && scale <= MAX_SCALE)
        return GN_OK;
    return gn_context_fail(context, GN_ERROR_ARGUMENT,
                           "picture grid: columns is %lld and scale %d, expected at least 1 and 0 to %d",
                           (long long)columns, scale, MAX_SCALE);
}

static gn_status check(const gn_tensor *images, int64_t columns, int scale)
{
    gn_context *context = images->context;
    const gn_shape shape = images->shape;
    if (shape.rank != 4 || (shape.size[3] != 1 && shape.size[3] != 3)) {
        char text[128];
        return gn_context_fail(context, GN_ERROR_SHAPE, "pictures of shape %s, expected [N,H,W,1] or [N,H,W,3]",
                               gn_shape_text(shape, text, sizeof text));
    }
    return gn__grid_check(context, columns, scale);
}

/* Pixels of one side of the grid. */
static int64_t side(int64_t count, int64_t size, int64_t scale)
{
    return (count * (size + GAP) + GAP) * scale;
}

/* Writes one pixel of a picture as a scale x scale square. */
static void put_pixel(gn__picture *grid, int64_t top, int64_t left, int64_t scale, const gn_real *pixel)
{
    for (int64_t y = top; y < top + scale; y++)
        for (int64_t x = left; x < left + scale; x++)
            for (int64_t c = 0; c < grid->channels; c++)
                grid->pixels[(y * grid->width + x) * grid->channels + c] = byte_of(pixel[c]);
}

static void put_picture(gn__picture *grid, const gn_tensor *images, int64_t index, int64_t columns, int64_t scale)
{
    const int64_t height = images->shape.size[1], width = images->shape.size[2], channels = images->shape.size[3];
    const int64_t top = index / columns * (height + GAP) + GAP, left = index % columns * (width + GAP) + GAP;
    const gn_real *picture = images->data + index * height * width * channels;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            put_pixel(grid, (top + y) * scale, (left + x) * scale, scale, picture + (y * width + x) * channels);
}

gn_status gn__grid_make(const gn_tensor *images, int64_t columns, int scale, gn__picture *grid)
{
    if (images == NULL)
        return GN_ERROR_ARGUMENT;
    const gn_status status = check(images, columns, scale);
    if (status != GN_OK)
        return status;
    const int64_t count = images->shape.size[0], times = scale == 0 ? 1 : scale;
    const int64_t across = count < columns ? count : columns;
    *grid = (gn__picture){.width = side(across, images->shape.size[2], times),
                          .height = side((count + across - 1) / across, images->shape.size[1], times),
                          .channels = images->shape.size[3]};
    if (grid->width > MAX_SIDE || grid->height > MAX_SIDE)
        return gn_context_fail(images->context, GN_ERROR_ARGUMENT,
                               "picture grid: %lldx%lld pixels, expected at most %d either way", (long long)grid->width,
                               (long long)grid->height, MAX_SIDE);
    grid->pixels = gn__new(images->context, gn__picture_bytes(grid));
    if (grid->pixels == NULL)
        return GN_ERROR_MEMORY;
    memset(grid->pixels, DARK, gn__picture_bytes(grid));
    for (int64_t i = 0; i < count; i++)
        put_picture(grid, images, i, columns, times);
    return GN_OK;
}
