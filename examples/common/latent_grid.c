/* SPDX-License-Identifier: MIT */
/* examples/common/latent_grid.c - noise and labels for a grid of pictures that shows what a generator has made of its
 * latent space. */
#include "common/latent_grid.h"

#include <string.h>

/* Of normal noise, in deviations; 0: none. */
static const float truncations[] = {0, 2, 1.5f, 1, 0.7f, 0.4f};

enum { TRUNCATIONS = sizeof truncations / sizeof truncations[0], ROW = 10 };

/* Row i of a tensor of rows. */
static gn_real *row_of(gn_tensor *rows, int64_t i)
{
    return gn_tensor_data(rows) + i * gn_tensor_shape(rows).size[1];
}

/* How far along its row picture i is, from 0 to 1. */
static gn_real share_of_way(const latent_grid *grid, int64_t i)
{
    return grid->columns < 2 ? 0 : (gn_real)(i % grid->columns) / (gn_real)(grid->columns - 1);
}

/* --- noise -------------------------------------------------------------------------------------------------------- */

/* Which of the noises that were drawn picture i has. */
static int64_t place_of(const latent_grid *grid, grid_kind kind, int64_t i)
{
    return kind == GRID_STYLES ? i % grid->columns : kind == GRID_MORPH ? i / grid->columns : i;
}

static void fill_noise(latent_grid *grid, gn_tensor *drawn, grid_kind kind)
{
    const int64_t size = gn_tensor_shape(drawn).size[1];
    for (int64_t i = 0; i < grid->count; i++) {
        const int64_t row = i / grid->columns;
        gn_real *z = row_of(grid->noise, i), *from = row_of(drawn, 2 * row), *to = row_of(drawn, 2 * row + 1);
        if (kind == GRID_LINEAR)
            gn_latent_linear(from, to, size, share_of_way(grid, i), z);
        else if (kind == GRID_CIRCLE)
            gn_latent_great_circle(from, to, size, share_of_way(grid, i), z);
        else
            memcpy(z, row_of(drawn, place_of(grid, kind, i)), (size_t)size * sizeof *z);
    }
}

/* Rows that differ in how far out noise may lie, each drawn from the same seed: the same noise where that is near
 * enough. */
static gn_status fill_truncated(latent_grid *grid, gn_context *context, const gn_latent *latent, uint64_t seed)
{
    for (int64_t row = 0; row < TRUNCATIONS; row++) {
        gn_tensor *drawn = gn_latent_draw(context, latent, grid->columns, seed, truncations[row]);
        if (drawn == NULL)
            return gn_context_status(context);
        memcpy(row_of(grid->noise, row * grid->columns), gn_tensor_values(drawn),
               (size_t)gn_tensor_count(drawn) * sizeof(gn_real));
        gn_tensor_free(drawn);
    }
    return GN_OK;
}

/* --- labels ------------------------------------------------------------------------------------------------------- */

static void fill_labels(latent_grid *grid, grid_kind kind, int64_t label)
{
    const int64_t classes = gn_tensor_shape(grid->labels).size[1];
    for (int64_t i = 0; i < grid->count; i++) {
        const int64_t place = kind == GRID_TRUNCATION ? i % grid->columns : i / grid->columns;
        const int64_t own = label >= 0 ? label : place % classes;
        const gn_real next = kind == GRID_MORPH ? share_of_way(grid, i) : 0;
        row_of(grid->labels, i)[own] += 1 - next;
        row_of(grid->labels, i)[(own + 1) % classes] += next;
    }
}

gn_status latent_grid_open(latent_grid *grid, gn_context *context, const gn_latent *latent, int64_t classes,
                           grid_kind kind, int64_t label, int64_t columns, uint64_t seed)
{
    const bool single = kind == GRID_CLASSES && label >= 0;
    const int64_t rows = kind == GRID_TRUNCATION ? TRUNCATIONS : single ? 1 : classes;
    *grid = (latent_grid){.count = rows * columns, .columns = single && columns > ROW ? ROW : columns};
    grid->noise = gn_tensor_new(context, GN_SHAPE(grid->count, latent->size));
    grid->labels = gn_tensor_new(context, GN_SHAPE(grid->count, classes));
    if (grid->noise == NULL || grid->labels == NULL)
        return gn_context_status(context);
    fill_labels(grid, kind, label);
    if (kind == GRID_TRUNCATION)
        return fill_truncated(grid, context, latent, seed);
    gn_tensor *drawn = gn_latent_draw(context, latent, grid->count + 2 * rows, seed, 0);
    if (drawn == NULL)
        return gn_context_status(context);
    fill_noise(grid, drawn, kind);
    gn_tensor_free(drawn);
    return GN_OK;
}

void latent_grid_close(latent_grid *grid)
{
    gn_tensor_free(grid->noise);
    gn_tensor_free(grid->labels);
}
