/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_gemm_microkernel.c - one tile, edges of tiles, and packing, computed again by plain loops. */
#include "kernels/fixture.h"
#include "kernels/gemm_microkernel.h"

static void test_pack_panel(void **state)
{
    (void)state;
    enum { K = 19, N = 7 };
    float b[K * N], rows[K * GN__TILE_COLUMNS], columns[K * GN__TILE_COLUMNS];
    for (int i = 0; i < K * N; i++)
        b[i] = (float)(i + 1);
    gn__pack_panel(K, N, b, N, 1, rows);    /* b as [K,N] */
    gn__pack_panel(K, N, b, 1, K, columns); /* b as [N,K] */
    for (int p = 0; p < K; p++)
        for (int j = 0; j < GN__TILE_COLUMNS; j++) {
            assert_true(rows[p * GN__TILE_COLUMNS + j] == (j < N ? b[p * N + j] : 0));
            assert_true(columns[p * GN__TILE_COLUMNS + j] == (j < N ? b[j * K + p] : 0));
        }
}

static void test_pack_columns(void **state)
{
    (void)state;
    enum { M = GN__TILE_ROWS + 1, K = 2 };
    float a[K * M], packed[K * 2 * GN__TILE_ROWS];
    const float *columns[K] = {a, a + M};
    for (int i = 0; i < K * M; i++)
        a[i] = (float)(i + 1);
    gn__pack_columns(M, K, columns, packed);
    for (int p = 0; p < K; p++) {
        assert_ptr_equal(columns[p], packed + p * GN__TILE_ROWS);
        for (int i = 0; i < 2 * GN__TILE_ROWS; i++)
            assert_true(columns[p][i / GN__TILE_ROWS * K * GN__TILE_ROWS + i % GN__TILE_ROWS] ==
                        (i < M ? a[p * M + i] : 0));
    }
}

static void test_whole_columns(void **state)
{
    (void)state;
    assert_int_equal(gn__whole_columns(1), GN__TILE_COLUMNS);
    assert_int_equal(gn__whole_columns(GN__TILE_COLUMNS), GN__TILE_COLUMNS);
    assert_int_equal(gn__whole_columns(GN__TILE_COLUMNS + 1), 2 * GN__TILE_COLUMNS);
}

/* C += A B on integers. A is stored so that reading before or behind it is seen by the sanitizer. */
static void check(gn__layout layout, bool scattered, bool packs, int64_t m, int64_t n, int64_t k, bool add,
                  uint64_t *random)
{
    const int64_t lines = layout == GN__BY_ROWS ? m : k, length = layout == GN__BY_ROWS ? k : m;
    const int64_t padded_lines = lines < GN__TILE_ROWS ? GN__TILE_ROWS : lines;
    const int64_t padded_length = length < GN__TILE_ROWS ? GN__TILE_ROWS : length;
    float *a = new_values(random, padded_lines * padded_length, INTEGERS), *b = new_values(random, k * n, INTEGERS);
    float *c = new_values(random, m * n, INTEGERS), *expected = new_output(m * n);
    float *packed = new_output(k * gn__whole_columns(n));
    const float **pointers = malloc((size_t)padded_lines * sizeof *pointers);
    int64_t *offsets = malloc((size_t)padded_length * sizeof *offsets);
    assert_non_null(pointers);
    assert_non_null(offsets);
    for (int64_t i = 0; i < padded_length; i++)
        offsets[i] = i < length && scattered ? length - 1 - i : i;
    for (int64_t i = 0; i < padded_lines; i++)
        pointers[i] = a + i * padded_length;
    for (int64_t j = 0; j < n; j += GN__TILE_COLUMNS)
        gn__pack_panel(k, n - j < GN__TILE_COLUMNS ? n - j : GN__TILE_COLUMNS, b + j, n, 1, packed + j * k);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            expected[i * n + j] = add ? c[i * n + j] : 0;
            for (int64_t p = 0; p < k; p++)
                expected[i * n + j] += (layout == GN__BY_ROWS ? pointers[i][offsets[p]] : pointers[p][offsets[i]]) *
                                       b[p * n + j];
        }
    float **outputs = malloc((size_t)m * sizeof *outputs), *panels = new_output(padded_lines * (m + GN__TILE_ROWS));
    assert_non_null(outputs);
    gn__point_to_rows(c, m, n, outputs);
    if (layout == GN__IN_PANELS)
        gn__pack_columns(m, k, pointers, panels);
    const gn__operand operand = {layout, pointers, scattered ? offsets : NULL};
    if (packs)
        gn__multiply_packed(&operand, m, n, k, packed, k * GN__TILE_COLUMNS, gn__begin_with(add, outputs), outputs);
    else
        gn__multiply_unpacked(&operand, m, n, k, b, n, gn__begin_with(add, outputs), outputs);
    assert_near(layout == GN__BY_ROWS      ? "by rows"
                : layout == GN__BY_COLUMNS ? "by columns"
                                           : "in panels",
                m * n, c, expected, 0);
    free(offsets);
    free(outputs);
    free(panels);
    free(pointers);
    free(packed);
    free(expected);
    free(c);
    free(b);
    free(a);
}

static void test_multiply(void **state)
{
    static const int64_t sizes[] = {1, 5, 11, 12, 13, 24, 31, 32, 33, 70};
    uint64_t random = 1;
    (void)state;
    for (int i = 0; i < 10; i++)
        for (int j = 0; j < 10; j++)
            for (int64_t k = 1; k < 20; k += 6) {
                check(GN__BY_ROWS, false, true, sizes[i], sizes[j], k, i % 2 == 0, &random);
                check(GN__BY_ROWS, false, false, sizes[i], sizes[j], k, i % 2 == 0, &random);
                check(GN__BY_ROWS, true, true, sizes[i], sizes[j], k, j % 2 == 0, &random);
                check(GN__BY_COLUMNS, false, true, sizes[i], sizes[j], k, j % 2 == 0, &random);
                check(GN__BY_COLUMNS, true, true, sizes[i], sizes[j], k, i % 2 == 0, &random);
                check(GN__BY_COLUMNS, false, false, sizes[i], sizes[j], k, i % 2 == 0, &random);
                check(GN__IN_PANELS, false, true, sizes[i], sizes[j], k, j % 2 == 0, &random);
                check(GN__IN_PANELS, false, false, sizes[i], sizes[j], k, i % 2 == 0, &random);
            }
}

/* Sums may begin with one row for all, as with a bias, in whole tiles and at both edges. */
static void test_sums_begin_with_a_row(void **state)
{
    enum { ONE_MORE = GN__TILE_ROWS + 1, WIDER = GN__TILE_COLUMNS + 1 };
    float a = 2, b[2 * GN__TILE_COLUMNS] = {0}, bias[WIDER], c[ONE_MORE * WIDER], *outputs[ONE_MORE];
    const float *rows[ONE_MORE], *begin[ONE_MORE];
    (void)state;
    for (int j = 0; j < WIDER; j++) {
        b[j] = (float)j;
        bias[j] = (float)(100 * j);
    }
    for (int i = 0; i < ONE_MORE; i++) {
        rows[i] = &a;
        begin[i] = bias;
    }
    gn__point_to_rows(c, ONE_MORE, WIDER, outputs);
    gn__multiply_packed(&(gn__operand){GN__BY_ROWS, rows, NULL}, ONE_MORE, WIDER, 1, b, GN__TILE_COLUMNS, begin,
                        outputs);
    for (int i = 0; i < ONE_MORE * WIDER; i++)
        assert_true(c[i] == (float)(102 * (i % WIDER)));
}

enum { M = GN__TILE_ROWS, N = GN__TILE_COLUMNS, K = 100, WIDE = N + 5 };

/* A tile's A by rows and by columns, and its B packed and in a wider matrix. */
typedef struct tile {
    float *a, *transposed, *b, *wide;
    const float *rows[M], *columns[K];
} tile;

static tile tile_new(values kind)
{
    uint64_t random = 2;
    tile t = {.a = new_values(&random, M * K, kind), .transposed = new_output(M * K)};
    t.b = new_values(&random, K * N, kind);
    t.wide = new_output(K * WIDE);
    for (int i = 0; i < M; i++)
        for (int p = 0; p < K; p++)
            t.transposed[p * M + i] = t.a[i * K + p];
    for (int i = 0; i < M; i++)
        t.rows[i] = t.a + i * K;
    for (int p = 0; p < K; p++)
        t.columns[p] = t.transposed + p * M;
    for (int p = 0; p < K; p++)
        memcpy(t.wide + p * WIDE, t.b + p * N, N * sizeof *t.b);
    return t;
}

static void tile_free(tile *t)
{
    free(t->a);
    free(t->transposed);
    free(t->b);
    free(t->wide);
}

/* The first `count` rows, added to c. */
static void run_kernel(const tile *t, gn__layout layout, int index, int count, const gn__panel *b, float *c)
{
    const gn__operand a = {layout, layout == GN__BY_ROWS ? t->rows : t->columns, NULL};
    float *outputs[M];
    gn__point_to_rows(c, M, N, outputs);
    gn__tile_kernel_at(&a, b, index)(count, K, &a, 0, b, gn__begin_with(true, outputs), outputs, 0);
}

/* A B that is not packed gives the same bits, and is packed by the way where that is asked for. */
static void check_unpacked(const tile *t, gn__layout layout, int index, int count, const float *expected)
{
    float in_place[M * N] = {0}, packing[M * N] = {0}, *copy = new_output(K * N);
    run_kernel(t, layout, index, count, &(gn__panel){t->wide, WIDE, NULL}, in_place);
    run_kernel(t, layout, index, count, &(gn__panel){t->wide, WIDE, copy}, packing);
    assert_same_bits("B in place", M * N, in_place, expected);
    assert_same_bits("B packed by the way", M * N, packing, expected);
    assert_same_bits("packed", K * N, copy, t->b);
    free(copy);
}

/* Every micro-kernel of this processor: exact on integers, and the same by rows and by columns and with a B that is not
 * packed. The fused ones, all but the last, have the same bits. */
static void test_kernels_agree(void **state)
{
    const values kind = *state != NULL ? REALS : INTEGERS;
    tile t = tile_new(kind);
    const gn__panel b = {t.b, N, NULL};
    const gn__operand any = {GN__BY_ROWS, t.rows, NULL};
    float best[M * N] = {0};
    run_kernel(&t, GN__BY_ROWS, 0, M, &b, best);
    for (int index = 0; gn__tile_kernel_at(&any, &b, index) != NULL; index++) {
        const bool last = gn__tile_kernel_at(&any, &b, index + 1) == NULL;
        for (int count = GN__TILE_STEP; count <= M; count += GN__TILE_STEP) {
            float by_rows[M * N] = {0}, by_columns[M * N] = {0};
            run_kernel(&t, GN__BY_ROWS, index, count, &b, by_rows);
            run_kernel(&t, GN__BY_COLUMNS, index, count, &b, by_columns);
            assert_same_bits("layouts", M * N, by_columns, by_rows);
            check_unpacked(&t, GN__BY_ROWS, index, count, by_rows);
            check_unpacked(&t, GN__BY_COLUMNS, index, count, by_rows);
            assert_near("kernels", count * N, by_rows, best, last && kind == REALS ? 1e-5f : 0);
            for (int i = count * N; i < M * N; i++)
                assert_true(by_rows[i] == 0);
        }
    }
    tile_free(&t);
}

int main(void)
{
    values reals = REALS;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack_panel),
        cmocka_unit_test(test_pack_columns),
        cmocka_unit_test(test_whole_columns),
        cmocka_unit_test(test_multiply),
        cmocka_unit_test(test_sums_begin_with_a_row),
        cmocka_unit_test(test_kernels_agree),
        {"test_kernels_agree_on_reals", test_kernels_agree, NULL, NULL, &reals},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
