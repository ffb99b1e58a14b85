/* SPDX-License-Identifier: MIT */
/* lib/kernels/conv_patches.c - blocks of the matrix of an image's patches (im2row). */
#include "kernels/conv_patches.h"

#include "core/context.h"
#include "kernels/gemm_microkernel.h"
#include "kernels/sizes.h"

#include <string.h>

gn__patches gn__large_patches(const gn__conv_shape *s, const float *large)
{
    return (gn__patches){
        .image = large,
        .images = s->n,
        .channels = s->c,
        .y = {s->h, s->oh, s->kh, -s->top, s->stride_h, s->dilation_h},
        .x = {s->w, s->ow, s->kw, -s->left, s->stride_w, s->dilation_w},
    };
}

int64_t gn__patch_width(const gn__patches *p)
{
    return p->y.taps * p->x.taps * p->channels;
}

int64_t gn__patch_run_taps(const gn__patches *p)
{
    return p->x.tap_step == 1 ? p->x.taps : gn__smaller(p->x.taps, 1);
}

gn__patch_row gn__patch_row_at(const gn__patches *p, int64_t row)
{
    const int64_t line = row / p->x.grid, n = line / p->y.grid;
    const int64_t grid_y = line - n * p->y.grid, grid_x = row - line * p->x.grid;
    return (gn__patch_row){
        .image = n * p->y.size * p->x.size * p->channels,
        .y = p->y.first + grid_y * p->y.grid_step,
        .x = p->x.first + grid_x * p->x.grid_step,
        .grid_y = grid_y,
        .grid_x = grid_x,
    };
}

void gn__patch_row_next(const gn__patches *p, gn__patch_row *row)
{
    row->x += p->x.grid_step;
    if (++row->grid_x < p->x.grid)
        return;
    row->grid_x = 0;
    row->x = p->x.first;
    row->y += p->y.grid_step;
    if (++row->grid_y < p->y.grid)
        return;
    row->grid_y = 0;
    row->y = p->y.first;
    row->image += p->y.size * p->x.size * p->channels;
}

gn__run gn__patch_run(const gn__patches *p, const gn__patch_row *row, int64_t tap_y, int64_t tap_x)
{
    const int64_t y = row->y + tap_y * p->y.tap_step, x = row->x + tap_x * p->x.tap_step;
    const int64_t first = gn__larger(0, -x), last = gn__smaller(gn__patch_run_taps(p), p->x.size - x);
    if (y < 0 || y >= p->y.size || first >= last)
        return (gn__run){0, 0, 0};
    return (gn__run){row->image + (y * p->x.size + x) * p->channels, first * p->channels, last * p->channels};
}

void gn__patch_fetch(const gn__patches *p, const gn__patch_row *row, int64_t count)
{
    enum { AHEAD = 512 }; /* numbers */
    const gn__run run = gn__patch_run(p, row, p->y.taps - 1, 0);
    const int64_t first = run.offset + run.last + AHEAD, size = count * p->x.grid_step * p->channels;
    if (run.first < run.last && first + size <= p->images * p->y.size * p->x.size * p->channels)
        gn__fetch(size, p->image + first);
}

/* Where blocks end: after each tap, or after each run if taps have few channels; if these have few too, all runs of a
 * patch stand side by side. So that a block is worth multiplying. */
typedef enum block_end { TAP, RUN, PATCH } block_end;

enum { ENOUGH_COLUMNS = 48 };

static block_end end_of(const gn__patches *p)
{
    const int64_t run = gn__patch_run_taps(p) * p->channels;
    return p->channels >= ENOUGH_COLUMNS ? TAP : run >= ENOUGH_COLUMNS && run <= GN__BLOCK_DEPTH ? RUN : PATCH;
}

static int64_t part_width(const gn__patches *p)
{
    const block_end end = end_of(p);
    return end == TAP ? p->channels : end == RUN ? gn__patch_run_taps(p) * p->channels : gn__patch_width(p);
}

int64_t gn__patch_blocks(const gn__patches *p)
{
    const int64_t width = part_width(p);
    return width == 0 ? 0 : gn__patch_width(p) / width * gn__ceiling(width, GN__BLOCK_DEPTH);
}

/* Evenly: a last block of less columns than a tile has rows would be read past its end. No block is wider than the
 * first, nor are as many neighbours than the first ones, by which the sums of a kernel's gradient are laid out. */
gn__patch_block gn__patch_block_at(const gn__patches *p, int64_t index)
{
    const int64_t width = part_width(p);
    const int64_t in_width = gn__ceiling(width, GN__BLOCK_DEPTH), tap = index / in_width, part = index % in_width;
    const int64_t first = gn__ceiling(width * part, in_width), end = gn__ceiling(width * (part + 1), in_width);
    return (gn__patch_block){tap * width + first, end - first};
}

/* Has every grid pixel a part of these taps, which are neighbours, in the image? */
static bool always_inside(const gn__patch_side *s, int64_t tap, int64_t taps)
{
    const int64_t first = s->first + tap * s->tap_step;
    return first + (taps - 1) * s->tap_step >= 0 && first + (s->grid - 1) * s->grid_step < s->size;
}

int64_t gn__patch_whole_block(const gn__patches *p)
{
    const block_end end = end_of(p);
    const int64_t blocks = gn__patch_blocks(p), taps = end == RUN ? gn__patch_run_taps(p) : 1;
    if (end == PATCH)
        return 0;
    for (int64_t i = 0; i < blocks; i++) {
        const int64_t tap = gn__patch_block_at(p, i).column / p->channels;
        if (always_inside(&p->y, tap / p->x.taps, 1) && always_inside(&p->x, tap % p->x.taps, taps))
            return i;
    }
    return blocks;
}

static void clear(float *out, int64_t count)
{
    if (count > 0)
        memset(out, 0, (size_t)count * sizeof *out);
}

/* All elements of a run, with zeros for those outside of the image. */
static void copy_run(const float *image, gn__run run, int64_t size, float *out)
{
    clear(out, run.first);
    memcpy(out + run.first, image + (run.offset + run.first), (size_t)(run.last - run.first) * sizeof *out);
    clear(out + run.last, size - run.last);
}

const int64_t *gn__patch_offsets(const gn__patches *p, gn__patch_block block, int64_t *offsets)
{
    if (end_of(p) != PATCH)
        return NULL;
    for (int64_t i = 0; i < block.columns; i++) {
        const int64_t tap = (block.column + i) / p->channels, channel = (block.column + i) % p->channels;
        offsets[i] = (tap / p->x.taps * p->y.tap_step * p->x.size + tap % p->x.taps * p->x.tap_step) * p->channels +
                     channel;
    }
    memset(offsets + block.columns, 0, GN__TILE_ROWS * sizeof *offsets);
    return offsets;
}

/* Pixels before the image, and behind it, that taps look at. */
static int64_t before(const gn__patch_side *s)
{
    return gn__larger(0, -s->first);
}

static int64_t behind(const gn__patch_side *s)
{
    return gn__larger(0, s->first + (s->grid - 1) * s->grid_step + (s->taps - 1) * s->tap_step - (s->size - 1));
}

static int64_t padded_size(const gn__patch_side *s)
{
    return before(s) + s->size + behind(s);
}

static bool is_padded(const gn__patches *p)
{
    return end_of(p) == PATCH && gn__patch_width(p) > 0 &&
           (padded_size(&p->y) > p->y.size || padded_size(&p->x) > p->x.size);
}

bool gn__patch_is_mostly_zeros(const gn__patches *p)
{
    enum { FACTOR = 4 };
    const int64_t used = p->y.size * p->x.size + p->y.grid * p->y.taps * p->x.grid * p->x.taps;
    return is_padded(p) && padded_size(&p->y) > FACTOR * used / padded_size(&p->x);
}

int64_t gn__patch_padding(const gn__patches *p)
{
    return is_padded(p) ? p->images * padded_size(&p->y) * padded_size(&p->x) * p->channels : 0;
}

typedef struct padding {
    const gn__patches *patches;
    float *padded;
} padding;

static void pad_image(void *argument, int64_t image, int worker)
{
    const padding *job = argument;
    const gn__patches *p = job->patches;
    const int64_t line = p->x.size * p->channels, left = before(&p->x) * p->channels,
                  width = padded_size(&p->x) * p->channels;
    const int64_t top = before(&p->y), height = padded_size(&p->y);
    const float *from = p->image + image * p->y.size * line;
    float *to = job->padded + image * height * width;
    (void)worker;
    clear(to, top * width);
    to += top * width;
    for (int64_t y = 0; y < p->y.size; y++, from += line, to += width) {
        clear(to, left);
        memcpy(to + left, from, (size_t)line * sizeof *to);
        clear(to + left + line, width - left - line);
    }
    clear(to, behind(&p->y) * width);
}

void gn__patch_pad(gn_context *context, gn__patches *p, float *padded)
{
    if (!is_padded(p))
        return;
    gn__parallel_for(context->pool, p->images, pad_image, &(padding){p, padded});
    const int64_t height = padded_size(&p->y), width = padded_size(&p->x);
    p->image = padded;
    p->y.first += before(&p->y);
    p->x.first += before(&p->x);
    p->y.size = height;
    p->x.size = width;
}

/* All of a patch stands in the image, or in its copy with zeros around. */
static int64_t point_to_patches(const gn__patches *p, gn__patch_row at, int64_t count, const float **rows, int *where)
{
    for (int64_t i = 0; i < count; i++, gn__patch_row_next(p, &at)) {
        rows[i] = p->image + (at.image + (at.y * p->x.size + at.x) * p->channels);
        where[i] = (int)i;
    }
    return count;
}

/* A block is part of a tap here: it stands in the image, or outside as a whole. */
static int64_t point_to_rows(const gn__patches *p, gn__patch_block block, gn__patch_row at, int64_t count,
                             const float **rows, int *where)
{
    const int64_t tap = block.column / p->channels, channel = block.column % p->channels;
    const int64_t down = tap / p->x.taps * p->y.tap_step, right = tap % p->x.taps * p->x.tap_step;
    int64_t inside = 0;
    for (int64_t i = 0; i < count; i++, gn__patch_row_next(p, &at)) {
        const int64_t y = at.y + down, x = at.x + right;
        if (y < 0 || y >= p->y.size || x < 0 || x >= p->x.size)
            continue;
        rows[inside] = p->image + (at.image + (y * p->x.size + x) * p->channels + channel);
        where[inside++] = (int)i;
    }
    return inside;
}

/* A block is a run here: it stands in the image, outside as a whole, or partly so and is copied then. */
static int64_t point_to_runs(const gn__patches *p, gn__patch_block block, gn__patch_row at, int64_t count,
                             float *buffer, const float **rows, int *where)
{
    int64_t inside = 0;
    for (int64_t i = 0; i < count; i++, gn__patch_row_next(p, &at)) {
        const gn__run run = gn__patch_run(p, &at, block.column / block.columns, 0);
        if (run.first == run.last)
            continue;
        rows[inside] = p->image + run.offset;
        if (run.last - run.first < block.columns) {
            copy_run(p->image, run, block.columns, buffer);
            rows[inside] = buffer;
            buffer += GN__BLOCK_DEPTH;
        }
        where[inside++] = (int)i;
    }
    return inside;
}

int64_t gn__patch_rows(const gn__patches *p, gn__patch_block block, int64_t row, int64_t count, float *buffer,
                       const float **rows, int *where)
{
    const gn__patch_row at = gn__patch_row_at(p, row);
    switch (end_of(p)) {
    case TAP:
        return point_to_rows(p, block, at, count, rows, where);
    case RUN:
        return point_to_runs(p, block, at, count, buffer, rows, where);
    case PATCH:
        break;
    }
    return point_to_patches(p, at, count, rows, where);
}
