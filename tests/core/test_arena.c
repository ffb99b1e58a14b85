/* SPDX-License-Identifier: MIT */
/* tests/core/test_arena.c - blocks, growth, marks, and failing memory. */
#include "core/arena.h"
#include "memory.h"

/* The address sanitizer's, in builds that have it. */
extern int __asan_address_is_poisoned(const volatile void *address) __attribute__((weak));

/* Whole blocks can be written, and hold what was written until the arena is reset. */
static void blocks_are_aligned_and_apart(void **state)
{
    enum { BLOCKS = 300 };
    gn__arena arena;
    gn__arena_open(&arena, *state, 1 << 20);
    unsigned char *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = gn__arena_take(&arena, 37 * i);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 64, 0);
        memset(blocks[i], (int)(i % 251), 37 * i);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        for (size_t j = 0; j < 37 * i; j++)
            assert_int_equal(blocks[i][j], i % 251);
    gn__arena_close(&arena);
}

static void small_blocks_share_a_chunk_and_large_ones_get_their_own(void **state)
{
    gn__arena arena;
    gn__arena_open(&arena, *state, 1 << 20);
    assert_int_equal(arena.count, 0);
    for (int i = 0; i < 100; i++)
        assert_non_null(gn__arena_take(&arena, 100));
    assert_int_equal(arena.count, 1);
    unsigned char *large = gn__arena_take(&arena, 5 << 20);
    assert_non_null(large);
    large[0] = large[(5 << 20) - 1] = 1;
    assert_int_equal(arena.count, 2);
    assert_true(arena.chunks[1].size >= 5 << 20);
    assert_non_null(gn__arena_take(&arena, 100)); /* there is room in the first one still */
    assert_int_equal(arena.count, 2);
    gn__arena_close(&arena);
    assert_int_equal(arena.count, 0);
}

static void the_table_of_chunks_grows(void **state)
{
    gn__arena arena;
    gn__arena_open(&arena, *state, 1 << 20);
    enum { CHUNKS = 40 };
    for (size_t i = 1; i <= CHUNKS; i++) {
        unsigned char *block = gn__arena_take(&arena, 1 << 20);
        assert_non_null(block);
        block[0] = block[(1 << 20) - 1] = (unsigned char)i;
        assert_int_equal(arena.count, i);
    }
    gn__arena_close(&arena);
}

static void a_reset_gives_the_same_blocks_again_without_new_memory(void **state)
{
    gn_context *context = *state;
    gn__arena arena;
    gn__arena_open(&arena, context, 1 << 20);
    void *first[50];
    for (size_t i = 0; i < 50; i++)
        first[i] = gn__arena_take(&arena, 70001);
    const uint64_t allocations = gn_context_memory(context).allocations;
    for (int round = 0; round < 3; round++) {
        gn__arena_reset(&arena);
        for (size_t i = 0; i < 50; i++)
            assert_ptr_equal(gn__arena_take(&arena, 70001), first[i]);
    }
    assert_int_equal(gn_context_memory(context).allocations, allocations);
    gn__arena_close(&arena);
}

static void a_rewind_keeps_what_was_taken_before_the_mark(void **state)
{
    gn__arena arena;
    gn__arena_open(&arena, *state, 1 << 20);
    unsigned char *kept = gn__arena_take(&arena, 1000);
    memset(kept, 77, 1000);
    gn__arena_mark(&arena);
    void *next = gn__arena_take(&arena, 100);
    for (int round = 0; round < 5; round++) {
        assert_non_null(gn__arena_take(&arena, 3 << 20)); /* a chunk that the mark does not know */
        gn__arena_rewind(&arena);
        assert_ptr_equal(gn__arena_take(&arena, 100), next);
        assert_int_equal(arena.count, 2);
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(kept[i], 77);
    gn__arena_close(&arena);
}

static void the_last_mark_counts(void **state)
{
    gn__arena arena;
    gn__arena_open(&arena, *state, 1 << 20);
    gn__arena_mark(&arena);
    void *first = gn__arena_take(&arena, 64);
    gn__arena_mark(&arena);
    void *second = gn__arena_take(&arena, 64);
    gn__arena_rewind(&arena);
    assert_ptr_equal(gn__arena_take(&arena, 64), second);
    gn__arena_reset(&arena);
    assert_ptr_equal(gn__arena_take(&arena, 64), first);
    gn__arena_rewind(&arena); /* the reset has removed the mark */
    assert_ptr_equal(gn__arena_take(&arena, 64), first);
    gn__arena_close(&arena);
}

static void an_empty_arena_can_be_reset_and_closed(void **state)
{
    gn__arena arena;
    gn__arena_open(&arena, *state, 1 << 20);
    gn__arena_mark(&arena);
    gn__arena_rewind(&arena);
    gn__arena_reset(&arena);
    gn__arena_close(&arena);
    gn__arena_close(&arena);
    assert_int_equal(arena.count, 0);
}

static void a_block_of_no_bytes_is_not_a_failure(void **state)
{
    gn__arena arena;
    gn__arena_open(&arena, *state, 1 << 20);
    assert_non_null(gn__arena_take(&arena, 0));
    gn__arena_close(&arena);
}

static void assert_readable(const unsigned char *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(__asan_address_is_poisoned(block + i), 0);
    for (size_t i = size; i < size + 64; i++)
        assert_int_equal(__asan_address_is_poisoned(block + i), 1);
}

/* Under the address sanitizer: reading past a block, or one that was forgotten, is found out. */
static void only_blocks_that_are_taken_can_be_read(void **state)
{
    if (__asan_address_is_poisoned == NULL)
        skip();
    gn__arena arena;
    gn__arena_open(&arena, *state, 1 << 20);
    unsigned char *first = gn__arena_take(&arena, 100);
    gn__arena_mark(&arena);
    unsigned char *second = gn__arena_take(&arena, 64);
    assert_readable(first, 100);
    assert_readable(second, 64);
    gn__arena_rewind(&arena);
    assert_readable(first, 100);
    assert_readable(second, 0);
    gn__arena_reset(&arena);
    assert_readable(first, 0);
    assert_ptr_equal(gn__arena_take(&arena, 7), first);
    assert_readable(first, 7);
    gn__arena_close(&arena);
}

static void sizes_that_do_not_fit_are_refused(void **state)
{
    gn_context *context = *state;
    gn__arena arena;
    gn__arena_open(&arena, context, 1 << 20);
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 63, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        gn_context_clear(context);
        assert_null(gn__arena_take(&arena, sizes[i]));
        assert_message_has(context, GN_ERROR_MEMORY, "out of memory: ");
    }
    assert_non_null(gn__arena_take(&arena, 64)); /* it is still of use */
    gn__arena_close(&arena);
}

static bool fill_an_arena(gn_context *context, void *argument)
{
    (void)argument;
    gn__arena arena;
    gn__arena_open(&arena, context, 1 << 20);
    bool done = true;
    for (int i = 0; i < 20; i++) /* more chunks than the table has places at first */
        done = gn__arena_take(&arena, 1 << 20) != NULL && done;
    gn__arena_close(&arena);
    return done;
}

static void growth_may_fail_anywhere(void **state)
{
    (void)state;
    assert_int_equal(memory_fail_each(fill_an_arena, NULL), 20 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_and_apart),
        cmocka_unit_test(small_blocks_share_a_chunk_and_large_ones_get_their_own),
        cmocka_unit_test(the_table_of_chunks_grows),
        cmocka_unit_test(a_reset_gives_the_same_blocks_again_without_new_memory),
        cmocka_unit_test(a_rewind_keeps_what_was_taken_before_the_mark),
        cmocka_unit_test(the_last_mark_counts),
        cmocka_unit_test(an_empty_arena_can_be_reset_and_closed),
        cmocka_unit_test(a_block_of_no_bytes_is_not_a_failure),
        cmocka_unit_test(only_blocks_that_are_taken_can_be_read),
        cmocka_unit_test(sizes_that_do_not_fit_are_refused),
        cmocka_unit_test(growth_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
