/* SPDX-License-Identifier: MIT */
/* tests/nn/test_init.c - initialisers: range, mean and deviation against the formulas, and orthogonality. */
#include "layers.h"

typedef struct moments {
    double mean, deviation, smallest, largest;
} moments;

static moments measure(const gn_tensor *tensor)
{
    moments m = {.smallest = 1e30, .largest = -1e30};
    double squares = 0;
    const double n = (double)gn_tensor_count(tensor);
    for (int64_t i = 0; i < gn_tensor_count(tensor); i++) {
        const double x = (double)gn_tensor_values(tensor)[i];
        m.mean += x / n;
        squares += x * x / n;
        m.smallest = fmin(m.smallest, x);
        m.largest = fmax(m.largest, x);
    }
    m.deviation = sqrt(squares - m.mean * m.mean);
    return m;
}

static moments draw(const fixture *f, gn_init init, int64_t fan_in, int64_t fan_out)
{
    gn_tensor *tensor = gn_tensor_new(f->context, GN_SHAPE(100, 400));
    gn_random random = {.seed = 3};
    assert_int_equal(gn_init_fill(tensor, init, fan_in, fan_out, &random), GN_OK);
    const moments m = measure(tensor);
    gn_tensor_free(tensor);
    return m;
}

static void check_uniform(moments m, double bound)
{
    assert_near(m.mean, 0, 0.02 * bound);
    assert_near(m.deviation, bound / sqrt(3), 0.01 * bound);
    assert_true(m.smallest >= -bound * 1.000001 && m.largest <= bound * 1.000001);
    assert_true(m.smallest < -0.99 * bound && m.largest > 0.99 * bound);
}

static void check_normal(moments m, double deviation)
{
    assert_near(m.mean, 0, 0.02 * deviation);
    assert_near(m.deviation, deviation, 0.01 * deviation);
    assert_true(m.largest > 3 * deviation && m.smallest < -3 * deviation);
}

static void test_distributions(void **state)
{
    const fixture *f = *state;
    check_uniform(draw(f, (gn_init){GN_INIT_GLOROT_UNIFORM, 0}, 100, 400), sqrt(6 / 500.0));
    check_uniform(draw(f, (gn_init){GN_INIT_DEFAULT, 0}, 100, 400), sqrt(6 / 500.0));
    check_normal(draw(f, (gn_init){GN_INIT_GLOROT_NORMAL, 0}, 100, 400), sqrt(2 / 500.0));
    check_uniform(draw(f, (gn_init){GN_INIT_HE_UNIFORM, 2}, 50, 1), 2 * sqrt(6 / 50.0));
    check_normal(draw(f, (gn_init){GN_INIT_HE_NORMAL, 0}, 50, 1), sqrt(2 / 50.0));
    check_normal(draw(f, (gn_init){GN_INIT_NORMAL, 0.02f}, 1, 1), 0.02);
    check_normal(draw(f, (gn_init){GN_INIT_NORMAL, 0}, 1, 1), 1);
    check_uniform(draw(f, (gn_init){GN_INIT_UNIFORM, 0.05f}, 1, 1), 0.05);
}

/* However many threads fill it, a tensor is made of the next numbers in their order. */
static void test_the_numbers_in_their_order(void **state)
{
    const fixture *f = *state;
    gn_tensor *filled = gn_tensor_new(f->context, GN_SHAPE(40000)), *next = gn_tensor_new(f->context, GN_SHAPE(40000));
    gn_random random = {.seed = 3, .stream = 4, .index = 5}, same = random;
    assert_int_equal(gn_init_fill(filled, (gn_init){GN_INIT_NORMAL, 1}, 1, 1, &random), GN_OK);
    gn_random_fill_normal(&same, gn_tensor_data(next), 40000, 0, 1);
    assert_memory_equal(gn_tensor_values(filled), gn_tensor_values(next), 40000 * sizeof(gn_real));
    assert_int_equal(random.index, same.index);
    gn_tensor_free(filled);
    gn_tensor_free(next);
}

static void test_constants(void **state)
{
    const fixture *f = *state;
    moments m = draw(f, (gn_init){GN_INIT_CONSTANT, -2.5f}, 1, 1);
    assert_true(m.smallest == -2.5 && m.largest == -2.5);
    m = draw(f, (gn_init){GN_INIT_CONSTANT, 0}, 1, 1);
    assert_true(m.smallest == 0 && m.largest == 0);
    gn_tensor *bias = gn_tensor_from(f->context, GN_SHAPE(2), (const gn_real[]){1, 2});
    gn_random random = {.seed = 3};
    assert_int_equal(gn_init_fill(bias, (gn_init){0}, 1, 1, &random), GN_OK);
    assert_true(gn_tensor_values(bias)[0] == 0 && gn_tensor_values(bias)[1] == 0);
    gn_tensor_free(bias);
}

/* Inner products of the rows (or columns) of the matrix [rows,columns], whichever are fewer: scale^2 or 0. */
static void check_orthogonal(const fixture *f, gn_shape shape, float scale)
{
    gn_tensor *tensor = gn_tensor_new(f->context, shape);
    gn_random random = {.seed = 11};
    assert_int_equal(gn_init_fill(tensor, (gn_init){GN_INIT_ORTHOGONAL, scale}, 1, 1, &random), GN_OK);
    const int64_t columns = shape.size[shape.rank - 1], rows = gn_tensor_count(tensor) / columns;
    const int64_t count = rows < columns ? rows : columns, length = rows < columns ? columns : rows;
    const int64_t vector = rows < columns ? columns : 1, element = rows < columns ? 1 : columns;
    const gn_real *x = gn_tensor_values(tensor);
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j <= i; j++) {
            double product = 0;
            for (int64_t k = 0; k < length; k++)
                product += (double)x[i * vector + k * element] * (double)x[j * vector + k * element];
            const double s = scale == 0 ? 1 : (double)scale;
            assert_near(product / (s * s), i == j, 1e-6);
        }
    gn_tensor_free(tensor);
}

static void test_orthogonal(void **state)
{
    const fixture *f = *state;
    check_orthogonal(f, GN_SHAPE(200, 200), 0);
    check_orthogonal(f, GN_SHAPE(7, 31), 0);
    check_orthogonal(f, GN_SHAPE(31, 7), 1.5f);
    check_orthogonal(f, GN_SHAPE(3, 3, 5, 11), 0);
    check_orthogonal(f, GN_SHAPE(1, 1), 0);
    check_orthogonal(f, GN_SHAPE(1, 9), 2);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    gn_tensor *t = gn_tensor_new(f->context, GN_SHAPE(3));
    gn_random random = {.seed = 1};
    assert_int_equal(gn_init_fill(t, (gn_init){GN_INIT_ORTHOGONAL, 0}, 1, 1, &random), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "init: an orthogonal tensor has shape [3], expected rank 2 or more");
    assert_int_equal(gn_init_fill(t, (gn_init){(gn_init_kind)99, 0}, 1, 1, &random), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "init: kind is 99, expected one of gn_init_kind");
    assert_int_equal(gn_init_fill(t, (gn_init){GN_INIT_DEFAULT, 0.5f}, 1, 1, &random), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "init: scale is 0.5, but no kind is given");
    assert_int_equal(gn_init_fill(t, (gn_init){GN_INIT_NORMAL, -1}, 1, 1, &random), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "init: scale is -1, expected a finite number, 0 or more");
    assert_int_equal(gn_init_fill(t, (gn_init){GN_INIT_CONSTANT, INFINITY}, 1, 1, &random), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "init: scale is inf, expected a finite number");
    assert_int_equal(gn_init_fill(t, (gn_init){GN_INIT_HE_NORMAL, 0}, 0, 1, &random), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "init: fan_in is 0 and fan_out 1, expected at least 1");
    assert_int_equal(gn_init_fill(t, (gn_init){GN_INIT_HE_NORMAL, 0}, 1, 1, NULL), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "init: random is NULL");
    assert_int_equal(gn_init_fill(NULL, (gn_init){0}, 1, 1, &random), GN_ERROR_ARGUMENT);
    gn_tensor_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_distributions), WITH_FIXTURE(test_the_numbers_in_their_order),
                                       WITH_FIXTURE(test_constants), WITH_FIXTURE(test_orthogonal),
                                       WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
