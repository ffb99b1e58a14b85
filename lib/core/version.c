/* SPDX-License-Identifier: MIT */
/* lib/core/version.c - the version of the library that is running, and what it was built with. */
#include <gannet/version.h>

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

const char *gn_version(void)
{
    return VERSION;
}

const char *gn_build_info(void)
{
    return "gannet " VERSION ", " BLAS ", own thread pool";
}
