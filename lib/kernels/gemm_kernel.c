/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_kernel.c - the micro-kernel for AVX-512, AVX2 and any processor, and the loops right around it. */
#include "kernels/gemm_kernel.h"
#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define X86 1
#include <immintrin.h>
#else
#define X86 0
#endif

enum { ROWS = GN__TILE_ROWS, COLUMNS = GN__TILE_COLUMNS };

#if X86
/* 24 registers of sums, two of B, one of A at a time. */
__attribute__((target("avx512f"))) static void tile_avx512(int64_t k, const float *a, int64_t a_row, int64_t a_step,
                                                           const float *b, float *c, int64_t ldc)
{
    __m512 sum[ROWS][2];
    for (int i = 0; i < ROWS; i++)
        sum[i][0] = sum[i][1] = _mm512_setzero_ps();
    for (int64_t p = 0; p < k; p++, a += a_step, b += COLUMNS) {
        const __m512 b0 = _mm512_loadu_ps(b), b1 = _mm512_loadu_ps(b + 16);
        for (int i = 0; i < ROWS; i++) {
            const __m512 ai = _mm512_set1_ps(a[i * a_row]);
            sum[i][0] = _mm512_fmadd_ps(ai, b0, sum[i][0]);
            sum[i][1] = _mm512_fmadd_ps(ai, b1, sum[i][1]);
        }
    }
    for (int i = 0; i < ROWS; i++, c += ldc) {
        _mm512_storeu_ps(c, _mm512_add_ps(_mm512_loadu_ps(c), sum[i][0]));
        _mm512_storeu_ps(c + 16, _mm512_add_ps(_mm512_loadu_ps(c + 16), sum[i][1]));
    }
}

enum { ROWS_AVX2 = 6, COLUMNS_AVX2 = 16 }; /* what fits into 16 registers */

__attribute__((target("avx2,fma"))) static void part_avx2(int64_t k, const float *a, int64_t a_row, int64_t a_step,
                                                          const float *b, float *c, int64_t ldc)
{
    __m256 sum[ROWS_AVX2][2];
    for (int i = 0; i < ROWS_AVX2; i++)
        sum[i][0] = sum[i][1] = _mm256_setzero_ps();
    for (int64_t p = 0; p < k; p++, a += a_step, b += COLUMNS) {
        const __m256 b0 = _mm256_loadu_ps(b), b1 = _mm256_loadu_ps(b + 8);
        for (int i = 0; i < ROWS_AVX2; i++) {
            const __m256 ai = _mm256_set1_ps(a[i * a_row]);
            sum[i][0] = _mm256_fmadd_ps(ai, b0, sum[i][0]);
            sum[i][1] = _mm256_fmadd_ps(ai, b1, sum[i][1]);
        }
    }
    for (int i = 0; i < ROWS_AVX2; i++, c += ldc) {
        _mm256_storeu_ps(c, _mm256_add_ps(_mm256_loadu_ps(c), sum[i][0]));
        _mm256_storeu_ps(c + 8, _mm256_add_ps(_mm256_loadu_ps(c + 8), sum[i][1]));
    }
}

static void tile_avx2(int64_t k, const float *a, int64_t a_row, int64_t a_step, const float *b, float *c, int64_t ldc)
{
    for (int j = 0; j < COLUMNS; j += COLUMNS_AVX2)
        for (int i = 0; i < ROWS; i += ROWS_AVX2)
            part_avx2(k, a + i * a_row, a_row, a_step, b + j, c + i * ldc + j, ldc);
}
#endif

/* One multiply-add, fused where the processor does it in one instruction. */
static inline float multiply_add(float x, float y, float z)
{
#ifdef FP_FAST_FMAF
    return fmaf(x, y, z);
#else
    return x * y + z;
#endif
}

/* Row by row; the loop over the columns is the compiler's to vectorise. */
static void tile_portable(int64_t k, const float *a, int64_t a_row, int64_t a_step, const float *b, float *c, int64_t ldc)
{
    for (int i = 0; i < ROWS; i++, a += a_row, c += ldc) {
        float sum[COLUMNS] = {0};
        for (int64_t p = 0; p < k; p++)
            for (int j = 0; j < COLUMNS; j++)
                sum[j] = multiply_add(a[p * a_step], b[p * COLUMNS + j], sum[j]);
        for (int j = 0; j < COLUMNS; j++)
            c[j] += sum[j];
    }
}

gn__tile_kernel *gn__tile_kernel_choose(void)
{
#if X86
    if (__builtin_cpu_supports("avx512f"))
        return tile_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return tile_avx2;
#endif
    return tile_portable;
}

const char *gn__tile_kernel_name(void)
{
    gn__tile_kernel *const kernel = gn__tile_kernel_choose();
#if X86
    if (kernel == tile_avx512)
        return "AVX-512";
    if (kernel == tile_avx2)
        return "AVX2";
#endif
    return kernel == tile_portable ? "portable" : "";
}

int64_t gn__whole_columns(int64_t n)
{
    return (n + COLUMNS - 1) / COLUMNS * COLUMNS;
}

int64_t gn__whole_rows(int64_t m)
{
    return (m + ROWS - 1) / ROWS * ROWS;
}

/* A tile at the edge of C, where only rows x columns exist. */
static void multiply_edge(gn__tile_kernel *kernel, int64_t rows, int64_t columns, int64_t k, const float *a, int64_t a_row,
                          int64_t a_step, const float *b, float *c, int64_t ldc)
{
    float tile[ROWS * COLUMNS] = {0};
    kernel(k, a, a_row, a_step, b, tile, COLUMNS);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            c[i * ldc + j] += tile[i * COLUMNS + j];
}

void gn__multiply_packed(gn__tile_kernel *kernel, int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row,
                         int64_t a_step, const float *b, int64_t panel, float *c, int64_t ldc)
{
    for (int64_t j = 0; j < n; j += COLUMNS, b += panel)
        for (int64_t i = 0; i < m; i += ROWS) {
            if (i + ROWS <= m && j + COLUMNS <= n)
                kernel(k, a + i * a_row, a_row, a_step, b, c + i * ldc + j, ldc);
            else
                multiply_edge(kernel, m - i < ROWS ? m - i : ROWS, n - j < COLUMNS ? n - j : COLUMNS, k, a + i * a_row, a_row,
                              a_step, b, c + i * ldc + j, ldc);
        }
}

void gn__pack_panel(int64_t k, int64_t n, float scale, const float *b, int64_t b_row, int64_t b_column, float *packed)
{
    if (n < COLUMNS)
        memset(packed, 0, (size_t)(k * COLUMNS) * sizeof *packed);
    if (b_column == 1) {
        for (int64_t p = 0; p < k; p++)
            for (int64_t j = 0; j < n; j++)
                packed[p * COLUMNS + j] = scale * b[p * b_row + j];
    } else {
        for (int64_t j = 0; j < n; j++)
            for (int64_t p = 0; p < k; p++)
                packed[p * COLUMNS + j] = scale * b[p * b_row + j * b_column];
    }
}
