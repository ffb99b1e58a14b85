/* SPDX-License-Identifier: MIT */
/* lib/kernels/transpose.c - the transpose of a matrix, in squares that fit into registers. */
#include "kernels/transpose.h"

#include "core/processor.h"

#include <stdbool.h>

enum { SQUARE = 4, WIDE = 16 };

#if GN__X86
#include <immintrin.h>

static void transpose_square(const float *from, int64_t from_stride, float *to, int64_t to_stride)
{
    __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + from_stride), c = _mm_loadu_ps(from + 2 * from_stride),
           d = _mm_loadu_ps(from + 3 * from_stride);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(to, a);
    _mm_storeu_ps(to + to_stride, b);
    _mm_storeu_ps(to + 2 * to_stride, c);
    _mm_storeu_ps(to + 3 * to_stride, d);
}

/* SQUARE numbers of the rows 0, SQUARE, 2 SQUARE and 3 SQUARE side by side. */
GN__AVX512 GN__INLINE __m512 gather_wide(const float *from, int64_t stride)
{
    __m512 rows = _mm512_castps128_ps512(_mm_loadu_ps(from));
    rows = _mm512_mask_broadcast_f32x4(rows, 0x00f0, _mm_loadu_ps(from + SQUARE * stride));
    rows = _mm512_mask_broadcast_f32x4(rows, 0x0f00, _mm_loadu_ps(from + 2 * SQUARE * stride));
    return _mm512_mask_broadcast_f32x4(rows, 0xf000, _mm_loadu_ps(from + 3 * SQUARE * stride));
}

/* SQUARE columns of WIDE rows: as many squares at once. */
GN__AVX512 GN__INLINE void transpose_stripe(const float *from, int64_t from_stride, float *to, int64_t to_stride)
{
    const __m512 a = gather_wide(from, from_stride), b = gather_wide(from + from_stride, from_stride),
                 c = gather_wide(from + 2 * from_stride, from_stride),
                 d = gather_wide(from + 3 * from_stride, from_stride);
    const __m512d low_ab = _mm512_castps_pd(_mm512_unpacklo_ps(a, b)),
                  high_ab = _mm512_castps_pd(_mm512_unpackhi_ps(a, b)),
                  low_cd = _mm512_castps_pd(_mm512_unpacklo_ps(c, d)),
                  high_cd = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
    _mm512_storeu_ps(to, _mm512_castpd_ps(_mm512_unpacklo_pd(low_ab, low_cd)));
    _mm512_storeu_ps(to + to_stride, _mm512_castpd_ps(_mm512_unpackhi_pd(low_ab, low_cd)));
    _mm512_storeu_ps(to + 2 * to_stride, _mm512_castpd_ps(_mm512_unpacklo_pd(high_ab, high_cd)));
    _mm512_storeu_ps(to + 3 * to_stride, _mm512_castpd_ps(_mm512_unpackhi_pd(high_ab, high_cd)));
}

GN__AVX512 static void transpose_wide(int64_t m, int64_t n, const float *from, int64_t from_stride, float *to,
                                      int64_t to_stride)
{
    for (int64_t i = 0; i < m; i += WIDE)
        for (int64_t j = 0; j < n; j += SQUARE)
            transpose_stripe(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
}

#else

static void transpose_square(const float *from, int64_t from_stride, float *to, int64_t to_stride)
{
    for (int64_t j = 0; j < SQUARE; j++)
        for (int64_t i = 0; i < SQUARE; i++)
            to[j * to_stride + i] = from[i * from_stride + j];
}

#endif

/* In stripes: a few columns of `from`, from top to bottom. There are too many rows for the processor to see where they
 * go on, so that the next numbers are asked for. */
static void transpose_any(int64_t m, int64_t n, const float *from, int64_t from_stride, float *to, int64_t to_stride)
{
    enum { STRIPE = 2 * SQUARE, AHEAD = 32 };
    const int64_t whole_m = m - m % SQUARE, whole_n = n - n % STRIPE;
    for (int64_t j = 0; j < whole_n; j += STRIPE)
        for (int64_t i = 0; i < whole_m; i += SQUARE) {
            const float *const square = from + i * from_stride + j;
            for (int64_t row = 0; row < SQUARE && j + AHEAD < n; row++)
                __builtin_prefetch(square + row * from_stride + AHEAD);
            for (int64_t column = 0; column < STRIPE; column += SQUARE)
                transpose_square(square + column, from_stride, to + (j + column) * to_stride + i, to_stride);
        }
    for (int64_t j = 0; j < n; j++)
        for (int64_t i = j < whole_n ? whole_m : 0; i < m; i++)
            to[j * to_stride + i] = from[i * from_stride + j];
}

void gn__transpose(int64_t m, int64_t n, const float *from, int64_t from_stride, float *to, int64_t to_stride)
{
    int64_t rows = 0, columns = n;
#if GN__X86
    if (gn__has_avx512()) {
        rows = m - m % WIDE;
        columns = n - n % SQUARE;
        transpose_wide(rows, columns, from, from_stride, to, to_stride);
    }
#endif
    if (columns < n)
        transpose_any(rows, n - columns, from + columns, from_stride, to + columns * to_stride, to_stride);
    if (rows < m)
        transpose_any(m - rows, n, from + rows * from_stride, from_stride, to + rows, to_stride);
}
