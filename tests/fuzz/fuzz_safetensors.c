/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_safetensors.c - gn_archive_load, with a mutator that knows how a safetensors file is built. */
#include "fuzz_archive.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_put("a.safetensors", data, size);
    gn_context *context = fuzz_begin(size, 10, 1 << 16);
    gn_archive *archive = gn_archive_load(context, path);
    fuzz_entries(context, archive);
    (void)gn_archive_text(archive, "format");
    gn_archive_free(archive);
    fuzz_end(context, archive != NULL);
    return 0;
}

/* --- the mutator -------------------------------------------------------------------------------------------------- */

enum { LONGEST = 1 << 16 };

/* A file in the making. */
typedef struct draft {
    char header[LONGEST];
    size_t length, data; /* of the header, and of what follows it */
    uint64_t stated;     /* the length as the file has it */
    uint32_t random;
} draft;

static bool one_in(draft *d, uint32_t chances)
{
    return fuzz_random(&d->random, chances) == 0;
}

static GN_PRINTF(2, 3) void write(draft *d, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const size_t room = LONGEST - d->length;
    const int written = vsnprintf(d->header + d->length, room, format, arguments);
    va_end(arguments);
    d->length += written < 0 ? 0 : (size_t)written < room ? (size_t)written : room - 1;
}

static const char *pick(draft *d, const char *const *words, uint32_t count)
{
    return words[fuzz_random(&d->random, count)];
}

static const char *number(draft *d)
{
    static const char *const numbers[] = {"0",
                                          "1",
                                          "-1",
                                          "-0",
                                          "2147483648",
                                          "4294967296",
                                          "9223372036854775807",
                                          "9007199254740993",
                                          "1e3",
                                          "1.0",
                                          "1e400",
                                          "01",
                                          "18446744073709551615",
                                          "9223372036854775808",
                                          "null",
                                          "true",
                                          "\"4\"",
                                          "[4]",
                                          "65536",
                                          "4611686018427387904",
                                          "99999999999999999999"};
    return pick(d, numbers, sizeof numbers / sizeof *numbers);
}

static void write_name(draft *d, uint32_t index)
{
    static const char *const names[] = {
        "",         "__metadata__", "t0",           "\\u0000", "\\ud800", "\xff\xfe",        "\xc0\x80",
        "\\/..\\/", "a\nb",         "\xed\xa0\x80", "\\x",     "\"",      "\xf4\x90\x80\x80"};
    if (one_in(d, 12))
        write(d, "\"%s\":", pick(d, names, sizeof names / sizeof *names));
    else if (one_in(d, 60))
        write(d, "\"%0*u\":", 1000 + (int)fuzz_random(&d->random, 50), index);
    else
        write(d, "\"t%u\":", one_in(d, 10) ? 0 : index);
}

/* A shape, and how many elements it has as far as it is one. */
static uint64_t write_shape(draft *d)
{
    uint64_t count = 1;
    const uint32_t rank = one_in(d, 10) ? fuzz_random(&d->random, 12) : fuzz_random(&d->random, 4);
    write(d, "\"shape\":[");
    for (uint32_t i = 0; i < rank; i++) {
        const uint32_t size = fuzz_random(&d->random, 5);
        if (one_in(d, 8))
            write(d, "%s%s", i > 0 ? "," : "", number(d));
        else
            write(d, "%s%u", i > 0 ? "," : "", size);
        count *= size;
    }
    write(d, "],");
    return count;
}

static void write_offsets(draft *d, uint64_t size)
{
    const uint64_t begin = d->data;
    d->data += size;
    write(d, "\"data_offsets\":[");
    if (one_in(d, 12))
        write(d, "%s,%s]", number(d), number(d));
    else if (one_in(d, 12)) /* overlaps what is before it, or leaves a gap */
        write(d, "%llu,%llu]", (unsigned long long)begin + fuzz_random(&d->random, 9) - 4,
              (unsigned long long)d->data + fuzz_random(&d->random, 9) - 4);
    else
        write(d, "%llu,%llu]", (unsigned long long)begin, (unsigned long long)d->data);
}

static void write_entry(draft *d, uint32_t index)
{
    static const char *const types[] = {"F32", "U64", "F16", "BF16", "I8", "F64", "F4", "F6_E2M3", "BOOL", "f32", ""};
    static const unsigned bits[] = {32, 64, 16, 16, 8, 64, 4, 6, 8, 32, 8};
    const uint32_t type = fuzz_random(&d->random, one_in(d, 4) ? 11 : 4);
    write_name(d, index);
    write(d, "{\"dtype\":\"%s\",", types[type]);
    const uint64_t count = write_shape(d);
    write_offsets(d, count < 4096 ? (count * bits[type] + 7) / 8 : 8);
    if (one_in(d, 20))
        write(d, ",\"%s\":1", one_in(d, 2) ? "dtype" : "more");
    write(d, "}");
}

static void write_metadata(draft *d)
{
    write(d, "\"__metadata__\":{\"format\":\"pt\"");
    if (one_in(d, 4))
        write(d, ",\"gannet.crc32\":\"%08x\"", fuzz_random(&d->random, UINT32_MAX));
    if (one_in(d, 4))
        write(d, ",\"format\":%s", number(d));
    write(d, "},");
}

/* Brackets as deep as it gets, or very many values. */
static void write_heap(draft *d)
{
    static const char *const openings[] = {"[", "{\"a\":", "[{\"a\":"}, *const values[] = {"{},", "[],", "0,", "\"\","};
    const char *word = one_in(d, 2) ? pick(d, openings, 3) : pick(d, values, 4);
    write(d, "\"heap\":%s", word[1] == '\0' || word[1] == '"' ? "" : "[");
    for (uint32_t i = fuzz_random(&d->random, 3000); i > 0; i--)
        write(d, "%s", word);
}

static void invent(draft *d)
{
    const uint32_t entries = fuzz_random(&d->random, 6);
    write(d, "{");
    if (one_in(d, 3))
        write_metadata(d);
    for (uint32_t i = 0; i < entries; i++) {
        write_entry(d, i);
        if (i + 1 < entries || one_in(d, 30))
            write(d, ",");
    }
    if (one_in(d, 20))
        write_heap(d);
    write(d, "%s", one_in(d, 30) ? "" : "}");
    if (one_in(d, 20))
        d->data += fuzz_random(&d->random, 9);
}

/* Changes the header of a file that is there, and states its length truly. */
static bool take_over(draft *d, const uint8_t *data, size_t size)
{
    uint64_t length = 0;
    for (int i = 7; i >= 0 && size >= 8; i--)
        length = length << 8 | data[i];
    if (size < 8 || length > size - 8 || length >= LONGEST)
        return false;
    memcpy(d->header, data + 8, (size_t)length);
    d->length = LLVMFuzzerMutate((uint8_t *)d->header, (size_t)length, LONGEST - 1);
    d->data = size - 8 - (size_t)length;
    return true;
}

static uint64_t wrong_length(draft *d)
{
    const uint64_t lengths[] = {0,          1,          d->length - 1,  d->length + 1, d->length + d->data,
                                UINT64_MAX, 1ull << 63, UINT64_MAX - 7, 16 << 20,      (16 << 20) + 1};
    return lengths[fuzz_random(&d->random, sizeof lengths / sizeof *lengths)];
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static draft d;
    d = (draft){.random = seed};
    const uint32_t way = fuzz_random(&d.random, 8);
    if (way == 0)
        return LLVMFuzzerMutate(data, size, most);
    if (way < 4 || !take_over(&d, data, size))
        invent(&d);
    d.stated = one_in(&d, 20) ? wrong_length(&d) : d.length;
    if (8 + d.length + d.data > most)
        return LLVMFuzzerMutate(data, size, most);
    for (int i = 0; i < 8; i++)
        data[i] = (uint8_t)(d.stated >> (8 * i));
    memcpy(data + 8, d.header, d.length);
    for (size_t i = 8 + d.length; i < 8 + d.length + d.data; i++)
        data[i] = (uint8_t)fuzz_random(&d.random, 256);
    return 8 + d.length + d.data;
}
