/* SPDX-License-Identifier: MIT */
/* lib/core/region.h - memory of tensors that share the system's huge pages.
 *
 * Weights, gradients and moments are walked over from end to end in every step. In huge pages, of 2 MB instead of 4 KB,
 * the processor has fewer addresses to look up. A region hands its blocks out one behind another, so that they share
 * pages, and ends with the last of them. */
#ifndef GN_CORE_REGION_H
#define GN_CORE_REGION_H

#include <gannet/context.h>

typedef struct gn__region gn__region;

/* A block of a region, 64-byte aligned, not zeroed. NULL, and nothing recorded, when gn__new_aligned has to serve: the
 * size gains nothing, the user has an allocator, the system knows no huge pages or has no room, and under the address
 * sanitizer. */
void *gn__region_take(gn_context *context, size_t size, gn__region **region);
void gn__region_give(gn__region *region, void *block, size_t size);

#endif
