/* SPDX-License-Identifier: MIT */
/* tests/nn/test_embedding.c - the embedding layer. */
#include "layers.h"

static void test_numbers_and_rows_agree(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_embedding_layer(f->context, &(gn_embedding_options){.classes = 3, .size = 2, .name = "e"});
    set_values(tensor_of(module, "e.weight"), (const gn_real[]){1, 2, 3, 4, 5, 6});
    gn_var *labels = gn_values(f->tape, GN_SHAPE(4), (const gn_real[]){2, 0, 0, 1});
    gn_var *rows = gn_apply(module, labels);
    assert_shape(rows, 4, 2);
    assert_values(rows, 0, 5, 6, 1, 2, 1, 2, 3, 4);
    assert_values(gn_apply(module, gn_one_hot(labels, 3)), 0, 5, 6, 1, 2, 1, 2, 3, 4);
    gn_var *soft = gn_values(f->tape, GN_SHAPE(1, 3), (const gn_real[]){0.5f, 0.5f, 0});
    assert_values(gn_apply(module, soft), 1e-6, 2, 3);
    gn_module_free(module);
}

/* A row's gradient is the sum over the places where it was used. */
static void test_gradient(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_embedding_layer(f->context, &(gn_embedding_options){.classes = 3, .size = 1});
    gn_var *y = gn_apply(module, gn_values(f->tape, GN_SHAPE(3), (const gn_real[]){2, 0, 2}));
    gn_var *loss = gn_sum(gn_mul(y, gn_values(f->tape, GN_SHAPE(3, 1), (const gn_real[]){1, 10, 100})), GN_ALL_AXES,
                          false);
    assert_int_equal(gn_backward(loss, gn_parameters(module)), GN_OK);
    const gn_real *gradient = gn_tensor_values(gn_parameter_gradient(gn_parameters(module).items[0]));
    assert_true(gradient[0] == 10 && gradient[1] == 0 && gradient[2] == 101);
    check_gradients(f->context, module, GN_SHAPE(2, 3));
}

static void test_start(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_embedding_layer(f->context, &(gn_embedding_options){.classes = 50, .size = 20});
    double largest = 0;
    for (int i = 0; i < 1000; i++)
        largest = fmax(largest, fabs((double)gn_tensor_values(tensor_of(module, "weight"))[i]));
    assert_near(largest, 0.05, 1e-3);
    gn_module_free(module);
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    assert_null(gn_embedding_layer(f->context, NULL));
    assert_message(f->context, GN_ERROR_ARGUMENT, "embedding: options is NULL");
    assert_null(gn_embedding_layer(f->context, &(gn_embedding_options){.size = 4}));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "embedding: classes is 0 and size 4, expected at least 1 and at most 2^40 weights");
    gn_module *module = gn_embedding_layer(f->context, &(gn_embedding_options){.classes = 3, .size = 2, .name = "e"});
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(2, 3, 1), 0))));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "embedding 'e': input [2,3,1], expected class numbers [N] or rows [N,3]");
    gn_tape_reset(f->tape);
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(2), 3))));
    assert_non_null(strstr(gn_context_message(f->context), "index 0 is 3, expected a whole number from 0 to 2"));
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_FIXTURE(test_numbers_and_rows_agree), WITH_FIXTURE(test_gradient),
                                       WITH_FIXTURE(test_start), WITH_FIXTURE(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
