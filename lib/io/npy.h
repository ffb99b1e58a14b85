/* SPDX-License-Identifier: MIT */
/* lib/io/npy.h - the bytes of one array in NumPy's format, for .npy files and for the members of .npz files. */
#ifndef GN_IO_NPY_H
#define GN_IO_NPY_H

#include "io/element.h"

/* An array in memory: what its header says, and where its elements begin. */
typedef struct gn__npy {
    gn__element element;
    gn_shape shape; /* sizes may be 0 */
    size_t offset;
} gn__npy;

/* Reads a header and checks that exactly its elements follow. Gives what is wrong, or NULL. */
const char *gn__npy_parse(const unsigned char *bytes, size_t size, gn__npy *npy);

/* Writes the header of an array of F32 or U64 and returns its size, a multiple of 64. */
enum { GN__NPY_HEADER = 256 };
size_t gn__npy_header(gn__element element, gn_shape shape, unsigned char header[GN__NPY_HEADER]);

#endif
