/* SPDX-License-Identifier: MIT */
/* tests/kernels/fixture.h - what the tests of kernels share: contexts, numbers to compute with, comparisons. */
#ifndef TESTS_KERNELS_FIXTURE_H
#define TESTS_KERNELS_FIXTURE_H

#include "core/context.h"
#include "kernels/kernels.h"
#include "test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { THREAD_COUNTS = 3 }; /* fast contexts with 1, 2 and 11 threads: more than many loops have tiles */

typedef struct contexts {
    gn_context *reference, *fast[THREAD_COUNTS];
} contexts;

static inline int contexts_open(void **state)
{
    static contexts all;
    all.reference = gn_context_new(&(gn_context_options){.threads = 1, .kernels = GN_KERNELS_REFERENCE});
    assert_non_null(all.reference);
    for (int i = 0; i < THREAD_COUNTS; i++) {
        all.fast[i] = gn_context_new(&(gn_context_options){.threads = i < 2 ? i + 1 : 11});
        assert_non_null(all.fast[i]);
    }
    *state = &all;
    return 0;
}

static inline int contexts_close(void **state)
{
    const contexts *all = *state;
    gn_context_free(all->reference);
    for (int i = 0; i < THREAD_COUNTS; i++)
        gn_context_free(all->fast[i]);
    return 0;
}

/* A repeatable stream of numbers. */
static inline uint32_t next_number(uint64_t *random)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*random >> 33);
}

static inline int64_t next_between(uint64_t *random, int64_t low, int64_t high)
{
    return low + (int64_t)(next_number(random) % (uint64_t)(high - low + 1));
}

/* Integers from -4 to 4, whose sums of products are exact, or reals in [-1, 1]. */
typedef enum values { INTEGERS, REALS } values;

static inline float *new_values(uint64_t *random, int64_t count, values kind)
{
    float *x = malloc((size_t)(count + 1) * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i < count; i++)
        x[i] = kind == INTEGERS ? (float)next_between(random, -4, 4)
                                : (float)next_between(random, -8388608, 8388608) / 8388608.0f;
    return x;
}

/* Count numbers that a kernel has to overwrite. */
static inline float *new_output(int64_t count)
{
    float *x = malloc((size_t)(count + 1) * sizeof *x);
    assert_non_null(x);
    for (int64_t i = 0; i <= count; i++)
        x[i] = 12345.0f;
    return x;
}

/* A batch norm and a leaky ReLU of some slope, which leave |y| <= 1.5 (|u| + 2). free_finish lets its numbers go. */
static inline gn__finish new_finish(uint64_t *random, int64_t channels)
{
    float *numbers = new_values(random, 4 * channels, REALS);
    for (int64_t i = 0; i < channels; i++)
        numbers[i] = fabsf(numbers[i]);
    static const float slopes[] = {0, 0.2f, 1, 1.5f}; /* 1 is none */
    return (gn__finish){.slope = slopes[next_number(random) % 4],
                        .epsilon = 1,
                        .variance = numbers,
                        .mean = numbers + channels,
                        .gamma = numbers + 2 * channels,
                        .beta = numbers + 3 * channels};
}

static inline void free_finish(const gn__finish *finish)
{
    free((void *)(uintptr_t)finish->variance);
}

/* Fails, saying where, unless every element is within tolerance of what was expected; NaN equals NaN. */
static inline void assert_near(const char *what, int64_t count, const float *got, const float *expected,
                               float tolerance)
{
    for (int64_t i = 0; i < count; i++) {
        const bool equal = got[i] == expected[i] || (isnan(got[i]) && isnan(expected[i]));
        if (!equal && !(fabsf(got[i] - expected[i]) <= tolerance))
            fail_msg("%s: element %lld of %lld is %.9g, expected %.9g within %g", what, (long long)i, (long long)count,
                     (double)got[i], (double)expected[i], (double)tolerance);
    }
}

/* The size that errors are relative to: that of the largest number, or 1, of which most tests' inputs are. */
static inline float size_of(int64_t count, const float *x)
{
    float largest = 1;
    for (int64_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(x[i]));
    return largest;
}

/* Reference kernels and fast ones differ by no more than 1e-5, relative to the largest number. */
static inline void assert_close(const char *what, int64_t count, const float *got, const float *expected)
{
    assert_near(what, count, got, expected, 1e-5f * size_of(count, expected));
}

static inline void assert_same_bits(const char *what, int64_t count, const float *a, const float *b)
{
    for (int64_t i = 0; i < count; i++)
        if (memcmp(a + i, b + i, sizeof *a) != 0)
            fail_msg("%s: element %lld of %lld has bits of %.9g, expected those of %.9g", what, (long long)i,
                     (long long)count, (double)a[i], (double)b[i]);
}

#endif
