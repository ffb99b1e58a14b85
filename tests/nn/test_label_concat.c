/* SPDX-License-Identifier: MIT */
/* tests/nn/test_label_concat.c - the label as further channels. */
#include "labels.h"

static void test_rows(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_label_concat_layer(f->context);
    gn_var *x = gn_values(f->tape, GN_SHAPE(2, 3), (const gn_real[]){1, 2, 3, 4, 5, 6});
    gn_var *label = gn_values(f->tape, GN_SHAPE(2, 2), (const gn_real[]){0, 1, 0.25f, 0.75f});
    gn_var *y = apply_labelled(module, x, label);
    assert_shape(y, 2, 5);
    assert_values(y, 0, 1, 2, 3, 0, 1, 4, 5, 6, 0.25, 0.75);
    gn_module_free(module);
}

static void test_images(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_label_concat_layer(f->context);
    gn_var *x = gn_values(f->tape, GN_SHAPE(2, 1, 2, 1), (const gn_real[]){1, 2, 3, 4});
    gn_var *label = gn_values(f->tape, GN_SHAPE(2, 2), (const gn_real[]){10, 20, 30, 40});
    gn_var *y = apply_labelled(module, x, label);
    assert_shape(y, 2, 1, 2, 3);
    assert_values(y, 0, 1, 10, 20, 2, 10, 20, 3, 30, 40, 4, 30, 40);
    gn_module_free(module);
}

/* Every element against the definition, for odd sizes. */
static void test_against_the_definition(void **state)
{
    const fixture *f = *state;
    enum { N = 3, H = 5, W = 7, C = 2, K = 11 };
    gn_module *module = gn_label_concat_layer(f->context);
    gn_tensor *x = numbers(f->context, GN_SHAPE(N, H, W, C)), *label = numbers(f->context, GN_SHAPE(N, K));
    gn_var *y = apply_labelled(module, gn_input(f->tape, x), gn_input(f->tape, label));
    assert_shape(y, N, H, W, C + K);
    for (int i = 0; i < N * H * W; i++)
        for (int c = 0; c < C + K; c++) {
            const gn_real expected = c < C ? gn_tensor_values(x)[i * C + c]
                                           : gn_tensor_values(label)[i / (H * W) * K + c - C];
            assert_near((double)gn_var_data(y)[i * (C + K) + c], (double)expected, 0);
        }
    gn_tensor_free(x);
    gn_tensor_free(label);
    free_module(f, module);
}

static void test_gradients(void **state)
{
    const fixture *f = *state;
    check_labelled_gradients(f->context, gn_label_concat_layer(f->context), GN_SHAPE(2, 3), GN_SHAPE(2, 4));
    check_labelled_gradients(f->context, gn_label_concat_layer(f->context), GN_SHAPE(3, 2, 1, 2), GN_SHAPE(3, 1));
}

static void test_errors(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_label_concat_layer(f->context);
    assert_int_equal(gn_module_inputs(module), 2);
    gn_var *x = gn_full(f->tape, GN_SHAPE(2, 4, 4, 1), 1);
    assert_null(gn_var_data(apply_labelled(module, x, gn_full(f->tape, GN_SHAPE(3, 10), 1))));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "label_concat 'label_concat': input [2,4,4,1] with label [3,10], expected [N,...,C] with [N,K]");
    gn_tape_reset(f->tape);
    assert_null(gn_var_data(gn_apply(module, gn_full(f->tape, GN_SHAPE(2, 1), 1))));
    assert_message(f->context, GN_ERROR_ARGUMENT, "label_concat 'label_concat': 1 inputs, expected 2");
    gn_module_free(module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_rows),      WITH_FIXTURE(test_images), WITH_FIXTURE(test_against_the_definition),
        WITH_FIXTURE(test_gradients), WITH_FIXTURE(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
