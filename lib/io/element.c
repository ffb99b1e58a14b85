/* SPDX-License-Identifier: MIT */
/* lib/io/element.c - bytes of a file to numbers and back. */
#include "io/element.h"

#include <math.h>
#include <string.h>

size_t gn__element_size(gn__element element)
{
    static const unsigned char sizes[] = {
        [GN__U64] = 8,  [GN__I64] = 8, [GN__F64] = 8, [GN__F32] = 4, [GN__I32] = 4, [GN__U32] = 4,   [GN__F16] = 2,
        [GN__BF16] = 2, [GN__I16] = 2, [GN__U16] = 2, [GN__I8] = 1,  [GN__U8] = 1,  [GN__OTHER] = 0,
    };
    return sizes[element];
}

uint64_t gn__load_big_endian(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

uint64_t gn__load_little_endian(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

void gn__store_little_endian(unsigned char *bytes, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
}

void gn__store_float(unsigned char *bytes, float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    gn__store_little_endian(bytes, bits, sizeof bits);
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE binary16 to binary32: exact. A subnormal is its fraction times 2^-24. */
static float float_of_half(uint32_t half)
{
    const uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31, fraction = half & 0x3FFu;
    if (exponent == 0)
        return (sign == 0 ? 0x1p-24f : -0x1p-24f) * (float)fraction;
    const uint32_t widened = exponent == 31 ? 255 : exponent + 112;
    return float_of(sign | widened << 23 | fraction << 13);
}

static gn_real real_of_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return (gn_real)value;
}

/* Two's complement. */
static gn_real real_of_signed(uint64_t bits, uint64_t sign)
{
    return (bits & sign) == 0 ? (gn_real)bits : -(gn_real)(sign - (bits - sign));
}

gn_real gn__element_value(gn__element element, const unsigned char *bytes)
{
    const uint64_t bits = gn__load_little_endian(bytes, gn__element_size(element));
    switch (element) {
    case GN__F64:
        return real_of_double(bits);
    case GN__F32:
        return float_of((uint32_t)bits);
    case GN__F16:
        return float_of_half((uint32_t)bits);
    case GN__BF16:
        return float_of((uint32_t)bits << 16);
    case GN__I64:
        return real_of_signed(bits, UINT64_C(1) << 63);
    case GN__I32:
        return real_of_signed(bits, UINT64_C(1) << 31);
    case GN__I16:
        return real_of_signed(bits, UINT64_C(1) << 15);
    case GN__I8:
        return real_of_signed(bits, UINT64_C(1) << 7);
    case GN__U64:
    case GN__U32:
    case GN__U16:
    case GN__U8:
        return (gn_real)bits;
    case GN__OTHER: /* defensive: callers have refused it. */
        break;
    }
    return (gn_real)NAN;
}
