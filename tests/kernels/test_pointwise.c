/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_pointwise.c - element-wise functions: accuracy in units in the last place, special values,
 * broadcasting. */
#include "kernels/fixture.h"
#include "kernels/functions.h"

/* The function in double; where it is an ordinary one of the C library. */
static double exact(gn__unary f, double x)
{
    switch (f) {
    case GN__EXP:
        return exp(x);
    case GN__LOG:
        return log(x);
    case GN__TANH:
        return tanh(x);
    case GN__SIGMOID:
        return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
    case GN__SOFTPLUS:
        return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
    default:
        return x;
    }
}

static float in_one_loop(gn__unary f, float x)
{
    switch (f) {
    case GN__EXP:
        return gn__exp(x);
    case GN__LOG:
        return gn__logarithm(x);
    case GN__TANH:
        return gn__tanh(x);
    case GN__SIGMOID:
        return gn__sigmoid(x);
    case GN__SOFTPLUS:
        return gn__softplus(x);
    default:
        return x;
    }
}

/* The distance of got from the true value, in units of the last place that a float near it has. */
static double ulps(float got, double expected)
{
    if ((double)got == expected || (isnan(got) && isnan(expected)) || (isinf(got) && fabs(expected) > (double)FLT_MAX))
        return 0;
    int exponent;
    frexp(expected, &exponent);
    const double unit = ldexp(1, exponent < -125 ? -149 : exponent - 24);
    return fabs((double)got - expected) / unit;
}

/* Floats of all sizes and both signs: every 4093rd of the 2^32. */
enum { SAMPLES = 1049344 };

static float *new_floats(void)
{
    float *x = new_output(SAMPLES);
    for (uint32_t i = 0; i < SAMPLES; i++)
        x[i] = gn__float_of(i * 4093u);
    return x;
}

static void test_accuracy(void **state)
{
    static const gn__unary functions[] = {GN__EXP, GN__LOG, GN__TANH, GN__SIGMOID, GN__SOFTPLUS};
    static const char *const names[] = {"exp", "log", "tanh", "sigmoid", "softplus"};
    const contexts *all = *state;
    float *x = new_floats(), *y = new_output(SAMPLES), *z = new_output(SAMPLES);
    for (int f = 0; f < 5; f++) {
        double worst = 0;
        int where = 0;
        all->fast[1]->kernels->unary(all->fast[1], functions[f], 0, 0, SAMPLES, x, y);
        all->fast[2]->kernels->unary(all->fast[2], functions[f], 0, 0, SAMPLES, x, z);
        assert_same_bits(names[f], SAMPLES, y, z);
        for (int i = 0; i < SAMPLES; i++) {
            const double distance = ulps(y[i], exact(functions[f], (double)x[i]));
            where = distance > worst || isnan(distance) ? i : where;
            worst = distance > worst || isnan(distance) ? distance : worst;
        }
        if (!(worst <= 3))
            fail_msg("%s(%.9g) = %.9g is %.2f ulp off", names[f], (double)x[where], (double)y[where], worst);
        print_message("%s: at most %.2f ulp off\n", names[f], worst);
    }
    free(x);
    free(y);
    free(z);
}

/* Vectorised for this processor or compiled for any: the same bits. NaNs are only asked to be NaN. */
static void test_same_bits_without_wide_vectors(void **state)
{
    static const gn__unary functions[] = {GN__EXP, GN__LOG, GN__TANH, GN__SIGMOID, GN__SOFTPLUS};
    const contexts *all = *state;
    float *x = new_floats(), *y = new_output(SAMPLES);
    for (int f = 0; f < 5; f++) {
        all->fast[0]->kernels->unary(all->fast[0], functions[f], 0, 0, SAMPLES, x, y);
        for (int i = 0; i < SAMPLES; i++) {
            const float alone = in_one_loop(functions[f], x[i]);
            if (isnan(alone) ? !isnan(y[i]) : gn__bits_of(alone) != gn__bits_of(y[i]))
                fail_msg("function %d of %.9g is %.9g in the loop and %.9g alone", f, (double)x[i], (double)y[i],
                         (double)alone);
        }
    }
    free(x);
    free(y);
}

static const float specials[] = {0.0f,   -0.0f,   1,       -1,      0.5f,     3,        -100,      100,
                                 1e-45f, -1e-45f, FLT_MIN, FLT_MAX, -FLT_MAX, INFINITY, -INFINITY, NAN};
enum { SPECIALS = sizeof specials / sizeof *specials };

/* Functions of plain arithmetic equal the reference exactly, on special values too. */
static void test_unary_equals_reference(void **state)
{
    static const float numbers[][2] = {{0, 1}, {0.2f, 1}, {-0.5f, 0.25f}, {2, 3}};
    const contexts *all = *state;
    float got[SPECIALS], expected[SPECIALS];
    for (int f = 0; f < GN__UNARY_COUNT; f++)
        for (int n = 0; n < 4; n++) {
            const float a = numbers[n][0], b = numbers[n][1];
            all->reference->kernels->unary(all->reference, (gn__unary)f, a, b, SPECIALS, specials, expected);
            all->fast[0]->kernels->unary(all->fast[0], (gn__unary)f, a, b, SPECIALS, specials, got);
            const bool rounded = f == GN__EXP || f == GN__LOG || f >= GN__TANH;
            for (int i = 0; i < SPECIALS; i++)
                if (ulps(got[i], (double)expected[i]) > (rounded ? 3 : 0))
                    fail_msg("function %d of %.9g with a %g: %.9g, expected %.9g", f, (double)specials[i], (double)a,
                             (double)got[i], (double)expected[i]);
        }
}

static void test_known_values(void **state)
{
    const contexts *all = *state;
    gn_context *tested[] = {all->reference, all->fast[0]};
    for (int i = 0; i < 2; i++) {
        const gn__kernels *kernels = tested[i]->kernels;
        const float x[] = {-INFINITY, -2, 0, 2, INFINITY, NAN};
        float y[6];
        kernels->unary(tested[i], GN__LEAKY_RELU, 0, 0, 6, x, y);
        assert_near("relu", 6, y, (const float[]){0, 0, 0, 2, INFINITY, NAN}, 0);
        kernels->unary(tested[i], GN__LEAKY_RELU, 0.5f, 0, 6, x, y);
        assert_near("leaky_relu", 6, y, (const float[]){-INFINITY, -1, 0, 2, INFINITY, NAN}, 0);
        const float gradients[] = {INFINITY, INFINITY, NAN, INFINITY, 1, 1};
        kernels->binary(tested[i], GN__LEAKY_RELU_GRADIENT, 0, 0, 6, gradients, x, y);
        assert_near("relu gradient", 6, y, (const float[]){0, 0, 0, INFINITY, 1, 0}, 0);
        kernels->unary(tested[i], GN__SIGN, 0, 0, 6, x, y);
        assert_near("sign", 6, y, (const float[]){-1, -1, 0, 1, 1, NAN}, 0);
        kernels->unary(tested[i], GN__CLAMP, -1, 1.5f, 6, x, y);
        assert_near("clamp", 6, y, (const float[]){-1, -1, 0, 1.5f, 1.5f, NAN}, 0);
        const float threes[] = {3, 3, 3, 3}, around[] = {-1.25f, -1, 1, 1.25f}; /* clamped to -1 to 1 */
        kernels->binary(tested[i], GN__CLAMP_GRADIENT, -1, 1, 4, threes, around, y);
        assert_near("clamp gradient", 4, y, (const float[]){0, 3, 3, 0}, 0);
        kernels->unary(tested[i], GN__SOFTPLUS, 0, 0, 6, x, y);
        assert_near("softplus", 6, y, (const float[]){0, 0.126928f, 0.693147f, 2.126928f, INFINITY, NAN}, 1e-6f);
        kernels->unary(tested[i], GN__TANH, 0, 0, 6, x, y);
        assert_near("tanh", 6, y, (const float[]){-1, -0.9640276f, 0, 0.9640276f, 1, NAN}, 1e-6f);
        kernels->unary(tested[i], GN__POWER, -2, 0, 6, x, y);
        assert_near("power", 6, y, (const float[]){0, 0.25f, INFINITY, 0.25f, 0, NAN}, 0);
    }
}

/* All pairs of special values, at offsets and counts that leave parts of vectors, in place too. */
static void test_binary_equals_reference(void **state)
{
    const contexts *all = *state;
    enum { PAIRS = SPECIALS * SPECIALS };
    float x[PAIRS], y[PAIRS], got[PAIRS], expected[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        x[i] = specials[i / SPECIALS];
        y[i] = specials[i % SPECIALS];
    }
    for (int f = 0; f < GN__BINARY_COUNT; f++)
        for (int count = PAIRS - 9; count <= PAIRS; count++) {
            all->reference->kernels->binary(all->reference, (gn__binary)f, 0.2f, 2, count, x, y, expected);
            all->fast[1]->kernels->binary(all->fast[1], (gn__binary)f, 0.2f, 2, count, x, y, got);
            assert_near("binary", count, got, expected, 0);
            memcpy(got, x, sizeof got);
            all->fast[1]->kernels->binary(all->fast[1], (gn__binary)f, 0.2f, 2, count, got, y, got);
            assert_near("binary in the place of x", count, got, expected, 0);
            memcpy(got, y, sizeof got);
            all->fast[1]->kernels->binary(all->fast[1], (gn__binary)f, 0.2f, 2, count, x, got, got);
            assert_near("binary in the place of y", count, got, expected, 0);
        }
}

/* Many tiles, and a ragged last one. */
static void test_large_arrays(void **state)
{
    const contexts *all = *state;
    enum { COUNT = 3 * 32 * 1024 + 77 };
    uint64_t random = 1;
    float *x = new_values(&random, COUNT, REALS), *y = new_values(&random, COUNT, REALS);
    float *expected = new_output(COUNT), *got = new_output(COUNT);
    for (int i = 0; i < THREAD_COUNTS; i++) {
        all->reference->kernels->binary(all->reference, GN__MUL, 0, 0, COUNT, x, y, expected);
        all->fast[i]->kernels->binary(all->fast[i], GN__MUL, 0, 0, COUNT, x, y, got);
        assert_near("mul", COUNT, got, expected, 0);
        all->reference->kernels->unary(all->reference, GN__SQUARE, 0, 0, COUNT, x, expected);
        all->fast[i]->kernels->unary(all->fast[i], GN__SQUARE, 0, 0, COUNT, x, got);
        assert_near("square", COUNT, got, expected, 0);
        assert_true(got[COUNT] == 12345.0f);
    }
    free(x);
    free(y);
    free(expected);
    free(got);
}

static void test_broadcasting(void **state)
{
    static const int64_t sizes[][2] = {{1, 1}, {1, 19}, {19, 1}, {7, 13}, {300, 257}, {2, 70000}, {70000, 2}};
    const contexts *all = *state;
    uint64_t random = 1;
    for (int i = 0; i < 7; i++) {
        const int64_t rows = sizes[i][0], columns = sizes[i][1], count = rows * columns;
        float *x = new_values(&random, count, REALS), *side = new_values(&random, rows + columns, REALS);
        float *expected = new_output(count), *got = new_output(count);
        for (int f = 0; f < GN__BINARY_COUNT; f++) {
            all->reference->kernels->binary_row(all->reference, (gn__binary)f, rows, columns, x, side, expected);
            all->fast[f % 3]->kernels->binary_row(all->fast[f % 3], (gn__binary)f, rows, columns, x, side, got);
            assert_near("binary_row", count, got, expected, 0);
            all->reference->kernels->binary_column(all->reference, (gn__binary)f, rows, columns, x, side, expected);
            all->fast[f % 3]->kernels->binary_column(all->fast[f % 3], (gn__binary)f, rows, columns, x, side, got);
            assert_near("binary_column", count, got, expected, 0);
        }
        assert_true(got[count] == 12345.0f);
        free(x);
        free(side);
        free(expected);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_same_bits_without_wide_vectors),
        cmocka_unit_test(test_unary_equals_reference),
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_binary_equals_reference),
        cmocka_unit_test(test_large_arrays),
        cmocka_unit_test(test_broadcasting),
    };
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
