/* SPDX-License-Identifier: MIT */
/* tests/faults/test_system_limits.c - an operating system that gives no address space, no file handles, or bytes that
 * cannot be read. */
#include "files.h"
#include "memory.h"

#include <gannet/gannet.h>
#include <sys/resource.h>

/* Bytes of address space that this process takes up; 0 when the system does not say. */
static size_t address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    const int found = fscanf(file, "%lu", &pages);
    fclose(file);
    return found == 1 ? pages * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static void keep_log(void *user, gn_log_level level, const char *message)
{
    (void)level;
    snprintf(user, 200, "%s", message);
}

/* OpenBLAS would try for ever. */
static void a_context_needs_the_buffers_of_the_blas(void **state)
{
    (void)state;
    const size_t used = address_space();
    if (strstr(gn_build_info(), "OpenBLAS") == NULL || used == 0 || used > (size_t)1 << 40) /* a sanitizer's shadow */
        skip();
    char message[200] = "";
    memory m = {0};
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    assert_int_equal(setrlimit(RLIMIT_AS, &(struct rlimit){used + (64 << 20), limit.rlim_max}), 0);
    gn_context *context = gn_context_new(&(gn_context_options){
        .threads = 1, .allocate = memory_allocate, .allocate_user = &m, .log = keep_log, .log_user = message});
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    assert_null(context);
    assert_non_null(strstr(message, "the BLAS needs 128 MiB of address space"));
    assert_int_equal(m.blocks, 0);
}

static void a_file_needs_a_handle(void **state)
{
    gn_context *context = *state;
    struct rlimit limit;
    put_file(path_of("file"), "some", 4);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, limit.rlim_max}), 0);
    gn_dataset *dataset = gn_idx_load(context, path_of("file"), path_of("file"));
    gn_archive *archive = gn_archive_load(context, path_of("file"));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_null(dataset);
    assert_null(archive);
    assert_message_has(context, GN_ERROR_IO, "/file: cannot read: Too many open files");
}

/* This process's memory looks like a file, but there is nothing at its start. */
static void bytes_that_cannot_be_read_are_an_error(void **state)
{
    gn_context *context = *state;
    if (!is_there("/proc/self/mem"))
        skip();
    assert_null(gn_idx_load(context, "/proc/self/mem", "/proc/self/mem"));
    assert_message(context, GN_ERROR_IO, "/proc/self/mem: cannot read: Input/output error");
}

/* Linux tells 4096 bytes for files that hold fewer. */
static void a_file_that_ends_too_soon_is_an_error(void **state)
{
    gn_context *context = *state;
    const size_t bytes = gn_context_memory(context).bytes;
    if (!is_there("/sys/kernel/fscaps"))
        skip();
    assert_null(gn_archive_load(context, "/sys/kernel/fscaps"));
    assert_message(context, GN_ERROR_IO, "/sys/kernel/fscaps: the file became shorter while it was read");
    assert_int_equal(gn_context_memory(context).bytes, bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_context_needs_the_buffers_of_the_blas),
        cmocka_unit_test(a_file_needs_a_handle),
        cmocka_unit_test(bytes_that_cannot_be_read_are_an_error),
        cmocka_unit_test(a_file_that_ends_too_soon_is_an_error),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
