/* SPDX-License-Identifier: MIT */
/* lib/data/resize.c - pictures of any size as squares of one. */
#include "data/resize.h"

#include <math.h>
#include <stdbool.h>

/* What of one axis falls on a pixel: places first .. last, the inner ones with weight 1. */
typedef struct span {
    int64_t first, last;
    double first_weight, last_weight;
} span;

static int64_t clamp(int64_t place, int64_t size)
{
    return place < 0 ? 0 : place >= size ? size - 1 : place;
}

/* The area of old pixels between two borders. */
static span area(double from, double to, int64_t size)
{
    span s = {clamp((int64_t)floor(from), size), clamp((int64_t)ceil(to) - 1, size), 1, 1};
    if (s.first == s.last)
        return s;
    s.first_weight = (double)(s.first + 1) - from;
    s.last_weight = to - (double)s.last;
    return s;
}

/* The two old pixels around the middle of a new one. */
static span between(double middle, int64_t size)
{
    const double place = middle - 0.5, floored = floor(place), share = place - floored;
    const int64_t low = (int64_t)floored;
    span s = {clamp(low, size), clamp(low + 1, size), 1 - share, share};
    if (s.first == s.last)
        s.first_weight = s.last_weight = 1;
    return s;
}

/* New pixel `index` of `side` on an axis of `size` old ones, of which `shorter` become `side`. They begin with a whole
 * pixel, so that a picture that is only cut stays sharp. */
static span span_of(int64_t index, int64_t side, int64_t size, int64_t shorter)
{
    const double step = (double)shorter / (double)side, begin = (double)((size - shorter) / 2) + (double)index * step;
    return step >= 1 ? area(begin, begin + step, size) : between(begin + step / 2, size);
}

static double weight_at(const span *s, int64_t place)
{
    return place == s->first ? s->first_weight : place == s->last ? s->last_weight : 1;
}

static unsigned char mean_over(const unsigned char *pixels, int64_t width, int64_t channels, const span *rows,
                               const span *columns)
{
    double sum = 0, weights = 0;
    for (int64_t y = rows->first; y <= rows->last; y++)
        for (int64_t x = columns->first; x <= columns->last; x++) {
            const double weight = weight_at(rows, y) * weight_at(columns, x);
            sum += weight * pixels[(y * width + x) * channels];
            weights += weight;
        }
    return (unsigned char)(sum / weights + 0.5);
}

void gn__resize_square(const unsigned char *pixels, int64_t height, int64_t width, int64_t channels,
                       unsigned char *square, int64_t side)
{
    const int64_t shorter = height < width ? height : width;
    for (int64_t y = 0; y < side; y++) {
        const span rows = span_of(y, side, height, shorter);
        for (int64_t x = 0; x < side; x++) {
            const span columns = span_of(x, side, width, shorter);
            for (int64_t channel = 0; channel < channels; channel++)
                square[(y * side + x) * channels + channel] = mean_over(pixels + channel, width, channels, &rows,
                                                                        &columns);
        }
    }
}
