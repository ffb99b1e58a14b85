/* SPDX-License-Identifier: MIT */
/* tests/examples/test_report_memory.c - a page is written when one request for memory after another is refused, the C
 * library's own among them: a failure with a message, no file, and nothing lost. */
#include "common/report.h"
#include "files.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WITH_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WITH_SANITIZER
#endif

#if defined(__GLIBC__) && !defined(WITH_SANITIZER)

#include <errno.h>

/* What stands before the C library's. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

#define SEEN_BY_ALL __attribute__((visibility("default")))

static struct {
    bool watching, refused;
    size_t requests, refuse_at, blocks;
} memory;

static bool refuses(void)
{
    if (!memory.watching || ++memory.requests != memory.refuse_at)
        return false;
    memory.refused = true;
    errno = ENOMEM;
    return true;
}

static void *count_block(void *block)
{
    memory.blocks += memory.watching && block != NULL;
    return block;
}

SEEN_BY_ALL void *malloc(size_t size)
{
    return refuses() ? NULL : count_block(__libc_malloc(size));
}

SEEN_BY_ALL void *calloc(size_t count, size_t size)
{
    return refuses() ? NULL : count_block(__libc_calloc(count, size));
}

SEEN_BY_ALL void *realloc(void *block, size_t size)
{
    if (refuses())
        return NULL;
    void *moved = __libc_realloc(block, size);
    return block == NULL ? count_block(moved) : moved;
}

SEEN_BY_ALL void free(void *block)
{
    memory.blocks -= memory.watching && block != NULL;
    __libc_free(block);
}

static bool write_page(gn_context *context, const char *path)
{
    const double x[] = {1, 10, 100}, y[] = {5, 50, 500};
    const chart c = {.title = "curve", .x_label = "steps", .y_label = "length", .lines = {{"one", x, y, NULL, 3}}};
    table t = table_begin("name|value");
    for (int i = 0; i < 200; i++)
        table_cell(&t, "%d", i);
    report *page = report_new(context, "title", "summary");
    bool done = page != NULL;
    if (done) {
        report_heading(page, "part");
        report_finding(page, "found");
        report_table(page, &t, "a table");
        report_chart(page, &c, "a chart");
        report_picture(page, path_of("dot.svg"), "a dot", "the dot", 2);
        done = report_write(page, path) == GN_OK;
    }
    report_free(page);
    table_free(&t);
    return done;
}

/* Was there a request n? Stdio does without a buffer: the page must then be whole all the same. */
static bool play(gn_context *context, const char *path, size_t n, const void *whole, size_t size)
{
    unlink(path);
    gn_context_clear(context);
    memory.refuse_at = n;
    memory.requests = memory.blocks = 0;
    memory.refused = false;
    memory.watching = true;
    const bool done = write_page(context, path);
    memory.watching = false;
    assert_true(done || memory.refused);
    assert_int_equal(memory.blocks, 0);
    assert_int_equal(is_there(path), done);
    if (done)
        assert_true(file_holds(path, whole, size));
    else
        assert_true(gn_context_status(context) != GN_OK && gn_context_message(context)[0] != '\0');
    return memory.refused;
}

static void test_every_request_is_refused_once(void **state)
{
    (void)state;
    char path[600];
    snprintf(path, sizeof path, "%s", path_of("report.html"));
    put_file(path_of("dot.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>", 41);
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    assert_true(write_page(context, path)); /* what the C library keeps for itself is there from now on */
    size_t size, refused = 0;
    unsigned char *whole = get_file(path, &size);
    while (play(context, path, refused + 1, whole, size))
        refused++;
    free(whole);
    print_message("    a report                                      %5zu of %zu\n", refused, refused);
    assert_true(refused > 10);
    gn_context_free(context);
}

#else

static void test_every_request_is_refused_once(void **state)
{
    (void)state;
    print_message("skipped: malloc cannot be replaced here\n");
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_request_is_refused_once)};
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
