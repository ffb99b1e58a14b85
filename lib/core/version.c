/* SPDX-License-Identifier: MIT */
/* lib/core/version.c - the version of the library that is running. */
#include <gannet/version.h>

#define TEXT_OF(number)             #number
#define DOTTED(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *gn_version(void)
{
    return DOTTED(GN_VERSION_MAJOR, GN_VERSION_MINOR, GN_VERSION_PATCH);
}
