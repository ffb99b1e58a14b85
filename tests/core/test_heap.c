/* SPDX-License-Identifier: MIT */
/* tests/core/test_heap.c - blocks that come back one by one, holes that join, chunks that give way, and failing
 * memory. */
#include "core/heap.h"
#include "memory.h"

#include <gannet/random.h>

/* The address sanitizer's, in builds that have it. */
extern int __asan_address_is_poisoned(const volatile void *address) __attribute__((weak));

enum { CHUNK = 1 << 16, LARGE = 3 * CHUNK };

static gn__block take(gn__heap *heap, size_t size)
{
    gn__block block;
    assert_true(gn__heap_take(heap, size, true, &block));
    assert_int_equal((uintptr_t)gn__heap_memory(heap, block) % 64, 0);
    return block;
}

static size_t bytes_of(const gn__heap *heap)
{
    size_t bytes = 0;
    for (size_t i = 0; i < heap->chunk_count; i++)
        bytes += heap->chunks[i].memory == NULL ? 0 : heap->chunks[i].size;
    return bytes;
}

/* A thousand rounds of taking and giving back: what is written in a block stays until it is given back. */
static void blocks_are_apart(void **state)
{
    enum { BLOCKS = 40 };
    gn__heap heap;
    gn__heap_open(&heap, *state, CHUNK);
    gn__block blocks[BLOCKS];
    size_t sizes[BLOCKS] = {0};
    gn_random random = {.seed = 5};
    for (int round = 0; round < 1000; round++) {
        const uint32_t i = gn_random_integer(&random, BLOCKS);
        unsigned char *bytes = sizes[i] == 0 ? NULL : gn__heap_memory(&heap, blocks[i]);
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(bytes[j], i);
        if (sizes[i] > 0)
            gn__heap_give(&heap, blocks[i]);
        sizes[i] = sizes[i] > 0 ? 0 : 1 + gn_random_integer(&random, CHUNK);
        if (sizes[i] > 0) {
            blocks[i] = take(&heap, sizes[i]);
            memset(gn__heap_memory(&heap, blocks[i]), (int)i, sizes[i]);
        }
    }
    for (size_t i = 0; i < BLOCKS; i++)
        if (sizes[i] > 0)
            gn__heap_give(&heap, blocks[i]);
    assert_int_equal(heap.taken, 0);
    for (size_t i = 0; i < heap.hole_count; i++) /* whole chunks again */
        assert_int_equal(heap.holes[i].size, heap.chunks[heap.holes[i].chunk].size);
    gn__heap_close(&heap);
}

/* Blocks of nothing have places of their own, or giving one back would make two holes of one place. */
static void a_block_of_no_bytes_has_a_place(void **state)
{
    gn__heap heap;
    gn__heap_open(&heap, *state, CHUNK);
    const gn__block a = take(&heap, 0), b = take(&heap, 0), c = take(&heap, 100);
    assert_true(a.size > 0 && b.size > 0);
    assert_true(a.first != b.first && b.first != c.first);
    gn__heap_give(&heap, b);
    gn__heap_give(&heap, a);
    gn__heap_give(&heap, c);
    assert_int_equal(heap.hole_count, 1);
    assert_int_equal(heap.holes[0].size, CHUNK);
    gn__heap_close(&heap);
}

static void holes_join(void **state)
{
    gn__heap heap;
    gn__heap_open(&heap, *state, CHUNK);
    const gn__block all = take(&heap, LARGE);
    gn__heap_give(&heap, all);
    const gn__block a = take(&heap, CHUNK), b = take(&heap, CHUNK), c = take(&heap, CHUNK / 2 + 64);
    assert_true(a.chunk == all.chunk && b.chunk == all.chunk && c.chunk == all.chunk);
    gn__heap_give(&heap, a);
    gn__heap_give(&heap, c);
    assert_false(gn__heap_has_room(&heap, LARGE));
    gn__heap_give(&heap, b);
    assert_true(gn__heap_has_room(&heap, LARGE));
    assert_int_equal(heap.hole_count, 1);
    gn__heap_close(&heap);
}

/* Between two holes that would be enough with its own place, when there is a third one. */
static void a_block_moves_out_of_the_way(void **state)
{
    gn__heap heap;
    gn__heap_open(&heap, *state, CHUNK);
    gn__heap_give(&heap, take(&heap, LARGE));
    const gn__block before = take(&heap, CHUNK), middle = take(&heap, CHUNK), after = take(&heap, CHUNK / 2 + 64),
                    larger = take(&heap, 2 * CHUNK), other = take(&heap, CHUNK);
    gn__block block = middle;
    memset(gn__heap_memory(&heap, block), 7, CHUNK);
    gn__heap_give(&heap, before);
    gn__heap_give(&heap, after);
    assert_false(gn__heap_move(&heap, CHUNK, &block, LARGE));
    gn__heap_give(&heap, larger);
    gn__heap_give(&heap, other);
    assert_false(gn__heap_move(&heap, CHUNK, &block, LARGE + 1));
    assert_int_equal(block.first, middle.first);
    assert_true(gn__heap_move(&heap, CHUNK, &block, LARGE));
    assert_int_equal(block.chunk, other.chunk);
    assert_true(gn__heap_has_room(&heap, LARGE));
    for (size_t i = 0; i < CHUNK; i++)
        assert_int_equal(((unsigned char *)gn__heap_memory(&heap, block))[i], 7);
    assert_int_equal(heap.taken, 1);
    gn__heap_close(&heap);
}

static void the_smallest_hole_is_taken(void **state)
{
    gn__heap heap;
    gn__heap_open(&heap, *state, CHUNK);
    const gn__block large = take(&heap, LARGE), small = take(&heap, CHUNK);
    gn__heap_give(&heap, large);
    gn__heap_give(&heap, small);
    assert_int_equal(take(&heap, CHUNK).chunk, small.chunk);
    gn__heap_close(&heap);
}

static void what_may_go_is_put_into_the_largest(void **state)
{
    gn__heap heap;
    gn__heap_open(&heap, *state, CHUNK);
    const gn__block large = take(&heap, LARGE), small = take(&heap, CHUNK);
    gn__block block;
    gn__heap_give(&heap, large);
    gn__heap_give(&heap, small);
    assert_true(gn__heap_take(&heap, CHUNK, false, &block));
    assert_int_equal(block.chunk, large.chunk);
    assert_int_equal(take(&heap, CHUNK).chunk, small.chunk);
    gn__heap_close(&heap);
}

/* Small blocks stand in chunks of their own, so that the place of a large one stays whole. */
static void small_blocks_keep_out_of_large_places(void **state)
{
    gn__heap heap;
    gn__heap_open(&heap, *state, CHUNK);
    gn__heap_give(&heap, take(&heap, LARGE));
    for (int i = 0; i < 3; i++)
        take(&heap, CHUNK / 2 - 64);
    assert_true(gn__heap_has_room(&heap, LARGE));
    gn__heap_close(&heap);
}

static void empty_chunks_give_way_to_larger_ones(void **state)
{
    gn__heap heap;
    gn__heap_open(&heap, *state, CHUNK);
    for (size_t size = CHUNK; size <= 8 * CHUNK; size += CHUNK) {
        gn__heap_give(&heap, take(&heap, size));
        assert_true(bytes_of(&heap) < size + 2 * 64);
    }
    const gn__block kept = take(&heap, CHUNK);
    memset(gn__heap_memory(&heap, kept), 7, CHUNK);
    take(&heap, 9 * CHUNK);
    assert_int_equal(*(unsigned char *)gn__heap_memory(&heap, kept), 7);
    gn__heap_close(&heap);
}

static void a_reset_takes_all_back(void **state)
{
    gn_context *context = *state;
    gn__heap heap;
    gn__heap_open(&heap, context, CHUNK);
    gn__heap_reset(&heap);
    uint64_t allocations = 0;
    for (int round = 0; round < 4; round++) {
        for (size_t i = 1; i < 30; i++)
            take(&heap, 5000 * i);
        allocations = round == 0 ? gn_context_memory(context).allocations : allocations;
        gn__heap_reset(&heap);
        assert_int_equal(heap.taken, 0);
    }
    assert_int_equal(gn_context_memory(context).allocations, allocations);
    gn__heap_close(&heap);
    gn__heap_close(&heap);
}

/* Under the address sanitizer: reading past a block, or one that was given back, is found out. */
static void only_blocks_that_are_taken_can_be_read(void **state)
{
    if (__asan_address_is_poisoned == NULL)
        skip();
    gn__heap heap;
    gn__heap_open(&heap, *state, CHUNK);
    const gn__block block = take(&heap, 100);
    const unsigned char *bytes = gn__heap_memory(&heap, block);
    for (size_t i = 0; i < 192; i++)
        assert_int_equal(__asan_address_is_poisoned(bytes + i), i >= 100);
    gn__heap_give(&heap, block);
    assert_int_equal(__asan_address_is_poisoned(bytes), 1);
    gn__heap_close(&heap);
}

static void sizes_that_do_not_fit_are_refused(void **state)
{
    gn_context *context = *state;
    gn__heap heap;
    gn__heap_open(&heap, context, CHUNK);
    gn__block block;
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 63, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        gn_context_clear(context);
        assert_false(gn__heap_has_room(&heap, sizes[i]));
        assert_false(gn__heap_take(&heap, sizes[i], true, &block));
        assert_message_has(context, GN_ERROR_MEMORY, "out of memory: ");
    }
    take(&heap, 64); /* it is still of use */
    gn__heap_close(&heap);
}

static bool fill_a_heap(gn_context *context, void *argument)
{
    (void)argument;
    gn__heap heap;
    gn__heap_open(&heap, context, CHUNK);
    bool done = true;
    gn__block block;
    for (int i = 0; i < 20; i++) /* more chunks than the table has places at first */
        done = gn__heap_take(&heap, CHUNK, true, &block) && done;
    gn__heap_close(&heap);
    return done;
}

static void growth_may_fail_anywhere(void **state)
{
    (void)state;
    assert_int_equal(memory_fail_each(fill_a_heap, NULL), 20 + 2 + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_apart),
        cmocka_unit_test(a_block_of_no_bytes_has_a_place),
        cmocka_unit_test(holes_join),
        cmocka_unit_test(a_block_moves_out_of_the_way),
        cmocka_unit_test(the_smallest_hole_is_taken),
        cmocka_unit_test(what_may_go_is_put_into_the_largest),
        cmocka_unit_test(small_blocks_keep_out_of_large_places),
        cmocka_unit_test(empty_chunks_give_way_to_larger_ones),
        cmocka_unit_test(a_reset_takes_all_back),
        cmocka_unit_test(only_blocks_that_are_taken_can_be_read),
        cmocka_unit_test(sizes_that_do_not_fit_are_refused),
        cmocka_unit_test(growth_may_fail_anywhere),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
