/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_distances.c - portions of distances against plain loops, at any thread count. */
#include "metrics/distances.h"
#include "metrics/fixture.h"

/* 600 rows make three portions, the last one ragged. */
static void test_portions(void **state)
{
    (void)state;
    enum { A = 600, B = 131, D = 7 };
    for (int threads = 1; threads < 4; threads++) {
        gn_context *c = gn_context_new(&(gn_context_options){.threads = threads});
        gn_tensor *a = gn_tensor_new(c, GN_SHAPE(A, D)), *b = gn_tensor_new(c, GN_SHAPE(B, D));
        gn_random random = {.seed = 2};
        gn_random_fill_normal(&random, gn_tensor_data(a), A * D, 1, 2);
        gn_random_fill_normal(&random, gn_tensor_data(b), B * D, 1, 2);
        gn__rows x, y;
        assert_int_equal(gn__rows_open_two(&x, &y, "test", a, b, 1, &x), GN_OK);
        gn__distances d;
        gn__distances_open(&d, "test", &x, &y);
        int64_t rows = 0;
        double worst = 0;
        while (gn__distances_next(&d)) {
            assert_int_equal(d.first, rows);
            rows += d.count;
            for (int64_t i = 0; i < d.count * B; i++) {
                double squares = 0;
                for (int j = 0; j < D; j++) {
                    const double apart = (double)x.x[(d.first + i / B) * D + j] - (double)y.x[i % B * D + j];
                    squares += apart * apart;
                }
                worst = fmax(worst, fabs(squares - (double)d.block[i]));
            }
        }
        assert_int_equal(rows, A);
        assert_true(worst < 1e-4); /* of squares up to some hundreds */
        assert_int_equal(gn__distances_close(&d), GN_OK);
        gn_tensor_free(a);
        gn_tensor_free(b);
        gn_context_free(c);
    }
}

static double square_apart(const gn__rows *rows, int64_t i, int64_t k)
{
    double square = 0;
    for (int64_t j = 0; j < rows->size; j++) {
        const double apart = (double)rows->x[i * rows->size + j] - (double)rows->x[k * rows->size + j];
        square += apart * apart;
    }
    return square;
}

/* Distances are as good as those of rows about 0. */
static void test_rows_far_from_zero(void **state)
{
    (void)state;
    enum { ROWS = 40, SIZE = 64 };
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *a = gn_tensor_new(c, GN_SHAPE(ROWS, SIZE));
    gn_random random = {.seed = 2};
    gn_random_fill_normal(&random, gn_tensor_data(a), ROWS * SIZE, 1000, 1);
    gn__rows x;
    assert_int_equal(gn__rows_open(&x, "test", "a", a, 1), GN_OK);
    gn__distances d;
    gn__distances_open(&d, "test", &x, &x);
    assert_true(gn__distances_next(&d));
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < i; k++)
            assert_close((double)d.block[i * ROWS + k], square_apart(&x, i, k), 0.02); /* of about 128 */
    assert_int_equal(gn__distances_close(&d), GN_OK);
    gn_tensor_free(a);
    gn_context_free(c);
}

/* One row far away, in one direction for all numbers, costs the others no digits. */
static void test_one_row_far_away(void **state)
{
    (void)state;
    enum { ROWS = 41, SIZE = 8 };
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *a = gn_tensor_new(c, GN_SHAPE(ROWS, SIZE));
    gn_random random = {.seed = 2};
    gn_random_fill_normal(&random, gn_tensor_data(a), ROWS * SIZE, 0, 0.01f);
    for (int j = 0; j < SIZE; j++)
        gn_tensor_data(a)[(ROWS - 1) * SIZE + j] = 1e4f;
    gn__rows x;
    assert_int_equal(gn__rows_open(&x, "test", "a", a, 1), GN_OK);
    gn__distances d;
    gn__distances_open(&d, "test", &x, &x);
    assert_true(gn__distances_next(&d));
    for (int i = 0; i < ROWS - 1; i++)
        for (int k = 0; k < i; k++)
            assert_close((double)d.block[i * ROWS + k], square_apart(&x, i, k), 1e-8); /* of about 0.0016 */
    assert_int_equal(gn__distances_close(&d), GN_OK);
    gn_tensor_free(a);
    gn_context_free(c);
}

/* Equal rows are at distance 0, never below it. */
static void test_never_negative(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *a = gn_tensor_new(c, GN_SHAPE(50, 100));
    gn_random random = {.seed = 2};
    gn_random_fill_normal(&random, gn_tensor_data(a), 5000, 3, 1);
    gn__rows x;
    assert_int_equal(gn__rows_open(&x, "test", "a", a, 1), GN_OK);
    gn__distances d;
    gn__distances_open(&d, "test", &x, &x);
    assert_true(gn__distances_next(&d));
    for (int i = 0; i < 50; i++)
        assert_true(d.block[i * 50 + i] >= 0 && d.block[i * 50 + i] < 1e-3f);
    assert_int_equal(gn__distances_close(&d), GN_OK);
    gn_tensor_free(a);
    gn_context_free(c);
}

/* Rows so long that their squares overflow are an error, not a distance of 0. */
static void test_too_long_rows(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *x = tensor_of(c, 2, 1, (const gn_real[]){1, 1e19f});
    double value = 3;
    assert_int_equal(gn_diversity(x, NULL, &value), GN_ERROR_NUMBER);
    assert_message(c, GN_ERROR_NUMBER, "diversity: row 1 has the length 1e+19, expected at most 6.52191e+18");
    assert_true(value == 3);
    gn_tensor_free(x);
    gn_context_free(c);
}

/* The first failure stays, and nothing comes after it. */
static void test_failure_stays(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *a = tensor_of(c, 2, 1, (const gn_real[]){1, 1e19f});
    gn__rows x;
    assert_int_equal(gn__rows_open(&x, "test", "a", a, 1), GN_OK);
    gn__distances d;
    gn__distances_open(&d, "test", &x, &x);
    assert_false(gn__distances_next(&d));
    assert_false(gn__distances_next_products(&d));
    assert_int_equal(gn__distances_close(&d), GN_ERROR_NUMBER);
    gn_tensor_free(a);
    gn_context_free(c);
}

/* Every metric that rests on distances gives the same bits with any number of threads. */
static void test_same_bits(void **state)
{
    (void)state;
    double first[6] = {0};
    for (int threads = 1; threads < 4; threads++) {
        fixture f = fixture_new(threads);
        gn_parzen_report parzen;
        gn_neighbourhood_report near;
        double now[6];
        assert_int_equal(gn_diversity(f.a, f.labels_a, &now[0]), GN_OK);
        assert_int_equal(gn_kernel_distance(f.a, f.b, &now[1]), GN_OK);
        assert_int_equal(gn_nearest_neighbour_error(f.a, f.labels_a, f.b, f.labels_b, &now[2]), GN_OK);
        assert_int_equal(gn_parzen_log_likelihood(f.a, f.b, f.b, &parzen), GN_OK);
        assert_int_equal(gn_neighbourhood_metrics(f.a, f.b, 3, &near), GN_OK);
        assert_int_equal(gn_sliced_wasserstein(f.a, f.b, 9, 1, &now[5]), GN_OK);
        now[3] = parzen.log_likelihood;
        now[4] = near.density;
        if (threads == 1)
            memcpy(first, now, sizeof first);
        assert_memory_equal(first, now, sizeof first);
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portions),         cmocka_unit_test(test_rows_far_from_zero),
        cmocka_unit_test(test_one_row_far_away), cmocka_unit_test(test_never_negative),
        cmocka_unit_test(test_too_long_rows),    cmocka_unit_test(test_failure_stays),
        cmocka_unit_test(test_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
