/* SPDX-License-Identifier: MIT */
/* gannet/archive.h - files of named tensors in the safetensors format (docs/checkpoint-format.md), read and written
 * whole.
 *
 * gn_tensors are written as F32; U64 holds counters; text lives in the file's metadata. F64, F32, F16, BF16, whole
 * numbers and BOOL are read. Saving replaces the old file in one step: write beside it, sync, rename; whatever happens
 * the old file or the new one is there, complete. A checksum of the data is written, and checked where a file has one.
 * It does not cover the header: names, shapes and texts are checked for sense, but a changed letter in one of them may
 * pass. */
#ifndef GANNET_ARCHIVE_H
#define GANNET_ARCHIVE_H

#include <gannet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An archive in memory: what is to be written, or what was read. */
typedef struct gn_archive gn_archive;

/* Makes an empty archive; the caller frees it. NULL when memory is out. */
GN_API gn_archive *gn_archive_new(gn_context *context);
GN_API void gn_archive_free(gn_archive *archive); /* NULL is fine */

/* Adds a tensor's name and shape; its data is borrowed and read by gn_archive_save. GN_ERROR_ARGUMENT for a name that
 * is empty, "__metadata__", there already, or not UTF-8. */
GN_API gn_status gn_archive_add(gn_archive *archive, const char *name, const gn_tensor *tensor);

/* Adds 1 to 2^20 counters, and texts for the metadata; both are copied. Keys and texts are UTF-8; the keys
 * gannet.format and gannet.crc32 are the file's own (GN_ERROR_ARGUMENT). */
GN_API gn_status gn_archive_add_numbers(gn_archive *archive, const char *name, const uint64_t *numbers, size_t count);
GN_API gn_status gn_archive_add_text(gn_archive *archive, const char *key, const char *text);

/* Writes the archive. Equal contents give equal bytes. GN_ERROR_IO names the file and the cause; GN_ERROR_STATE for an
 * archive that was read. */
GN_API gn_status gn_archive_save(const gn_archive *archive, const char *path);

/* Reads and checks a whole file; NULL with GN_ERROR_IO or GN_ERROR_FORMAT and the reason. Memory: at most the file's
 * size and eight times its header's. */
GN_API gn_archive *gn_archive_load(gn_context *context, const char *path);

/* The tensors: their number, their names, whether there is one of a name, and its shape (GN_ERROR_FORMAT when there is
 * none). */
GN_API size_t gn_archive_count(const gn_archive *archive);
GN_API const char *gn_archive_name(const gn_archive *archive, size_t index); /* as in the file, or as they were added */
GN_API bool gn_archive_has(const gn_archive *archive, const char *name);
GN_API gn_status gn_archive_shape(const gn_archive *archive, const char *name, gn_shape *shape);

/* Copies what was read, numbers of any type converted to gn_real (to the nearest; infinite when too large):
 * GN_ERROR_FORMAT when the name is missing, its type is none of numbers, its shape differs, or the archive was not
 * read; the message says which. */
GN_API gn_status gn_archive_get(const gn_archive *archive, const char *name, gn_tensor *tensor);
GN_API gn_status gn_archive_get_numbers(const gn_archive *archive, const char *name, uint64_t *numbers, size_t count);

/* A text of the metadata, owned by the archive; NULL when there is none. */
GN_API const char *gn_archive_text(const gn_archive *archive, const char *key);

#ifdef __cplusplus
}
#endif
#endif
