/* SPDX-License-Identifier: MIT */
/* tests/nn/test_join.c - several inputs become one. */
#include "layers.h"

static gn_module *join_of(const fixture *f, gn_join_kind kind)
{
    gn_context *c = f->context;
    gn_module *doubled = gn_dense_layer(
        c,
        &(gn_dense_options){.in = 2, .out = 2, .no_bias = true, .weight_init = {GN_INIT_CONSTANT, 1}, .name = "sum"});
    return gn_join(c, "in", kind, gn_identity_layer(c), doubled);
}

static void check(const fixture *f, gn_join_kind kind, gn_shape shape, const double *expected, size_t count)
{
    gn_module *module = join_of(f, kind);
    gn_var *inputs[] = {gn_values(f->tape, GN_SHAPE(2, 2), (const gn_real[]){1, 2, 3, 4}),
                        gn_values(f->tape, GN_SHAPE(2, 2), (const gn_real[]){5, 5, 10, 10})};
    gn_var *y = gn_apply_all(module, inputs, 2);
    assert_true(gn_shape_equal(gn_var_shape(y), shape));
    values_or_fail(y, 0, expected, count, __FILE__, __LINE__);
    free_module(f, module);
}

static void test_values(void **state)
{
    const fixture *f = *state;
    check(f, GN_JOIN_CONCAT, GN_SHAPE(2, 4), (const double[]){1, 2, 10, 10, 3, 4, 20, 20}, 8);
    check(f, GN_JOIN_ADD, GN_SHAPE(2, 2), (const double[]){11, 12, 23, 24}, 4);
    check(f, GN_JOIN_MULTIPLY, GN_SHAPE(2, 2), (const double[]){10, 20, 60, 80}, 4);
}

static void test_number_of_branches(void **state)
{
    const fixture *f = *state;
    gn_var *x = gn_full(f->tape, GN_SHAPE(2, 2), 1);
    gn_var *inputs[] = {x, x, x, x, x, x, x, x, x};
    gn_module *module = gn_join_layer(f->context, "in", GN_JOIN_ADD, NULL, 0);
    assert_int_equal(gn_module_inputs(module), 0);
    assert_null(gn_var_data(gn_apply(module, x)));
    assert_message(f->context, GN_ERROR_ARGUMENT, "join 'in': 0 branches, expected 1 to 8");
    for (int i = 1; i <= 9; i++) {
        gn_tape_reset(f->tape);
        for (int j = 0; j < i; j++)
            inputs[j] = gn_full(f->tape, GN_SHAPE(1), 1);
        assert_int_equal(gn_module_add_child(module, gn_identity_layer(f->context)), GN_OK);
        assert_int_equal(gn_module_inputs(module), i);
        gn_var *y = gn_apply_all(module, inputs, i);
        if (i < 9)
            assert_values(y, 0, i);
    }
    assert_message(f->context, GN_ERROR_ARGUMENT, "join 'in': 9 branches, expected 1 to 8");
    gn_module_free(module);
}

/* Channels are repeated, pictures of a batch are not. */
static void test_shapes_that_differ(void **state)
{
    const fixture *f = *state;
    gn_context *c = f->context;
    gn_module *module = gn_join(c, "in", GN_JOIN_MULTIPLY, gn_identity_layer(c), gn_identity_layer(c));
    gn_var *x = gn_values(f->tape, GN_SHAPE(2, 2), (const gn_real[]){1, 2, 3, 4});
    gn_var *weights = gn_values(f->tape, GN_SHAPE(2, 1), (const gn_real[]){2, 3});
    assert_values(gn_apply_all(module, (gn_var *[]){x, weights}, 2), 0, 2, 4, 9, 12);
    gn_apply_all(module, (gn_var *[]){x, gn_full(f->tape, GN_SHAPE(1, 2), 1)}, 2);
    assert_message(c, GN_ERROR_SHAPE, "join 'in': branches give [2,2] and [1,2], expected as many rows");
    gn_tape_reset(f->tape);
    x = gn_full(f->tape, GN_SHAPE(2, 1), 1);
    gn_apply_all(module, (gn_var *[]){x, gn_full(f->tape, GN_SHAPE(2), 1)}, 2);
    assert_message(c, GN_ERROR_SHAPE, "join 'in': branches give [2,1] and [2], expected as many rows");
    gn_module_free(module);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    gn_module *module = join_of(f, GN_JOIN_ADD);
    gn_var *x = gn_full(f->tape, GN_SHAPE(2, 2), 1);
    assert_null(gn_var_data(gn_apply_all(module, (gn_var *[]){x, x, x}, 3)));
    assert_message(f->context, GN_ERROR_ARGUMENT, "join 'in': 3 inputs, expected 2");
    gn_module_free(module);
    assert_null(gn_join(f->context, "in", (gn_join_kind)9, gn_identity_layer(f->context)));
    assert_message(f->context, GN_ERROR_ARGUMENT, "join: kind is 9, expected one of gn_join_kind");
    assert_null(gn_join(f->context, "in", GN_JOIN_ADD, gn_identity_layer(f->context), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_values), WITH_FIXTURE(test_number_of_branches),
                                       WITH_FIXTURE(test_shapes_that_differ), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
