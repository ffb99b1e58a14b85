/* SPDX-License-Identifier: MIT */
/* tests/nn/test_label.c - what the layers that take a label share. */
#include "labels.h"
#include "nn/label.h"

static gn_var *first(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)count;
    return gn_scale(inputs[0], (gn_real)count);
}

static void test_who_gets_the_label(void **state)
{
    const fixture *f = *state;
    static const gn_module_class takes[] = {{.name = "any", .forward = first},
                                            {.name = "one", .forward = first, .inputs = 1},
                                            {.name = "two", .forward = first, .inputs = 2}};
    static const double expected[] = {1, 1, 2};
    gn_var *x = gn_constant(f->tape, 1), *label = gn_constant(f->tape, 5);
    for (int i = 0; i < 3; i++) {
        gn_module *module = gn_module_new(f->context, &takes[i], NULL, 0);
        assert_values(gn__apply_labelled(module, x, label), 0, expected[i]);
        gn_module_free(module);
    }
}

static void test_a_label_is_missing(void **state)
{
    const fixture *f = *state;
    gn_module *one = gn_identity_layer(f->context), *two = gn_label_concat_layer(f->context);
    assert_values(gn__apply_labelled(one, gn_constant(f->tape, 3), NULL), 0, 3);
    assert_null(gn_var_data(gn__apply_labelled(two, gn_constant(f->tape, 3), NULL)));
    assert_message(f->context, GN_ERROR_ARGUMENT, "label_concat 'label_concat': 1 inputs, expected 2");
    gn_tape_reset(f->tape);
    assert_null(gn_var_data(gn__apply_labelled(NULL, gn_constant(f->tape, 3), NULL)));
    assert_message_has(f->context, GN_ERROR_ARGUMENT, "apply: module is NULL");
    gn_module_free(one);
    gn_module_free(two);
}

static bool fits(const fixture *f, gn_module *module, gn_shape x, gn_shape label, int64_t classes)
{
    gn_tape_reset(f->tape);
    return gn__label_fits(module, gn_full(f->tape, x, 1), gn_full(f->tape, label, 1), classes) &&
           gn_tape_status(f->tape) == GN_OK;
}

static void test_labels_that_fit(void **state)
{
    const fixture *f = *state;
    gn_module *m = gn_identity_layer(f->context);
    assert_true(fits(f, m, GN_SHAPE(1, 1), GN_SHAPE(1, 1), 1));
    assert_true(fits(f, m, GN_SHAPE(3, 7), GN_SHAPE(3, 10), 10));
    assert_true(fits(f, m, GN_SHAPE(3, 5, 5, 7), GN_SHAPE(3, 2), 0));
    assert_false(fits(f, m, GN_SHAPE(3, 7), GN_SHAPE(3, 9), 10));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "identity 'identity': input [3,7] with label [3,9], expected [N,...,C] with [N,10]");
    assert_false(fits(f, m, GN_SHAPE(3, 7), GN_SHAPE(1, 10), 10));
    assert_false(fits(f, m, GN_SHAPE(3), GN_SHAPE(3, 2), 2));
    assert_false(fits(f, m, GN_SHAPE(3, 7), GN_SHAPE(3), 0));
    assert_message(f->context, GN_ERROR_SHAPE,
                   "identity 'identity': input [3,7] with label [3], expected [N,...,C] with [N,K]");
    gn_module_free(m);
}

static void test_align(void **state)
{
    const fixture *f = *state;
    gn_var *rows = gn_values(f->tape, GN_SHAPE(2, 3), (const gn_real[]){1, 2, 3, 4, 5, 6});
    assert_shape(gn__label_align(rows, 2), 2, 3);
    assert_shape(gn__label_align(rows, 3), 2, 1, 3);
    assert_shape(gn__label_align(rows, 5), 2, 1, 1, 1, 3);
    assert_values(gn__label_align(rows, 4), 0, 1, 2, 3, 4, 5, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_who_gets_the_label),
        WITH_FIXTURE(test_a_label_is_missing),
        WITH_FIXTURE(test_labels_that_fit),
        WITH_FIXTURE(test_align),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
