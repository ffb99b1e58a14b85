/* SPDX-License-Identifier: MIT */
/* tests/io/test_file.c - files are replaced whole or not at all, and read whole. */
#define _DEFAULT_SOURCE /* flock */
#include "core/allocator.h"
#include "faults.h"
#include "io/file.h"
#include "io/json.h"
#include "memory.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* Three writes, one of nothing. argument: whether to sync. */
static gn_status save_text(gn_context *context, const char *path, void *argument)
{
    const bool *sync = argument;
    gn__writer writer;
    gn__writer_open(&writer, context, path, *sync);
    gn__writer_write(&writer, "new ", 4);
    gn__writer_write(&writer, "", 0);
    gn__writer_write(&writer, "contents", 8);
    return gn__writer_close(&writer);
}

static void a_file_is_made_and_replaced(void **state)
{
    const char *path = path_of("made");
    bool sync = false;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(save_text(*state, path, &sync), GN_OK);
        assert_true(file_holds(path, "new contents", 12));
        assert_false(is_there(temporary_of("made")));
        sync = !sync;
    }
}

static void every_call_may_fail_without_syncing(void **state)
{
    fail_every_call(*state, path_of("unsynced"), save_text, &(bool){false}, false);
}

static void every_call_may_fail_with_syncing(void **state)
{
    fail_every_call(*state, path_of("synced"), save_text, &(bool){true}, true);
}

static void fsync_and_rename_are_not_tried_again(void **state)
{
    const char *path = path_of("once");
    const disk_call calls[] = {FSYNC, RENAME};
    for (int i = 0; i < 2; i++) {
        assert_fault_is_survived(*state, path, save_text, &(bool){true},
                                 (faults){.call = calls[i], .at = 1, .error = EINTR});
        assert_int_equal(disk.calls[calls[i]], 1);
    }
}

static void the_data_is_synced_before_the_name_changes(void **state)
{
    const char *path = path_of("order");
    save_with(*state, path, save_text, &(bool){true}, (faults){.call = RENAME, .at = 1, .error = EIO});
    assert_int_equal(disk.calls[FSYNC], 1);
    save_with(*state, path, save_text, &(bool){true}, (faults){.call = FSYNC, .at = 1, .error = EIO});
    assert_int_equal(disk.calls[RENAME], 0);
}

static void the_first_failure_is_reported(void **state)
{
    const char *path = path_of("first");
    assert_fault_is_survived(*state, path, save_text, &(bool){false},
                             (faults){.call = WRITE, .at = 1, .error = ENOSPC});
    assert_int_equal(disk.calls[WRITE], 1); /* nothing is written after it */
    assert_int_equal(disk.calls[RENAME], 0);
    assert_int_equal(disk.calls[CLOSE], 1);
}

static void what_a_killed_process_left_is_replaced(void **state)
{
    const char *path = path_of("left"), *temporary = temporary_of("left");
    put_file(temporary, "half of somethi", 15);
    assert_int_equal(save_text(*state, path, &(bool){false}), GN_OK);
    assert_true(file_holds(path, "new contents", 12));
    assert_false(is_there(temporary));
}

/* The one that came first has a lock: the other must not write into its file. */
static void the_later_of_two_writers_fails(void **state)
{
    gn_context *context = *state;
    const char *path = path_of("both");
    char message[700];
    gn__writer first, second;
    put_file(path, "before", 6);
    gn__writer_open(&first, context, path, true);
    gn__writer_write(&first, "fir", 3);
    assert_int_equal(gn__writer_open(&second, context, path, true), GN_ERROR_IO);
    snprintf(message, sizeof message, "%s: cannot write: another writer is at work on it", path);
    assert_message(context, GN_ERROR_IO, message);
    assert_int_equal(gn__writer_close(&second), GN_ERROR_IO);
    assert_true(file_holds(path, "before", 6));
    gn__writer_write(&first, "st", 2);
    assert_int_equal(gn__writer_close(&first), GN_OK);
    assert_true(file_holds(path, "first", 5));
    assert_false(is_there(temporary_of("both")));
    assert_int_equal(save_text(context, path, &(bool){true}), GN_OK); /* the lock has gone with the first */
}

/* A file that somebody has named like ours with ".tmp" behind is theirs, and the longest names can be written. */
static void no_other_file_is_touched(void **state)
{
    gn_context *context = *state;
    char longest[256] = {0};
    memset(longest, 'n', 255);
    put_file(path_of("mine.tmp"), "theirs", 6);
    assert_int_equal(save_text(context, path_of("mine"), &(bool){true}), GN_OK);
    assert_true(file_holds(path_of("mine.tmp"), "theirs", 6));
    assert_int_equal(save_text(context, path_of(longest), &(bool){true}), GN_OK);
    assert_true(file_holds(path_of(longest), "new contents", 12));
}

/* Somebody else's file must not be written through a link of the temporary's name. */
static void links_are_not_followed(void **state)
{
    const char *path = path_of("target"), *other = path_of("other");
    put_file(other, "not ours", 8);
    assert_int_equal(symlink(other, temporary_of("target")), 0);
    assert_int_equal(save_text(*state, path, &(bool){false}), GN_OK);
    assert_true(file_holds(other, "not ours", 8));
    assert_true(file_holds(path, "new contents", 12));
}

/* As `cp -al` makes one while a file is being saved. */
static void a_file_with_another_name_is_not_written(void **state)
{
    const char *path = path_of("copied"), *precious = path_of("precious");
    put_file(precious, "not ours", 8);
    assert_int_equal(link(precious, temporary_of("copied")), 0);
    assert_int_equal(save_text(*state, path, &(bool){false}), GN_OK);
    assert_true(file_holds(precious, "not ours", 8));
    assert_true(file_holds(path, "new contents", 12));
}

/* What a process has left that was killed while it replaced a file that nobody may write. */
static void a_left_file_need_not_be_writable(void **state)
{
    const char *path = path_of("guarded");
    put_file(temporary_of("guarded"), "half", 4);
    assert_int_equal(chmod(temporary_of("guarded"), 0), 0);
    put_file(path, "old", 3);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(save_text(*state, path, &(bool){false}), GN_OK);
    assert_true(file_holds(path, "new contents", 12));
}

/* Another process writes to the path, and is killed. */
static void a_lock_ends_with_its_process(void **state)
{
    gn_context *context = *state;
    const char *path = path_of("shared");
    int begun[2];
    char byte = 0;
    assert_int_equal(pipe(begun), 0);
    const pid_t other = fork();
    if (other == 0) {
        gn__writer writer;
        gn_context *own = gn_context_new(&(gn_context_options){.threads = 1});
        gn__writer_open(&writer, own, path, true);
        gn__writer_write(&writer, "half", 4);
        _exit(write(begun[1], &byte, 1) != 1 || pause() != 0);
    }
    assert_int_equal(read(begun[0], &byte, 1), 1);
    assert_int_equal(save_text(context, path, &(bool){true}), GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "another writer is at work on it");
    assert_int_equal(kill(other, SIGKILL), 0);
    assert_int_equal(waitpid(other, NULL, 0), other);
    assert_int_equal(save_text(context, path, &(bool){true}), GN_OK);
    assert_true(file_holds(path, "new contents", 12));
    assert_false(is_there(temporary_of("shared")));
    close(begun[0]);
    close(begun[1]);
}

/* Where locks do not work, the one that came later has the name. */
static void without_locks_the_earlier_of_two_writers_fails(void **state)
{
    gn_context *context = *state;
    const char *path = path_of("unlocked");
    gn__writer first, second;
    put_file(path, "before", 6);
    gn__writer_open(&first, context, path, true);
    gn__writer_write(&first, "first", 5);
    assert_int_equal(flock(first.lock, LOCK_UN), 0);
    assert_int_equal(gn__writer_open(&second, context, path, true), GN_OK);
    gn__writer_write(&second, "sec", 3);
    assert_int_equal(gn__writer_close(&first), GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "another writer has replaced ");
    assert_true(file_holds(path, "before", 6));
    gn__writer_write(&second, "ond", 3);
    assert_int_equal(gn__writer_close(&second), GN_OK);
    assert_true(file_holds(path, "second", 6));
}

static void what_else_has_the_name_of_the_temporary_stops_the_writing(void **state)
{
    gn_context *context = *state;
    const char *path = path_of("stuck"), *temporary = temporary_of("stuck");
    assert_int_equal(mkdir(temporary, 0777), 0);
    assert_int_equal(save_text(context, path, &(bool){false}), GN_ERROR_IO);
    char message[700];
    snprintf(message, sizeof message, "%s: cannot write: %s is not a regular file", path, temporary);
    assert_message(context, GN_ERROR_IO, message);
    assert_false(is_there(path));
    assert_int_equal(rmdir(temporary), 0);
    assert_int_equal(mkfifo(temporary, 0666), 0);
    assert_int_equal(save_text(context, path, &(bool){false}), GN_ERROR_IO); /* at once */
    assert_message(context, GN_ERROR_IO, message);
    assert_int_equal(unlink(temporary), 0);
}

static void a_directory_that_is_missing_is_named(void **state)
{
    gn_context *context = *state;
    const char *path = path_of("nowhere/file");
    assert_int_equal(save_text(context, path, &(bool){true}), GN_ERROR_IO);
    char message[700];
    snprintf(message, sizeof message, "%s: cannot write: No such file or directory", path);
    assert_message(context, GN_ERROR_IO, message);
}

static void a_directory_is_not_replaced(void **state)
{
    gn_context *context = *state;
    const char *path = path_of("directory");
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(save_text(context, path, &(bool){true}), GN_ERROR_IO);
    char message[700];
    snprintf(message, sizeof message, "%s: cannot replace: %s", path, strerror(EISDIR));
    assert_message(context, GN_ERROR_IO, message);
    assert_false(is_there(temporary_of("directory")));
}

static void a_name_without_a_directory_is_in_the_working_directory(void **state)
{
    char before[1024];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(test_directory), 0);
    const gn_status status = save_text(*state, "plain_name", &(bool){true});
    assert_int_equal(chdir(before), 0);
    assert_int_equal(status, GN_OK);
    assert_true(file_holds(path_of("plain_name"), "new contents", 12));
}

static void no_path_is_an_error(void **state)
{
    gn_context *context = *state;
    assert_int_equal(save_text(context, NULL, &(bool){false}), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "the path of a file to write is NULL");
    assert_int_equal(save_text(context, "", &(bool){false}), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "the path of a file to write is empty");
}

static void the_mode_is_left_to_the_umask(void **state)
{
    const char *path = path_of("mode");
    const mode_t before = umask(027);
    const gn_status status = save_text(*state, path, &(bool){false});
    umask(before);
    struct stat about;
    assert_int_equal(status, GN_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0640);
}

static void a_file_keeps_its_permissions(void **state)
{
    const char *path = path_of("private");
    struct stat about;
    put_file(path, "secret", 6);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(save_text(*state, path, &(bool){true}), GN_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(chmod(path, 0664), 0); /* more than the umask gives */
    assert_int_equal(save_text(*state, path, &(bool){true}), GN_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0664);
}

/* What the last file was opened with. */
static char opened[600];
static mode_t opened_mode;

static int open_and_note(const char *path, int flags, mode_t mode)
{
    snprintf(opened, sizeof opened, "%s", path);
    opened_mode = mode;
    return gn__system_files.open(path, flags, mode);
}

static gn_status save_and_note(gn_context *context, const char *path)
{
    gn__file_operations files = gn__system_files;
    files.open = open_and_note;
    context->files = &files;
    const gn_status status = save_text(context, path, &(bool){false});
    context->files = NULL;
    return status;
}

/* Until its group is that of the old file, it is none's: another group must not read it meanwhile. */
static void a_file_is_made_for_no_group(void **state)
{
    const char *path = path_of("grouped");
    put_file(path, "secret", 6);
    assert_int_equal(chmod(path, 0660), 0);
    assert_int_equal(save_and_note(*state, path), GN_OK);
    assert_int_equal(opened_mode & 0777, 0600);
}

static void a_long_name_is_not_cut_within_a_character(void **state)
{
    char name[202] = "x";
    for (size_t i = 1; i < 201; i += 2)
        memcpy(name + i, "\xC3\xA9", 2);
    assert_int_equal(save_and_note(*state, path_of(name)), GN_OK);
    assert_true(file_holds(path_of(name), "new contents", 12));
    assert_true(gn__is_utf8(opened));
}

static void a_link_stays_and_the_file_behind_it_is_replaced(void **state)
{
    gn_context *context = *state;
    const char *file = path_of("linked"), *link = path_of("link");
    struct stat about;
    put_file(file, "old", 3);
    assert_int_equal(symlink("linked", link), 0);
    assert_int_equal(save_text(context, link, &(bool){true}), GN_OK);
    assert_int_equal(lstat(link, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_true(file_holds(file, "new contents", 12));
    assert_int_equal(remove(file), 0); /* now it leads nowhere */
    assert_int_equal(save_text(context, link, &(bool){true}), GN_ERROR_IO);
    char message[700];
    snprintf(message, sizeof message, "%s: cannot follow the link: No such file or directory", link);
    assert_message(context, GN_ERROR_IO, message);
}

static void a_pipe_is_not_replaced(void **state)
{
    gn_context *context = *state;
    const char *path = path_of("out_pipe");
    struct stat about;
    char message[700];
    assert_int_equal(mkfifo(path, 0666), 0);
    assert_int_equal(save_text(context, path, &(bool){true}), GN_ERROR_IO);
    snprintf(message, sizeof message, "%s: cannot write: not a regular file", path);
    assert_message(context, GN_ERROR_IO, message);
    assert_int_equal(lstat(path, &about), 0);
    assert_true(S_ISFIFO(about.st_mode));
}

static bool save_and_read(gn_context *context, void *argument)
{
    unsigned char *data;
    size_t size;
    if (save_text(context, argument, &(bool){true}) != GN_OK)
        return false;
    if (gn__file_read(context, argument, 100, &data, &size) != GN_OK)
        return false;
    gn__delete(context, data, size);
    return true;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    char path[700];
    snprintf(path, sizeof path, "%s", path_of("memory"));
    assert_true(memory_fail_each(save_and_read, path) >= 3);
    assert_true(file_holds(path, "new contents", 12));
    assert_false(is_there(temporary_of("memory")));
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static void files_are_read_whole(void **state)
{
    gn_context *context = *state;
    const char *path = path_of("read");
    static unsigned char bytes[100003];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 31);
    const size_t sizes[] = {0, 1, 4096, sizeof bytes};
    for (int i = 0; i < 4; i++) {
        unsigned char *data = NULL;
        size_t size = 77;
        put_file(path, bytes, sizes[i]);
        assert_int_equal(gn__file_read(context, path, sizes[i], &data, &size), GN_OK);
        assert_int_equal(size, sizes[i]);
        assert_memory_equal(data, bytes, size);
        gn__delete(context, data, size);
    }
}

static void assert_not_read(gn_context *context, const char *path, size_t most, gn_status status, const char *why)
{
    char message[700];
    unsigned char *data;
    size_t size;
    const size_t before = gn_context_memory(context).bytes;
    gn_context_clear(context);
    assert_int_equal(gn__file_read(context, path, most, &data, &size), status);
    snprintf(message, sizeof message, "%s%s", path != NULL ? path : "", why);
    assert_message(context, status, message);
    assert_int_equal(gn_context_memory(context).bytes, before);
}

static void what_cannot_be_read_is_named(void **state)
{
    assert_not_read(*state, path_of("missing"), 10, GN_ERROR_IO, ": cannot read: No such file or directory");
    assert_not_read(*state, test_directory, 10, GN_ERROR_IO, ": not a regular file");
    assert_not_read(*state, "/dev/null", 10, GN_ERROR_IO, ": not a regular file");
    assert_not_read(*state, NULL, 10, GN_ERROR_ARGUMENT, "the path of a file to read is NULL");
    assert_not_read(*state, "", 10, GN_ERROR_ARGUMENT, "the path of a file to read is empty");
    put_file(path_of("eleven"), "01234567890", 11);
    assert_not_read(*state, path_of("eleven"), 10, GN_ERROR_FORMAT, ": 11 bytes, at most 10 are read");
}

/* As long as a path can be, and longer than a message. */
static void a_long_path_does_not_hide_the_cause(void **state)
{
    gn_context *context = *state;
    char path[3000] = "/";
    unsigned char *data;
    size_t size;
    memset(path + 1, 'a', sizeof path - 1);
    memcpy(path + sizeof path - 6, "/name", 6);
    assert_int_equal(gn__file_read(context, path, 10, &data, &size), GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "/name: cannot read: File name too long");
    assert_int_equal(save_text(context, path, &(bool){false}), GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "/name: cannot write: File name too long");
}

static void a_pipe_that_nobody_writes_to_is_refused_at_once(void **state)
{
    const char *path = path_of("pipe");
    assert_int_equal(mkfifo(path, 0666), 0);
    alarm(20);
    assert_not_read(*state, path, 10, GN_ERROR_IO, ": not a regular file");
    alarm(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_made_and_replaced),
        cmocka_unit_test(every_call_may_fail_without_syncing),
        cmocka_unit_test(every_call_may_fail_with_syncing),
        cmocka_unit_test(fsync_and_rename_are_not_tried_again),
        cmocka_unit_test(the_data_is_synced_before_the_name_changes),
        cmocka_unit_test(the_first_failure_is_reported),
        cmocka_unit_test(what_a_killed_process_left_is_replaced),
        cmocka_unit_test(the_later_of_two_writers_fails),
        cmocka_unit_test(no_other_file_is_touched),
        cmocka_unit_test(a_file_with_another_name_is_not_written),
        cmocka_unit_test(a_left_file_need_not_be_writable),
        cmocka_unit_test(a_lock_ends_with_its_process),
        cmocka_unit_test(without_locks_the_earlier_of_two_writers_fails),
        cmocka_unit_test(links_are_not_followed),
        cmocka_unit_test(what_else_has_the_name_of_the_temporary_stops_the_writing),
        cmocka_unit_test(a_directory_that_is_missing_is_named),
        cmocka_unit_test(a_directory_is_not_replaced),
        cmocka_unit_test(a_name_without_a_directory_is_in_the_working_directory),
        cmocka_unit_test(no_path_is_an_error),
        cmocka_unit_test(the_mode_is_left_to_the_umask),
        cmocka_unit_test(a_file_keeps_its_permissions),
        cmocka_unit_test(a_file_is_made_for_no_group),
        cmocka_unit_test(a_long_name_is_not_cut_within_a_character),
        cmocka_unit_test(a_link_stays_and_the_file_behind_it_is_replaced),
        cmocka_unit_test(a_pipe_is_not_replaced),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(files_are_read_whole),
        cmocka_unit_test(what_cannot_be_read_is_named),
        cmocka_unit_test(a_long_path_does_not_hide_the_cause),
        cmocka_unit_test(a_pipe_that_nobody_writes_to_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
