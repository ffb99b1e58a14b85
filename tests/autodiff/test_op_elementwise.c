/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_op_elementwise.c - values and broadcasting of the element-wise ops; their gradients are checked
 * in tests/double. */
#include "autodiff/ops.h"

static void test_values(void **state)
{
    const bench *b = *state;
    const gn_shape four = GN_SHAPE(4);
    gn_var *x = GN_VALUES(b->tape, four, -2, -0.5f, 0, 3);
    assert_var(gn_neg(x), four, (gn_real[]){2, 0.5f, 0, -3});
    assert_var(gn_scale(x, 2), four, (gn_real[]){-4, -1, 0, 6});
    assert_var(gn_offset(x, 1), four, (gn_real[]){-1, 0.5f, 1, 4});
    assert_var(gn_exp(x), four, (gn_real[]){expf(-2), expf(-0.5f), 1, expf(3)});
    assert_var(gn_abs(x), four, (gn_real[]){2, 0.5f, 0, 3});
    assert_var(gn_square(x), four, (gn_real[]){4, 0.25f, 0, 9});
    assert_var(gn_sign(x), four, (gn_real[]){-1, -1, 0, 1});
    assert_var(gn_clamp(x, -1, 1), four, (gn_real[]){-1, -0.5f, 0, 1});
    assert_var(gn_relu(x), four, (gn_real[]){0, 0, 0, 3});
    assert_var(gn_leaky_relu(x, 0.1f), four, (gn_real[]){-0.2f, -0.05f, 0, 3});
    assert_var(gn_tanh(x), four, (gn_real[]){tanhf(-2), tanhf(-0.5f), 0, tanhf(3)});
    assert_var(gn_sigmoid(x), four, (gn_real[]){1 / (1 + expf(2)), 1 / (1 + expf(0.5f)), 0.5f, 1 / (1 + expf(-3))});
    assert_var(gn_softplus(x), four, (gn_real[]){log1pf(expf(-2)), log1pf(expf(-0.5f)), logf(2), log1pf(expf(3))});
    gn_var *y = GN_VALUES(b->tape, four, 1, 4, 9, 2);
    assert_var(gn_log(y), four, (gn_real[]){0, logf(4), logf(9), logf(2)});
    assert_var(gn_sqrt(y), four, (gn_real[]){1, 2, 3, sqrtf(2)});
    assert_var(gn_power(y, 1.5f), four, (gn_real[]){1, 8, 27, powf(2, 1.5f)});
}

/* x^0 and x have no power of x that is infinite at 0 in any derivative. */
static void test_powers_at_zero(void **state)
{
    const bench *b = *state;
    const gn_real first[] = {0, 1, 0, 0}, second[] = {0, 0, 2, 0}, third[] = {0, 0, 0, 6};
    const gn_real *const expected[] = {first, second, third};
    for (int exponent = 0; exponent < 4; exponent++) {
        gn_var *x = gn_constant(b->tape, 0), *y = gn_power(x, (gn_real)exponent);
        for (int order = 0; order < 3; order++) {
            gn_var *gradient;
            assert_int_equal(gn_gradients(y, &x, 1, true, &gradient), GN_OK);
            assert_true(gn_var_number(gradient) == expected[order][exponent]);
            y = gradient;
        }
    }
}

static void test_binary_values(void **state)
{
    const bench *b = *state;
    const gn_shape three = GN_SHAPE(3);
    gn_var *x = GN_VALUES(b->tape, three, 1, -2, 6), *y = GN_VALUES(b->tape, three, 4, -2, 3);
    assert_var(gn_add(x, y), three, (gn_real[]){5, -4, 9});
    assert_var(gn_sub(x, y), three, (gn_real[]){-3, 0, 3});
    assert_var(gn_mul(x, y), three, (gn_real[]){4, 4, 18});
    assert_var(gn_div(x, y), three, (gn_real[]){0.25f, 1, 2});
    assert_var(gn_maximum(x, y), three, (gn_real[]){4, -2, 6});
    assert_var(gn_minimum(x, y), three, (gn_real[]){1, -2, 3});
}

/* Every pair of shapes that NumPy broadcasts, against a naive loop; sub tells the two inputs apart. */
static void test_broadcasting(void **state)
{
    const bench *b = *state;
    const gn_shape shapes[] = {{.rank = 0},       GN_SHAPE(1),      GN_SHAPE(4),       GN_SHAPE(3, 1),
                               GN_SHAPE(3, 4),    GN_SHAPE(1, 4),   GN_SHAPE(2, 3, 4), GN_SHAPE(2, 1, 4),
                               GN_SHAPE(2, 3, 1), GN_SHAPE(2, 1, 1)};
    const size_t count = sizeof shapes / sizeof *shapes;
    for (size_t p = 0; p < count * count; p++) {
        const gn_shape a = shapes[p / count], c = shapes[p % count];
        gn_var *x = gn_full(b->tape, a, 0), *y = gn_full(b->tape, c, 0);
        for (int64_t i = 0; i < gn_shape_count(a); i++)
            gn_op_output(x)[i] = (gn_real)(i + 1);
        for (int64_t i = 0; i < gn_shape_count(c); i++)
            gn_op_output(y)[i] = (gn_real)(100 * i);
        const gn_shape whole = GN_SHAPE(2, 3, 4);
        gn_var *z = gn_broadcast(gn_sub(x, y), whole), *wide = gn_broadcast(x, whole), *high = gn_broadcast(y, whole);
        for (int i = 0; i < 24; i++)
            assert_true(gn_var_data(z)[i] == gn_var_data(wide)[i] - gn_var_data(high)[i]);
        gn_tape_reset(b->tape);
    }
}

/* [2,1] begins as [2,2,3] does, but shapes are aligned at their ends. */
static void test_a_column_is_no_leading_part(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 2, 3), 0), *y = gn_add(x, GN_VALUES(b->tape, GN_SHAPE(2, 1), 1, 2));
    assert_var(y, GN_SHAPE(2, 2, 3), (gn_real[]){1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2});
}

static void test_ties_share_the_gradient(void **state)
{
    const bench *b = *state;
    gn_var *inputs[] = {GN_VALUES(b->tape, GN_SHAPE(3), 1, 2, 3), GN_VALUES(b->tape, GN_SHAPE(3), 3, 2, 1)},
           *gradients[2];
    assert_int_equal(gn_gradients(gn_maximum(inputs[0], inputs[1]), inputs, 2, false, gradients), GN_OK);
    assert_var(gradients[0], GN_SHAPE(3), (gn_real[]){0, 0.5f, 1});
    assert_var(gradients[1], GN_SHAPE(3), (gn_real[]){1, 0.5f, 0});
}

static void test_errors(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    assert_failed(b, gn_add(x, gn_full(b->tape, GN_SHAPE(2), 1)), GN_ERROR_SHAPE,
                  "add: inputs [2,3] and [2] cannot be broadcast to each other");
    assert_failed(b, gn_leaky_relu(gn_constant(b->tape, 1), -1), GN_ERROR_ARGUMENT,
                  "leaky_relu: slope is -1, expected 0 <= slope < inf");
    assert_failed(b, gn_leaky_relu(gn_constant(b->tape, 1), (gn_real)INFINITY), GN_ERROR_ARGUMENT,
                  "leaky_relu: slope is inf, expected 0 <= slope < inf");
    assert_failed(b, gn_clamp(gn_constant(b->tape, 1), 2, 1), GN_ERROR_ARGUMENT,
                  "clamp: low is 2 and high 1, expected low <= high");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_powers_at_zero, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_binary_values, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_broadcasting, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_column_is_no_leading_part, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_ties_share_the_gradient, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_errors, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
