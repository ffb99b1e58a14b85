/* SPDX-License-Identifier: MIT */
/* lib/kernels/table.c - the tables of kernels, reference and fast. */
#include "kernels/kernels.h"

const gn__kernels gn__kernels_reference = {
    .name = "reference",
#define GN__KERNEL(name, kind) .name = gn__##name##_reference,
#include "kernels/kernels.def"
#undef GN__KERNEL
};

#ifndef GN__REFERENCE_ONLY
const gn__kernels gn__kernels_fast = {
    .name = "fast",
#define GN__KERNEL(name, kind) .name = gn__##name##_fast,
#include "kernels/kernels.def"
#undef GN__KERNEL
};
#endif
