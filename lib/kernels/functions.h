/* SPDX-License-Identifier: MIT */
/* lib/kernels/functions.h - exp, log, the leaky ReLU and their kin in plain arithmetic without branches or calls, so
 * that loops over them vectorise and give the same bits on every processor. exp, log and what is made of them lie
 * within 3 units in the last place of the true value, and are right at infinities, NaN, zeros and subnormal numbers.
 * Polynomials were fitted by the Remez exchange. */
#ifndef GN_KERNELS_FUNCTIONS_H
#define GN_KERNELS_FUNCTIONS_H

#include "core/processor.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

GN__INLINE uint32_t gn__bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

GN__INLINE float gn__float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* ln 2 in two parts; products of the first with integers up to 2^15 are exact. */
#define GN__LN2_HIGH 0.693359375f
#define GN__LN2_LOW  (-2.12194440e-4f)

/* e^x = 2^n e^r with n = round(x / ln 2). Adding 1.5 2^23 rounds to an integer and leaves it in the low bits. The power
 * of two is multiplied in two halves, because n can lie beyond the exponents of normal numbers. */
GN__INLINE float gn__exp(float x)
{
    const float shift = 12582912.0f;
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    const float shifted = x * 1.44269504f + shift, n = shifted - shift;
    const float r = x - n * GN__LN2_HIGH - n * GN__LN2_LOW;
    const float q = 0.49999994f + r * (0.166665211f + r * (0.0416683853f + r * (0.00836872309f + r * 0.00138148002f)));
    const int32_t power = (int32_t)(gn__bits_of(shifted) - gn__bits_of(shift)), half = power >> 1;
    const float scale = gn__float_of((uint32_t)(half + 127) << 23),
                rest = gn__float_of((uint32_t)(power - half + 127) << 23);
    return (1.0f + (r + r * r * q)) * scale * rest;
}

/* The logarithm of a positive normal number: x = 2^n (1 + f) with 1 + f between sqrt(1/2) and sqrt(2). */
GN__INLINE float gn__logarithm_of_normal(float x, float exponent)
{
    const uint32_t root = 0x3f3504f3u; /* sqrt(1/2) */
    const uint32_t power = (gn__bits_of(x) - root) & 0xff800000u;
    const float n = (float)((int32_t)power >> 23) + exponent, f = gn__float_of(gn__bits_of(x) - power) - 1.0f;
    const float low = 0.14201349f + f * (-0.13156043f + f * (0.127620876f + f * -0.076448217f));
    const float p = 0.333333313f + f * (-0.250008076f + f * (0.200012684f + f * (-0.16623798f + f * low)));
    return n * GN__LN2_HIGH + (f + (n * GN__LN2_LOW - 0.5f * f * f + f * f * f * p));
}

GN__INLINE float gn__logarithm(float x)
{
    const bool subnormal = x < 1.17549435e-38f;
    float y = gn__logarithm_of_normal(subnormal ? x * 33554432.0f : x, subnormal ? -25.0f : 0.0f);
    y = x == INFINITY ? x : y;
    y = x == 0.0f ? -INFINITY : y;
    return x >= 0.0f ? y : NAN;
}

/* log(1 + x) for x in [0, 1]: the logarithm of the rounded sum, and what rounding lost. */
GN__INLINE float gn__log_one_plus(float x)
{
    const float sum = 1.0f + x;
    return gn__logarithm_of_normal(sum, 0.0f) + (x - (sum - 1.0f)) / sum;
}

GN__INLINE float gn__tanh(float x)
{
    const float size = fabsf(x), s = x * x;
    const float p = 0.133315146f + s * (-0.0537451468f + s * (0.0206552278f + s * -0.00572163844f));
    const float small = x + x * s * (-0.333332837f + s * p);
    const float large = 1.0f - 2.0f / (gn__exp(2.0f * size) + 1.0f);
    return size < 0.625f ? small : copysignf(large, x);
}

GN__INLINE float gn__sigmoid(float x)
{
    const float e = gn__exp(-fabsf(x)), p = 1.0f / (1.0f + e);
    return x >= 0.0f ? p : e * p;
}

GN__INLINE float gn__softplus(float x)
{
    const float tail = gn__log_one_plus(gn__exp(-fabsf(x)));
    return x > 0.0f ? x + tail : x != x ? x : tail;
}

/* The leaky ReLU: NaN stays, and slope 0 gives 0 even for -infinity. */
GN__INLINE float gn__leaky(float u, float slope)
{
    return u > 0 || u != u ? u : slope == 0 ? 0 : slope * u;
}

/* A unit that is off gives 0, not slope times an infinite gradient. */
GN__INLINE float gn__leaky_gradient(float u, float gradient, float slope)
{
    return u > 0 ? gradient : slope == 0 ? 0 : slope * gradient;
}

#endif
