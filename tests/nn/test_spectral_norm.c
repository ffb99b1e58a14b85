/* SPDX-License-Identifier: MIT */
/* tests/nn/test_spectral_norm.c - the largest singular value against an SVD, gradients through it, and its state in a
 * file. */
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The largest singular value of a [rows, columns] by one-sided Jacobi rotations of its columns. */
static double largest_singular_value(double *a, int rows, int columns)
{
    for (int sweep = 0; sweep < 60; sweep++)
        for (int p = 0; p < columns; p++)
            for (int q = p + 1; q < columns; q++) {
                double alpha = 0, beta = 0, gamma = 0;
                for (int i = 0; i < rows; i++) {
                    alpha += a[i * columns + p] * a[i * columns + p];
                    beta += a[i * columns + q] * a[i * columns + q];
                    gamma += a[i * columns + p] * a[i * columns + q];
                }
                if (fabs(gamma) < 1e-15)
                    continue;
                const double zeta = (beta - alpha) / (2 * gamma);
                const double t = (zeta >= 0 ? 1 : -1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
                const double c = 1 / sqrt(1 + t * t), s = c * t;
                for (int i = 0; i < rows; i++) {
                    const double x = a[i * columns + p], y = a[i * columns + q];
                    a[i * columns + p] = c * x - s * y;
                    a[i * columns + q] = s * x + c * y;
                }
            }
    double largest = 0;
    for (int p = 0; p < columns; p++) {
        double squares = 0;
        for (int i = 0; i < rows; i++)
            squares += a[i * columns + p] * a[i * columns + p];
        largest = fmax(largest, sqrt(squares));
    }
    return largest;
}

static gn_module *make_dense(gn_context *c)
{
    return gn_dense_layer(c, &(gn_dense_options){.in = 7, .out = 5, .name = "layer"});
}

static gn_module *make_conv(gn_context *c)
{
    return gn_conv2d_layer(c, &(gn_conv2d_options){.in = 2, .out = 3, .kernel = 2, .name = "layer"});
}

static gn_module *make_transpose(gn_context *c)
{
    return gn_conv_transpose2d_layer(
        c, &(gn_conv2d_options){.in = 2, .out = 3, .kernel = 2, .stride = 2, .name = "layer"});
}

static gn_module *make_maxout(gn_context *c)
{
    return gn_maxout_layer(c, &(gn_maxout_options){.in = 4, .units = 3, .pieces = 2, .name = "layer"});
}

/* Element (row, column) of the weight as [inputs, outputs]; only conv_transpose2d keeps its outputs before its
 * inputs. */
static void copy_matrix(gn_tensor *weight, bool transposed, double *a)
{
    const gn_shape shape = gn_tensor_shape(weight);
    const int64_t count = gn_tensor_count(weight);
    for (int64_t i = 0; i < count; i++) {
        const int64_t in = shape.size[3], out = shape.size[2];
        const int64_t place = transposed ? (i / (in * out) * in + i % in) * out + i / in % out : i;
        a[place] = (double)gn_tensor_values(weight)[i];
    }
}

typedef struct wrapped {
    gn_context *context;
    gn_module *module, *layer;
    gn_tape *tape;
    gn_shape input;
} wrapped;

static wrapped wrapped_new(gn_module *(*make)(gn_context *), gn_shape input)
{
    wrapped w = {.context = gn_context_new(&(gn_context_options){.seed = 6, .threads = 1}), .input = input};
    w.layer = make(w.context);
    w.module = gn_spectral_norm_layer(w.context, w.layer, 1);
    assert_non_null(w.module);
    w.tape = gn_tape_new(w.context);
    return w;
}

static void wrapped_free(wrapped *w)
{
    gn_tape_free(w->tape);
    gn_module_free(w->module);
    gn_context_free(w->context);
}

static gn_var *apply(const wrapped *w)
{
    gn_tape_reset(w->tape);
    return gn_apply(w->module, gn_full(w->tape, w->input, 0.3f));
}

/* After many rounds the layer gives what the layer alone would with its weight divided by the singular value. */
static void expect_divided(gn_module *(*make)(gn_context *), gn_shape input, int columns)
{
    wrapped w = wrapped_new(make, input);
    gn_tensor *weight = gn_parameter_value(gn_parameters(w.layer).items[0]);
    const int64_t count = gn_tensor_count(weight);
    double a[64];
    copy_matrix(weight, make == make_transpose, a);
    const double sigma = largest_singular_value(a, (int)count / columns, columns);
    for (int i = 0; i < 300; i++)
        apply(&w);
    gn_var *out = apply(&w);
    const int64_t size = gn_shape_count(gn_var_shape(out));
    gn_real *got = malloc((size_t)size * sizeof *got);
    memcpy(got, gn_var_data(out), (size_t)size * sizeof *got);
    for (int64_t i = 0; i < count; i++)
        gn_tensor_data(weight)[i] /= (gn_real)sigma;
    gn_tape_reset(w.tape);
    const gn_real *wanted = gn_var_data(gn_apply(w.layer, gn_full(w.tape, input, 0.3f)));
    for (int64_t i = 0; i < size; i++)
        if (!(fabs((double)got[i] - (double)wanted[i]) < 2e-6))
            fail_msg("element %d: %g, not %g (sigma %g)", (int)i, (double)got[i], (double)wanted[i], sigma);
    free(got);
    wrapped_free(&w);
}

static void test_against_an_svd(void **state)
{
    (void)state;
    expect_divided(make_dense, GN_SHAPE(2, 7), 5);
    expect_divided(make_conv, GN_SHAPE(1, 3, 3, 2), 3);
    expect_divided(make_transpose, GN_SHAPE(1, 3, 3, 2), 3);
    expect_divided(make_maxout, GN_SHAPE(3, 4), 6);
}

/* u moves only when statistics are updated, and stays a unit vector. */
static void test_u_stands_still_for_others(void **state)
{
    (void)state;
    wrapped w = wrapped_new(make_dense, GN_SHAPE(2, 7));
    const gn_tensor *u = gn_module_tensor(w.module, 0).tensor;
    assert_non_null(strstr(gn_module_tensor(w.module, 0).name, ".weight_u"));
    gn_real before[5], after[5];
    memcpy(before, gn_tensor_values(u), sizeof before);
    gn_module_set_statistics(w.module, GN_STATISTICS_BATCH);
    apply(&w);
    gn_module_set_statistics(w.module, GN_STATISTICS_RUNNING);
    apply(&w);
    assert_memory_equal(gn_tensor_values(u), before, sizeof before);
    gn_module_set_statistics(w.module, GN_STATISTICS_BATCH_UPDATE);
    apply(&w);
    memcpy(after, gn_tensor_values(u), sizeof after);
    assert_memory_not_equal(after, before, sizeof before);
    double squares = 0;
    for (int i = 0; i < 5; i++)
        squares += (double)after[i] * (double)after[i];
    assert_true(fabs(squares - 1) < 1e-6);
    wrapped_free(&w);
}

/* d loss / d weight, with u and v held: against differences of the loss with the same u. */
static void test_gradient_reaches_the_weight(void **state)
{
    (void)state;
    wrapped w = wrapped_new(make_dense, GN_SHAPE(2, 7));
    for (int i = 0; i < 100; i++) /* at the singular vectors themselves, holding them or not is the same */
        apply(&w);
    gn_module_set_statistics(w.module, GN_STATISTICS_BATCH);
    gn_parameter *weight = gn_parameters(w.layer).items[0];
    gn_var *loss = gn_sum(gn_square(apply(&w)), GN_ALL_AXES, false);
    assert_int_equal(gn_backward(loss, gn_parameters(w.module)), GN_OK);
    gn_real gradient[35];
    memcpy(gradient, gn_tensor_values(gn_parameter_gradient(weight)), sizeof gradient);
    double error = 0, largest = 0;
    for (int i = 0; i < 35; i++) {
        gn_real *p = gn_tensor_data(gn_parameter_value(weight)) + i, kept = *p;
        *p = kept + 1e-2f;
        const double above = (double)gn_var_number(gn_sum(gn_square(apply(&w)), GN_ALL_AXES, false));
        *p = kept - 1e-2f;
        const double below = (double)gn_var_number(gn_sum(gn_square(apply(&w)), GN_ALL_AXES, false));
        *p = kept;
        error = fmax(error, fabs((above - below) / 2e-2 - (double)gradient[i]));
        largest = fmax(largest, fabs((double)gradient[i]));
    }
    if (!(error < 0.02 * largest && largest > 0.01))
        fail_msg("error %g, largest gradient %g", error, largest);
    wrapped_free(&w);
}

/* ds/dx, which a gradient penalty is made of, has the right derivatives by x and by the parameters. */
static gn_var *gradient_by_input(void *user, gn_tape *tape, gn_var *const *inputs, int count)
{
    (void)tape;
    gn_module *module = user;
    for (int i = 1; i < count; i++)
        gn_parameter_bind(gn_parameters(module).items[i - 1], inputs[i]);
    gn_var *s = gn_sum(gn_square(gn_tanh(gn_apply(module, inputs[0]))), GN_ALL_AXES, false), *gradient = NULL;
    gn_gradients(s, inputs, 1, true, &gradient);
    return gradient;
}

static void expect_penalty(gn_module *(*make)(gn_context *), gn_shape input)
{
    wrapped w = wrapped_new(make, input);
    gn_module_set_statistics(w.module, GN_STATISTICS_BATCH);
    const gn_parameter_list parameters = gn_parameters(w.module);
    gn_tensor *inputs[] = {gn_tensor_new(w.context, input), gn_parameter_value(parameters.items[0]),
                           gn_parameter_value(parameters.items[1])};
    gn_random random = {.seed = 3};
    gn_random_fill_normal(&random, gn_tensor_data(inputs[0]), gn_tensor_count(inputs[0]), 0, 1);
    const gn_gradcheck_options options = {.first_order_only = true};
    if (gn_gradcheck(w.context, gradient_by_input, w.module, inputs, 3, &options, NULL) != GN_OK)
        fail_msg("%s", gn_context_message(w.context));
    gn_tensor_free(inputs[0]);
    wrapped_free(&w);
}

static void test_gradient_penalty(void **state)
{
    (void)state;
    expect_penalty(make_dense, GN_SHAPE(2, 7));
    expect_penalty(make_conv, GN_SHAPE(1, 3, 3, 2));
    expect_penalty(make_transpose, GN_SHAPE(1, 2, 3, 2));
}

/* A running average of unit vectors is shorter than 1; the weight is divided by the singular value all the same. */
static void test_an_averaged_u(void **state)
{
    (void)state;
    wrapped w = wrapped_new(make_dense, GN_SHAPE(2, 7));
    gn_tensor *u = gn_module_tensor(w.module, 0).tensor;
    apply(&w);
    gn_module_set_statistics(w.module, GN_STATISTICS_RUNNING);
    gn_real wanted[10];
    memcpy(wanted, gn_var_data(apply(&w)), sizeof wanted);
    for (int i = 0; i < 5; i++)
        gn_tensor_data(u)[i] *= 0.5f;
    const gn_real *got = gn_var_data(apply(&w));
    for (int i = 0; i < 10; i++)
        assert_true(fabs((double)got[i] - (double)wanted[i]) < 1e-6);
    wrapped_free(&w);
}

/* The vectors of the last update serve until the next: with equal weights it is one function in training and after. */
static void test_the_same_function_without_updates(void **state)
{
    (void)state;
    wrapped w = wrapped_new(make_dense, GN_SHAPE(2, 7));
    gn_real updated[10];
    memcpy(updated, gn_var_data(apply(&w)), sizeof updated);
    gn_module_set_statistics(w.module, GN_STATISTICS_BATCH);
    assert_memory_equal(gn_var_data(apply(&w)), updated, sizeof updated);
    gn_module_set_statistics(w.module, GN_STATISTICS_RUNNING);
    assert_memory_equal(gn_var_data(apply(&w)), updated, sizeof updated);
    wrapped_free(&w);
}

static gn_module *make_projection(gn_context *c)
{
    return gn_projection_layer(c, &(gn_projection_options){.in = 7, .classes = 3});
}

/* A label's row of the embedding is as bounded as the weight, as in Miyato & Koyama's program. */
static void test_both_weights_of_a_projection(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.seed = 6, .threads = 1});
    gn_module *module = gn_spectral_norm_layer(
        c,
        gn_projection_layer(c, &(gn_projection_options){.in = 4,
                                                        .classes = 3,
                                                        .weight_init = {GN_INIT_CONSTANT, 50},
                                                        .embedding_init = {GN_INIT_CONSTANT, 100}}),
        1);
    assert_non_null(module);
    assert_int_equal(gn_module_tensor_count(module), 7); /* weight, bias, embedding, two vectors for each matrix */
    gn_tape *tape = gn_tape_new(c);
    gn_var *inputs[] = {gn_full(tape, GN_SHAPE(1, 4), 0.5f), gn_values(tape, GN_SHAPE(1, 3), (gn_real[]){0, 1, 0})};
    gn_var *logit = gn_apply_all(module, inputs, 2);
    /* |x| is 1, and the embedding's sigma 100 sqrt(12) */
    assert_true(fabs((double)gn_var_number(logit) - (1 + 1 / sqrt(3))) < 1e-5);
    gn_tape_free(tape);
    gn_module_free(module);
    gn_context_free(c);
}

/* The bias of each class begins at zero, which has no singular value; it is added, and left alone. */
static void test_a_bias_of_each_class(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.seed = 6, .threads = 1});
    gn_module *module = gn_spectral_norm_layer(
        c, gn_conditional_batch_norm_layer(c, &(gn_conditional_batch_norm_options){.size = 4, .classes = 3}), 1);
    assert_non_null(module);
    gn_tape *tape = gn_tape_new(c);
    gn_var *inputs[] = {gn_values(tape, GN_SHAPE(2, 4), (gn_real[]){1, 2, 3, 4, 8, 7, 6, 5}),
                        gn_values(tape, GN_SHAPE(2, 3), (gn_real[]){0, 1, 0, 1, 0, 0})};
    const gn_real *y = gn_var_data(gn_apply_all(module, inputs, 2));
    for (int i = 0; i < 8; i++)
        assert_true(isfinite((double)y[i]));
    gn_tape_free(tape);
    gn_module_free(module);
    gn_context_free(c);
}

/* As many inputs as the layer takes, and a name by place. */
static void test_a_layer_of_two_inputs(void **state)
{
    (void)state;
    wrapped w = wrapped_new(make_projection, GN_SHAPE(2, 7));
    assert_int_equal(gn_module_inputs(w.module), 2);
    assert_string_equal(gn_module_name(w.layer), "spectral_norm.projection0");
    gn_var *inputs[] = {gn_full(w.tape, GN_SHAPE(2, 7), 0.3f), gn_full(w.tape, GN_SHAPE(2, 3), 1)};
    assert_true(gn_shape_equal(gn_var_shape(gn_apply_all(w.module, inputs, 2)), GN_SHAPE(2, 1)));
    apply(&w);
    assert_message_has(w.context, GN_ERROR_ARGUMENT, "spectral_norm 'spectral_norm': 1 inputs, expected 2");
    wrapped_free(&w);
}

/* After an input that does not fit, the next tape sees the weight itself again; twice on one tape is fine, too. */
static void test_after_a_failure(void **state)
{
    (void)state;
    wrapped w = wrapped_new(make_dense, GN_SHAPE(2, 7));
    gn_apply(w.module, gn_full(w.tape, GN_SHAPE(2, 6), 1));
    assert_message_has(w.context, GN_ERROR_SHAPE, "linear 'spectral_norm.layer'");
    gn_var *first = apply(&w), *second = gn_apply(w.module, gn_full(w.tape, w.input, 0.3f));
    assert_int_equal(gn_backward(gn_sum(gn_add(first, second), GN_ALL_AXES, false), gn_parameters(w.module)), GN_OK);
    gn_parameter *weight = gn_parameters(w.layer).items[0];
    assert_ptr_equal(gn_var_data(gn_parameter_var(w.tape, weight)), gn_tensor_values(gn_parameter_value(weight)));
    wrapped_free(&w);
}

static void test_state_is_saved(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/gannet-spectral-%ld", (long)getpid());
    wrapped w = wrapped_new(make_dense, GN_SHAPE(2, 7)), other = wrapped_new(make_dense, GN_SHAPE(2, 7));
    apply(&w);
    assert_int_equal(gn_module_save(w.module, path, NULL), GN_OK);
    assert_int_equal(gn_module_load(other.module, path), GN_OK);
    for (int i = 0; i < 3; i++) {
        const gn_real *a = gn_var_data(apply(&w)), *b = gn_var_data(apply(&other));
        assert_memory_equal(a, b, 10 * sizeof(gn_real));
    }
    remove(path);
    wrapped_free(&w);
    wrapped_free(&other);
}

/* Two rounds at once are two applications of one, which is the default. */
static void test_iterations(void **state)
{
    (void)state;
    wrapped once = wrapped_new(make_dense, GN_SHAPE(2, 7));
    apply(&once);
    apply(&once);
    for (int iterations = 0; iterations <= 2; iterations += 2) {
        gn_context *c = gn_context_new(&(gn_context_options){.seed = 6, .threads = 1});
        gn_module *other = gn_spectral_norm_layer(c, make_dense(c), iterations);
        gn_tape *tape = gn_tape_new(c);
        for (int i = iterations == 0 ? 2 : 1; i > 0; i--)
            gn_apply(other, gn_full(tape, GN_SHAPE(2, 7), 0.3f));
        const gn_tensor *a = gn_module_tensor(once.module, 0).tensor, *b = gn_module_tensor(other, 0).tensor;
        assert_memory_equal(gn_tensor_values(a), gn_tensor_values(b), 5 * sizeof(gn_real));
        gn_tape_free(tape);
        gn_module_free(other);
        gn_context_free(c);
    }
    wrapped_free(&once);
}

static void test_refusals(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    assert_null(gn_spectral_norm_layer(c, NULL, 1));
    assert_message(c, GN_ERROR_ARGUMENT, "spectral_norm: layer is NULL");
    assert_null(gn_spectral_norm_layer(c, gn_dense_layer(c, &(gn_dense_options){.in = 0, .out = 3}), 1));
    assert_message_has(c, GN_ERROR_ARGUMENT, "spectral_norm: layer is NULL: dense: in is 0");
    assert_null(gn_spectral_norm_layer(c, gn_spectral_norm_layer(c, make_dense(c), 1), 1));
    assert_message_has(c, GN_ERROR_ARGUMENT,
                       "spectral_norm: spectral_norm 'spectral_norm' has 0 weights of rank 2 or more, expected 1 to 4");
    assert_null(gn_spectral_norm_layer(c, gn_relu_layer(c), 1));
    assert_message_has(c, GN_ERROR_ARGUMENT,
                       "spectral_norm: relu 'relu' has 0 weights of rank 2 or more, expected 1 to 4");
    assert_null(gn_spectral_norm_layer(c, gn_batch_norm_layer(c, &(gn_batch_norm_options){.size = 3}), 1));
    assert_message_has(c, GN_ERROR_ARGUMENT, "spectral_norm: batch_norm");
    assert_null(gn_spectral_norm_layer(c, make_dense(c), -1));
    assert_message(c, GN_ERROR_ARGUMENT, "spectral_norm: iterations is -1, expected 0 to 1000");
    gn_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_an_svd),
        cmocka_unit_test(test_u_stands_still_for_others),
        cmocka_unit_test(test_gradient_reaches_the_weight),
        cmocka_unit_test(test_gradient_penalty),
        cmocka_unit_test(test_an_averaged_u),
        cmocka_unit_test(test_a_layer_of_two_inputs),
        cmocka_unit_test(test_both_weights_of_a_projection),
        cmocka_unit_test(test_a_bias_of_each_class),
        cmocka_unit_test(test_the_same_function_without_updates),
        cmocka_unit_test(test_after_a_failure),
        cmocka_unit_test(test_state_is_saved),
        cmocka_unit_test(test_iterations),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
