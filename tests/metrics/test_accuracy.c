/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_accuracy.c - label accuracy by hand and against NumPy. */
#include "metrics/fixture.h"

static void test_by_hand(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *logits = tensor_of(c, 4, 3, (const gn_real[]){1, 0, 0, 0, 2, 2, -5, -4, -3, 0, 1, 0});
    gn_tensor *labels = gn_tensor_from(c, GN_SHAPE(4), (const gn_real[]){0, 1, 2, 2});
    double accuracy, per_class[3];
    assert_int_equal(gn_label_accuracy(logits, labels, &accuracy, per_class), GN_OK);
    assert_true(accuracy == 0.75 && per_class[0] == 1 && per_class[1] == 1 && per_class[2] == 0.5);
    gn_tensor_data(labels)[0] = 1;
    assert_int_equal(gn_label_accuracy(logits, labels, &accuracy, per_class), GN_OK);
    assert_true(accuracy == 0.5 && isnan(per_class[0]) && per_class[1] == 0.5);
    gn_tensor_data(labels)[3] = 3;
    assert_int_equal(gn_label_accuracy(logits, labels, &accuracy, NULL), GN_ERROR_ARGUMENT);
    assert_message(c, GN_ERROR_ARGUMENT, "label accuracy: label 3 is 3, expected a whole number from 0 to 2");
    gn_tensor_data(labels)[3] = -1;
    gn_label_accuracy(logits, labels, &accuracy, NULL);
    assert_message(c, GN_ERROR_ARGUMENT, "label accuracy: label 3 is -1, expected a whole number from 0 to 2");
    gn_tensor *three = gn_tensor_new(c, GN_SHAPE(3));
    gn_label_accuracy(logits, three, &accuracy, NULL);
    assert_message(c, GN_ERROR_SHAPE, "label accuracy: 4 rows but 3 labels");
    gn_label_accuracy(labels, labels, &accuracy, NULL);
    assert_message(c, GN_ERROR_SHAPE, "label accuracy: logits is [4], expected rank 2 and at least 1 rows");
    gn_tensor_data(logits)[7] = INFINITY;
    gn_label_accuracy(logits, labels, &accuracy, NULL);
    assert_message(c, GN_ERROR_NUMBER, "label accuracy: element 7 of logits is inf");
    assert_true(accuracy == 0.5); /* results are left alone */
    gn_tensor_free(three);
    gn_tensor_free(labels);
    gn_tensor_free(logits);
    gn_context_free(c);
}

static void test_against_numpy(void **state)
{
    (void)state;
    fixture f = fixture_new(2);
    double accuracy, per_class[3];
    assert_int_equal(gn_label_accuracy(f.logits, f.labels_a, &accuracy, per_class), GN_OK);
    assert_expected(&f, "label_accuracy", 0, accuracy);
    for (int k = 0; k < 3; k++)
        assert_expected(&f, "label_accuracy", k + 1, per_class[k]);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_against_numpy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
