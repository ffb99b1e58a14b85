/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_optimizer.c - Adam's loop by hand and against the reference. */
#include "kernels/fixture.h"

static void test_by_hand(void **state)
{
    const contexts *all = *state;
    const gn__adam step = {0.5f, 0.25f, 0.5f, 0.75f, 2, 0.5f, 0.5f};
    gn_context *tested[] = {all->reference, all->fast[0]};
    for (int i = 0; i < 2; i++) {
        /* g' = 0.5 4 + 0.25 8 = 4; m = 0.5 2 + 0.5 4 = 3; v = 0.75 20/3 + 0.25 16 = 9 */
        float p = 8, g = 4, m = 2, v = 20.0f / 3;
        tested[i]->kernels->adam(tested[i], &step, 1, &p, &g, &m, &v);
        assert_near("m", 1, &m, &(float){3}, 0);
        assert_near("v", 1, &v, &(float){9}, 1e-6f);
        assert_near("p", 1, &p, &(float){8 - 2 * 3 / (3 * 0.5f + 0.5f)}, 1e-6f);
    }
}

static void test_equals_reference(void **state)
{
    const contexts *all = *state;
    enum { COUNT = 70001 };
    uint64_t random = 1;
    float *g = new_values(&random, COUNT, REALS), *start = new_values(&random, 3 * COUNT, REALS);
    float *expected = new_output(3 * COUNT), *got = new_output(3 * COUNT);
    for (int i = 2 * COUNT; i < 3 * COUNT; i++)
        start[i] = fabsf(start[i]);
    memcpy(expected, start, 3 * COUNT * sizeof *start);
    const gn__adam step = {0.9f, 0.01f, 0.5f, 0.999f, 2e-4f, 1.5f, 1e-8f};
    all->reference->kernels->adam(all->reference, &step, COUNT, expected, g, expected + COUNT, expected + 2 * COUNT);
    for (int i = 0; i < THREAD_COUNTS; i++) {
        memcpy(got, start, 3 * COUNT * sizeof *start);
        all->fast[i]->kernels->adam(all->fast[i], &step, COUNT, got, g, got + COUNT, got + 2 * COUNT);
        assert_near("adam", 3 * COUNT, got, expected, 0);
    }
    free(g);
    free(start);
    free(expected);
    free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_hand), cmocka_unit_test(test_equals_reference)};
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
