/* SPDX-License-Identifier: MIT */
/* lib/data/prefetch.h - a thread that gathers images ahead of their use. */
#ifndef GN_DATA_PREFETCH_H
#define GN_DATA_PREFETCH_H

#include "data/dataset.h"

typedef struct gn__prefetch gn__prefetch;

/* NULL with a message when memory or threads are out. */
gn__prefetch *gn__prefetch_new(gn_dataset *dataset);
void gn__prefetch_free(gn__prefetch *prefetch); /* NULL is fine; waits for what is under way */

/* Begins to gather what gn_dataset_gather would, into tensors that fit. One at a time: an end or a cancel comes before
 * the next. */
void gn__prefetch_begin(gn__prefetch *prefetch, const uint32_t *order, int64_t start, gn_tensor *images,
                        gn_tensor *labels);

/* Waits for it and returns what gn_dataset_gather would. In a forked child, which has no such thread, it is done
 * now. */
gn_status gn__prefetch_end(gn__prefetch *prefetch);

/* Is it on this thread that images are gathered? False for NULL. */
bool gn__prefetch_is_caller(const gn__prefetch *prefetch);

/* Waits for it, if anything is under way, and forgets it. */
void gn__prefetch_cancel(gn__prefetch *prefetch);

#endif
