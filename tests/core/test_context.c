/* SPDX-License-Identifier: MIT */
/* tests/core/test_context.c - options, messages, the log, scratch memory, and contexts that cannot be made. */
#include "core/context.h"
#include "io/json.h"
#include "memory.h"

#include <stdio.h>

/* The address sanitizer's, in builds that have it. */
extern int __asan_address_is_poisoned(const volatile void *address) __attribute__((weak));

/* The last message that was logged. */
typedef struct log_book {
    int count;
    gn_log_level level;
    char text[GN__MESSAGE_SIZE];
} log_book;

static void take_note(void *user, gn_log_level level, const char *message)
{
    log_book *book = user;
    book->count++;
    book->level = level;
    snprintf(book->text, sizeof book->text, "%s", message);
}

static void defaults_will_do(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(NULL);
    assert_non_null(context);
    assert_int_equal(gn_context_seed(context), 0);
    assert_in_range(gn_context_threads(context), 1, GN__MAX_THREADS);
    assert_int_equal(gn_context_status(context), GN_OK);
    assert_string_equal(gn_context_message(context), "");
    assert_true(gn_context_memory(context).bytes > 0);
    gn_context_free(context);
}

static void options_are_kept(void **state)
{
    (void)state;
    const int threads[] = {1, 2, 5, 64};
    for (int i = 0; i < 4; i++) {
        gn_context *context = gn_context_new(&(gn_context_options){.seed = UINT64_MAX - 3, .threads = threads[i]});
        assert_non_null(context);
        assert_true(gn_context_seed(context) == UINT64_MAX - 3);
        assert_int_equal(gn_context_threads(context), threads[i]);
        gn_context_free(context);
    }
}

static void no_context_has_answers_too(void **state)
{
    (void)state;
    assert_int_equal(gn_context_status(NULL), GN_ERROR_MEMORY);
    assert_string_equal(gn_context_message(NULL), "the context could not be made");
    assert_int_equal(gn_context_threads(NULL), 0);
    assert_int_equal(gn_context_seed(NULL), 0);
    assert_int_equal(gn_context_memory(NULL).bytes, 0);
    assert_int_equal(gn_context_fail(NULL, GN_ERROR_SHAPE, "nobody hears this"), GN_ERROR_SHAPE);
    gn_context_clear(NULL);
    gn_context_free(NULL);
}

static void wrong_options_are_refused_in_words(void **state)
{
    (void)state;
    const int threads[] = {-1, 65, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 4; i++) {
        log_book book = {0};
        assert_null(gn_context_new(&(gn_context_options){.threads = threads[i], .log = take_note, .log_user = &book}));
        assert_int_equal(book.count, 1);
        assert_int_equal(book.level, GN_LOG_ERROR);
        assert_string_equal(book.text, "gn_context_new: threads is outside 0 to 64");
    }
    memory m = {0};
    log_book book = {0};
    assert_null(gn_context_new(&(gn_context_options){.kernels = (gn_kernels)7,
                                                     .allocate = memory_allocate,
                                                     .allocate_user = &m,
                                                     .log = take_note,
                                                     .log_user = &book}));
    assert_string_equal(book.text, "gn_context_new: kernels is not one of gn_kernels");
    assert_int_equal(m.blocks, 0);
    assert_null(gn_context_new(&(gn_context_options){.threads = -1})); /* and without a log */
}

static void failures_are_remembered_until_the_next_or_a_clear(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    assert_int_equal(gn_context_fail(context, GN_ERROR_SHAPE, "size %d, expected %s", 3, "four"), GN_ERROR_SHAPE);
    assert_message(context, GN_ERROR_SHAPE, "size 3, expected four");
    assert_int_equal(gn_context_fail(context, GN_ERROR_IO, "%s", "other"), GN_ERROR_IO);
    assert_message(context, GN_ERROR_IO, "other");
    gn_context_clear(context);
    assert_message(context, GN_OK, "");
    gn_context_free(context);
}

static void a_message_may_contain_the_one_before(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_context_fail(context, GN_ERROR_IO, "cause");
    gn_context_fail(context, GN_ERROR_STATE, "saving: %s", gn_context_message(context));
    assert_message(context, GN_ERROR_STATE, "saving: cause");
    gn_context_free(context);
}

/* A name from a file could move the cursor of the terminal that shows it, or give it another title. */
static void a_message_has_no_control_characters(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_context_fail(context, GN_ERROR_FORMAT, "tensor '%s': caf\xC3\xA9", "\x1B[2J\x7F.\n");
    assert_message(context, GN_ERROR_FORMAT, "tensor '?[2J?.?': caf\xC3\xA9");
    gn_context_free(context);
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    char text[2000];
    memset(text, 'x', sizeof text);
    for (size_t length = 509; length <= 515; length++) {
        gn_context_fail(context, GN_ERROR_IO, "%.*s", (int)length, text);
        assert_int_equal(strlen(gn_context_message(context)), length < 511 ? length : 511);
        assert_memory_equal(gn_context_message(context), text, 100);
        assert_true((strstr(gn_context_message(context), "x...x") != NULL) == (length > 511));
    }
    gn_context_free(context);
}

/* The longest path leaves room for what stands behind it, and no character is cut in two. */
static void a_long_path_leaves_the_cause(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    static const char *const causes[] = {"/name: cannot read: reason", "/name: cannot read: why"};
    for (int i = 0; i < 4; i++) { /* each beginning and each end within a character, and not */
        const int odd = i % 2;
        const char *cause = causes[i / 2];
        char path[4096] = "";
        for (size_t at = (size_t)odd; at + 2 < sizeof path; at += 2)
            memcpy(path + at, "\xC3\xA9", 2);
        path[0] = odd == 1 ? '/' : path[0];
        gn_context_fail(context, GN_ERROR_IO, "%s%s", path, cause);
        const char *message = gn_context_message(context);
        assert_in_range(strlen(message), 509, 511);
        assert_true(gn__is_utf8(message));
        assert_string_equal(message + strlen(message) - strlen(cause), cause);
        assert_non_null(strstr(message, "..."));
    }
    gn_context_free(context);
}

static void the_log_gets_levels_and_whole_messages(void **state)
{
    (void)state;
    log_book book = {0};
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1, .log = take_note, .log_user = &book});
    assert_int_equal(book.count, 0);
    gn__log(context, GN_LOG_WARNING, "%d of %s", 3, "them");
    assert_int_equal(book.count, 1);
    assert_int_equal(book.level, GN_LOG_WARNING);
    assert_string_equal(book.text, "3 of them");
    gn__log(context, GN_LOG_INFO, "%0600d", 0);
    assert_int_equal(book.level, GN_LOG_INFO);
    assert_int_equal(strlen(book.text), 511);
    gn_context_free(context);
    context = gn_context_new(&(gn_context_options){.threads = 1});
    gn__log(context, GN_LOG_ERROR, "dropped");
    assert_message(context, GN_OK, "");
    gn_context_free(context);
}

static void scratch_memory_grows_and_stays(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    assert_non_null(gn__scratch(context, 0)); /* NULL would mean that memory is out */
    unsigned char *first = gn__scratch(context, 1000);
    assert_non_null(first);
    assert_int_equal((uintptr_t)first % 64, 0);
    memset(first, 1, 1000);
    const uint64_t allocations = gn_context_memory(context).allocations;
    assert_ptr_equal(gn__scratch(context, 1000), first);
    assert_ptr_equal(gn__scratch(context, 1), first);
    assert_int_equal(gn_context_memory(context).allocations, allocations);
    const size_t before = m.blocks;
    unsigned char *larger = gn__scratch(context, 100000);
    assert_non_null(larger);
    memset(larger, 2, 100000);
    assert_int_equal(m.blocks, before);
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
    assert_int_equal(m.wrong_sizes, 0);
}

/* Each worker has what it asked for, where it had it before. */
static void scratch_memory_of_workers_stays_theirs(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 3);
    int64_t stride = 0, again = 0;
    assert_non_null(gn__worker_scratch(context, 0, &stride));
    assert_non_null(gn__worker_scratch(context, 1, &stride));
    assert_true(stride >= 1);
    float *const first = gn__worker_scratch(context, 1001, &stride);
    assert_non_null(first);
    assert_true(stride >= 1001);
    for (int worker = 0; worker < 3; worker++) {
        assert_int_equal((uintptr_t)(first + worker * stride) % 64, 0);
        memset(first + worker * stride, worker, 1001 * sizeof *first);
    }
    memset(gn__scratch(context, 100000), 7, 100000);
    assert_ptr_equal(gn__worker_scratch(context, 5, &again), first);
    assert_int_equal(again, stride);
    assert_ptr_equal(gn__worker_scratch(context, 1001, &again), first);
    for (int worker = 0; worker < 3; worker++)
        for (size_t i = 0; i < 1001 * sizeof *first; i++)
            assert_int_equal(((unsigned char *)(first + worker * stride))[i], worker);
    assert_non_null(gn__worker_scratch(context, 100000, &stride));
    assert_true(stride >= 100000);
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
    assert_int_equal(m.wrong_sizes, 0);
}

/* Under the address sanitizer: what lies behind what was asked for, though it was more before. */
static void scratch_memory_ends_where_it_was_asked_to(void **state)
{
    (void)state;
    if (__asan_address_is_poisoned == NULL)
        skip();
    memory m = {0};
    gn_context *context = memory_context(&m, 2);
    int64_t stride;
    assert_non_null(gn__scratch(context, 1000));
    const char *shared = gn__scratch(context, 504);
    assert_int_equal(__asan_address_is_poisoned(shared + 503), 0);
    assert_int_equal(__asan_address_is_poisoned(shared + 504), 1);
    assert_non_null(gn__worker_scratch(context, 1000, &stride));
    const float *own = gn__worker_scratch(context, 102, &stride);
    for (int worker = 0; worker < 2; worker++) {
        assert_int_equal(__asan_address_is_poisoned(own + worker * stride + 101), 0);
        assert_int_equal(__asan_address_is_poisoned(own + worker * stride + 102), 1);
    }
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
}

static void scratch_memory_that_was_refused_may_be_had_later(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    assert_non_null(gn__scratch(context, 100));
    m.fail_at = m.calls + 1;
    assert_null(gn__scratch(context, 4096));
    assert_message(context, GN_ERROR_MEMORY, "out of memory: 5120 bytes could not be had");
    assert_non_null(gn__scratch(context, 50));
    assert_non_null(gn__scratch(context, 4096));
    int64_t stride;
    m.fail_at = m.calls + 1;
    assert_null(gn__worker_scratch(context, 1024, &stride));
    assert_non_null(gn__worker_scratch(context, 1024, &stride));
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
}

static void a_context_that_cannot_be_had_leaves_nothing(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        memory m = {.fail_at = n};
        log_book book = {0};
        gn_context *context = gn_context_new(&(gn_context_options){
            .threads = 3, .allocate = memory_allocate, .allocate_user = &m, .log = take_note, .log_user = &book});
        if (m.failures == 0) {
            assert_non_null(context);
            assert_true(n > 2); /* the context and its threads */
            gn_context_free(context);
            assert_int_equal(m.blocks, 0);
            assert_int_equal(m.wrong_sizes, 0);
            return;
        }
        assert_null(context);
        assert_int_equal(m.blocks, 0);
        assert_int_equal(book.count, 1);
        assert_int_equal(book.level, GN_LOG_ERROR);
        assert_non_null(strstr(book.text, "out of memory"));
    }
}

static void the_books_are_the_allocators(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 2);
    assert_int_equal(gn_context_memory(context).bytes, m.bytes);
    assert_int_equal(gn_context_memory(context).allocations, m.calls);
    void *block = gn__new(context, 1 << 16);
    assert_int_equal(gn_context_memory(context).bytes, m.bytes);
    const size_t peak = gn_context_memory(context).peak_bytes;
    assert_int_equal(peak, m.bytes);
    gn__delete(context, block, 1 << 16);
    assert_int_equal(gn_context_memory(context).bytes, m.bytes);
    assert_int_equal(gn_context_memory(context).peak_bytes, peak);
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
}

static void a_failure_that_gives_a_pointer(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(NULL);
    assert_null(gn__fail(context, GN_ERROR_SHAPE, "size %d, expected %s", 3, "four"));
    assert_message(context, GN_ERROR_SHAPE, "size 3, expected four");
    assert_null(gn__fail(NULL, GN_ERROR_SHAPE, "nobody hears this"));
    gn_context_free(context);
}

static void what_is_missing_says_why(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(NULL);
    assert_int_equal(gn__context_fail_null(context, "layer %d", 2), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "layer 2 is NULL");
    assert_int_equal(gn_context_fail(context, GN_ERROR_IO, "no file"), GN_ERROR_IO);
    assert_int_equal(gn__context_fail_null(context, "layer %d", 2), GN_ERROR_IO);
    assert_message(context, GN_ERROR_IO, "layer 2 is NULL: no file");
    assert_int_equal(gn__context_fail_null(NULL, "layer"), GN_ERROR_ARGUMENT);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_will_do),
        cmocka_unit_test(options_are_kept),
        cmocka_unit_test(no_context_has_answers_too),
        cmocka_unit_test(wrong_options_are_refused_in_words),
        cmocka_unit_test(failures_are_remembered_until_the_next_or_a_clear),
        cmocka_unit_test(a_message_may_contain_the_one_before),
        cmocka_unit_test(a_message_has_no_control_characters),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(a_long_path_leaves_the_cause),
        cmocka_unit_test(a_failure_that_gives_a_pointer),
        cmocka_unit_test(what_is_missing_says_why),
        cmocka_unit_test(the_log_gets_levels_and_whole_messages),
        cmocka_unit_test(scratch_memory_grows_and_stays),
        cmocka_unit_test(scratch_memory_of_workers_stays_theirs),
        cmocka_unit_test(scratch_memory_ends_where_it_was_asked_to),
        cmocka_unit_test(scratch_memory_that_was_refused_may_be_had_later),
        cmocka_unit_test(a_context_that_cannot_be_had_leaves_nothing),
        cmocka_unit_test(the_books_are_the_allocators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
