/* SPDX-License-Identifier: MIT */
/* lib/core/red_zone.h - what the address sanitizer is told of memory that we hand out ourselves. */
#ifndef GN_CORE_RED_ZONE_H
#define GN_CORE_RED_ZONE_H

#include "core/allocator.h"

#if defined(__SANITIZE_ADDRESS__)
#define GN__ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GN__ASAN 1
#endif
#endif

#ifdef GN__ASAN
#include <sanitizer/asan_interface.h>
enum { GN__RED_ZONE = 64 };
#else
enum { GN__RED_ZONE = 0 };
#endif

/* What a block takes with its padding; of a size that cannot be had SIZE_MAX, which no allocator gives. */
static inline size_t gn__whole_size(size_t size)
{
    if (size > SIZE_MAX / 2)
        return SIZE_MAX;
    return (size + GN__ALIGNMENT - 1) / GN__ALIGNMENT * GN__ALIGNMENT + GN__RED_ZONE;
}

/* Makes memory unreadable, or readable again, to the address sanitizer. */
static inline void gn__set_readable(void *memory, size_t size, bool readable)
{
#ifdef GN__ASAN
    if (readable)
        ASAN_UNPOISON_MEMORY_REGION(memory, size);
    else
        ASAN_POISON_MEMORY_REGION(memory, size);
#else
    (void)memory, (void)size, (void)readable;
#endif
}

#endif
