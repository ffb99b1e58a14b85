/* SPDX-License-Identifier: MIT */
/* lib/core/random.h - the generator itself, whose answers are published. */
#ifndef GN_CORE_RANDOM_H
#define GN_CORE_RANDOM_H

#include <stdint.h>

/* Philox 4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key. */
void gn__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

#endif
