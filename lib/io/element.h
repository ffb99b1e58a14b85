/* SPDX-License-Identifier: MIT */
/* lib/io/element.h - the elements of tensors in files: little-endian, whatever the machine is. */
#ifndef GN_IO_ELEMENT_H
#define GN_IO_ELEMENT_H

#include <gannet/tensor.h>

/* Types of elements, in the order in which a safetensors file has its tensors: by size, the largest first. */
typedef enum gn__element {
    GN__U64,
    GN__I64,
    GN__F64,
    GN__F32,
    GN__I32,
    GN__U32,
    GN__F16,
    GN__BF16,
    GN__I16,
    GN__U16,
    GN__I8,
    GN__U8,
    GN__OTHER /* known to a format, but not converted */
} gn__element;

/* In bytes; 0 for GN__OTHER. */
size_t gn__element_size(gn__element element);

uint64_t gn__load_big_endian(const unsigned char *bytes, size_t size);
uint64_t gn__load_little_endian(const unsigned char *bytes, size_t size);
void gn__store_little_endian(unsigned char *bytes, uint64_t value, size_t size);

/* Its four bytes. */
void gn__store_float(unsigned char *bytes, float number);

/* An element as a number, rounded to the nearest where gn_real has fewer digits; doubles beyond its range become
 * infinite. */
gn_real gn__element_value(gn__element element, const unsigned char *bytes);

#endif
