/* SPDX-License-Identifier: MIT */
/* lib/kernels/table.c - the tables of kernels, reference and fast, and what the library was built with. */
#include "kernels/kernels.h"

#include <gannet/version.h>

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

#define TEXT(x)   #x
#define NUMBER(x) TEXT(x)
#define VERSION   NUMBER(GN_VERSION_MAJOR) "." NUMBER(GN_VERSION_MINOR) "." NUMBER(GN_VERSION_PATCH)
#if defined(GANNET_BLAS_OPENBLAS)
#define BLAS "OpenBLAS"
#elif defined(GANNET_BLAS_BLIS)
#define BLAS "BLIS"
#elif defined(GANNET_BLAS_SYSTEM)
#define BLAS "the system's BLAS"
#else
#define BLAS "built-in GEMM"
#endif

const char *gn_build_info(void)
{
    return "gannet " VERSION ", " BLAS ", own thread pool";
}
