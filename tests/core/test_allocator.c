/* SPDX-License-Identifier: MIT */
/* tests/core/test_allocator.c - the books, alignment, and what happens when memory is out. */
#include "core/allocator.h"
#include "memory.h"

static const size_t sizes[] = {0, 1, 2, 7, 8, 63, 64, 65, 127, 1000, 4096, 100003};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static bool all_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static void blocks_are_zeroed_and_kept_in_the_books(void **state)
{
    (void)state;
    memory m = {0};
    gn__allocator allocator = {.allocate = memory_allocate, .user = &m};
    void *blocks[SIZES];
    for (int i = 0; i < SIZES; i++) {
        blocks[i] = gn__allocate(&allocator, sizes[i]);
        assert_non_null(blocks[i]);
        assert_true(all_zero(blocks[i], sizes[i]));
        assert_int_equal(allocator.use.bytes, m.bytes);
        assert_int_equal(allocator.use.allocations, i + 1);
    }
    const size_t peak = allocator.use.bytes;
    for (int i = 0; i < SIZES; i++) {
        gn__free(&allocator, blocks[i], sizes[i]);
        assert_int_equal(allocator.use.bytes, m.bytes);
    }
    assert_int_equal(m.blocks, 0);
    assert_int_equal(m.wrong_sizes, 0);
    assert_int_equal(allocator.use.bytes, 0);
    assert_int_equal(allocator.use.peak_bytes, peak);
    assert_int_equal(allocator.use.allocations, SIZES);
}

static void aligned_blocks_are_aligned_wherever_malloc_puts_them(void **state)
{
    (void)state;
    memory m = {0};
    gn__allocator allocator = {.allocate = memory_allocate, .user = &m};
    unsigned char *blocks[SIZES];
    for (int i = 0; i < SIZES; i++) {
        blocks[i] = gn__allocate_aligned(&allocator, sizes[i]);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 64, 0);
        memset(blocks[i], 0x5A, sizes[i]); /* the sanitizer watches the end */
    }
    for (int i = 0; i < SIZES; i++)
        gn__free_aligned(&allocator, blocks[i], sizes[i]);
    assert_int_equal(m.blocks, 0);
    assert_int_equal(m.wrong_sizes, 0);
    assert_int_equal(allocator.use.bytes, 0);
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    memory m = {0};
    gn__allocator allocator = {.allocate = memory_allocate, .user = &m};
    gn__free(&allocator, NULL, 10);
    gn__free_aligned(&allocator, NULL, 10);
    assert_int_equal(allocator.use.bytes, 0);
    assert_int_equal(m.calls, 0);
}

static void without_a_function_malloc_is_used(void **state)
{
    (void)state;
    gn__allocator allocator = {0};
    unsigned char *block = gn__allocate(&allocator, 100);
    assert_non_null(block);
    assert_true(all_zero(block, 100));
    assert_int_equal(allocator.use.bytes, 100);
    gn__free(&allocator, block, 100);
    assert_int_equal(allocator.use.bytes, 0);
    assert_int_equal(allocator.use.peak_bytes, 100);
}

static void a_refused_request_is_counted_but_holds_nothing(void **state)
{
    (void)state;
    memory m = {.fail_at = 1, .from_then_on = true};
    gn__allocator allocator = {.allocate = memory_allocate, .user = &m};
    assert_null(gn__allocate(&allocator, 10));
    assert_null(gn__allocate_aligned(&allocator, 10));
    assert_int_equal(allocator.use.bytes, 0);
    assert_int_equal(allocator.use.peak_bytes, 0);
    assert_int_equal(allocator.use.allocations, 2);
}

static void sizes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    memory m = {0};
    gn__allocator allocator = {.allocate = memory_allocate, .user = &m};
    for (size_t below = 0; below < 100; below++)
        assert_null(gn__allocate_aligned(&allocator, SIZE_MAX - below));
    assert_int_equal(allocator.use.bytes, 0);
}

static void messages_name_the_size(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    m.fail_at = m.calls + 1;
    m.from_then_on = true;
    assert_null(gn__new(context, 1234));
    assert_message(context, GN_ERROR_MEMORY, "out of memory: 1234 bytes could not be had");
    assert_null(gn__new_aligned(context, 5678));
    assert_message(context, GN_ERROR_MEMORY, "out of memory: 5678 bytes could not be had");
    assert_null(gn__copy_text(context, "text"));
    assert_message(context, GN_ERROR_MEMORY, "out of memory: 5 bytes could not be had");
    m.fail_at = 0;
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
}

static void resizing_keeps_the_start_and_zeroes_the_rest(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    const size_t before = m.bytes;
    unsigned char *block = gn__resize(context, NULL, 0, 3);
    assert_true(all_zero(block, 3));
    memcpy(block, "abc", 3);
    block = gn__resize(context, block, 3, 100);
    assert_memory_equal(block, "abc", 3);
    assert_true(all_zero(block + 3, 97));
    block = gn__resize(context, block, 100, 2);
    assert_memory_equal(block, "ab", 2);
    m.fail_at = m.calls + 1;
    assert_null(gn__resize(context, block, 2, 50));
    assert_memory_equal(block, "ab", 2);
    gn__delete(context, block, 2);
    assert_int_equal(m.bytes, before);
    assert_int_equal(m.wrong_sizes, 0);
    gn_context_free(context);
}

static void an_array_grows_in_few_moves_and_stays_when_memory_is_out(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    const size_t before = m.bytes, calls = m.calls;
    int *numbers = NULL;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        numbers = gn__grow(context, numbers, sizeof *numbers, &capacity, (size_t)i + 1);
        assert_true(capacity > (size_t)i);
        numbers[i] = i;
    }
    assert_true(m.calls - calls < 20);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    const size_t full = capacity;
    m.fail_at = m.calls + 1;
    assert_null(gn__grow(context, numbers, sizeof *numbers, &capacity, full + 1));
    assert_int_equal(capacity, full);
    assert_int_equal(numbers[999], 999);
    gn__delete(context, numbers, capacity * sizeof *numbers);
    assert_int_equal(m.bytes, before);
    assert_int_equal(m.wrong_sizes, 0);
    gn_context_free(context);
}

static void texts_are_copied(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    const size_t before = m.bytes;
    char *empty = gn__copy_text(context, ""), *text = gn__copy_text(context, "gannet");
    assert_string_equal(empty, "");
    assert_string_equal(text, "gannet");
    assert_null(gn__copy_text(context, NULL));
    assert_int_equal(m.bytes, before + 1 + 7);
    gn_text_free(context, empty);
    gn_text_free(context, text);
    gn_text_free(context, NULL);
    assert_int_equal(m.bytes, before);
    assert_int_equal(m.wrong_sizes, 0);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_and_kept_in_the_books),
        cmocka_unit_test(aligned_blocks_are_aligned_wherever_malloc_puts_them),
        cmocka_unit_test(freeing_nothing_is_fine),
        cmocka_unit_test(without_a_function_malloc_is_used),
        cmocka_unit_test(a_refused_request_is_counted_but_holds_nothing),
        cmocka_unit_test(sizes_that_do_not_fit_are_refused),
        cmocka_unit_test(messages_name_the_size),
        cmocka_unit_test(resizing_keeps_the_start_and_zeroes_the_rest),
        cmocka_unit_test(an_array_grows_in_few_moves_and_stays_when_memory_is_out),
        cmocka_unit_test(texts_are_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
