/* SPDX-License-Identifier: MIT */
/* lib/kernels/leaky_relu.c - the leaky ReLU of short rows. */
#include "kernels/leaky_relu.h"

#include "core/processor.h"
#include "kernels/functions.h"

GN__INLINE void any_rows(float slope, int64_t rows, int64_t columns, float *const *y)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            y[i][j] = gn__leaky(y[i][j], slope);
}

static void rows_plain(float slope, int64_t rows, int64_t columns, float *const *y)
{
    any_rows(slope, rows, columns, y);
}

GN__AVX2 static void rows_avx2(float slope, int64_t rows, int64_t columns, float *const *y)
{
    any_rows(slope, rows, columns, y);
}

void gn__leaky_relu_rows(float slope, int64_t rows, int64_t columns, float *const *y)
{
    (gn__has_avx2() ? rows_avx2 : rows_plain)(slope, rows, columns, y);
}
