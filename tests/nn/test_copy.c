/* SPDX-License-Identifier: MIT */
/* tests/nn/test_copy.c - copying and averaging modules. */
#include "layers.h"

static gn_module *norm(gn_context *context, const char *name, int64_t size)
{
    return gn_sequential(context, name, gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = size}));
}

static void fill(gn_module *module, gn_real first)
{
    for (size_t i = 0; i < gn_module_tensor_count(module); i++)
        for (int64_t j = 0; j < gn_tensor_count(gn_module_tensor(module, i).tensor); j++)
            gn_tensor_data(gn_module_tensor(module, i).tensor)[j] = first + (gn_real)i + (gn_real)(10 * j);
}

static void test_copy(void **state)
{
    const fixture *f = *state;
    gn_module *a = norm(f->context, "a", 2), *b = norm(f->context, "b", 2);
    fill(a, 1);
    assert_int_equal(gn_module_copy(b, a), GN_OK);
    for (size_t i = 0; i < 4; i++) {
        const gn_real *copied = gn_tensor_values(gn_module_tensor(b, i).tensor);
        assert_true(copied[0] == (gn_real)(1 + i) && copied[1] == (gn_real)(11 + i));
    }
    gn_module_free(a);
    gn_module_free(b);
}

/* 0.75 of what was there and 0.25 of the source, buffers included. */
static void test_average(void **state)
{
    const fixture *f = *state;
    gn_module *a = norm(f->context, "a", 1), *b = norm(f->context, "b", 1);
    fill(a, 4);
    fill(b, 8);
    assert_int_equal(gn_module_average(a, b, 0.75f), GN_OK);
    for (size_t i = 0; i < 4; i++)
        assert_near((double)gn_tensor_values(gn_module_tensor(a, i).tensor)[0], 5 + (double)i, 1e-6);
    assert_near((double)gn_tensor_values(gn_module_tensor(b, 0).tensor)[0], 8, 0);
    gn_tensor *diverged = gn_module_tensor(b, 0).tensor, *average = gn_module_tensor(a, 0).tensor;
    gn_tensor_data(diverged)[0] = NAN;
    assert_int_equal(gn_module_average(a, b, 1), GN_OK);
    assert_near((double)gn_tensor_values(average)[0], 5, 1e-6);
    gn_tensor_data(diverged)[0] = 8;
    gn_tensor_data(average)[0] = INFINITY;
    assert_int_equal(gn_module_average(a, b, 0), GN_OK);
    assert_near((double)gn_tensor_values(average)[0], 8, 0);
    assert_int_equal(gn_module_average(a, b, 1.5f), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "module_average: decay is 1.5, expected 0 <= decay <= 1");
    gn_module_free(a);
    gn_module_free(b);
}

static void test_trees_must_fit(void **state)
{
    const fixture *f = *state;
    gn_module *a = norm(f->context, "a", 2), *b = norm(f->context, "b", 3);
    gn_module *c = gn_dense_layer(f->context, &(gn_dense_options){.in = 1, .out = 1, .name = "c"});
    fill(a, 1);
    assert_int_equal(gn_module_copy(a, b), GN_ERROR_SHAPE);
    assert_message(f->context, GN_ERROR_SHAPE,
                   "module_copy: 'a.batch_norm0.weight' has shape [2], 'b.batch_norm0.weight' has [3]");
    assert_int_equal(gn_module_average(a, c, 0), GN_ERROR_SHAPE);
    assert_message(f->context, GN_ERROR_SHAPE, "module_average: 'a' has 4 tensors, 'c' has 2");
    assert_int_equal(gn_module_copy(a, NULL), GN_ERROR_ARGUMENT);
    assert_true(gn_tensor_values(gn_module_tensor(a, 0).tensor)[0] == 1);
    gn_module_free(a);
    gn_module_free(b);
    gn_module_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_copy), WITH_FIXTURE(test_average),
                                       WITH_FIXTURE(test_trees_must_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
