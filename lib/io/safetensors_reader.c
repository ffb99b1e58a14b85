/* SPDX-License-Identifier: MIT */
/* lib/io/safetensors_reader.c - a safetensors file as an archive. The file may come from a stranger: everything is
 * checked before it is believed, and nothing is allocated by a number that the file alone vouches for. */
#include "core/allocator.h"
#include "io/archive.h"
#include "io/file.h"
#include "io/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct reader {
    gn_archive *archive;
    const char *path;
    gn__json json;
    const unsigned char *data; /* what follows the header */
    uint64_t data_size;
} reader;

static gn_status refuse(const reader *r, const char *why)
{
    return gn_context_fail(r->archive->context, GN_ERROR_FORMAT, "%s: not a valid safetensors file: %s", r->path, why);
}

static gn_status refuse_entry(const reader *r, const char *name, const char *why)
{
    return gn_context_fail(r->archive->context, GN_ERROR_FORMAT,
                           "%s: not a valid safetensors file: tensor '%.100s': %s", r->path, name, why);
}

/* --- one tensor of the header ------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    gn__element element;
    int bits;
} types[] = {
    {"U64", GN__U64, 64},      {"I64", GN__I64, 64},      {"F64", GN__F64, 64},      {"C64", GN__OTHER, 64},
    {"F32", GN__F32, 32},      {"I32", GN__I32, 32},      {"U32", GN__U32, 32},      {"F16", GN__F16, 16},
    {"BF16", GN__BF16, 16},    {"I16", GN__I16, 16},      {"U16", GN__U16, 16},      {"I8", GN__I8, 8},
    {"U8", GN__U8, 8},         {"BOOL", GN__U8, 8},       {"F8_E5M2", GN__OTHER, 8}, {"F8_E4M3", GN__OTHER, 8},
    {"F8_E8M0", GN__OTHER, 8}, {"F6_E2M3", GN__OTHER, 6}, {"F6_E3M2", GN__OTHER, 6}, {"F4", GN__OTHER, 4},
};

/* Reads the bits of one element. */
static const char *read_type(gn__json *json, gn__entry *entry, uint64_t *bits)
{
    const char *name = gn__json_text(json);
    for (size_t i = 0; name != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, name) == 0) {
            entry->element = types[i].element;
            *bits = (uint64_t)types[i].bits;
            return NULL;
        }
    return "dtype is not known";
}

static const char too_large[] = "its shape multiplies to more than memory can hold";

/* Reads the shape and multiplies it out, in order, into the number of elements. */
static const char *read_shape(gn__json *json, gn_shape *shape, uint64_t *count)
{
    *count = 1;
    for (int axis = 0; gn__json_item(json, "[]", axis); axis++) {
        const uint64_t size = gn__json_number(json);
        if (axis == GN_MAX_RANK)
            return "shape has more than 6 sizes";
        if (size > INT64_MAX || (size != 0 && *count > INT64_MAX / size))
            return too_large;
        *count *= size;
        shape->size[axis] = (int64_t)size;
        shape->rank = axis + 1;
    }
    return NULL;
}

static const char *read_offsets(gn__json *json, gn__entry *entry)
{
    uint64_t *const offsets[] = {&entry->begin, &entry->end};
    int i = 0;
    for (; gn__json_item(json, "[]", i); i++) {
        const uint64_t offset = gn__json_number(json);
        if (i < 2)
            *offsets[i] = offset;
    }
    return i == 2 ? NULL : "data_offsets is not two whole numbers";
}

static const char *check_entry(const reader *r, const gn__entry *entry, uint64_t element_bits, uint64_t count)
{
    if (count > INT64_MAX / element_bits)
        return too_large;
    if (entry->begin > entry->end || entry->end > r->data_size)
        return "data_offsets lie outside the file";
    if (count * element_bits % 8 != 0 || entry->end - entry->begin != count * element_bits / 8)
        return "data_offsets and shape do not agree";
    return NULL;
}

static const char not_these[] = "it must have dtype, shape and data_offsets, each once, and nothing else";

/* What has been read of an entry: which of its three parts, the bits of an element, the number of elements. */
typedef struct parts {
    unsigned found;
    uint64_t bits, count;
} parts;

static const char *read_part(reader *r, gn__entry *entry, parts *p)
{
    static const char *const names[] = {"dtype", "shape", "data_offsets"};
    const char *key = gn__json_key(&r->json);
    int part = 0;
    while (key != NULL && part < 3 && strcmp(key, names[part]) != 0)
        part++;
    if (key == NULL || part == 3 || (p->found >> part & 1) != 0)
        return not_these;
    p->found |= 1u << part;
    return part == 0   ? read_type(&r->json, entry, &p->bits)
           : part == 1 ? read_shape(&r->json, &entry->shape, &p->count)
                       : read_offsets(&r->json, entry);
}

/* Fills an entry; returns what is wrong, or NULL. */
static const char *read_entry(reader *r, gn__entry *entry)
{
    parts p = {0};
    const char *wrong = NULL;
    for (int i = 0; wrong == NULL && gn__json_item(&r->json, "{}", i); i++)
        wrong = read_part(r, entry, &p);
    if (r->json.wrong != NULL)
        return r->json.wrong;
    if (wrong == NULL)
        wrong = p.found == 7 ? check_entry(r, entry, p.bits, p.count) : not_these;
    if (wrong == NULL)
        entry->bytes = r->data + entry->begin;
    return wrong;
}

/* --- the header as a whole ---------------------------------------------------------------------------------------- */

static gn_status read_texts(reader *r)
{
    for (int i = 0; gn__json_item(&r->json, "{}", i); i++) {
        const char *key = gn__json_key(&r->json), *text = key == NULL ? NULL : gn__json_text(&r->json);
        const gn_status status = text == NULL ? GN_OK : gn__archive_append_text(r->archive, key, text);
        if (status != GN_OK)
            return status;
    }
    return r->json.wrong == NULL ? GN_OK : refuse(r, r->json.wrong);
}

static gn_status add_entry(reader *r, const char *name)
{
    if (strlen(name) > GN__MAX_NAME || name[0] == '\0')
        return refuse_entry(r, name, "its name is empty or longer than 1024 bytes");
    gn__entry *entry = gn__archive_append(r->archive, name);
    if (entry == NULL)
        return GN_ERROR_MEMORY;
    const char *wrong = read_entry(r, entry);
    return wrong == NULL ? GN_OK : refuse_entry(r, name, wrong);
}

static gn_status read_entries(reader *r)
{
    bool has_texts = false;
    for (int i = 0; gn__json_item(&r->json, "{}", i); i++) {
        const char *name = gn__json_key(&r->json);
        const bool are_texts = name != NULL && strcmp(name, "__metadata__") == 0;
        if (are_texts && has_texts)
            return refuse(r, "there are two of '__metadata__'");
        has_texts |= are_texts;
        const gn_status status = name == NULL ? GN_OK : are_texts ? read_texts(r) : add_entry(r, name);
        if (status != GN_OK)
            return status;
    }
    return gn__json_ends(&r->json) ? GN_OK : refuse(r, r->json.wrong);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const gn__entry *)a)->name, ((const gn__entry *)b)->name);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const gn__text *)a)->key, ((const gn__text *)b)->key);
}

/* Sorts, so that a file of very many names does not take very long. */
static gn_status check_names(const reader *r)
{
    const gn_archive *archive = r->archive;
    if (archive->count > 1)
        qsort(archive->entries, archive->count, sizeof *archive->entries, by_name);
    for (size_t i = 1; i < archive->count; i++)
        if (by_name(&archive->entries[i - 1], &archive->entries[i]) == 0)
            return refuse_entry(r, archive->entries[i].name, "there are two of this name");
    if (archive->text_count > 1)
        qsort(archive->texts, archive->text_count, sizeof *archive->texts, by_key);
    for (size_t i = 1; i < archive->text_count; i++)
        if (by_key(&archive->texts[i - 1], &archive->texts[i]) == 0)
            return refuse(r, "two texts of __metadata__ have one key");
    return GN_OK;
}

static int by_place(const void *a, const void *b)
{
    const gn__entry *first = a, *second = b;
    if (first->begin != second->begin)
        return first->begin < second->begin ? -1 : 1;
    return first->end < second->end ? -1 : first->end > second->end;
}

/* Tensors must lie end to end from the first byte to the last: no overlap, no hole, nothing hidden behind. */
static gn_status check_places(const reader *r)
{
    gn_archive *archive = r->archive;
    uint64_t end = 0;
    if (archive->count > 0)
        qsort(archive->entries, archive->count, sizeof *archive->entries, by_place);
    for (size_t i = 0; i < archive->count; i++) {
        if (archive->entries[i].begin != end)
            return refuse_entry(r, archive->entries[i].name, "its data overlaps another's or leaves a hole");
        end = archive->entries[i].end;
    }
    return end == r->data_size ? GN_OK : refuse(r, "the file is longer than its tensors");
}

static gn_status check_checksum(const reader *r)
{
    const char *expected = gn_archive_text(r->archive, "gannet.crc32");
    if (expected == NULL)
        return GN_OK;
    uLong checksum = crc32(0, NULL, 0);
    for (uint64_t done = 0; done < r->data_size;) {
        const uint64_t left = r->data_size - done;
        const uInt size = left > 1 << 30 ? 1 << 30 : (uInt)left;
        checksum = crc32(checksum, r->data + done, size);
        done += size;
    }
    char digits[16];
    snprintf(digits, sizeof digits, "%08lx", (unsigned long)checksum);
    return strcmp(digits, expected) == 0 ? GN_OK : refuse(r, "its checksum does not match: the data is damaged");
}

static gn_status read_header(reader *r)
{
    gn_status status = read_entries(r);
    if (status == GN_OK)
        status = check_names(r);
    if (status == GN_OK)
        status = check_places(r);
    return status == GN_OK ? check_checksum(r) : status;
}

static gn_status read_archive(gn_archive *archive, const char *path)
{
    reader r = {.archive = archive, .path = path};
    unsigned char *file;
    size_t size;
    const gn_status status = gn__file_read(archive->context, path, gn__max_file, &file, &size);
    if (status != GN_OK)
        return status;
    archive->file = file;
    archive->file_size = size;
    if (size < 8)
        return refuse(&r, "it is shorter than 8 bytes");
    const uint64_t header = gn__load_little_endian(file, 8);
    if (header > size - 8)
        return refuse(&r, "it ends before its header does");
    if (header > GN__MAX_HEADER)
        return refuse(&r, "its header is larger than 16 MiB");
    if (header == 0 || file[8] != '{')
        return refuse(&r, "its header does not begin with '{'");
    r.data = file + 8 + header;
    r.data_size = size - 8 - header;
    r.json = (gn__json){.next = file + 8, .end = file + 8 + header};
    return read_header(&r);
}

gn_archive *gn_archive_load(gn_context *context, const char *path)
{
    gn_archive *archive = gn_archive_new(context);
    if (archive == NULL || read_archive(archive, path) == GN_OK)
        return archive;
    gn_archive_free(archive);
    return NULL;
}
