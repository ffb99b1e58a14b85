/* SPDX-License-Identifier: MIT */
/* gannet/version.h - the one place where the version is written; CMake reads it from here. */
#ifndef GANNET_VERSION_H
#define GANNET_VERSION_H

#include <gannet/api.h>

/* The version of the headers that a program is compiled with. */
#define GN_VERSION_MAJOR 0
#define GN_VERSION_MINOR 1
#define GN_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that is running, as "0.1.0". Static storage. */
GN_API const char *gn_version(void);

/* One line on how the library was built: version, BLAS, kind of threads. Static storage. */
GN_API const char *gn_build_info(void);

#ifdef __cplusplus
}
#endif
#endif
