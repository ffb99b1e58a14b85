/* SPDX-License-Identifier: MIT */
/* lib/core/processor.h - one binary for every processor: the same loops compiled again for wider vectors.
 *
 * A loop is written once as a GN__INLINE function. Two plain functions call it, one of them marked GN__AVX2, and
 * whoever wants the loop asks gn__has_avx2() at run time. What computes much for each number that it reads, or finds it
 * in the nearest cache, has a third one, GN__AVX512; other loops wait for memory, for which wider vectors do nothing.
 * Without fused operations and with sums in a fixed number of lanes all give the same bits. Tests define
 * GN__PLAIN_LOOPS to run what a processor without AVX2 runs, and GN__AVX2_LOOPS for one without AVX-512. */
#ifndef GN_CORE_PROCESSOR_H
#define GN_CORE_PROCESSOR_H

#include <stdbool.h>

#if defined(__GNUC__)
#define GN__INLINE static inline __attribute__((always_inline))
#else
#define GN__INLINE static inline
#endif

/* Before a loop whose turns do not depend on each other, though arrays may be the same: it can be vectorised. */
#if defined(__clang__)
#define GN__INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define GN__INDEPENDENT _Pragma("GCC ivdep")
#else
#define GN__INDEPENDENT
#endif

#if defined(__GNUC__) && defined(__x86_64__) && !defined(GN__PLAIN_LOOPS)
#define GN__X86    1
#define GN__AVX2   __attribute__((target("avx2")))
#define GN__AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define GN__X86 0
#define GN__AVX2
#define GN__AVX512
#endif

static inline bool gn__has_avx2(void)
{
#if GN__X86
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

static inline bool gn__has_avx512(void)
{
#if GN__X86 && !defined(GN__AVX2_LOOPS)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

#endif
