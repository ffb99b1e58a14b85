/* SPDX-License-Identifier: MIT */
/* examples/common/largest.h - which of some values is the largest: what a network decides by its logits. */
#ifndef EXAMPLES_LARGEST_H
#define EXAMPLES_LARGEST_H

#include <gannet/tensor.h>

/* The index, of equal ones the first. */
int index_of_largest(const gn_real *values, int count);

#endif
