/* SPDX-License-Identifier: MIT */
/* tests/core/test_region.c - blocks that share huge pages, and when they are had elsewhere. */
#include "core/context.h"
#include "core/region.h"
#include "memory.h"

#include <gannet/tensor.h>

enum { KB = 1 << 10, MB = 1 << 20 };

/* Skips the rest of a test where there are no regions: under the address sanitizer, and where nobody knows huge
 * pages. */
static void *take(gn_context *context, size_t size, gn__region **region)
{
    void *block = gn__region_take(context, size, region);
    if (block == NULL)
        skip();
    return block;
}

static void blocks_are_aligned_and_apart(void **state)
{
    enum { BLOCKS = 40 }; /* more than a region holds */
    gn__region *regions[BLOCKS];
    unsigned char *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = take(*state, MB + 100 * i, &regions[i]);
        assert_int_equal((uintptr_t)blocks[i] % 64, 0);
        memset(blocks[i], (int)i, MB + 100 * i);
    }
    assert_ptr_equal(regions[0], regions[1]);
    assert_ptr_not_equal(regions[0], regions[BLOCKS - 1]);
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_int_equal(blocks[i][0], i);
        assert_int_equal(blocks[i][MB + 100 * i - 1], i);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        gn__region_give(regions[i], blocks[i], MB + 100 * i);
}

/* The last block makes room for another one; what stands before it keeps its numbers while others go, and the system
 * gets the whole pages of these. */
static void blocks_are_given_back(void **state)
{
    gn__region *region;
    unsigned char *first = take(*state, MB + 64, &region), *second = take(*state, 2 * MB, &region),
                  *third = take(*state, MB, &region);
    memset(first, 1, MB + 64);
    memset(second, 2, 2 * MB);
    memset(third, 3, MB);
    gn__region_give(region, second, 2 * MB);
    assert_int_equal(second[MB], 0);
    assert_int_equal(first[MB + 63], 1);
    assert_int_equal(third[0], 3);
    gn__region_give(region, third, MB);
    assert_ptr_equal(take(*state, MB, &region), third);
    gn__region_give(region, third, MB);
    gn__region_give(region, first, MB + 64);
    assert_null(((gn_context *)*state)->region);
}

/* A region that is no longer the one that tensors are put into keeps what is left in it, and gives back its end,
 * too. */
static void an_older_region_is_given_back_too(void **state)
{
    enum { BLOCKS = 6 }; /* of 8 MB: three in the first region behind a small one */
    gn__region *small_region, *regions[BLOCKS];
    unsigned char *small = take(*state, MB, &small_region), *blocks[BLOCKS];
    memset(small, 7, MB);
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = take(*state, 8 * MB, &regions[i]);
        memset(blocks[i], 1, 8 * MB);
    }
    assert_ptr_equal(regions[2], small_region);
    assert_ptr_not_equal(regions[3], small_region);
    for (size_t i = 0; i < BLOCKS; i++)
        gn__region_give(regions[i], blocks[i], 8 * MB);
    assert_int_equal(blocks[2][4 * MB], 0);
    assert_int_equal(small[0], 7);
    assert_int_equal(small[MB - 1], 7);
    gn__region_give(small_region, small, MB);
    assert_null(((gn_context *)*state)->region);
}

/* It has been written, and nobody takes it any more. */
static void the_rest_of_a_full_region_goes_back(void **state)
{
    enum { BLOCKS = 4 }; /* of 7 MB */
    gn__region *regions[BLOCKS], *region, *next;
    unsigned char *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++)
        blocks[i] = take(*state, 7 * MB, &regions[i]);
    unsigned char *rest = take(*state, 3 * MB, &region);
    memset(rest, 1, 3 * MB);
    gn__region_give(region, rest, 3 * MB);
    unsigned char *other = take(*state, 7 * MB, &next);
    assert_ptr_not_equal(next, region);
    assert_int_equal(rest[MB], 0);
    for (size_t i = 0; i < BLOCKS; i++)
        gn__region_give(regions[i], blocks[i], 7 * MB);
    gn__region_give(next, other, 7 * MB);
}

static void the_books_are_kept(void **state)
{
    const size_t before = gn_context_memory(*state).bytes;
    const size_t calls = gn_context_memory(*state).allocations;
    gn__region *region;
    void *block = take(*state, 3 * MB, &region);
    assert_true(gn_context_memory(*state).allocations > calls + 1); /* the region's and the block's */
    const size_t with_block = gn_context_memory(*state).bytes;
    assert_in_range(with_block - before, 3 * MB, 3 * MB + 4 * KB);
    gn__region_give(region, block, 3 * MB);
    assert_int_equal(gn_context_memory(*state).bytes, before);
}

static void small_and_large_blocks_are_had_elsewhere(void **state)
{
    gn__region *region = NULL;
    assert_null(gn__region_take(*state, 100 * KB, &region));
    assert_null(gn__region_take(*state, 100 * MB, &region));
    assert_null(gn__region_take(*state, SIZE_MAX, &region));
    assert_null(region);
    assert_int_equal(gn_context_status(*state), GN_OK);
}

static void a_users_allocator_serves_everything(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    gn__region *region = NULL;
    assert_null(gn__region_take(context, MB, &region));
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
}

/* A tensor keeps the context that its owner has freed, and its memory. */
static void a_tensor_outlives_its_context(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(1024, 1024));
    assert_non_null(tensor);
    assert_true(gn_tensor_values(tensor)[1024 * 1024 - 1] == 0);
    gn_context_free(context);
    gn_tensor_data(tensor)[1024 * 1024 - 1] = 1;
    gn_tensor_free(tensor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_and_apart),
        cmocka_unit_test(blocks_are_given_back),
        cmocka_unit_test(an_older_region_is_given_back_too),
        cmocka_unit_test(the_rest_of_a_full_region_goes_back),
        cmocka_unit_test(the_books_are_kept),
        cmocka_unit_test(small_and_large_blocks_are_had_elsewhere),
        cmocka_unit_test(a_users_allocator_serves_everything),
        cmocka_unit_test(a_tensor_outlives_its_context),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
