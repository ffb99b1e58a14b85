/* SPDX-License-Identifier: MIT */
/* gannet/random.h - counter-based random numbers, Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy
 * as 1, 2, 3").
 *
 * A number is a pure function of (seed, stream, index), so any part of a sequence can be drawn at any time, in any
 * order, and by any thread, with the same bits. Everything is computed in float and integers: the bits do not depend on
 * the machine's math library. */
#ifndef GANNET_RANDOM_H
#define GANNET_RANDOM_H

#include <gannet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A place in a sequence. Copy it freely; keep it (three integers) to continue later. index counts 32-bit words. */
typedef struct gn_random {
    uint64_t seed, stream, index;
} gn_random;

/* The next 32 random bits. */
GN_API uint32_t gn_random_bits(gn_random *random);

/* The next number, uniform in [0, 1), a multiple of 2^-24. */
GN_API float gn_random_uniform(gn_random *random);

/* The next number from N(0, 1) (Box-Muller; takes two words). */
GN_API float gn_random_normal(gn_random *random);

/* The next integer, uniform in [0, bound); bound at least 1. Without bias (rejection), so it may take more than one
 * word. */
GN_API uint32_t gn_random_integer(gn_random *random, uint32_t bound);

/* Fills order with a permutation of 0..count-1 (Fisher-Yates). */
GN_API void gn_random_permutation(gn_random *random, uint32_t *order, uint32_t count);

/* Fill count numbers: low + (high - low) u for uniform u in [0, 1), which may round to high, and normal with the given
 * mean and deviation. */
GN_API void gn_random_fill_uniform(gn_random *random, gn_real *out, int64_t count, float low, float high);
GN_API void gn_random_fill_normal(gn_random *random, gn_real *out, int64_t count, float mean, float deviation);

#ifdef __cplusplus
}
#endif
#endif
