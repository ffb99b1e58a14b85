/* SPDX-License-Identifier: MIT */
/* tests/golden/test_initializers.c - the spread of every initialiser held against PyTorch's; initializers.safetensors
 * is made by make_initializers.py.
 *
 * Two drawings of n = 60,000 numbers or more differ by chance: a quantile p of either by sqrt(p (1-p) / n) / density,
 * at most 0.0070 standard deviations of the distribution (normal, p = 0.1), mean and deviation by 0.0041. The
 * difference of two has sqrt(2) times that; six times this, 0.06, is not met by chance in the life of this test. Normal
 * and uniform numbers of equal deviation are 0.10 apart at p = 0.1, and a wrong fan changes the deviation by more. */
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIGURES = 9 };

static const double tolerance = 0.06;

static const struct {
    const char *name;
    gn_init init;
} kinds[] = {
    {"glorot_uniform", {.kind = GN_INIT_GLOROT_UNIFORM}}, {"glorot_normal", {.kind = GN_INIT_GLOROT_NORMAL}},
    {"he_uniform", {.kind = GN_INIT_HE_UNIFORM}},         {"he_normal", {.kind = GN_INIT_HE_NORMAL}},
    {"normal", {.kind = GN_INIT_NORMAL, .scale = 0.02f}}, {"uniform", {.kind = GN_INIT_UNIFORM, .scale = 0.05f}},
    {"orthogonal", {.kind = GN_INIT_ORTHOGONAL}},         {"constant", {.kind = GN_INIT_CONSTANT, .scale = 0.3f}},
};

/* The same weights in this library's layouts. */
static const struct {
    const char *name;
    gn_shape shape;
} places[] = {
    {"dense", {2, {300, 200}}},
    {"conv2d", {4, {4, 5, 40, 80}}},
    {"conv_transpose2d", {4, {4, 4, 75, 50}}},
};

static int compare(const void *a, const void *b)
{
    const gn_real x = *(const gn_real *)a, y = *(const gn_real *)b;
    return (x > y) - (x < y);
}

/* Mean, standard deviation, smallest, largest, and the quantiles 0.1, 0.25, 0.5, 0.75 and 0.9; sorts the tensor. */
static void describe(gn_tensor *tensor, double *figures)
{
    static const double shares[] = {0.1, 0.25, 0.5, 0.75, 0.9};
    gn_real *x = gn_tensor_data(tensor);
    const int64_t n = gn_tensor_count(tensor);
    double sum = 0, squares = 0;
    qsort(x, (size_t)n, sizeof *x, compare);
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i];
    for (int64_t i = 0; i < n; i++)
        squares += ((double)x[i] - sum / (double)n) * ((double)x[i] - sum / (double)n);
    figures[0] = sum / (double)n;
    figures[1] = sqrt(squares / (double)(n - 1));
    figures[2] = (double)x[0];
    figures[3] = (double)x[n - 1];
    for (int i = 0; i < 5; i++)
        figures[4 + i] = (double)x[(int64_t)(shares[i] * (double)(n - 1))];
}

static void read(gn_archive *archive, gn_context *context, const char *place, const char *what, gn_real *numbers,
                 int count)
{
    char name[64];
    snprintf(name, sizeof name, "%s/%s", place, what);
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(count));
    if (gn_archive_get(archive, name, tensor) != GN_OK)
        fail_msg("%s", gn_context_message(context));
    memcpy(numbers, gn_tensor_values(tensor), (size_t)count * sizeof *numbers);
    gn_tensor_free(tensor);
}

/* The largest difference of a figure, in deviations. The extremes of normal numbers differ more, and only those of
 * uniform ones count. */
static double distance(const gn_real *wanted, const double *found, bool bounded)
{
    const double scale = fmax((double)wanted[1], 1e-3);
    double largest = 0;
    for (int i = 0; i < FIGURES; i++)
        if (bounded || (i != 2 && i != 3))
            largest = fmax(largest, fabs((double)wanted[i] - found[i]) / scale);
    return largest;
}

static void test_spread(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_archive *archive = gn_archive_load(context, GN_TESTS_DIR "/golden/initializers.safetensors");
    assert_non_null(archive);
    for (size_t p = 0; p < sizeof places / sizeof *places; p++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            gn_real fans[2], wanted[FIGURES];
            double found[FIGURES];
            read(archive, context, places[p].name, "fans", fans, 2);
            read(archive, context, places[p].name, kinds[k].name, wanted, FIGURES);
            gn_tensor *tensor = gn_tensor_new(context, places[p].shape);
            gn_random random = {.seed = 5, .stream = k};
            assert_int_equal(gn_init_fill(tensor, kinds[k].init, (int64_t)fans[0], (int64_t)fans[1], &random), GN_OK);
            describe(tensor, found);
            const double off = distance(wanted, found, strstr(kinds[k].name, "uniform") != NULL);
            printf("%-18s %-16s deviation %.5f, PyTorch's %.5f; largest difference %.3f\n", kinds[k].name,
                   places[p].name, found[1], (double)wanted[1], off);
            if (!(off < tolerance))
                fail_msg("%s %s: %g deviations away", kinds[k].name, places[p].name, off);
            gn_tensor_free(tensor);
        }
    gn_archive_free(archive);
    gn_context_free(context);
}

/* The fans that the layers give their initialisers: with Glorot's rule their default weights have PyTorch's (and
 * Keras's) deviation. */
static void test_fans_of_layers(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_archive *archive = gn_archive_load(context, GN_TESTS_DIR "/golden/initializers.safetensors");
    gn_module *layers[] = {
        gn_dense_layer(context, &(gn_dense_options){.in = 300, .out = 200}),
        gn_conv2d_layer(context, &(gn_conv2d_options){.in = 40, .out = 80, .kernel = 4}),
        gn_conv_transpose2d_layer(context, &(gn_conv2d_options){.in = 50, .out = 75, .kernel = 4}),
    };
    for (int p = 0; p < 3; p++) {
        gn_real wanted[FIGURES];
        double found[FIGURES];
        read(archive, context, places[p].name, "glorot_uniform", wanted, FIGURES);
        describe(gn_parameter_value(gn_parameters(layers[p]).items[0]), found);
        const double factor = p == 1 ? sqrt(20.0 / 16) : 1; /* a kernel of 4x4, not 4x5: fans of 16 in place of 20 */
        assert_true(fabs(found[1] / factor - (double)wanted[1]) < tolerance * (double)wanted[1]);
        gn_module_free(layers[p]);
    }
    gn_archive_free(archive);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_spread), cmocka_unit_test(test_fans_of_layers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
