/* SPDX-License-Identifier: MIT */
/* tests/io/faults.h - a disk that fails when a test wants it to. */
#ifndef GN_TESTS_IO_FAULTS_H
#define GN_TESTS_IO_FAULTS_H

#include "core/context.h"
#include "files.h"
#include "io/file.h"

#include <errno.h>

typedef enum disk_call { OPEN, READ, WRITE, FSYNC, CLOSE, RENAME, UNLINK, OPERATIONS } disk_call;

/* What is to go wrong, and what was called. */
typedef struct faults {
    disk_call call;
    int at;             /* the call that fails, counted from 1; 0: none */
    int error;          /* errno of it; 0: a read or write of nothing */
    size_t max_at_once; /* bytes by one call; 0: no limit */
    int calls[OPERATIONS];
    int open_files;
} faults;

static faults disk;
static int faults_made, faults_stood; /* by the functions below */

static inline bool fails(disk_call call)
{
    disk.calls[call]++;
    if (disk.call != call || disk.calls[call] != disk.at)
        return false;
    errno = disk.error;
    return true;
}

static inline int faulty_open(const char *path, int flags, mode_t mode)
{
    if (fails(OPEN))
        return -1;
    const int file = gn__system_files.open(path, flags, mode);
    disk.open_files += file >= 0;
    return file;
}

static inline size_t at_once(size_t size)
{
    return disk.max_at_once > 0 && disk.max_at_once < size ? disk.max_at_once : size;
}

static inline ssize_t faulty_read(int file, void *data, size_t size)
{
    if (fails(READ))
        return disk.error == 0 ? 0 : -1;
    return read(file, data, at_once(size));
}

static inline ssize_t faulty_write(int file, const void *data, size_t size)
{
    if (fails(WRITE))
        return disk.error == 0 ? 0 : -1;
    return write(file, data, at_once(size));
}

static inline int faulty_fsync(int file)
{
    return fails(FSYNC) ? -1 : fsync(file);
}

/* As on Linux, the file is closed whatever close says. */
static inline int faulty_close(int file)
{
    const bool failed = fails(CLOSE);
    const int error = errno;
    disk.open_files--;
    const int result = close(file);
    if (failed)
        errno = error;
    return failed ? -1 : result;
}

static inline int faulty_rename(const char *from, const char *to)
{
    return fails(RENAME) ? -1 : rename(from, to);
}

static inline int faulty_unlink(const char *path)
{
    return fails(UNLINK) ? -1 : unlink(path);
}

static const gn__file_operations faulty_files = {faulty_open,  faulty_read,   faulty_write, faulty_fsync,
                                                 faulty_close, faulty_rename, faulty_unlink};

/* Something that writes the same file each time. */
typedef gn_status (*saver)(gn_context *context, const char *path, void *argument);

static const char old_contents[] = "what was here before";

static inline gn_status save_with(gn_context *context, const char *path, saver save, void *argument, faults wanted)
{
    put_file(path, old_contents, sizeof old_contents);
    gn_context_clear(context);
    disk = wanted;
    context->files = &faulty_files;
    const gn_status status = save(context, path, argument);
    context->files = NULL;
    assert_int_equal(disk.open_files, 0);
    return status;
}

/* Fails the call numbered `at` of an operation: the old file must stay, alone, and the message say why. */
static inline void assert_fault_is_survived(gn_context *context, const char *path, saver save, void *argument,
                                            faults wanted)
{
    char message[GN__MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s: cannot %s: %s", path, wanted.call == RENAME ? "replace" : "write",
             strerror(wanted.error != 0 ? wanted.error : ENOSPC));
    faults_made++;
    assert_int_equal(save_with(context, path, save, argument, wanted), GN_ERROR_IO);
    assert_message(context, GN_ERROR_IO, message);
    assert_true(file_holds(path, old_contents, sizeof old_contents));
    assert_false(is_there(temporary_of(strrchr(path, '/') + 1)));
    faults_stood++;
}

/* The same bytes come out although something went wrong on the way. */
static inline void assert_fault_is_healed(gn_context *context, const char *path, saver save, void *argument,
                                          faults wanted, const void *bytes, size_t size)
{
    faults_made++;
    assert_int_equal(save_with(context, path, save, argument, wanted), GN_OK);
    assert_message(context, GN_OK, "");
    assert_true(file_holds(path, bytes, size));
    faults_stood++;
}

/* Fails every call that saving makes, each with several causes, and lets it go on where it should. syncs: does it
 * sync? */
static inline void fail_every_call(gn_context *context, const char *path, saver save, void *argument, bool syncs)
{
    static const int errors[] = {ENOSPC, EIO, EACCES, EDQUOT};
    assert_int_equal(save_with(context, path, save, argument, (faults){0}), GN_OK);
    const faults whole = disk;
    assert_int_equal(whole.calls[OPEN], 1);
    assert_true(whole.calls[WRITE] >= 1);
    assert_int_equal(whole.calls[FSYNC], syncs ? 2 : 0); /* the file and its directory */
    assert_int_equal(whole.calls[CLOSE], 1);
    assert_int_equal(whole.calls[RENAME], 1);
    size_t size;
    unsigned char *bytes = get_file(path, &size);
    for (disk_call o = OPEN; o <= RENAME; o++)
        for (int at = 1; at <= (o == FSYNC && syncs ? 1 : whole.calls[o]); at++)
            for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++)
                assert_fault_is_survived(context, path, save, argument,
                                         (faults){.call = o, .at = at, .error = errors[e]});
    for (int at = 1; at <= whole.calls[WRITE]; at++) {
        assert_fault_is_survived(context, path, save, argument, (faults){.call = WRITE, .at = at});
        assert_fault_is_healed(context, path, save, argument, (faults){.call = WRITE, .at = at, .error = EINTR}, bytes,
                               size);
    }
    assert_fault_is_healed(context, path, save, argument, (faults){.call = OPEN, .at = 1, .error = EINTR}, bytes, size);
    assert_fault_is_healed(context, path, save, argument, (faults){.call = CLOSE, .at = 1, .error = EINTR}, bytes,
                           size);
    assert_fault_is_healed(context, path, save, argument, (faults){.call = UNLINK, .at = 1, .error = ENOENT}, bytes,
                           size);
    if (syncs) /* a file system without syncing of directories */
        assert_fault_is_healed(context, path, save, argument, (faults){.call = FSYNC, .at = 2, .error = EINVAL}, bytes,
                               size);
    for (size_t most = 1; most < 100; most += 31)
        assert_fault_is_healed(context, path, save, argument, (faults){.max_at_once = most}, bytes, size);
    free(bytes);
}

#endif
