/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_png.c - PNG files in a folder of pictures, with a mutator that mends the chunks' checksums. */
#include "fuzz_picture.h"

#include <string.h>
#include <zlib.h>

/* deflate makes at most 1,032 bytes of one, a byte holds 8 pixels, and a pixel takes 3 bytes in the picture and, where
 * that is a single row, 6 more in libpng's rows. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_picture(data, size, 8 * 1040 * 9 + 1040, 1 << 20);
    return 0;
}

enum { SIGNATURE = 8, AROUND = 12 }; /* length, kind and checksum stand around a chunk's data */

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void mend(uint8_t *data, size_t size)
{
    for (size_t at = SIGNATURE; at + AROUND <= size;) {
        const size_t length = big_endian(data + at);
        if (length > size - at - AROUND)
            return;
        const uLong sum = crc32(crc32(0, NULL, 0), data + at + 4, (uInt)length + 4);
        for (int i = 0; i < 4; i++)
            data[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        at += AROUND + length;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static const uint8_t signature[SIGNATURE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    uint32_t random = seed;
    const size_t changed = LLVMFuzzerMutate(data, size, most);
    if (changed < SIGNATURE || fuzz_random(&random, 16) == 0)
        return changed;
    memcpy(data, signature, SIGNATURE);
    mend(data, changed);
    return changed;
}
