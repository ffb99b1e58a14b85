/* SPDX-License-Identifier: MIT */
/* lib/kernels/finish.c - the norm and the leaky ReLU of short rows. */
#include "kernels/finish.h"

#include "core/processor.h"
#include "kernels/functions.h"
#include "kernels/sizes.h"

enum { CHANNELS = 64, ROWS = 32 };

GN__INLINE void leaky_rows(float slope, int64_t channels, int64_t rows, float *const *y)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < channels; j++)
            y[i][j] = gn__leaky(y[i][j], slope);
}

/* Some channels, from `first` on in y. */
GN__INLINE void norm_some(const gn__finish *f, int64_t channel, int64_t first, int64_t channels, int64_t rows,
                          float *const *y)
{
    const float *const mean = f->mean + channel, *const variance = f->variance + channel;
    const float *const gamma = f->gamma + channel, *const beta = f->beta + channel;
    float inverse[CHANNELS];
    for (int64_t j = 0; j < channels; j++)
        inverse[j] = 1 / sqrtf(variance[j] + f->epsilon);
    for (int64_t i = 0; i < rows; i++) {
        float *const row = y[i] + first;
        GN__INDEPENDENT
        for (int64_t j = 0; j < channels; j++) {
            const float xhat = (row[j] - mean[j]) * inverse[j];
            row[j] = gn__leaky(gamma[j] * xhat + beta[j], f->slope);
        }
    }
}

GN__INLINE void norm_rows(const gn__finish *f, int64_t channel, int64_t channels, int64_t rows, float *const *y)
{
    for (int64_t first = 0; first < channels; first += CHANNELS)
        norm_some(f, channel + first, first, gn__smaller(CHANNELS, channels - first), rows, y);
}

GN__INLINE void any_rows(const gn__finish *f, int64_t channel, int64_t channels, int64_t rows, float *const *y)
{
    if (f->mean == NULL)
        leaky_rows(f->slope, channels, rows, y);
    else
        norm_rows(f, channel, channels, rows, y);
}

static void rows_plain(const gn__finish *f, int64_t channel, int64_t channels, int64_t rows, float *const *y)
{
    any_rows(f, channel, channels, rows, y);
}

GN__AVX2 static void rows_avx2(const gn__finish *f, int64_t channel, int64_t channels, int64_t rows, float *const *y)
{
    any_rows(f, channel, channels, rows, y);
}

void gn__finish_rows(const gn__finish *finish, int64_t channel, int64_t channels, int64_t rows, float *const *y)
{
    if (finish != NULL)
        (gn__has_avx2() ? rows_avx2 : rows_plain)(finish, channel, channels, rows, y);
}

void gn__finish_block(const gn__finish *finish, int64_t channel, int64_t channels, int64_t rows, float *y,
                      int64_t stride)
{
    float *some[ROWS];
    for (int64_t first = 0; first < rows && finish != NULL; first += ROWS) {
        const int64_t count = gn__smaller(ROWS, rows - first);
        for (int64_t i = 0; i < count; i++)
            some[i] = y + (first + i) * stride;
        gn__finish_rows(finish, channel, channels, count, some);
    }
}
