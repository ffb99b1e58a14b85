/* SPDX-License-Identifier: MIT */
/* tests/metrics/test_classifier_score.c - the score at its ends and against NumPy. */
#include "metrics/fixture.h"

/* Sure and even: K. Always the same answer, or never sure: 1. */
static void test_ends(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *sure = tensor_of(c, 3, 3, (const gn_real[]){900, 0, 0, 0, 900, 0, 0, 0, 900});
    gn_tensor *same = tensor_of(c, 3, 3, (const gn_real[]){5, 1, 0, 5, 1, 0, 5, 1, 0});
    double score, deviation;
    assert_int_equal(gn_classifier_score(sure, 1, &score, &deviation), GN_OK);
    assert_close(score, 3, 1e-12);
    assert_true(deviation == 0);
    assert_int_equal(gn_classifier_score(same, 1, &score, NULL), GN_OK);
    assert_close(score, 1, 1e-12);
    assert_int_equal(gn_classifier_score(sure, 3, &score, NULL), GN_OK); /* a part of one picture says nothing */
    assert_close(score, 1, 1e-12);
    gn_classifier_score(sure, 4, &score, NULL);
    assert_message(c, GN_ERROR_ARGUMENT, "classifier score: splits is 4, expected 1 to 3");
    gn_classifier_score(sure, 0, &score, NULL);
    assert_message(c, GN_ERROR_ARGUMENT, "classifier score: splits is 0, expected 1 to 3");
    gn_tensor_data(sure)[1] = -INFINITY;
    gn_classifier_score(sure, 1, &score, NULL);
    assert_message(c, GN_ERROR_NUMBER, "classifier score: element 1 of logits is -inf");
    gn_tensor_free(sure);
    gn_tensor_free(same);
    gn_context_free(c);
}

/* Parts whose scores are the same but for rounding: what is left below zero has no root. */
static void test_equal_parts(void **state)
{
    (void)state;
    gn_context *c = gn_context_new(&(gn_context_options){.threads = 1});
    for (int parts = 2; parts < 40; parts++) {
        gn_tensor *logits = gn_tensor_new(c, GN_SHAPE(2 * parts, 3));
        for (int i = 0; i < 6 * parts; i++)
            gn_tensor_data(logits)[i] = (gn_real)((i / 3 % 2 == 0 ? i % 3 : 3 - i % 3) * parts) * 0.1f;
        double score, deviation = -1;
        assert_int_equal(gn_classifier_score(logits, parts, &score, &deviation), GN_OK);
        assert_true(deviation >= 0);
        gn_tensor_free(logits);
    }
    gn_context_free(c);
}

static void test_against_numpy(void **state)
{
    (void)state;
    fixture f = fixture_new(1);
    double score, deviation;
    assert_int_equal(gn_classifier_score(f.logits, 1, &score, NULL), GN_OK);
    assert_expected(&f, "classifier_score_1", 0, score);
    assert_int_equal(gn_classifier_score(f.logits, 4, &score, &deviation), GN_OK);
    assert_expected(&f, "classifier_score_4", 0, score);
    assert_expected(&f, "classifier_score_4", 1, deviation);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_equal_parts),
        cmocka_unit_test(test_against_numpy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
