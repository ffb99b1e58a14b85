/* SPDX-License-Identifier: MIT */
/* lib/io/archive.c - an archive in memory: named tensors, counters and texts. */
#include "io/archive.h"

#include "core/allocator.h"
#include "core/tensor.h"
#include "io/json.h"

#include <math.h>
#include <string.h>

gn_archive *gn_archive_new(gn_context *context)
{
    if (context == NULL)
        return NULL;
    gn_archive *archive = gn__new(context, sizeof *archive);
    if (archive != NULL)
        archive->context = context;
    return archive;
}

void gn_archive_free(gn_archive *archive)
{
    if (archive == NULL)
        return;
    gn_context *context = archive->context;
    for (size_t i = 0; i < archive->count; i++) {
        const gn__entry *entry = &archive->entries[i];
        if (entry->numbers != NULL)
            gn__delete(context, entry->numbers, (size_t)entry->shape.size[0] * sizeof *entry->numbers);
        gn_text_free(context, entry->name);
    }
    for (size_t i = 0; i < archive->text_count; i++) {
        gn_text_free(context, archive->texts[i].key);
        gn_text_free(context, archive->texts[i].value);
    }
    gn__delete(context, archive->entries, archive->capacity * sizeof *archive->entries);
    gn__delete(context, archive->texts, archive->text_capacity * sizeof *archive->texts);
    gn__delete(context, archive->file, archive->file_size);
    gn__delete(context, archive, sizeof *archive);
}

gn__entry *gn__archive_append(gn_archive *archive, const char *name)
{
    gn__entry *entries = gn__grow(archive->context, archive->entries, sizeof *entries, &archive->capacity,
                                  archive->count + 1);
    if (entries == NULL)
        return NULL;
    archive->entries = entries;
    gn__entry *entry = &archive->entries[archive->count];
    *entry = (gn__entry){.name = gn__copy_text(archive->context, name)};
    if (entry->name == NULL)
        return NULL;
    archive->count++;
    return entry;
}

static const gn__entry *find(const gn_archive *archive, const char *name)
{
    for (size_t i = 0; i < archive->count; i++)
        if (strcmp(archive->entries[i].name, name) == 0)
            return &archive->entries[i];
    return NULL;
}

static gn_status check_new_name(const gn_archive *archive, const char *name)
{
    if (name == NULL || name[0] == '\0' || strcmp(name, "__metadata__") == 0)
        return gn_context_fail(archive->context, GN_ERROR_ARGUMENT, "archive: '%s' cannot be the name of a tensor",
                               name == NULL ? "NULL" : name);
    if (!gn__is_utf8(name))
        return gn_context_fail(archive->context, GN_ERROR_ARGUMENT, "archive: the name '%s' is not UTF-8", name);
    if (find(archive, name) != NULL)
        return gn_context_fail(archive->context, GN_ERROR_ARGUMENT, "archive: there are two tensors '%s'", name);
    return GN_OK;
}

static gn_context *context_of(const gn_archive *archive)
{
    return archive == NULL ? NULL : archive->context;
}

gn_status gn_archive_add(gn_archive *archive, const char *name, const gn_tensor *tensor)
{
    if (archive == NULL || tensor == NULL)
        return gn_context_fail(context_of(archive), GN_ERROR_ARGUMENT, "archive: the tensor to add is NULL");
    const gn_status status = check_new_name(archive, name);
    gn__entry *entry = status == GN_OK ? gn__archive_append(archive, name) : NULL;
    if (entry == NULL)
        return status == GN_OK ? GN_ERROR_MEMORY : status;
    entry->element = GN__F32;
    entry->shape = tensor->shape;
    entry->tensor = tensor;
    return GN_OK;
}

gn_status gn_archive_add_numbers(gn_archive *archive, const char *name, const uint64_t *numbers, size_t count)
{
    if (archive == NULL || numbers == NULL || count < 1 || count > 1 << 20)
        return gn_context_fail(context_of(archive), GN_ERROR_ARGUMENT,
                               "archive: %zu numbers to add%s, expected 1 to 2^20", count,
                               numbers == NULL ? ", from NULL" : "");
    const gn_status status = check_new_name(archive, name);
    gn__entry *entry = status == GN_OK ? gn__archive_append(archive, name) : NULL;
    if (entry == NULL)
        return status == GN_OK ? GN_ERROR_MEMORY : status;
    entry->element = GN__U64;
    entry->shape = GN_SHAPE((int64_t)count);
    entry->numbers = gn__new(archive->context, count * sizeof *numbers);
    if (entry->numbers == NULL) {
        gn_text_free(archive->context, entry->name);
        archive->count--;
        return GN_ERROR_MEMORY;
    }
    memcpy(entry->numbers, numbers, count * sizeof *numbers);
    return GN_OK;
}

gn_status gn__archive_append_text(gn_archive *archive, const char *key, const char *text)
{
    gn__text *texts = gn__grow(archive->context, archive->texts, sizeof *texts, &archive->text_capacity,
                               archive->text_count + 1);
    if (texts == NULL)
        return GN_ERROR_MEMORY;
    archive->texts = texts;
    const gn__text added = {gn__copy_text(archive->context, key), gn__copy_text(archive->context, text)};
    if (added.key == NULL || added.value == NULL) {
        gn_text_free(archive->context, added.key);
        gn_text_free(archive->context, added.value);
        return GN_ERROR_MEMORY;
    }
    archive->texts[archive->text_count++] = added;
    return GN_OK;
}

gn_status gn_archive_add_text(gn_archive *archive, const char *key, const char *text)
{
    if (archive == NULL || key == NULL || text == NULL)
        return gn_context_fail(context_of(archive), GN_ERROR_ARGUMENT, "archive: a key or text to add is NULL");
    if (gn_archive_text(archive, key) != NULL)
        return gn_context_fail(archive->context, GN_ERROR_ARGUMENT, "archive: there are two texts '%s'", key);
    if (strcmp(key, "gannet.format") == 0 || strcmp(key, "gannet.crc32") == 0)
        return gn_context_fail(archive->context, GN_ERROR_ARGUMENT,
                               "archive: the key '%s' is the file's own, expected another", key);
    if (!gn__is_utf8(key) || !gn__is_utf8(text))
        return gn_context_fail(archive->context, GN_ERROR_ARGUMENT, "archive: the text '%s' is not UTF-8", key);
    return gn__archive_append_text(archive, key, text);
}

size_t gn_archive_count(const gn_archive *archive)
{
    return archive == NULL ? 0 : archive->count;
}

const char *gn_archive_name(const gn_archive *archive, size_t index)
{
    return archive == NULL || index >= archive->count ? NULL : archive->entries[index].name;
}

bool gn_archive_has(const gn_archive *archive, const char *name)
{
    return archive != NULL && name != NULL && find(archive, name) != NULL;
}

const char *gn_archive_text(const gn_archive *archive, const char *key)
{
    for (size_t i = 0; archive != NULL && key != NULL && i < archive->text_count; i++)
        if (strcmp(archive->texts[i].key, key) == 0)
            return archive->texts[i].value;
    return NULL;
}

/* The entry that was asked for, or NULL with a message. */
static const gn__entry *need(const gn_archive *archive, const char *name)
{
    const gn__entry *entry = name == NULL ? NULL : find(archive, name);
    if (entry == NULL)
        gn_context_fail(archive->context, GN_ERROR_FORMAT, "the file has no tensor '%s'", name == NULL ? "NULL" : name);
    return entry;
}

gn_status gn_archive_shape(const gn_archive *archive, const char *name, gn_shape *shape)
{
    if (archive == NULL || shape == NULL)
        return gn_context_fail(context_of(archive), GN_ERROR_ARGUMENT, "archive: where to put the shape is NULL");
    const gn__entry *entry = need(archive, name);
    if (entry == NULL)
        return GN_ERROR_FORMAT;
    *shape = entry->shape;
    return GN_OK;
}

/* --- elements ----------------------------------------------------------------------------------------------------- */

static void store_element(const gn__entry *entry, int64_t i, unsigned char *bytes)
{
    if (entry->element == GN__U64) {
        gn__store_little_endian(bytes, entry->numbers[i], 8);
        return;
    }
    gn__store_float(bytes, (float)entry->tensor->data[i]);
}

gn_status gn__entry_pour(const gn__entry *entry, gn__sink take, void *target)
{
    unsigned char piece[4096];
    const size_t size = gn__element_size(entry->element);
    const int64_t elements = gn_shape_count(entry->shape), most = (int64_t)(sizeof piece / size);
    gn_status status = GN_OK;
    for (int64_t first = 0; first < elements && status == GN_OK; first += most) {
        const int64_t here = elements - first < most ? elements - first : most;
        for (int64_t i = 0; i < here; i++)
            store_element(entry, first + i, piece + (size_t)i * size);
        status = take(target, piece, (size_t)here * size);
    }
    return status;
}

gn_status gn__archive_check_save(const gn_archive *archive, const char *path)
{
    if (archive == NULL)
        return GN_ERROR_ARGUMENT;
    if (path == NULL)
        return gn_context_fail(archive->context, GN_ERROR_ARGUMENT, "archive: the path to save to is NULL");
    if (archive->file != NULL)
        return gn_context_fail(archive->context, GN_ERROR_STATE,
                               "%s: an archive that was read from a file cannot be saved", path);
    return GN_OK;
}

static gn_status check_read(const gn_archive *archive, const gn__entry *entry)
{
    if (entry->bytes != NULL)
        return GN_OK;
    return gn_context_fail(archive->context, GN_ERROR_FORMAT, "tensor '%s' was not read from a file", entry->name);
}

/* Could a tensor of this shape be filled from the entry? */
static gn_status check(const gn_archive *archive, const gn__entry *entry, gn_shape shape)
{
    const char *name = entry->name;
    if (check_read(archive, entry) != GN_OK)
        return GN_ERROR_FORMAT;
    if (entry->element == GN__OTHER)
        return gn_context_fail(archive->context, GN_ERROR_FORMAT,
                               "tensor '%s' is of type C64, F8, F6 or F4, which are not converted", name);
    char found[128], wanted[128];
    if (!gn_shape_equal(entry->shape, shape))
        return gn_context_fail(archive->context, GN_ERROR_FORMAT, "tensor '%s' has shape %s in the file, expected %s",
                               name, gn_shape_text(entry->shape, found, sizeof found),
                               gn_shape_text(shape, wanted, sizeof wanted));
    return GN_OK;
}

gn_status gn__archive_check(const gn_archive *archive, const char *name, gn_shape shape)
{
    const gn__entry *entry = need(archive, name);
    const gn_status status = entry == NULL ? GN_ERROR_FORMAT : check(archive, entry, shape);
    if (status != GN_OK)
        return status;
    const size_t size = gn__element_size(entry->element);
    for (int64_t i = 0; i < gn_shape_count(shape); i++) {
        const double value = (double)gn__element_value(entry->element, entry->bytes + (size_t)i * size);
        if (!isfinite(value))
            return gn_context_fail(archive->context, GN_ERROR_NUMBER, "element %lld of tensor '%s' is %g as a float",
                                   (long long)i, name, value);
    }
    return GN_OK;
}

gn_status gn_archive_get(const gn_archive *archive, const char *name, gn_tensor *tensor)
{
    if (archive == NULL || tensor == NULL)
        return gn_context_fail(context_of(archive), GN_ERROR_ARGUMENT, "archive: the tensor to fill is NULL");
    const gn__entry *entry = need(archive, name);
    const gn_status status = entry == NULL ? GN_ERROR_FORMAT : check(archive, entry, tensor->shape);
    if (status != GN_OK)
        return status;
    const size_t size = gn__element_size(entry->element);
    for (int64_t i = 0; i < tensor->count; i++)
        tensor->data[i] = gn__element_value(entry->element, entry->bytes + (size_t)i * size);
    return GN_OK;
}

gn_status gn_archive_get_numbers(const gn_archive *archive, const char *name, uint64_t *numbers, size_t count)
{
    if (archive == NULL || numbers == NULL)
        return gn_context_fail(context_of(archive), GN_ERROR_ARGUMENT, "archive: where to put the numbers is NULL");
    char found[128];
    const gn__entry *entry = need(archive, name);
    if (entry == NULL || check_read(archive, entry) != GN_OK)
        return GN_ERROR_FORMAT;
    if (entry->element != GN__U64 || !gn_shape_equal(entry->shape, GN_SHAPE((int64_t)count)))
        return gn_context_fail(archive->context, GN_ERROR_FORMAT,
                               "tensor '%s' of shape %s is not %zu numbers of type U64", name,
                               gn_shape_text(entry->shape, found, sizeof found), count);
    for (size_t i = 0; i < count; i++)
        numbers[i] = gn__load_little_endian(entry->bytes + 8 * i, 8);
    return GN_OK;
}
