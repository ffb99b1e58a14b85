/* SPDX-License-Identifier: MIT */
/* lib/io/crc32c.c - the checksum CRC-32C. */
#include "io/crc32c.h"

static const uint32_t reflected_polynomial = 0x82F63B78;

uint32_t gn__crc32c(const unsigned char *bytes, size_t size)
{
    uint32_t sum = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        sum ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ ((sum & 1) != 0 ? reflected_polynomial : 0);
    }
    return ~sum;
}
