/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_nearest_neighbour.c - 1-NN error by hand and against NumPy. */
#include "metrics/fixture.h"

static void test_by_hand(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *train = tensor_of(c, 3, 1, (const gn_real[]){0, 10, 10});
    gn_tensor *test = tensor_of(c, 4, 1, (const gn_real[]){1, 9, 4, 12});
    gn_tensor *train_labels = gn_tensor_from(c, GN_SHAPE(3), (const gn_real[]){0, 1, 2});
    gn_tensor *test_labels = gn_tensor_from(c, GN_SHAPE(4), (const gn_real[]){0, 1, 1, 1});
    double error; /* 9 and 12 are taken for the first of the two at 10, 4 for 0 */
    assert_int_equal(gn_nearest_neighbour_error(train, train_labels, test, test_labels, &error), GN_OK);
    assert_true(error == 0.25);
    gn_nearest_neighbour_error(train, test_labels, test, test_labels, &error);
    assert_message(c, GN_ERROR_SHAPE, "nearest neighbour error (train): 3 rows but 4 labels");
    gn_tensor_free(train);
    gn_tensor_free(test);
    gn_tensor_free(train_labels);
    gn_tensor_free(test_labels);
    gn_context_free(c);
}

static void test_against_numpy(void **state)
{
    (void)state;
    fixture f = fixture_new(2);
    double error;
    assert_int_equal(gn_nearest_neighbour_error(f.a, f.labels_a, f.b, f.labels_b, &error), GN_OK);
    assert_expected(&f, "nearest", 0, error);
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
