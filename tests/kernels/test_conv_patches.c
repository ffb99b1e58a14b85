/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_conv_patches.c - the matrix of patches, block by block, against its definition. */
#include "core/context.h"
#include "kernels/conv_patches.h"
#include "kernels/fixture.h"

#include <gannet/context.h>

/* Element (row, column) by the definition. */
static float element(const gn__patches *p, int64_t row, int64_t column)
{
    const int64_t grid_x = row % p->x.grid, grid_y = row / p->x.grid % p->y.grid, n = row / p->x.grid / p->y.grid;
    const int64_t channel = column % p->channels, tap = column / p->channels;
    const int64_t y = p->y.first + grid_y * p->y.grid_step + tap / p->x.taps * p->y.tap_step;
    const int64_t x = p->x.first + grid_x * p->x.grid_step + tap % p->x.taps * p->x.tap_step;
    if (y < 0 || y >= p->y.size || x < 0 || x >= p->x.size)
        return 0;
    return p->image[((n * p->y.size + y) * p->x.size + x) * p->channels + channel];
}

/* Every element of every block of `p`, which may be padded, and that the blocks are the whole matrix of `original` in
 * order. */
static void check(const gn__patches *original, const gn__patches *p, int64_t images)
{
    enum { COUNT = 7 };
    int64_t numbers[GN__BLOCK_DEPTH + GN__TILE_ROWS];
    float *buffer = new_output(COUNT * GN__BLOCK_DEPTH);
    const float *rows[COUNT];
    int where[COUNT];
    int64_t next = 0;
    for (int64_t b = 0; b < gn__patch_blocks(p); b++) {
        const gn__patch_block block = gn__patch_block_at(p, b);
        assert_int_equal(block.column, next);
        assert_in_range(block.columns, 1, GN__BLOCK_DEPTH);
        next += block.columns;
        const int64_t *const offsets = gn__patch_offsets(p, block, numbers);
        for (int64_t j = block.columns; j < block.columns + GN__TILE_ROWS && offsets != NULL; j++)
            assert_int_equal(offsets[j], 0);
        const int64_t all = images * p->y.grid * p->x.grid;
        for (int64_t row = 0; row < all; row += COUNT) {
            const int64_t count = all - row < COUNT ? all - row : COUNT;
            const int64_t inside = gn__patch_rows(p, block, row, count, buffer, rows, where);
            for (int64_t i = 0, found = 0; i < count; i++) {
                const bool given = found < inside && where[found] == i;
                for (int64_t j = 0; j < block.columns; j++)
                    assert_true((given ? rows[found][offsets != NULL ? offsets[j] : j] : 0) ==
                                element(original, row + i, block.column + j));
                found += given;
            }
        }
    }
    assert_int_equal(next, gn__patch_width(original));
    free(buffer);
}

/* The first block that gives every row, tried out. */
static int64_t whole_block(const gn__patches *p, int64_t images)
{
    float *buffer = new_output(GN__BLOCK_DEPTH);
    const float *row;
    int where;
    int64_t block = 0, given = 0;
    const int64_t all = images * p->y.grid * p->x.grid;
    for (; block < gn__patch_blocks(p); block++) {
        for (given = 0; given < all; given++)
            if (gn__patch_rows(p, gn__patch_block_at(p, block), given, 1, buffer, &row, &where) == 0)
                break;
        if (given == all)
            break;
    }
    free(buffer);
    return block;
}

/* size, grid, taps, first, grid_step, tap_step of y and of x, behind the channels. */
static void test_blocks(void **state)
{
    static const struct {
        int64_t images, channels;
        gn__patch_side y, x;
        int64_t padded; /* height x width of images with zeros around, or 0 */
    } cases[] = {
        {1, 1, {1, 1, 1, 0, 1, 1}, {1, 1, 1, 0, 1, 1}, 0},
        {2, 3, {5, 4, 3, -1, 1, 1}, {6, 5, 3, -2, 1, 1}, 6 * 8},
        {2, 64, {6, 3, 4, -1, 2, 1}, {6, 3, 4, -1, 2, 1}, 0},        /* a block for each tap */
        {1, 47, {4, 4, 3, -1, 1, 1}, {4, 4, 3, -1, 1, 1}, 0},        /* a block for each run */
        {2, 16, {6, 3, 4, -1, 2, 1}, {9, 4, 4, -3, 3, 1}, 0},        /* runs that are cut on both sides */
        {1, 40, {7, 3, 3, 0, 2, 2}, {7, 3, 3, -1, 2, 2}, 9 * 9},     /* blocks that end within a tap */
        {1, 70, {7, 3, 2, 0, 2, 3}, {7, 5, 2, -1, 1, 2}, 0},         /* taps spread out */
        {1, 2, {9, 9, 13, -6, 1, 1}, {9, 9, 13, -6, 1, 1}, 21 * 21}, /* short runs, wider than the image */
        {1, 8, {9, 9, 13, -6, 1, 1}, {9, 9, 13, -6, 1, 1}, 0},       /* the same, longer */
        {1, 5, {9, 3, 2, 12, 1, 1}, {9, 3, 2, 1, 1, 1}, 16 * 9},     /* all outside */
        {1, 50, {9, 3, 2, 12, 1, 1}, {9, 3, 2, 1, 1, 1}, 0},
        {3, 300, {3, 2, 1, 1, 1, 1}, {3, 2, 1, 0, 2, 1}, 0}, /* one tap of many channels */
    };
    uint64_t random = 1;
    gn_context *context = gn_context_new(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float *image = new_values(&random, cases[i].images * cases[i].y.size * cases[i].x.size * cases[i].channels,
                                  REALS);
        const gn__patches original = {image, cases[i].images, cases[i].channels, cases[i].y, cases[i].x};
        assert_int_equal(gn__patch_padding(&original), cases[i].images * cases[i].padded * cases[i].channels);
        float *padded = new_output(gn__patch_padding(&original) + 1);
        gn__patches p = original;
        gn__patch_pad(context, &p, padded);
        check(&original, &p, cases[i].images);
        assert_int_equal(gn__patch_whole_block(&p), whole_block(&p, cases[i].images));
        free(padded);
        free(image);
    }
    gn_context_free(context);
}

/* Where patches stand in the image a tile reads as many numbers as it has rows; a short last block has less. */
static void test_blocks_are_even(void **state)
{
    (void)state;
    const gn__patches p = {NULL, 1, 64771, {1, 1, 1, 0, 1, 1}, {1, 1, 1, 0, 1, 1}};
    assert_int_equal(gn__patch_blocks(&p), 254);
    for (int64_t i = 0; i < 254; i++)
        assert_in_range(gn__patch_block_at(&p, i).columns, 255, GN__BLOCK_DEPTH);
}

/* A block that stands in the image is not copied. */
static void test_points_into_the_image(void **state)
{
    uint64_t random = 1;
    float *image = new_values(&random, 3 * 3 * 64, REALS), *buffer = new_output(GN__BLOCK_DEPTH);
    const gn__patches p = {image, 1, 64, {3, 3, 1, 0, 1, 1}, {3, 3, 1, 0, 1, 1}};
    const float *row = NULL;
    int where = -1;
    (void)state;
    assert_int_equal(gn__patch_rows(&p, gn__patch_block_at(&p, 0), 4, 1, buffer, &row, &where), 1);
    assert_ptr_equal(row, image + 4 * 64);
    assert_int_equal(where, 0);
    free(buffer);
    free(image);
}

/* A copy that nobody could hold is not asked for. */
static void test_mostly_zeros(void **state)
{
    const int64_t far = INT64_C(1) << 30;
    const gn__patches around = {NULL, 1, 1, {4, 4, 3, -1, 1, 1}, {4, 4, 3, -1, 1, 1}};
    const gn__patches distant = {NULL, 1, 1, {4, 3, 1, -far, far, 1}, {4, 3, 1, -far, far, 1}};
    const gn__patches many = {NULL, 1, 64, distant.y, distant.x};
    (void)state;
    assert_false(gn__patch_is_mostly_zeros(&around));
    assert_true(gn__patch_is_mostly_zeros(&distant));
    assert_false(gn__patch_is_mostly_zeros(&many));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks), cmocka_unit_test(test_blocks_are_even),
                                       cmocka_unit_test(test_mostly_zeros),
                                       cmocka_unit_test(test_points_into_the_image)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
