/* SPDX-License-Identifier: MIT */
/* lib/io/archive.h - the inside of an archive, shared by the writers and the readers of safetensors and .npz files. */
#ifndef GN_IO_ARCHIVE_H
#define GN_IO_ARCHIVE_H

#include "io/element.h"
#include "io/file.h"

#include <gannet/archive.h>

typedef struct gn__entry {
    char *name;
    gn__element element;
    gn_shape shape;             /* sizes may be 0 in a file that was read */
    const gn_tensor *tensor;    /* to be written: borrowed */
    uint64_t *numbers;          /* to be written: owned, shape.size[0] of them */
    const unsigned char *bytes; /* read: inside the archive's file */
    uint64_t begin, end;        /* of its bytes in the data */
} gn__entry;

typedef struct gn__text {
    char *key, *value;
} gn__text;

struct gn_archive {
    gn_context *context;
    gn__entry *entries;
    size_t count, capacity;
    gn__text *texts;
    size_t text_count, text_capacity;
    unsigned char *file; /* of an archive that was read */
    size_t file_size;
};

/* Caps of safetensors files; a name is a path of layers. */
enum { GN__MAX_HEADER = 16 << 20, GN__MAX_NAME = 1024 };

/* Adds an entry with a copy of name, or copies of a key and its text, which the archive must not have yet; NULL or
 * GN_ERROR_MEMORY when memory is out. */
gn__entry *gn__archive_append(gn_archive *archive, const char *name);
gn_status gn__archive_append_text(gn_archive *archive, const char *key, const char *text);

/* Could gn_archive_get fill a tensor of this shape, with nothing but finite numbers? */
gn_status gn__archive_check(const gn_archive *archive, const char *name, gn_shape shape);

/* May it be saved? One that was read from a file may not: it holds bytes, not tensors. */
gn_status gn__archive_check_save(const gn_archive *archive, const char *path);

/* Gives the elements of an entry that is to be written (F32 or U64), as the bytes of a file. */
gn_status gn__entry_pour(const gn__entry *entry, gn__sink take, void *target);

#endif
