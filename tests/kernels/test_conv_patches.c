/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_conv_patches.c - the matrix of patches, block by block, against its definition. */
#include "kernels/conv_patches.h"
#include "kernels/fixture.h"

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

/* Every element of every block, and that the blocks are the whole matrix in order. */
static void check(const gn__patches *p, int64_t images)
{
    enum { COUNT = 7 };
    float *buffer = new_output(COUNT * GN__BLOCK_DEPTH);
    const float *rows[COUNT];
    int where[COUNT];
    int64_t next = 0;
    for (int64_t b = 0; b < gn__patch_blocks(p); b++) {
        const gn__patch_block block = gn__patch_block_at(p, b);
        assert_int_equal(block.column, next);
        assert_in_range(block.columns, 1, GN__BLOCK_DEPTH);
        next += block.columns;
        const int64_t all = images * p->y.grid * p->x.grid;
        for (int64_t row = 0; row < all; row += COUNT) {
            const int64_t count = all - row < COUNT ? all - row : COUNT;
            const int64_t inside = gn__patch_rows(p, block, row, count, buffer, rows, where);
            for (int64_t i = 0, found = 0; i < count; i++) {
                const bool given = found < inside && where[found] == i;
                for (int64_t j = 0; j < block.columns; j++)
                    assert_true((given ? rows[found][j] : 0) == element(p, row + i, block.column + j));
                found += given;
            }
        }
    }
    assert_int_equal(next, gn__patch_width(p));
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
        bool copied; /* with the zeros outside, so that every block has a part of every row */
    } cases[] = {
        {1, 1, {1, 1, 1, 0, 1, 1}, {1, 1, 1, 0, 1, 1}, true},
        {2, 3, {5, 4, 3, -1, 1, 1}, {6, 5, 3, -2, 1, 1}, true},
        {2, 64, {6, 3, 4, -1, 2, 1}, {6, 3, 4, -1, 2, 1}, false},  /* a block for each tap */
        {1, 47, {4, 4, 3, -1, 1, 1}, {4, 4, 3, -1, 1, 1}, false},  /* a block for each run */
        {2, 16, {6, 3, 4, -1, 2, 1}, {9, 4, 4, -3, 3, 1}, false},  /* runs that are cut on both sides */
        {1, 40, {7, 3, 3, 0, 2, 2}, {7, 3, 3, -1, 2, 2}, true},    /* blocks that end within a tap */
        {1, 70, {7, 3, 2, 0, 2, 3}, {7, 5, 2, -1, 1, 2}, false},   /* taps spread out */
        {1, 2, {9, 9, 13, -6, 1, 1}, {9, 9, 13, -6, 1, 1}, true},  /* short runs, wider than the image */
        {1, 8, {9, 9, 13, -6, 1, 1}, {9, 9, 13, -6, 1, 1}, false}, /* the same, longer */
        {1, 5, {9, 3, 2, 12, 1, 1}, {9, 3, 2, 1, 1, 1}, true},     /* all outside */
        {1, 50, {9, 3, 2, 12, 1, 1}, {9, 3, 2, 1, 1, 1}, false},
        {3, 300, {3, 2, 1, 1, 1, 1}, {3, 2, 1, 0, 2, 1}, false}, /* one tap of many channels */
    };
    uint64_t random = 1;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float *image = new_values(&random, cases[i].images * cases[i].y.size * cases[i].x.size * cases[i].channels,
                                  REALS);
        const gn__patches p = {image, cases[i].channels, cases[i].y, cases[i].x};
        check(&p, cases[i].images);
        assert_int_equal(gn__patch_whole_block(&p),
                         cases[i].copied ? gn__patch_blocks(&p) : whole_block(&p, cases[i].images));
        free(image);
    }
}

/* A block that stands in the image is not copied. */
static void test_points_into_the_image(void **state)
{
    uint64_t random = 1;
    float *image = new_values(&random, 3 * 3 * 64, REALS), *buffer = new_output(GN__BLOCK_DEPTH);
    const gn__patches p = {image, 64, {3, 3, 1, 0, 1, 1}, {3, 3, 1, 0, 1, 1}};
    const float *row = NULL;
    int where = -1;
    (void)state;
    assert_int_equal(gn__patch_rows(&p, gn__patch_block_at(&p, 0), 4, 1, buffer, &row, &where), 1);
    assert_ptr_equal(row, image + 4 * 64);
    assert_int_equal(where, 0);
    free(buffer);
    free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks), cmocka_unit_test(test_points_into_the_image)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
