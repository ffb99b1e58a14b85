/* SPDX-License-Identifier: MIT */
/* tests/gan/test_latent.c - the distributions of the noise. */
#include "gan/gan.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

enum { PICTURES = 4000, SIZE = 5 };

/* Mean, variance and largest magnitude of noise with the given distribution. */
static void measure(gn_latent_distribution distribution, float scale, double *mean, double *variance, double *largest)
{
    static gn_real z[PICTURES * SIZE];
    const gn_latent latent = {.size = SIZE, .distribution = distribution, .scale = scale};
    gn_random random = {.seed = 3};
    gn__latent_fill(&latent, &random, PICTURES, z);
    double sum = 0, squares = 0;
    *largest = 0;
    for (int i = 0; i < PICTURES * SIZE; i++) {
        sum += (double)z[i];
        squares += (double)z[i] * (double)z[i];
        *largest = fmax(*largest, fabs((double)z[i]));
    }
    *mean = sum / (PICTURES * SIZE);
    *variance = squares / (PICTURES * SIZE) - *mean * *mean;
}

static void test_normal(void **state)
{
    (void)state;
    double mean, variance, largest;
    measure(GN_LATENT_NORMAL, 2, &mean, &variance, &largest);
    assert_true(fabs(mean) < 0.06 && fabs(variance - 4) < 0.2 && largest > 6);
}

static void test_uniform(void **state)
{
    (void)state;
    double mean, variance, largest;
    measure(GN_LATENT_UNIFORM, 3, &mean, &variance, &largest);
    assert_true(fabs(mean) < 0.06 && fabs(variance - 3) < 0.1 && largest <= 3 && largest > 2.99);
}

static void test_spherical(void **state)
{
    (void)state;
    const gn_latent latent = {.size = SIZE, .distribution = GN_LATENT_SPHERICAL, .scale = 1.5f};
    gn_real z[7 * SIZE];
    gn_random random = {.seed = 4};
    gn__latent_fill(&latent, &random, 7, z);
    for (int i = 0; i < 7; i++) {
        double squares = 0;
        for (int j = 0; j < SIZE; j++)
            squares += (double)z[i * SIZE + j] * (double)z[i * SIZE + j];
        assert_true(fabs(sqrt(squares) - 1.5 * sqrt(SIZE)) < 1e-5);
    }
}

static void test_defaults_and_checks(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_latent latent = {.size = 4};
    assert_int_equal(gn__latent_check(context, &latent), GN_OK);
    assert_true(latent.scale == 1);
    latent.size = -1;
    assert_int_equal(gn__latent_check(context, &latent), GN_ERROR_ARGUMENT);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal),
        cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_spherical),
        cmocka_unit_test(test_defaults_and_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
