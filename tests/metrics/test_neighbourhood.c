/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_neighbourhood.c - precision, recall, density and coverage by hand and against NumPy. */
#include "metrics/fixture.h"

#include <stdlib.h>

/* Real 0, 1, 10 have balls of radius 1, 1, 9; fakes 2, 3, 100 of 1, 1, 97. Inside: fake 2 in the ball of 10 only (8 <
 * 9), and so is 3; 100 in none. Real 0, 1 and 10 lie in the ball of 100 if nearer than 97: 10 alone; 1 is 1 away from
 * 2, not nearer. */
static void test_by_hand(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *real = tensor_of(c, 3, 1, (const gn_real[]){0, 1, 10});
    gn_tensor *fake = tensor_of(c, 3, 1, (const gn_real[]){2, 3, 100});
    gn_neighbourhood_report r;
    assert_int_equal(gn_neighbourhood_metrics(real, fake, 1, &r), GN_OK);
    assert_close(r.precision, 2.0 / 3, 1e-12);
    assert_close(r.recall, 1.0 / 3, 1e-12);
    assert_close(r.density, 2.0 / 3, 1e-12);
    assert_close(r.coverage, 1.0 / 3, 1e-12);
    gn_tensor_data(fake)[1] = 1e30f;
    gn_neighbourhood_metrics(real, fake, 1, &r);
    assert_message_has(c, GN_ERROR_NUMBER, "neighbourhood metrics: row 1 has the length 1e+30, expected at most");
    gn_neighbourhood_metrics(real, fake, 3, &r);
    assert_message(c, GN_ERROR_ARGUMENT, "neighbourhood metrics: k is 3, expected 1 to 2");
    gn_tensor_free(real);
    gn_tensor_free(fake);
    gn_context_free(c);
}

/* Distances that float has exactly, to the k-th nearest of the others: by sorting them. */
static int by_size(const void *a, const void *b)
{
    const gn_real x = *(const gn_real *)a, y = *(const gn_real *)b;
    return (x > y) - (x < y);
}

enum { REALS = 1100, FAKES = 300, NEAREST = 3 };

static void find_radii(const gn_real *x, int count, gn_real *radii)
{
    gn_real distances[REALS];
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++)
            distances[j] = fabsf((float)(x[i] - x[j]));
        qsort(distances, (size_t)count, sizeof *distances, by_size);
        radii[i] = distances[NEAREST]; /* the first is the row itself */
    }
}

/* More rows than stand in a portion, and columns than in a tile, on a line, against plain loops; at any number of
 * threads. */
static void test_many_rows(void **state)
{
    (void)state;
    gn_real real[REALS], fake[FAKES], real_radii[REALS], fake_radii[FAKES];
    gn_random random = {.seed = 6};
    for (int i = 0; i < REALS; i++)
        real[i] = (gn_real)gn_random_integer(&random, 4000);
    for (int i = 0; i < FAKES; i++)
        fake[i] = (gn_real)gn_random_integer(&random, 4096) - 200;
    find_radii(real, REALS, real_radii);
    find_radii(fake, FAKES, fake_radii);
    int inside = 0, precise = 0, recalled = 0, covered = 0;
    for (int j = 0; j < FAKES; j++) {
        int of_fake = 0;
        for (int i = 0; i < REALS; i++)
            of_fake += fabsf((float)(real[i] - fake[j])) < real_radii[i];
        inside += of_fake;
        precise += of_fake > 0;
    }
    for (int i = 0; i < REALS; i++) {
        bool in_fake = false, has_fake = false;
        for (int j = 0; j < FAKES; j++) {
            in_fake |= fabsf((float)(real[i] - fake[j])) < fake_radii[j];
            has_fake |= fabsf((float)(real[i] - fake[j])) < real_radii[i];
        }
        recalled += in_fake;
        covered += has_fake;
    }
    for (int threads = 1; threads <= 3; threads++) {
        gn_context *c = gn_context_new(&(gn_context_options){.threads = threads});
        gn_tensor *a = tensor_of(c, REALS, 1, real), *b = tensor_of(c, FAKES, 1, fake);
        gn_neighbourhood_report r;
        assert_int_equal(gn_neighbourhood_metrics(a, b, NEAREST, &r), GN_OK);
        assert_close(r.precision, (double)precise / FAKES, 1e-12);
        assert_close(r.recall, (double)recalled / REALS, 1e-12);
        assert_close(r.density, (double)inside / (NEAREST * FAKES), 1e-12);
        assert_close(r.coverage, (double)covered / REALS, 1e-12);
        gn_tensor_free(a);
        gn_tensor_free(b);
        gn_context_free(c);
    }
}

static void test_against_numpy(void **state)
{
    (void)state;
    for (int threads = 1; threads < 4; threads++) {
        fixture f = fixture_new(threads);
        const int ks[] = {1, 4};
        const char *const names[] = {"neighbourhood_1", "neighbourhood_4"};
        for (int i = 0; i < 2; i++) {
            gn_neighbourhood_report r;
            assert_int_equal(gn_neighbourhood_metrics(f.a, f.b, ks[i], &r), GN_OK);
            assert_expected(&f, names[i], 0, r.precision);
            assert_expected(&f, names[i], 1, r.recall);
            assert_expected(&f, names[i], 2, r.density);
            assert_expected(&f, names[i], 3, r.coverage);
        }
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_against_numpy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
