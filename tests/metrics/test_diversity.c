/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_diversity.c - mean distances within a class. */
#include "metrics/fixture.h"

/* Of class 0 the rows 0 and 3, 5 apart; class 1 has one row; of class 2 two that are alike. */
static void test_by_hand(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *x = tensor_of(c, 5, 2, (const gn_real[]){0, 0, 50, 50, 3, 4, 1, 1, 1, 1});
    gn_tensor *labels = gn_tensor_from(c, GN_SHAPE(5), (const gn_real[]){0, 1, 0, 2, 2});
    double diversity;
    assert_int_equal(gn_diversity(x, labels, &diversity), GN_OK);
    assert_close(diversity, 2.5, 1e-6);
    for (int i = 0; i < 5; i++)
        gn_tensor_data(labels)[i] = (gn_real)i;
    gn_diversity(x, labels, &diversity);
    assert_message(c, GN_ERROR_ARGUMENT, "diversity: no label has two rows");
    gn_tensor_free(labels);
    gn_tensor_free(x);
    gn_context_free(c);
}

static void test_against_numpy(void **state)
{
    (void)state;
    fixture f = fixture_new(2);
    double diversity;
    assert_int_equal(gn_diversity(f.a, f.labels_a, &diversity), GN_OK);
    assert_expected(&f, "diversity", 0, diversity);
    assert_int_equal(gn_diversity(f.a, NULL, &diversity), GN_OK);
    assert_expected(&f, "diversity_all", 0, diversity);
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
