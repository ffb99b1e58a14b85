/* SPDX-License-Identifier: MIT */
/* lib/core/region.c - memory of tensors that share the system's huge pages. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, madvise */
#include "core/region.h"

#include "core/context.h"
#include "core/red_zone.h"

#include <sys/mman.h>
#include <unistd.h>

static const size_t page = (size_t)2 << 20, least = (size_t)256 << 10, most = (size_t)8 << 20;

/* Addresses alone: memory comes with the first write to a page. */
static const size_t region_size = (size_t)32 << 20;

struct gn__region {
    gn_context *context;
    void *mapping; /* region_size and a page, to begin at the border of one */
    unsigned char *memory;
    size_t used, blocks;
};

#if defined(MADV_HUGEPAGE)
static const bool can_be_had = true;

static bool map(gn__region *region)
{
    region->mapping = mmap(NULL, region_size + page, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region->mapping == MAP_FAILED)
        return false;
    const size_t beyond = (uintptr_t)region->mapping % page;
    region->memory = (unsigned char *)region->mapping + (page - beyond);
    madvise(region->memory, region_size, MADV_HUGEPAGE); /* where it is refused, small pages do */
    return true;
}

/* The system takes back the pages that lie within some memory. */
static void empty(unsigned char *block, size_t size)
{
    const size_t small = (size_t)sysconf(_SC_PAGESIZE), before = (small - (uintptr_t)block % small) % small;
    madvise(block + before, (size - before) / small * small, MADV_DONTNEED);
}
#else
static const bool can_be_had = false;

static bool map(gn__region *region)
{
    (void)region;
    return false;
}

static void empty(unsigned char *block, size_t size)
{
    (void)block, (void)size;
}
#endif

static gn__region *region_new(gn_context *context)
{
    gn__region *region = gn__allocate(&context->allocator, sizeof *region);
    if (region == NULL)
        return NULL;
    region->context = context;
    if (map(region))
        return region;
    gn__free(&context->allocator, region, sizeof *region);
    return NULL;
}

static void region_free(gn__region *region)
{
    gn_context *context = region->context;
    if (context->region == region)
        context->region = NULL;
    munmap(region->mapping, region_size + page);
    gn__delete(context, region, sizeof *region);
}

/* The address sanitizer watches blocks of malloc better. */
static bool is_suited(const gn_context *context, size_t size)
{
    return can_be_had && GN__RED_ZONE == 0 && context->allocator.allocate == NULL && size >= least && size <= most;
}

void *gn__region_take(gn_context *context, size_t size, gn__region **region)
{
    if (!is_suited(context, size))
        return NULL;
    const size_t whole = gn__whole_size(size);
    if (context->region == NULL || region_size - context->region->used < whole) {
        gn__region *next = region_new(context);
        if (next == NULL)
            return NULL;
        if (context->region != NULL) /* nobody takes the rest of it any more */
            empty(context->region->memory + context->region->used, region_size - context->region->used);
        context->region = next;
    }
    *region = context->region;
    void *block = (*region)->memory + (*region)->used;
    (*region)->used += whole;
    (*region)->blocks++;
    context->allocator.use.allocations++;
    gn__allocator_count(&context->allocator, size);
    return block;
}

void gn__region_give(gn__region *region, void *block, size_t size)
{
    const size_t whole = gn__whole_size(size);
    const bool last = (unsigned char *)block + whole == region->memory + region->used;
    gn__allocator_discount(&region->context->allocator, size);
    region->blocks--;
    if (last && region == region->context->region)
        region->used -= whole;
    else
        empty(block, size);
    if (region->blocks == 0)
        region_free(region);
}
