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
    gn__latent_fill(&latent, 0, &random, PICTURES, z);
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
    gn__latent_fill(&latent, 0, &random, 7, z);
    for (int i = 0; i < 7; i++) {
        double squares = 0;
        for (int j = 0; j < SIZE; j++)
            squares += (double)z[i * SIZE + j] * (double)z[i * SIZE + j];
        assert_true(fabs(sqrt(squares) - 1.5 * sqrt(SIZE)) < 1e-5);
    }
}

/* TensorFlow's truncated normal has the variance 0.774 for 2 deviations. */
static void test_truncated(void **state)
{
    (void)state;
    double mean, variance, largest;
    measure(GN_LATENT_TRUNCATED, 3, &mean, &variance, &largest);
    assert_true(fabs(mean) < 0.06 && fabs(variance - 9 * 0.7737) < 0.2 && largest <= 6 && largest > 5.9);
}

/* Noise that is near enough stays as it is; the rest is drawn again. A tighter bound than a truncated distribution's
 * own counts, a looser one does not. */
static void test_truncation_when_sampling(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    for (int distribution = GN_LATENT_NORMAL; distribution <= GN_LATENT_TRUNCATED;
         distribution += GN_LATENT_TRUNCATED) {
        const gn_latent latent = {.size = 40, .scale = 2, .distribution = (gn_latent_distribution)distribution};
        gn_tensor *free = gn_latent_draw(context, &latent, 50, 3, 0),
                  *near = gn_latent_draw(context, &latent, 50, 3, 0.5f);
        double largest = 0;
        for (int i = 0; i < 2000; i++)
            largest = fmax(largest, fabs((double)gn_tensor_values(near)[i]));
        assert_true(largest <= 1 && largest > 0.99);
        assert_true(gn_tensor_values(free)[0] == gn_tensor_values(near)[0] || fabsf(gn_tensor_values(free)[0]) > 1);
        gn_tensor_free(free);
        gn_tensor_free(near);
    }
    const gn_latent truncated = {.size = 10000, .distribution = GN_LATENT_TRUNCATED};
    gn_tensor *looser = gn_latent_draw(context, &truncated, 1, 3, 3),
              *tightest = gn_latent_draw(context, &(gn_latent){.size = 1}, 1, 3, 0.0625f);
    for (int i = 0; i < 10000; i++)
        assert_true(fabsf(gn_tensor_values(looser)[i]) <= 2);
    assert_non_null(tightest);
    gn_tensor_free(looser);
    gn_tensor_free(tightest);
    assert_null(gn_latent_draw(context, &(gn_latent){.size = 3, .distribution = GN_LATENT_UNIFORM}, 2, 1, 0.5f));
    assert_message(context, GN_ERROR_ARGUMENT, "latent: truncation is 0.5, expected 0 for noise not normal");
    assert_null(gn_latent_draw(context, &(gn_latent){.size = 3}, 2, 1, NAN));
    assert_message_has(context, GN_ERROR_ARGUMENT, "latent: truncation is");
    assert_null(gn_latent_draw(NULL, &(gn_latent){.size = 3}, 2, 1, 0));
    gn_context_free(context);
}

/* Half way between (3,0) and (0,1): in a straight line (1.5,0.5); on the circle at 45 degrees with the length 2. */
static void test_ways(void **state)
{
    (void)state;
    const gn_real a[] = {3, 0}, b[] = {0, 1}, opposite[] = {-3, 0};
    gn_real out[2];
    gn_latent_linear(a, b, 2, 0.5f, out);
    assert_true(out[0] == 1.5f && out[1] == 0.5f);
    gn_latent_great_circle(a, b, 2, 0.5f, out);
    assert_true(fabs((double)out[0] - sqrt(2)) < 1e-6 && fabs((double)out[1] - sqrt(2)) < 1e-6);
    gn_latent_great_circle(a, b, 2, 0, out);
    assert_true(fabs((double)out[0] - 3) < 1e-6 && fabs((double)out[1]) < 1e-6);
    gn_latent_great_circle(a, b, 2, 1, out);
    assert_true(fabs((double)out[0]) < 1e-6 && fabs((double)out[1] - 1) < 1e-6);
    gn_latent_great_circle(a, opposite, 2, 0.25f, out); /* there is no single great circle */
    assert_true(out[0] == 1.5f && out[1] == 0);
    gn_latent_great_circle((const gn_real[]){0, 0}, b, 2, 0.5f, out);
    assert_true(out[0] == 0 && out[1] == 0.5f);
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
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_truncation_when_sampling),
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_defaults_and_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
