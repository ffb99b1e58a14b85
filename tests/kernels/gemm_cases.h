/* SPDX-License-Identifier: MIT */
/* tests/kernels/gemm_cases.h - a matrix product against the reference, over sizes, transposes, and what sums begin
 * with. */
#ifndef TESTS_KERNELS_GEMM_CASES_H
#define TESTS_KERNELS_GEMM_CASES_H

#include "kernels/fixture.h"
#include "memory.h"

typedef struct sizes {
    int64_t m, n, k;
} sizes;

static const sizes all_sizes[] = {
    {1, 1, 1},      {1, 7, 3},     {5, 1, 9},      {11, 31, 13},    {12, 32, 256},  {13, 33, 257},  {24, 64, 40},
    {97, 65, 30},   {200, 300, 7}, {64, 110, 520}, {193, 257, 259}, {1, 1100, 5},   {19, 301, 530}, {33, 290, 790},
    {105, 290, 17}, {1, 2500, 41}, {130, 1, 300},  {211, 64, 66},   {230, 96, 300}, {96, 230, 300}, {64, 512, 1},
};

enum { VARIANTS = 16 }; /* of each finish */

/* C = begin + A B in a C with 3 unused columns, which must stay as they are. begin is nothing, C, another matrix or
 * one row; C is finished or not. */
static inline float *multiply(gn_context *context, gn__gemm_function *gemm, int variant, sizes s, const float *a,
                              const float *b, const float *before, const gn__finish *finish)
{
    const bool transpose_a = variant & 1, transpose_b = variant & 2;
    const int64_t stride = s.n + 3;
    float *c = new_output(s.m * stride);
    memcpy(c, before, (size_t)(s.m * stride) * sizeof *c);
    const float *const begins[] = {NULL, c, before, before};
    const int64_t begin_strides[] = {0, stride, stride, 0};
    const gn__product product = {
        .m = s.m,
        .n = s.n,
        .k = s.k,
        .a = {a, (transpose_a ? s.m : s.k) + 2, transpose_a},
        .b = {b, (transpose_b ? s.k : s.n) + 1, transpose_b},
        .begin = begins[variant >> 2 & 3],
        .begin_stride = begin_strides[variant >> 2 & 3],
        .c = c,
        .c_stride = stride,
        .finish = finish,
    };
    assert_int_equal(gemm(context, &product), GN_OK);
    for (int64_t i = 0; i < s.m; i++)
        assert_memory_equal(c + i * stride + s.n, before + i * stride + s.n, 3 * sizeof *c);
    return c;
}

static inline void check(const contexts *all, gn__gemm_function *gemm, int variant, sizes s, values kind,
                         uint64_t *random)
{
    const int64_t count = s.m * (s.n + 3);
    const gn__finish norm = new_finish(random, s.n), leaky = {.slope = norm.slope};
    const gn__finish *const finishes[] = {NULL, &leaky, &norm}, *const finish = finishes[variant / VARIANTS];
    float *a = new_values(random, (s.m + 2) * (s.k + 2), kind), *b = new_values(random, (s.k + 2) * (s.n + 2), kind);
    float *before = new_values(random, count, kind);
    float *expected = multiply(all->reference, all->reference->kernels->gemm, variant, s, a, b, before, finish),
          *first = NULL;
    for (int i = 0; i < THREAD_COUNTS; i++) {
        float *got = multiply(all->fast[i], gemm, variant, s, a, b, before, finish);
        assert_near("gemm", count, got, expected, kind == INTEGERS ? 0 : 2 * FLT_EPSILON * (float)(s.k + 4));
        assert_close("gemm", count, got, expected);
        if (first != NULL)
            assert_same_bits("gemm at another number of threads", count, got, first);
        free(i == 0 ? NULL : first);
        first = got;
    }
    free(first);
    free(expected);
    free_finish(&norm);
    free(before);
    free(a);
    free(b);
}

static inline void check_gemm(const contexts *all, gn__gemm_function *gemm)
{
    uint64_t random = 1;
    for (size_t i = 0; i < sizeof all_sizes / sizeof *all_sizes; i++)
        for (int variant = 0; variant < 3 * VARIANTS; variant++) {
            check(all, gemm, variant, all_sizes[i], INTEGERS, &random);
            check(all, gemm, variant, all_sizes[i], REALS, &random);
        }
}

/* 1 x 3 + 2 x 4 in one number of C, which may hold anything before, as sums begin with nothing. */
static inline void check_two_products(gn_context *context, gn__gemm_function *gemm, int64_t a_stride)
{
    const float a[] = {1, 2}, b[] = {3, 4};
    float c = NAN;
    const gn__product product = {
        .m = 1, .n = 1, .k = 2, .a = {a, a_stride, false}, .b = {b, 1, false}, .c = &c, .c_stride = 1};
    assert_int_equal(gemm(context, &product), GN_OK);
    assert_true(c == 11);
}

/* A product that gets no memory to work in says so. */
static inline void check_gemm_without_memory(gn__gemm_function *gemm)
{
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    const float one = 1;
    float c = 0;
    m.fail_at = m.calls + 1;
    const gn__product product = {
        .m = 1, .n = 1, .k = 1, .a = {&one, 1, false}, .b = {&one, 1, false}, .c = &c, .c_stride = 1};
    assert_int_equal(gemm(context, &product), GN_ERROR_MEMORY);
    assert_int_equal(gn_context_status(context), GN_ERROR_MEMORY);
    assert_true(strlen(gn_context_message(context)) > 0);
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
}

#endif
