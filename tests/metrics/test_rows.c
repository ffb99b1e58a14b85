/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_rows.c - what the metrics refuse. */
#include "metrics/fixture.h"

static void test_what_is_refused(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *line = gn_tensor_new(c, GN_SHAPE(4)), *one = gn_tensor_new(c, GN_SHAPE(1, 3));
    gn_tensor *two = gn_tensor_new(c, GN_SHAPE(2, 3)), *wide = gn_tensor_new(c, GN_SHAPE(2, 4));
    double value = 12;
    assert_int_equal(gn_kernel_distance(NULL, two, &value), GN_ERROR_ARGUMENT);
    gn_kernel_distance(line, two, &value);
    assert_message(c, GN_ERROR_SHAPE, "kernel distance: the first set is [4], expected rank 2 and at least 2 rows");
    gn_frechet_distance(two, one, &value);
    assert_message(c, GN_ERROR_SHAPE, "frechet distance: the second set is [1,3], expected rank 2 and at least 2 rows");
    gn_sliced_wasserstein(two, wide, 3, 1, &value);
    assert_message(c, GN_ERROR_SHAPE, "sliced wasserstein: rows of 3 numbers in the first set, 4 in the second");
    gn_diversity(two, line, &value);
    assert_message(c, GN_ERROR_SHAPE, "diversity: 2 rows but 4 labels");
    gn_tensor_data(two)[5] = NAN;
    gn_diversity(two, NULL, &value);
    assert_message_has(c, GN_ERROR_NUMBER, "diversity: element 5 of features is");
    assert_true(value == 12); /* results are left alone */
    gn_tensor *labels = gn_tensor_from(c, GN_SHAPE(2), (const gn_real[]){0, 0.5f});
    gn_tensor_data(two)[5] = 0;
    gn_diversity(two, labels, &value);
    assert_message(c, GN_ERROR_ARGUMENT, "diversity: label 1 is 0.5, expected a whole number from 0 to 16777215");
    gn_tensor_free(labels);
    gn_tensor_free(line);
    gn_tensor_free(one);
    gn_tensor_free(two);
    gn_tensor_free(wide);
    gn_context_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
