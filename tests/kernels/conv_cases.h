/* SPDX-License-Identifier: MIT */
/* tests/kernels/conv_cases.h - the three directions of a convolution: fast against reference at any number of
 * threads. */
#ifndef TESTS_KERNELS_CONV_CASES_H
#define TESTS_KERNELS_CONV_CASES_H

#include "kernels/fixture.h"

enum { CONV, TRANSPOSE, KERNEL, DIRECTIONS };

static inline int64_t large_count(const gn__conv_shape *s)
{
    return s->n * s->h * s->w * s->c;
}

static inline int64_t small_count(const gn__conv_shape *s)
{
    return s->n * s->oh * s->ow * s->k;
}

static inline int64_t kernel_count(const gn__conv_shape *s)
{
    return s->kh * s->kw * s->c * s->k;
}

/* The largest output that a side can have, at least 1. */
static inline int64_t out_size(int64_t size, int64_t window, int64_t stride, int64_t dilation, int64_t before,
                               int64_t after)
{
    const int64_t room = size + before + after - ((window - 1) * dilation + 1);
    return room < 0 ? 0 : room / stride + 1;
}

/* One direction with a bias or without, finished or not, under one context. */
static inline float *compute(gn_context *context, int direction, const gn__conv_shape *s, const float *large,
                             const float *kernel, const float *small, const float *bias, const gn__finish *finish)
{
    const gn__kernels *kernels = context->kernels;
    const int64_t counts[] = {small_count(s), large_count(s), kernel_count(s)};
    float *out = new_output(counts[direction]);
    gn_status status = GN_OK;
    if (direction == CONV)
        status = kernels->conv2d(context, s, large, kernel, bias, finish, out);
    else if (direction == TRANSPOSE)
        status = kernels->conv_transpose2d(context, s, small, kernel, bias, finish, out);
    else
        status = kernels->conv2d_kernel_gradient(context, s, large, small, out);
    assert_int_equal(status, GN_OK);
    assert_true(out[counts[direction]] == 12345.0f);
    return out;
}

enum { UNFINISHED, LEAKY, NORM, FINISHES };

static inline void check_finish(const contexts *all, int direction, const gn__conv_shape *s, values kind, float units,
                                int how, uint64_t *random)
{
    static const char *const names[] = {"conv2d", "conv_transpose2d", "conv2d_kernel_gradient"};
    const int64_t counts[] = {small_count(s), large_count(s), kernel_count(s)};
    const int64_t terms[] = {s->kh * s->kw * s->c, s->kh * s->kw * s->k, s->n * s->oh * s->ow};
    float *large = new_values(random, large_count(s), kind), *kernel = new_values(random, kernel_count(s), kind);
    float *small = new_values(random, small_count(s), kind), *bias = new_values(random, s->k + s->c, kind);
    const float *given = next_number(random) % 2 == 0 ? bias : NULL;
    const gn__finish norm = new_finish(random, direction == CONV ? s->k : s->c), leaky = {.slope = norm.slope};
    const gn__finish *const finishes[] = {NULL, &leaky, &norm}, *const finish = finishes[how];

    float *expected = compute(all->reference, direction, s, large, kernel, small, given, finish), *first = NULL;
    for (int i = 0; i < THREAD_COUNTS; i++) {
        float *got = compute(all->fast[i], direction, s, large, kernel, small, given, finish);
        const float tolerance = kind == INTEGERS ? 0 : units * FLT_EPSILON * (float)(terms[direction] + 4);
        assert_near(names[direction], counts[direction], got, expected, tolerance);
        assert_close(names[direction], counts[direction], got, expected);
        if (first != NULL)
            assert_same_bits(names[direction], counts[direction], got, first);
        free(i == 0 ? NULL : first);
        first = got;
    }
    free(first);
    free(expected);
    free(large);
    free(kernel);
    free(small);
    free(bias);
    free_finish(&norm);
}

/* Each product and sum may be rounded, by so many units in the last place. */
static inline void check_direction(const contexts *all, int direction, const gn__conv_shape *s, values kind,
                                   float units, uint64_t *random)
{
    for (int how = UNFINISHED; how < (direction == KERNEL ? LEAKY : FINISHES); how++)
        check_finish(all, direction, s, kind, units, how, random);
}

static inline void check_shape(const contexts *all, const gn__conv_shape *s, values kind, uint64_t *random)
{
    for (int direction = 0; direction < DIRECTIONS; direction++)
        check_direction(all, direction, s, kind, 1, random);
}

#endif
