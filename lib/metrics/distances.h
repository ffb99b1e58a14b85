/* SPDX-License-Identifier: MIT */
/* lib/metrics/distances.h - distances from the rows of one set to all rows of another, a portion of rows at a time. */
#ifndef GN_METRICS_DISTANCES_H
#define GN_METRICS_DISTANCES_H

#include "metrics/rows.h"

/* Portions keep memory small: GN__PORTION rows of distances. */
enum { GN__PORTION = 256 };

/* A set moved towards 0: less a row m that is near the mean of both sets where that is far from 0. That changes
 * distances by no more than rounding and keeps their digits, because products are taken in float. */
typedef struct gn__moved_rows {
    gn__rows rows;   /* as they were */
    gn_real *x;      /* as they are now */
    double *squares; /* |row|^2 now */
    double *lifts;   /* row.m + |m|^2 / 2: the product of two rows before is that of now and both lifts */
} gn__moved_rows;

typedef struct gn__distances {
    gn__moved_rows a, b;
    gn_real *block;       /* [rows of the portion, b.rows.count], row by row */
    int64_t first, count; /* rows of a in the block */
    gn_status status;     /* the first failure, after which nothing more happens */
} gn__distances;

/* Gets ready; `metric` is for messages. close, in any case, gives the first failure of all. */
void gn__distances_open(gn__distances *d, const char *metric, const gn__rows *a, const gn__rows *b);
gn_status gn__distances_close(gn__distances *d);

/* Fills the block with x.y of moved rows, or with |x - y|^2, for the next portion of rows x of a. false: there are no
 * more, or a failure. */
bool gn__distances_next_products(gn__distances *d);
bool gn__distances_next(gn__distances *d);

/* Runs function(argument, row, worker) for all rows of the block, shared by the threads; row counts from 0 in the
 * block. */
void gn__distances_for_rows(const gn__distances *d, gn__tile_function function, void *argument);

#endif
