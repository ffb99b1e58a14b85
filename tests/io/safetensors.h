/* SPDX-License-Identifier: MIT */
/* tests/io/safetensors.h - safetensors files made by hand. */
#ifndef GN_TESTS_IO_SAFETENSORS_H
#define GN_TESTS_IO_SAFETENSORS_H

#include "files.h"

#include <gannet/archive.h>

/* Length, header, data; the caller frees the bytes. */
static inline unsigned char *safetensors_bytes(const char *header, const void *data, size_t data_size, size_t *size)
{
    const size_t length = strlen(header);
    *size = 8 + length + data_size;
    unsigned char *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)length >> (8 * i));
    memcpy(bytes + 8, header, length);
    if (data_size > 0)
        memcpy(bytes + 8 + length, data, data_size);
    return bytes;
}

static inline void put_safetensors(const char *path, const char *header, const void *data, size_t data_size)
{
    size_t size;
    unsigned char *bytes = safetensors_bytes(header, data, data_size, &size);
    put_file(path, bytes, size);
    free(bytes);
}

/* Loading must fail with FORMAT and the file's name before these words. */
static inline void assert_not_loaded(gn_context *context, const char *path, const char *why)
{
    const size_t before = gn_context_memory(context).bytes;
    gn_context_clear(context);
    gn_archive *archive = gn_archive_load(context, path);
    if (archive != NULL)
        print_error("loaded, expected \"%s\"\n", why);
    assert_null(archive);
    assert_message_has(context, GN_ERROR_FORMAT, why);
    assert_int_equal(strncmp(gn_context_message(context), path, strlen(path)), 0);
    assert_int_equal(gn_context_memory(context).bytes, before);
}

static inline gn_archive *load(gn_context *context, const char *path)
{
    gn_archive *archive = gn_archive_load(context, path);
    if (archive == NULL)
        print_error("%s\n", gn_context_message(context));
    assert_non_null(archive);
    return archive;
}

#endif
