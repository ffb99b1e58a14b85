/* SPDX-License-Identifier: MIT */
/* lib/io/safetensors_writer.c - an archive as a safetensors file: header length, JSON header, data. */
#include "core/allocator.h"
#include "core/tensor.h"
#include "io/archive.h"
#include "io/file.h"

#include <inttypes.h>
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

/* --- the header --------------------------------------------------------------------------------------------------- */

/* JSON without spaces. Nothing is added once memory is out. */
typedef struct header {
    gn_context *context;
    char *text;
    size_t length, capacity;
    bool failed;
} header;

static void put(header *h, const char *bytes, size_t count)
{
    char *text = h->failed ? NULL : gn__grow(h->context, h->text, 1, &h->capacity, h->length + count);
    h->failed = text == NULL;
    if (h->failed)
        return;
    h->text = text;
    memcpy(text + h->length, bytes, count);
    h->length += count;
}

static void put_text(header *h, const char *text)
{
    put(h, text, strlen(text));
}

/* With what JSON wants escaped. */
static void put_string(header *h, const char *text)
{
    static const char named[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    char escape[8];
    put_text(h, "\"");
    for (; *text != '\0'; text++) {
        const char *found = strchr(named, *text);
        if (found != NULL)
            snprintf(escape, sizeof escape, "\\%c", letters[found - named]);
        else if ((unsigned char)*text < ' ')
            snprintf(escape, sizeof escape, "\\u%04X", (unsigned)*text);
        const bool plain = found == NULL && (unsigned char)*text >= ' ';
        put(h, plain ? text : escape, plain ? 1 : strlen(escape));
    }
    put_text(h, "\"");
}

static void put_number(header *h, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, number);
    put_text(h, digits);
}

static void put_member(header *h, const char *key, const char *value)
{
    put_string(h, key);
    put_text(h, ":");
    put_string(h, value);
    put_text(h, ",");
}

/* The library's own come last; no archive takes another text of their keys. */
static void put_texts(header *h, const gn_archive *archive, uLong checksum)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%08lx", (unsigned long)checksum);
    put_text(h, "{\"__metadata__\":{");
    for (size_t i = 0; i < archive->text_count; i++)
        put_member(h, archive->texts[i].key, archive->texts[i].value);
    put_member(h, "gannet.crc32", digits);
    put_text(h, "\"gannet.format\":\"1\"}");
}

static void put_entry(header *h, const gn__entry *entry)
{
    put_text(h, ",");
    put_string(h, entry->name);
    put_text(h, ":{\"dtype\":\"");
    put_text(h, type_name(entry));
    put_text(h, "\",\"shape\":[");
    for (int axis = 0; axis < entry->shape.rank; axis++) {
        put_text(h, axis == 0 ? "" : ",");
        put_number(h, (uint64_t)entry->shape.size[axis]);
    }
    put_text(h, "],\"data_offsets\":[");
    put_number(h, entry->begin);
    put_text(h, ",");
    put_number(h, entry->end);
    put_text(h, "]}");
}

static header make_header(const gn_archive *archive, gn__entry *const *order, uLong checksum)
{
    header h = {.context = archive->context};
    put_texts(&h, archive, checksum);
    for (size_t i = 0; i < archive->count; i++)
        put_entry(&h, order[i]);
    put_text(&h, "}");
    return h;
}

static gn_status write_header(gn__writer *writer, const header *h)
{
    static const char spaces[DATA_ALIGNMENT] = "                                                               ";
    const size_t padding = (DATA_ALIGNMENT - (8 + h->length) % DATA_ALIGNMENT) % DATA_ALIGNMENT;
    unsigned char size[8];
    gn__store_little_endian(size, h->length + padding, sizeof size);
    gn__writer_write(writer, size, sizeof size);
    gn__writer_write(writer, h->text, h->length);
    return gn__writer_write(writer, spaces, padding);
}

/* What the reader would refuse. */
static gn_status check_names(const gn_archive *archive, const char *path)
{
    for (size_t i = 0; i < archive->count; i++) {
        const char *name = archive->entries[i].name;
        if (strlen(name) > GN__MAX_NAME)
            return gn_context_fail(archive->context, GN_ERROR_ARGUMENT,
                                   "%s: the name '%.40s...' has %zu bytes, expected at most %d", path, name,
                                   strlen(name), GN__MAX_NAME);
    }
    return GN_OK;
}

static gn_status check_header(const header *h, const char *path)
{
    const size_t most = GN__MAX_HEADER - DATA_ALIGNMENT;
    if (h->failed)
        return GN_ERROR_MEMORY;
    return h->length <= most ? GN_OK
                             : gn_context_fail(h->context, GN_ERROR_ARGUMENT,
                                               "%s: names and texts make a header of %zu bytes, expected at most %zu",
                                               path, h->length, most);
}

static gn_status write_file(const gn_archive *archive, gn__entry *const *order, const char *path)
{
    gn_status status = check_names(archive, path);
    if (status != GN_OK)
        return status;
    uLong checksum = crc32(0, NULL, 0);
    pour(order, archive->count, add_to_checksum, &checksum);
    header h = make_header(archive, order, checksum);
    status = check_header(&h, path);
    if (status == GN_OK) {
        gn__writer writer;
        gn__writer_open(&writer, archive->context, path, true);
        if (write_header(&writer, &h) == GN_OK)
            pour(order, archive->count, gn__writer_take, &writer);
        status = gn__writer_close(&writer);
    }
    gn__delete(archive->context, h.text, h.capacity);
    return status;
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
