/* SPDX-License-Identifier: MIT */
/* lib/io/file.c - atomic replacement (write beside, sync, rename) and reading whole files. */
#define _DEFAULT_SOURCE    /* flock and realpath, by the names of Linux, */
#define _DARWIN_C_SOURCE   /* macOS */
#define __BSD_VISIBLE    1 /* and FreeBSD */
#include "io/file.h"

#include "core/allocator.h"
#include "core/context.h"
#include "io/crc32c.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int system_open(const char *path, int flags, mode_t mode)
{
    return open(path, flags, mode);
}

const size_t gn__max_file = SIZE_MAX / 2 > UINT32_MAX ? (size_t)(UINT64_C(1) << 36) : SIZE_MAX / 2;

const gn__file_operations gn__system_files = {system_open, read, write, fsync, close, rename, unlink};

const gn__file_operations *gn__files_of(const gn_context *context)
{
    return context->files != NULL ? context->files : &gn__system_files;
}

int gn__file_open(const gn__file_operations *files, const char *path, int flags, mode_t mode)
{
    int file;
    do {
        file = files->open(path, flags | O_CLOEXEC, mode);
    } while (file < 0 && errno == EINTR);
    return file;
}

int gn__file_write_all(const gn__file_operations *files, int file, const void *data, size_t size)
{
    const unsigned char *next = data;
    while (size > 0) {
        const ssize_t written = files->write(file, next, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : ENOSPC;
        next += written;
        size -= (size_t)written;
    }
    return 0;
}

void gn__writer_fail(gn__writer *writer, gn_status status)
{
    if (writer->status == GN_OK)
        writer->status = status;
}

/* Keeps the first failure and its cause. */
static gn_status fail(gn__writer *writer, const char *what, int error)
{
    if (writer->status == GN_OK)
        writer->status = gn_context_fail(writer->context, GN_ERROR_IO, "%s: cannot %s: %s", writer->path, what,
                                         strerror(error));
    return writer->status;
}

/* The folder of a path. */
static char *directory_of(gn_context *context, const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t length = slash == NULL || slash == path ? 1 : (size_t)(slash - path);
    char *directory = gn__new(context, length + 1);
    if (directory != NULL)
        memcpy(directory, slash == NULL ? "." : path, length);
    return directory;
}

/* How much of a name can stand in another one: whole characters of UTF-8, at most `most` bytes. */
static int length_of_part(const char *name, size_t most)
{
    size_t length = strlen(name);
    if (length > most)
        for (length = most; length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80;)
            length--;
    return (int)length;
}

/* One name per target, which nobody else gives: a killed process leaves at most one such file, and the next save
 * removes it. A name may have 255 bytes; of a longer one only a part stands here, and a checksum for the rest. */
static char *temporary_name(gn_context *context, const char *directory, const char *path)
{
    enum { MAX_PART = 190 };
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    const int part = length_of_part(name, MAX_PART);
    char checksum[16] = "";
    if (name[part] != '\0')
        snprintf(checksum, sizeof checksum, "-%08x", (unsigned)gn__crc32c((const unsigned char *)name, strlen(name)));
    const size_t size = strlen(directory) + (size_t)part + strlen(checksum) + sizeof "/..gannet.tmp";
    char *temporary = gn__new(context, size);
    if (temporary != NULL)
        snprintf(temporary, size, "%s/.%.*s%s.gannet.tmp", directory, part, name, checksum);
    return temporary;
}

/* Names what is to be replaced, and what stands beside it. */
static gn_status find_places(gn__writer *writer)
{
    char resolved[PATH_MAX];
    struct stat there;
    gn_context *context = writer->context;
    const bool link = lstat(writer->path, &there) == 0 && S_ISLNK(there.st_mode);
    if (link && realpath(writer->path, resolved) == NULL)
        return fail(writer, "follow the link", errno);
    writer->target = gn__copy_text(context, link ? resolved : writer->path);
    writer->directory = writer->target == NULL ? NULL : directory_of(context, writer->target);
    writer->temporary = writer->directory == NULL ? NULL : temporary_name(context, writer->directory, writer->target);
    if (writer->temporary == NULL)
        writer->status = GN_ERROR_MEMORY;
    return writer->status;
}

/* The permissions and, where we may, the group of the file that is replaced: the group's permissions are not for
 * another one. What a file system does not know of is none to fail for. */
static void take_permissions(int file, const struct stat *old)
{
    const bool same_group = fchown(file, (uid_t)-1, old->st_gid) == 0;
    (void)!fchmod(file, old->st_mode & (same_group ? 0777 : 0707));
}

/* Is the open file still the one of this name? */
static bool has_name(int file, const char *name)
{
    struct stat opened, named;
    return fstat(file, &opened) == 0 && lstat(name, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

static void let_go(gn__writer *writer)
{
    if (writer->file >= 0)
        writer->files->close(writer->file);
    if (writer->lock >= 0)
        close(writer->lock);
    writer->file = writer->lock = -1;
}

typedef enum locking { LOCKED, HELD_BY_ANOTHER, NOT_OPENED } locking;

/* Opens the temporary file once more and locks it: the descriptor that is written is closed, and must be, before the
 * name changes. A file system without locks lets everybody through; take_the_place then tells who came later. */
static locking lock(gn__writer *writer)
{
    writer->lock = open(writer->temporary, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (writer->lock < 0 && writer->file >= 0) /* made, but by our umask not to be read */
        writer->lock = fcntl(writer->file, F_DUPFD_CLOEXEC, 0);
    if (writer->lock < 0)
        return NOT_OPENED;
    const bool held = flock(writer->lock, LOCK_EX | LOCK_NB) != 0 && (errno == EWOULDBLOCK || errno == EACCES);
    return held ? HELD_BY_ANOTHER : LOCKED;
}

/* Removes what has the name of the temporary file: what a killed process has left, or somebody's link. The file itself
 * may have other names, so it is never written. */
static gn_status clear_temporary(gn__writer *writer)
{
    struct stat about;
    if (lstat(writer->temporary, &about) != 0)
        return GN_OK;
    if (!S_ISREG(about.st_mode) && !S_ISLNK(about.st_mode))
        return writer->status = gn_context_fail(writer->context, GN_ERROR_IO,
                                                "%s: cannot write: %s is not a regular file", writer->path,
                                                writer->temporary);
    const bool held = S_ISREG(about.st_mode) && lock(writer) == HELD_BY_ANOTHER;
    const bool same = writer->lock < 0 || has_name(writer->lock, writer->temporary);
    const bool stays = !held && same && writer->files->unlink(writer->temporary) != 0 && errno != ENOENT;
    const int error = errno;
    let_go(writer); /* not before: what now has the name may be another's */
    if (held)
        return writer->status = gn_context_fail(writer->context, GN_ERROR_IO,
                                                "%s: cannot write: another writer is at work on it", writer->path);
    if (stays)
        return writer->status = gn_context_fail(writer->context, GN_ERROR_IO, "%s: cannot write: cannot remove %s: %s",
                                                writer->path, writer->temporary, strerror(error));
    return GN_OK;
}

/* Makes the temporary file, which nobody else has open, and locks it. Others may come in between, but not for ever. */
static gn_status make_temporary(gn__writer *writer, mode_t mode)
{
    for (int turn = 0; turn < 100; turn++) {
        writer->file = gn__file_open(writer->files, writer->temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
        if (writer->file < 0 && errno != EEXIST)
            return fail(writer, "write", errno);
        if (writer->file >= 0 && lock(writer) == LOCKED && has_name(writer->file, writer->temporary)) {
            writer->begun = true;
            return GN_OK;
        }
        const bool exists = writer->file < 0;
        let_go(writer);
        if (exists && clear_temporary(writer) != GN_OK)
            return writer->status;
    }
    return fail(writer, "write", EBUSY);
}

static gn_status open_beside(gn__writer *writer)
{
    struct stat old;
    const bool replaces = stat(writer->target, &old) == 0;
    if (replaces && !S_ISREG(old.st_mode) && !S_ISDIR(old.st_mode))
        return writer->status = gn_context_fail(writer->context, GN_ERROR_IO, "%s: cannot write: not a regular file",
                                                writer->path);
    if (make_temporary(writer, replaces ? (old.st_mode & 0606) | 0600 : 0666) == GN_OK && replaces)
        take_permissions(writer->file, &old);
    return writer->status;
}

gn_status gn__writer_open(gn__writer *writer, gn_context *context, const char *path, bool sync)
{
    *writer = (gn__writer){.context = context, .file = -1, .lock = -1, .sync = sync};
    writer->files = gn__files_of(context);
    if (path == NULL || *path == '\0')
        return writer->status = gn_context_fail(context, GN_ERROR_ARGUMENT, "the path of a file to write is %s",
                                                path == NULL ? "NULL" : "empty");
    writer->path = gn__copy_text(context, path);
    if (writer->path == NULL)
        return writer->status = GN_ERROR_MEMORY;
    if (find_places(writer) != GN_OK)
        return writer->status;
    return open_beside(writer);
}

gn_status gn__writer_write(gn__writer *writer, const void *data, size_t size)
{
    const int error = writer->status == GN_OK ? gn__file_write_all(writer->files, writer->file, data, size) : 0;
    return error == 0 ? writer->status : fail(writer, "write", error);
}

gn_status gn__writer_take(void *writer, const unsigned char *bytes, size_t size)
{
    return gn__writer_write(writer, bytes, size);
}

/* The new name itself must be on the disk, too. A directory that cannot be opened or synced is not worth failing for:
 * the data is. */
static void sync_directory(const gn__writer *writer)
{
    const int file = open(writer->directory, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    writer->files->fsync(file);
    close(file);
}

static void take_the_place(gn__writer *writer)
{
    if (!has_name(writer->lock, writer->temporary))
        writer->status = gn_context_fail(writer->context, GN_ERROR_IO,
                                         "%s: cannot write: another writer has replaced %s", writer->path,
                                         writer->temporary);
    else if (writer->files->rename(writer->temporary, writer->target) != 0)
        fail(writer, "replace", errno);
    else if (writer->sync)
        sync_directory(writer);
}

/* An fsync that failed is final: the kernel may have dropped the data, so it is not tried again. What was written is
 * known to be whole only when the file is closed. */
static void finish(gn__writer *writer)
{
    if (writer->status == GN_OK && writer->sync && writer->files->fsync(writer->file) != 0)
        fail(writer, "write", errno);
    if (writer->files->close(writer->file) != 0 && errno != EINTR)
        fail(writer, "write", errno);
    writer->file = -1;
    if (writer->status == GN_OK)
        take_the_place(writer);
    if (writer->status != GN_OK && has_name(writer->lock, writer->temporary))
        writer->files->unlink(writer->temporary);
    writer->begun = false;
}

gn_status gn__writer_close(gn__writer *writer)
{
    if (writer->begun)
        finish(writer);
    let_go(writer);
    gn_text_free(writer->context, writer->directory);
    gn_text_free(writer->context, writer->temporary);
    gn_text_free(writer->context, writer->target);
    gn_text_free(writer->context, writer->path);
    writer->path = writer->target = writer->temporary = writer->directory = NULL;
    return writer->status;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static gn_status cannot_read(gn_context *context, const char *path, int error)
{
    return gn_context_fail(context, GN_ERROR_IO, "%s: cannot read: %s", path, strerror(error));
}

static gn_status read_all(gn_context *context, const char *path, int file, unsigned char *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = gn__files_of(context)->read(file, data + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cannot_read(context, path, errno);
        if (got == 0) /* another process has cut the file */
            return gn_context_fail(context, GN_ERROR_IO, "%s: the file became shorter while it was read", path);
        done += (size_t)got;
    }
    return GN_OK;
}

static gn_status read_open(gn_context *context, const char *path, int file, size_t most, unsigned char **data,
                           size_t *size)
{
    struct stat about;
    if (fstat(file, &about) != 0) /* defensive: a disk that fails. */
        return cannot_read(context, path, errno);
    if (!S_ISREG(about.st_mode))
        return gn_context_fail(context, GN_ERROR_IO, "%s: not a regular file", path);
    if ((uintmax_t)about.st_size > most)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: %jd bytes, at most %zu are read", path,
                               (intmax_t)about.st_size, most);
    *size = (size_t)about.st_size;
    *data = gn__new(context, *size);
    const gn_status status = *data == NULL ? GN_ERROR_MEMORY : read_all(context, path, file, *data, *size);
    if (status == GN_OK)
        return GN_OK;
    gn__delete(context, *data, *size); /* NULL, or a disk that fails */
    *data = NULL;
    *size = 0;
    return status;
}

gn_status gn__file_read(gn_context *context, const char *path, size_t most, unsigned char **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    if (path == NULL || *path == '\0')
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "the path of a file to read is %s",
                               path == NULL ? "NULL" : "empty");
    const int flags = O_RDONLY | O_NONBLOCK; /* a pipe without a writer must not hold us up */
    const int file = gn__file_open(gn__files_of(context), path, flags, 0);
    if (file < 0)
        return cannot_read(context, path, errno);
    const gn_status status = read_open(context, path, file, most, data, size);
    gn__files_of(context)->close(file);
    return status;
}
