/* SPDX-License-Identifier: MIT */
/* lib/io/file.h - files are replaced whole or not at all, and read whole. */
#ifndef GN_IO_FILE_H
#define GN_IO_FILE_H

#include <gannet/context.h>
#include <stdbool.h>
#include <sys/types.h>

/* Takes the bytes of a file, piece by piece: to the disk, to a checksum, into memory. */
typedef gn_status (*gn__sink)(void *target, const unsigned char *bytes, size_t size);

/* The system calls that files take. A test puts others into the context to make each of them fail. */
typedef struct gn__file_operations {
    int (*open)(const char *path, int flags, mode_t mode);
    ssize_t (*read)(int file, void *data, size_t size);
    ssize_t (*write)(int file, const void *data, size_t size);
    int (*fsync)(int file);
    int (*close)(int file);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
} gn__file_operations;

extern const gn__file_operations gn__system_files;

/* Those of a context. */
const gn__file_operations *gn__files_of(const gn_context *context);

/* open, also when a signal interrupts it; the program's children do not inherit the file. -1 and errno on failure. */
int gn__file_open(const gn__file_operations *files, const char *path, int flags, mode_t mode);

/* Writes all bytes, however few a call takes. Returns 0 or an errno. */
int gn__file_write_all(const gn__file_operations *files, int file, const void *data, size_t size);

/* A file that is being written beside the one it will replace. */
typedef struct gn__writer {
    gn_context *context;
    const gn__file_operations *files;
    char *path;   /* as it was given */
    char *target; /* the file to be replaced: path, or what it links to */
    char *directory, *temporary;
    int file, lock;   /* -1: closed */
    bool sync, begun; /* the temporary file is ours */
    gn_status status; /* the first failure; later calls do nothing */
} gn__writer;

/* Begins to write. With sync the data is on the disk before the name changes: for what must not be lost. A link stays
 * one, and the new file has the old one's permissions; anything else than a regular file is not replaced. */
gn_status gn__writer_open(gn__writer *writer, gn_context *context, const char *path, bool sync);
gn_status gn__writer_write(gn__writer *writer, const void *data, size_t size);
gn_status gn__writer_take(void *writer, const unsigned char *bytes, size_t size); /* the same as a gn__sink */

/* Notes that what was to be written could not be made; the first failure is kept. */
void gn__writer_fail(gn__writer *writer, gn_status status);

/* Ends it: the new file takes the old one's place, or, after any failure, is removed and the old one stays. Returns the
 * first failure; its message names the file and the cause. */
gn_status gn__writer_close(gn__writer *writer);

/* 64 GiB, or half of what can be addressed: no file that is read whole may be larger. */
extern const size_t gn__max_file;

/* Reads a whole file of at most `most` bytes into *data, which the caller frees by gn__delete(context, *data,
 * *size). NULL and 0 on failure. */
gn_status gn__file_read(gn_context *context, const char *path, size_t most, unsigned char **data, size_t *size);

#endif
