/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_archive.h - asks a loaded archive for everything that it says it has. */
#ifndef GN_TESTS_FUZZ_FUZZ_ARCHIVE_H
#define GN_TESTS_FUZZ_FUZZ_ARCHIVE_H

#include "fuzz.h"

#include <gannet/archive.h>

static inline void fuzz_entry(gn_context *context, const gn_archive *archive, const char *name)
{
    gn_shape shape;
    uint64_t numbers[8];
    fuzz_require(name != NULL && gn_archive_has(archive, name), "a name that is not there");
    fuzz_require(gn_archive_shape(archive, name, &shape) == GN_OK, "a name without a shape");
    (void)gn_archive_get_numbers(archive, name, numbers, 8);
    const int64_t count = gn_shape_count(shape);
    gn_tensor *tensor = count > 0 && count < 4096 ? gn_tensor_new(context, shape) : NULL;
    (void)gn_archive_get(archive, name, tensor);
    gn_tensor_free(tensor);
}

static inline void fuzz_entries(gn_context *context, const gn_archive *archive)
{
    const size_t count = gn_archive_count(archive);
    for (size_t i = 0; i < count; i++)
        fuzz_entry(context, archive, gn_archive_name(archive, i));
}

#endif
