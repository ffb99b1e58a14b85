/* SPDX-License-Identifier: MIT */
/* examples/common/latent_grid.h - noise and labels for a grid of pictures that shows what a generator has made of its
 * latent space. */
#ifndef EXAMPLES_LATENT_GRID_H
#define EXAMPLES_LATENT_GRID_H

#include <gannet/gan.h>

typedef enum grid_kind {
    GRID_CLASSES,    /* a row for each class, every picture from noise of its own */
    GRID_STYLES,     /* a row for each class, every column from one noise */
    GRID_LINEAR,     /* a row for each class: from one noise to another on the straight line */
    GRID_CIRCLE,     /* the same on the great circle */
    GRID_MORPH,      /* a row for each class: one noise, while the label changes to the next class */
    GRID_TRUNCATION, /* a row for each of six truncations, none first; classes change along it */
} grid_kind;

/* Pictures row by row: noise [N,latent] and labels [N,classes]. */
typedef struct latent_grid {
    gn_tensor *noise, *labels;
    int64_t count, columns;
} latent_grid;

/* label -1: all classes, `columns` pictures of each; else that one only. GRID_CLASSES then has `columns` pictures in
 * all, ten in a row. */
gn_status latent_grid_open(latent_grid *grid, gn_context *context, const gn_latent *latent, int64_t classes,
                           grid_kind kind, int64_t label, int64_t columns, uint64_t seed);
void latent_grid_close(latent_grid *grid);

#endif
