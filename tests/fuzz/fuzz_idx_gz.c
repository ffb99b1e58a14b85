/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_idx_gz.c - gn_idx_load of gzipped files, with a mutator that packs what it has changed. */
#include "fuzz_idx.h"

#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_idx(data, size, 3 * 1032);
    return 0;
}

enum { LONGEST = 1 << 16, GZIP = 15 + 16 };

/* Both return how much they have made of it; 0 when it cannot be. */
static size_t unpack(const uint8_t *data, size_t size, uint8_t *out, size_t most)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, GZIP) != Z_OK)
        return 0;
    uint8_t copy[LONGEST];
    memcpy(copy, data, size);
    stream.next_in = copy;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = (uInt)most;
    (void)inflate(&stream, Z_FINISH);
    (void)inflateEnd(&stream);
    return stream.total_out;
}

static size_t pack(uint8_t *data, size_t size, uint8_t *out, size_t most)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    stream.next_in = data;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = (uInt)most;
    const int end = deflate(&stream, Z_FINISH);
    (void)deflateEnd(&stream);
    return end == Z_STREAM_END ? stream.total_out : 0;
}

/* Most of the time the pictures are unpacked, changed and packed again; else the bytes are changed as they stand. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static uint8_t plain[LONGEST], packed[LONGEST];
    uint32_t random = seed;
    const size_t labels = size < 2 ? 0 : (size_t)data[0] << 8 | data[1];
    if (size < 2 || labels > size - 2 || size > LONGEST || fuzz_random(&random, 4) == 0)
        return LLVMFuzzerMutate(data, size, most);
    const size_t unpacked = unpack(data + 2 + labels, size - 2 - labels, plain, LONGEST);
    const size_t changed = unpacked == 0 ? 0 : LLVMFuzzerMutate(plain, unpacked, LONGEST);
    const size_t length = pack(plain, changed, packed, LONGEST);
    if (length == 0 || 2 + labels + length > most)
        return LLVMFuzzerMutate(data, size, most);
    memcpy(data + 2 + labels, packed, length);
    return 2 + labels + length;
}
