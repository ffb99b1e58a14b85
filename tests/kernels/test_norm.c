/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_norm.c - batch norm: fast against reference, the same bits at any number of threads, no
 * cancellation. */
#include "kernels/fixture.h"

static const int64_t sizes[][2] = {{1, 1},          {1, 300},   {2, 1},    {5, 3},
                                   {64, 12544 / 8}, {1031, 37}, {70, 513}, {20000, 2}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Everything that a batch norm reads and writes. */
typedef struct buffers {
    int64_t rows, channels;
    float *x, *out_gradient, *gamma, *beta, *mean, *variance, *inverse, *gamma_gradient, *beta_gradient, *y,
        *x_gradient;
} buffers;

static buffers new_norm(uint64_t *random, int64_t rows, int64_t channels)
{
    buffers t = {.rows = rows, .channels = channels};
    t.x = new_values(random, rows * channels, REALS);
    t.out_gradient = new_values(random, rows * channels, REALS);
    t.gamma = new_values(random, channels, REALS);
    t.beta = new_values(random, channels, REALS);
    t.mean = new_output(channels);
    t.variance = new_output(channels);
    t.inverse = new_output(channels);
    t.gamma_gradient = new_output(channels);
    t.beta_gradient = new_output(channels);
    t.y = new_output(rows * channels);
    t.x_gradient = new_output(rows * channels);
    return t;
}

static void free_norm(buffers t)
{
    free(t.x);
    free(t.out_gradient);
    free(t.gamma);
    free(t.beta);
    free(t.mean);
    free(t.variance);
    free(t.inverse);
    free(t.gamma_gradient);
    free(t.beta_gradient);
    free(t.y);
    free(t.x_gradient);
}

static gn__norm known(buffers t, float slope)
{
    return (gn__norm){t.rows, t.channels, t.x, t.mean, t.inverse, t.gamma, t.beta, slope};
}

static void compute(gn_context *context, buffers t, float slope)
{
    const gn__norm all = known(t, slope);
    const gn__kernels *k = context->kernels;
    assert_int_equal(k->norm_statistics(context, t.rows, t.channels, t.x, t.mean, t.variance), GN_OK);
    for (int64_t j = 0; j < t.channels; j++)
        t.inverse[j] = 1 / sqrtf(t.variance[j] + 1e-3f);
    k->norm_apply(context, &all, t.y);
    assert_int_equal(k->norm_gradient_sums(context, &all, t.out_gradient, t.gamma_gradient, t.beta_gradient), GN_OK);
    k->norm_gradient(context, &all, t.out_gradient, t.gamma_gradient, t.beta_gradient, t.x_gradient);
}

/* The slope is 1 on reals: where the argument of a kink is within rounding of 0, either side is right. */
static void test_equals_reference(void **state)
{
    const contexts *all = *state;
    for (int i = 0; i < SIZES; i++) {
        uint64_t random = (uint64_t)i, again = (uint64_t)i;
        const int64_t rows = sizes[i][0], channels = sizes[i][1], count = rows * channels;
        buffers expected = new_norm(&random, rows, channels), first = new_norm(&again, rows, channels);
        compute(all->reference, expected, 1);
        for (int c = 0; c < THREAD_COUNTS; c++) {
            again = (uint64_t)i;
            buffers got = new_norm(&again, rows, channels);
            compute(all->fast[c], got, 1);
            assert_near("mean", channels, got.mean, expected.mean, 1e-6f);
            assert_near("variance", channels, got.variance, expected.variance, 2e-6f);
            assert_close("y", count, got.y, expected.y);
            assert_close("gamma_gradient", channels, got.gamma_gradient, expected.gamma_gradient);
            assert_close("beta_gradient", channels, got.beta_gradient, expected.beta_gradient);
            assert_close("x_gradient", count, got.x_gradient, expected.x_gradient);
            if (c == 0)
                compute(all->fast[c], first, 1);
            assert_same_bits("mean", channels, got.mean, first.mean);
            assert_same_bits("variance", channels, got.variance, first.variance);
            assert_same_bits("gamma_gradient", channels, got.gamma_gradient, first.gamma_gradient);
            assert_same_bits("beta_gradient", channels, got.beta_gradient, first.beta_gradient);
            assert_same_bits("x_gradient", count, got.x_gradient, first.x_gradient);
            free_norm(got);
        }
        free_norm(first);
        free_norm(expected);
    }
}

/* Given equal statistics, apply and gradient are the reference's to the bit, with a kink and in place. */
static void test_same_statistics(void **state)
{
    const contexts *all = *state;
    uint64_t random = 7;
    buffers t = new_norm(&random, 501, 45);
    const int64_t count = t.rows * t.channels;
    float *y = new_output(count), *x_gradient = new_output(count);
    compute(all->reference, t, 0.2f);
    const gn__kernels *k = all->fast[1]->kernels;
    gn__norm moved = known(t, 0.2f);
    moved.x = memcpy(y, t.x, (size_t)count * sizeof *y);
    k->norm_apply(all->fast[1], &moved, y);
    assert_near("apply in place", count, y, t.y, 0);
    memcpy(x_gradient, t.out_gradient, (size_t)count * sizeof *y);
    const gn__norm norm = known(t, 0.2f);
    k->norm_gradient(all->fast[1], &norm, x_gradient, t.gamma_gradient, t.beta_gradient, x_gradient);
    assert_near("gradient in place", count, x_gradient, t.x_gradient, 0);
    float gamma_gradient[45], beta_gradient[45];
    assert_int_equal(k->norm_gradient_sums(all->fast[1], &norm, t.out_gradient, gamma_gradient, beta_gradient), GN_OK);
    assert_near("gamma_gradient", t.channels, gamma_gradient, t.gamma_gradient, 1e-3f);
    assert_near("beta_gradient", t.channels, beta_gradient, t.beta_gradient, 1e-3f);
    free(y);
    free(x_gradient);
    free_norm(t);
}

/* Numbers of a spread of 1 around 10,000, of which float keeps three decimals: the variance must come out all the
 * same. */
static void test_no_cancellation(void **state)
{
    const contexts *all = *state;
    gn_context *tested[] = {all->reference, all->fast[1]};
    enum { ROWS = 30000, CHANNELS = 3 };
    uint64_t random = 1;
    float *x = new_values(&random, ROWS * CHANNELS, REALS), mean[CHANNELS], variance[CHANNELS];
    for (int i = 0; i < ROWS * CHANNELS; i++)
        x[i] += 10000;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tested[i]->kernels->norm_statistics(tested[i], ROWS, CHANNELS, x, mean, variance), GN_OK);
        for (int j = 0; j < CHANNELS; j++) {
            assert_near("mean", 1, &mean[j], &(float){10000}, 0.01f);
            assert_near("variance", 1, &variance[j], &(float){1.0f / 3}, 0.01f);
        }
    }
    for (int i = 0; i < ROWS * CHANNELS; i++)
        x[i] = 12345.678f;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tested[i]->kernels->norm_statistics(tested[i], ROWS, CHANNELS, x, mean, variance), GN_OK);
        assert_near("mean of equals", 1, mean, &(float){12345.678f}, 0.002f);
        assert_near("variance of equals", 1, variance, &(float){0}, 1e-6f);
    }
    free(x);
}

/* The first row tells nothing of the others: as after a ReLU that lets few numbers pass, and with one large number. */
static void test_first_row_unlike_the_others(void **state)
{
    const contexts *all = *state;
    enum { ROWS = 4096, CHANNELS = 64, APART = 256 };
    static const float seldom[] = {1.834f, 1e4f, 1e19f};
    float *x = malloc(sizeof(float) * ROWS * CHANNELS), mean[CHANNELS], variance[CHANNELS];
    assert_non_null(x);
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < ROWS * CHANNELS; i++)
            x[i] = i / CHANNELS % APART == 0 ? seldom[k] : 0;
        assert_int_equal(all->fast[0]->kernels->norm_statistics(all->fast[0], ROWS, CHANNELS, x, mean, variance),
                         GN_OK);
        for (int j = 0; j < CHANNELS; j++) {
            assert_near("mean", 1, &(float){mean[j] / seldom[k]}, &(float){1.0f / APART}, 1e-6f);
            assert_near("variance", 1, &(float){variance[j] / seldom[k] / seldom[k]},
                        &(float){1.0f / APART - 1.0f / APART / APART}, 1e-6f);
        }
    }
    free(x);
}

/* NaN in a channel reaches its statistics and no other's. */
static void test_nan(void **state)
{
    const contexts *all = *state;
    float x[] = {1, 2, 3, NAN, 5, 6}, mean[2], variance[2];
    assert_int_equal(all->fast[0]->kernels->norm_statistics(all->fast[0], 3, 2, x, mean, variance), GN_OK);
    assert_near("mean", 2, mean, (const float[]){3, NAN}, 0);
    assert_near("variance", 2, variance, (const float[]){8.0f / 3, NAN}, 1e-6f);
}

/* As the leaky ReLU does: a slope of 0 makes 0 of minus infinity, and NaN stays. */
static void test_activation_of_what_is_not_finite(void **state)
{
    const contexts *all = *state;
    const float x[] = {-INFINITY, NAN, INFINITY, -1}, zeros[4] = {0}, ones[] = {1, 1, 1, 1};
    const gn__norm norm = {1, 4, x, zeros, ones, ones, zeros, 0};
    float y[4];
    all->fast[0]->kernels->norm_apply(all->fast[0], &norm, y);
    assert_near("fast", 4, y, (const float[]){0, NAN, INFINITY, 0}, 0);
    all->reference->kernels->norm_apply(all->reference, &norm, y);
    assert_near("reference", 4, y, (const float[]){0, NAN, INFINITY, 0}, 0);
}

/* A unit that is off passes nothing on, not 0 times infinity. */
static void test_infinite_gradient_of_what_is_off(void **state)
{
    const contexts *all = *state;
    const float x[] = {-1, 1}, zeros[2] = {0}, ones[] = {1, 1}, gradient[] = {INFINITY, 2};
    const gn__norm norm = {1, 2, x, zeros, ones, ones, zeros, 0};
    gn_context *tested[] = {all->reference, all->fast[0]};
    for (int i = 0; i < 2; i++) {
        float gamma_sum[2], beta_sum[2];
        assert_int_equal(tested[i]->kernels->norm_gradient_sums(tested[i], &norm, gradient, gamma_sum, beta_sum),
                         GN_OK);
        assert_near("beta", 2, beta_sum, (const float[]){0, 2}, 0);
        assert_near("gamma", 2, gamma_sum, (const float[]){0, 2}, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_reference),
        cmocka_unit_test(test_same_statistics),
        cmocka_unit_test(test_no_cancellation),
        cmocka_unit_test(test_first_row_unlike_the_others),
        cmocka_unit_test(test_nan),
        cmocka_unit_test(test_infinite_gradient_of_what_is_off),
        cmocka_unit_test(test_activation_of_what_is_not_finite),
    };
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
