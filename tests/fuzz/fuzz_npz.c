/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_npz.c - gn_npz_load, with a mutator that changes what is packed and packs it again. */
#include "fuzz_archive.h"

#include <gannet/npy.h>
#include <string.h>
#include <zlib.h>

/* Deflate makes at most 1032 bytes of one; zlib has a window and tables. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_put("a.npz", data, size);
    gn_context *context = fuzz_begin(size, 1040, 1 << 17);
    gn_archive *archive = gn_npz_load(context, path);
    fuzz_entries(context, archive);
    gn_archive_free(archive);
    fuzz_end(context, archive != NULL);
    return 0;
}

/* --- the mutator -------------------------------------------------------------------------------------------------- */

enum { LONGEST = 1 << 16, LOCAL = 30, CENTRAL = 46, END = 22, STORED = 0, DEFLATED = 8, MAX_MEMBERS = 4, NAME = 5 };

typedef struct packed {
    uint8_t bytes[LONGEST];
    size_t size;
    uLong checksum;
    size_t plain;
} packed;

static void put(uint8_t *to, size_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static size_t get(const uint8_t *from, int bytes)
{
    size_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | from[i];
    return value;
}

/* The contents of the file's first member; 0 bytes when there is none. */
static size_t unpack(const uint8_t *data, size_t size, uint8_t *out)
{
    const size_t begin = size < LOCAL ? 0 : LOCAL + get(data + 26, 2) + get(data + 28, 2);
    const size_t length = size < LOCAL ? 0 : get(data + 18, 4);
    if (size < LOCAL || begin > size || length > size - begin)
        return 0;
    if (get(data + 8, 2) == STORED) {
        const size_t kept = length < LONGEST ? length : LONGEST;
        memcpy(out, data + begin, kept);
        return kept;
    }
    uint8_t copy[LONGEST];
    z_stream stream = {.avail_out = LONGEST, .next_out = out};
    if (length > LONGEST || inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return 0;
    memcpy(copy, data + begin, length);
    stream.next_in = copy;
    stream.avail_in = (uInt)length;
    (void)inflate(&stream, Z_FINISH);
    (void)inflateEnd(&stream);
    return stream.total_out;
}

static bool pack(uint8_t *data, size_t size, packed *p)
{
    z_stream stream = {.next_in = data, .avail_in = (uInt)size, .next_out = p->bytes, .avail_out = LONGEST};
    p->checksum = crc32(crc32(0, NULL, 0), data, (uInt)size);
    p->plain = size;
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    const int end = deflate(&stream, Z_FINISH);
    (void)deflateEnd(&stream);
    p->size = stream.total_out;
    return end == Z_STREAM_END;
}

/* What the two headers of a member share, from the method on. */
static void put_shared(uint8_t *to, const packed *p)
{
    put(to, DEFLATED, 2);
    put(to + 6, p->checksum, 4);
    put(to + 10, p->size, 4);
    put(to + 14, p->plain, 4);
    put(to + 18, NAME, 2);
}

static size_t put_local(uint8_t *to, const packed *p, int letter)
{
    put(to, 0x04034b50, 4);
    put_shared(to + 8, p);
    memcpy(to + LOCAL, (const char[]){(char)letter, '.', 'n', 'p', 'y'}, NAME);
    memcpy(to + LOCAL + NAME, p->bytes, p->size);
    return LOCAL + NAME + p->size;
}

static size_t put_central(uint8_t *to, const packed *p, int letter, size_t place)
{
    put(to, 0x02014b50, 4);
    put_shared(to + 10, p);
    put(to + 42, place, 4);
    memcpy(to + CENTRAL, (const char[]){(char)letter, '.', 'n', 'p', 'y'}, NAME);
    return CENTRAL + NAME;
}

/* Members of the same contents; now and then two of one name, or both at one place. */
static size_t build(uint8_t *to, const packed *p, uint32_t *random)
{
    const size_t members = 1 + fuzz_random(random, MAX_MEMBERS), local = LOCAL + NAME + p->size;
    const bool same_name = fuzz_random(random, 8) == 0, same_place = fuzz_random(random, 8) == 0;
    size_t at = 0;
    for (size_t i = 0; i < members; i++)
        at += put_local(to + at, p, same_name ? 'a' : 'a' + (int)i);
    const size_t begin = at;
    for (size_t i = 0; i < members; i++)
        at += put_central(to + at, p, same_name ? 'a' : 'a' + (int)i, same_place ? 0 : i * local);
    put(to + at, 0x06054b50, 4);
    put(to + at + 8, members, 2);
    put(to + at + 10, members, 2);
    put(to + at + 12, at - begin, 4);
    put(to + at + 16, begin, 4);
    return at + END;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static uint8_t plain[LONGEST];
    static packed p;
    uint32_t random = seed;
    const size_t unpacked = size > LONGEST || fuzz_random(&random, 4) == 0 ? 0 : unpack(data, size, plain);
    const size_t changed = unpacked == 0 ? 0 : LLVMFuzzerMutate(plain, unpacked, LONGEST);
    if (changed == 0 || !pack(plain, changed, &p) || MAX_MEMBERS * (LOCAL + CENTRAL + 2 * NAME + p.size) + END > most)
        return LLVMFuzzerMutate(data, size, most);
    memset(data, 0, MAX_MEMBERS * (LOCAL + CENTRAL + 2 * NAME + p.size) + END);
    return build(data, &p, &random);
}
