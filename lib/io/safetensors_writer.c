/* SPDX-License-Identifier: MIT */
/* lib/io/safetensors_writer.c - an archive as a safetensors file: header length, JSON header, data. */
#include "core/allocator.h"
#include "core/tensor.h"
#include "io/archive.h"
#include "io/file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* The data begins at a multiple of this, so that a reader may map the file and use the tensors in place. */
enum { DATA_ALIGNMENT = 64 };

static const char *type_name(const gn__entry *entry)
{
    return entry->element == GN__U64 ? "U64" : "F32";
}

static int in_file_order(const void *a, const void *b)
{
    const gn__entry *first = *(const gn__entry *const *)a, *second = *(const gn__entry *const *)b;
    if (first->element != second->element)
        return first->element < second->element ? -1 : 1;
    return strcmp(first->name, second->name);
}

static gn_status pour(gn__entry *const *order, size_t count, gn__sink take, void *target)
{
    gn_status status = GN_OK;
    for (size_t i = 0; i < count && status == GN_OK; i++)
        status = gn__entry_pour(order[i], take, target);
    return status;
}

static gn_status add_to_checksum(void *target, const unsigned char *bytes, size_t size)
{
    uLong *checksum = target;
    *checksum = crc32(*checksum, bytes, (uInt)size);
    return GN_OK;
}

/* --- the header; jansson keeps the order of insertion. Its memory is not the context's. ------------------------------------------- */

static json_t *describe_texts(const gn_archive *archive, uLong checksum)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%08lx", (unsigned long)checksum);
    json_t *texts = json_object();
    int failed = 0;
    for (size_t i = 0; i < archive->text_count; i++)
        failed |= json_object_set_new(texts, archive->texts[i].key, json_string(archive->texts[i].value));
    failed |= json_object_set_new(texts, "gannet.crc32", json_string(digits)); /* last: these must be right */
    failed |= json_object_set_new(texts, "gannet.format", json_string("1"));
    if (!failed)
        return texts;
    json_decref(texts);
    return NULL;
}

static json_t *describe_entry(const gn__entry *entry)
{
    json_t *shape = json_array();
    for (int axis = 0; axis < entry->shape.rank; axis++)
        json_array_append_new(shape, json_integer(entry->shape.size[axis]));
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", type_name(entry), "shape", shape, "data_offsets",
                     (json_int_t)entry->begin, (json_int_t)entry->end);
}

static char *make_header(const gn_archive *archive, gn__entry *const *order, uLong checksum)
{
    json_t *header = json_object();
    int failed = json_object_set_new(header, "__metadata__", describe_texts(archive, checksum));
    for (size_t i = 0; i < archive->count; i++)
        failed |= json_object_set_new(header, order[i]->name, describe_entry(order[i]));
    char *text = failed ? NULL : json_dumps(header, JSON_COMPACT);
    json_decref(header);
    return text;
}

static gn_status write_header(gn__writer *writer, const char *header)
{
    static const char spaces[DATA_ALIGNMENT] = "                                                               ";
    const size_t length = strlen(header), padding = (DATA_ALIGNMENT - (8 + length) % DATA_ALIGNMENT) % DATA_ALIGNMENT;
    unsigned char size[8];
    gn__store_little_endian(size, length + padding, sizeof size);
    gn__writer_write(writer, size, sizeof size);
    gn__writer_write(writer, header, length);
    return gn__writer_write(writer, spaces, padding);
}

static gn_status write_file(const gn_archive *archive, gn__entry *const *order, const char *path)
{
    uLong checksum = crc32(0, NULL, 0);
    pour(order, archive->count, add_to_checksum, &checksum);
    char *header = make_header(archive, order, checksum);
    if (header == NULL)
        return gn_context_fail(archive->context, GN_ERROR_ARGUMENT, "%s: a name or text is not UTF-8, or memory is out",
                               path);
    gn__writer writer;
    gn__writer_open(&writer, archive->context, path, true);
    if (write_header(&writer, header) == GN_OK)
        pour(order, archive->count, gn__writer_take, &writer);
    free(header);
    return gn__writer_close(&writer);
}

gn_status gn_archive_save(const gn_archive *archive, const char *path)
{
    const gn_status checked = gn__archive_check_save(archive, path);
    if (checked != GN_OK)
        return checked;
    const size_t size = archive->count * sizeof(gn__entry *);
    gn__entry **order = gn__new(archive->context, size);
    if (order == NULL)
        return GN_ERROR_MEMORY;
    for (size_t i = 0; i < archive->count; i++)
        order[i] = &archive->entries[i];
    qsort(order, archive->count, sizeof *order, in_file_order);
    uint64_t end = 0;
    for (size_t i = 0; i < archive->count; i++) {
        order[i]->begin = end;
        end += (uint64_t)gn_shape_count(order[i]->shape) * gn__element_size(order[i]->element);
        order[i]->end = end;
    }
    const gn_status status = write_file(archive, order, path);
    gn__delete(archive->context, order, size);
    return status;
}
