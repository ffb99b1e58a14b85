/* SPDX-License-Identifier: MIT */
/* lib/io/safetensors_reader.c - a safetensors file as an archive. The file may come from a stranger: everything is checked before it is
 * believed, and nothing is allocated by a number that the file alone vouches for. */
#include "core/allocator.h"
#include "io/archive.h"
#include "io/file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Caps: the header is held as a tree of JSON values, about 20 times its size; a name is a path of layers. */
enum { MOST_HEADER = 16 << 20, MOST_NAME = 1024 };
static const size_t most_file = (size_t)1 << 36;

typedef struct reader {
    gn_archive *archive;
    const char *path;
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

/* --- one tensor of the header --------------------------------------------------------------------------------------------------- */

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

/* The bits of one element; 0 for a type that is not known. */
static int find_type(const char *name, gn__element *element)
{
    for (size_t i = 0; name != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, name) == 0) {
            *element = types[i].element;
            return types[i].bits;
        }
    return 0;
}

static bool whole_number(const json_t *value, uint64_t *number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *number = (uint64_t)json_integer_value(value);
    return true;
}

/* Reads the shape and multiplies it out, in order, into the bits of the whole tensor. */
static const char *read_shape(const json_t *shape, gn_shape *out, uint64_t *bits)
{
    if (!json_is_array(shape) || json_array_size(shape) > GN_MAX_RANK)
        return "shape is not a list of at most 6 numbers";
    out->rank = (int)json_array_size(shape);
    for (int axis = 0; axis < out->rank; axis++) {
        uint64_t size;
        if (!whole_number(json_array_get(shape, (size_t)axis), &size))
            return "a size of the shape is not a whole number";
        if (size != 0 && *bits > INT64_MAX / size)
            return "its shape multiplies to more than memory can hold";
        *bits *= size;
        out->size[axis] = (int64_t)size;
    }
    return NULL;
}

/* Fills an entry; returns what is wrong, or NULL. */
static const char *read_entry(const reader *r, const json_t *value, gn__entry *entry)
{
    const json_t *offsets = json_object_get(value, "data_offsets");
    if (!json_is_object(value) || json_object_size(value) != 3)
        return "it must have dtype, shape and data_offsets, and nothing else";
    const int element_bits = find_type(json_string_value(json_object_get(value, "dtype")), &entry->element);
    if (element_bits == 0)
        return "dtype is not known";
    uint64_t bits = (uint64_t)element_bits;
    const char *wrong = read_shape(json_object_get(value, "shape"), &entry->shape, &bits);
    if (wrong != NULL)
        return wrong;
    if (!json_is_array(offsets) || json_array_size(offsets) != 2 ||
        !whole_number(json_array_get(offsets, 0), &entry->begin) ||
        !whole_number(json_array_get(offsets, 1), &entry->end))
        return "data_offsets is not two whole numbers";
    if (entry->begin > entry->end || entry->end > r->data_size)
        return "data_offsets lie outside the file";
    if (bits % 8 != 0 || entry->end - entry->begin != bits / 8)
        return "data_offsets and shape do not agree";
    entry->bytes = r->data + entry->begin;
    return NULL;
}

/* --- the header as a whole ----------------------------------------------------------------------------------------------------------- */

static gn_status read_texts(const reader *r, json_t *texts)
{
    const char *key;
    json_t *value;
    if (!json_is_object(texts))
        return refuse(r, "__metadata__ is not an object");
    json_object_foreach(texts, key, value)
    {
        if (!json_is_string(value))
            return refuse(r, "a value of __metadata__ is not a text");
        const gn_status status = gn_archive_add_text(r->archive, key, json_string_value(value));
        if (status != GN_OK)
            return status;
    }
    return GN_OK;
}

static gn_status read_entries(const reader *r, json_t *header)
{
    const char *name;
    json_t *value;
    json_object_foreach(header, name, value)
    {
        if (strcmp(name, "__metadata__") == 0) {
            const gn_status status = read_texts(r, value);
            if (status != GN_OK)
                return status;
            continue;
        }
        if (strlen(name) > MOST_NAME || name[0] == '\0')
            return refuse_entry(r, name, "its name is empty or longer than 1024 bytes");
        gn__entry *entry = gn__archive_append(r->archive, name);
        if (entry == NULL)
            return GN_ERROR_MEMORY;
        const char *wrong = read_entry(r, value, entry);
        if (wrong != NULL)
            return refuse_entry(r, name, wrong);
    }
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
    return strtoul(expected, NULL, 16) == checksum ? GN_OK
                                                   : refuse(r, "its checksum does not match: the data is damaged");
}

static gn_status read_header(reader *r, const unsigned char *header, size_t size)
{
    json_error_t error;
    json_t *tree = json_loadb((const char *)header, size, JSON_REJECT_DUPLICATES, &error);
    if (tree == NULL)
        return refuse(r, error.text);
    gn_status status = json_is_object(tree) ? read_entries(r, tree) : refuse(r, "the header is not an object");
    json_decref(tree);
    if (status == GN_OK)
        status = check_places(r);
    return status == GN_OK ? check_checksum(r) : status;
}

static gn_status read_archive(gn_archive *archive, const char *path)
{
    reader r = {.archive = archive, .path = path};
    unsigned char *file;
    size_t size;
    const gn_status status = gn__file_read(archive->context, path, most_file, &file, &size);
    if (status != GN_OK)
        return status;
    archive->file = file;
    archive->file_size = size;
    if (size < 8)
        return refuse(&r, "it is shorter than 8 bytes");
    const uint64_t header = gn__load_little_endian(file, 8);
    if (header > size - 8)
        return refuse(&r, "it ends before its header does");
    if (header > MOST_HEADER)
        return refuse(&r, "its header is larger than 16 MiB");
    if (header == 0 || file[8] != '{')
        return refuse(&r, "its header does not begin with '{'");
    r.data = file + 8 + header;
    r.data_size = size - 8 - header;
    return read_header(&r, file + 8, (size_t)header);
}

gn_archive *gn_archive_load(gn_context *context, const char *path)
{
    gn_archive *archive = gn_archive_new(context);
    if (archive == NULL || read_archive(archive, path) == GN_OK)
        return archive;
    gn_archive_free(archive);
    return NULL;
}
