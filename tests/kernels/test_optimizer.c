/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_optimizer.c - the optimizers' loops by hand and against the reference. */
#include "kernels/fixture.h"

static void test_adam_by_hand(void **state)
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

static void test_sgd_by_hand(void **state)
{
    const contexts *all = *state;
    gn__sgd step = {.gradient_scale = 0.5f, .weight_decay = 0.25f, .rate = 0.5f, .momentum = 0.25f};
    gn_context *tested[] = {all->reference, all->fast[0]};
    for (int i = 0; i < 2; i++) {
        /* g' = 0.5 4 + 0.25 8 = 4; v = 0.25 8 + 4 = 6 */
        float p = 8, g = 4, v = 8;
        step.nesterov = false;
        tested[i]->kernels->sgd(tested[i], &step, 1, &p, &g, NULL);
        assert_near("p without momentum", 1, &p, &(float){8 - 0.5f * 4}, 0);
        p = 8;
        tested[i]->kernels->sgd(tested[i], &step, 1, &p, &g, &v);
        assert_near("v", 1, &v, &(float){6}, 0);
        assert_near("p", 1, &p, &(float){8 - 0.5f * 6}, 0);
        p = v = 8;
        step.nesterov = true;
        tested[i]->kernels->sgd(tested[i], &step, 1, &p, &g, &v);
        assert_near("v of Nesterov", 1, &v, &(float){6}, 0);
        assert_near("p of Nesterov", 1, &p, &(float){8 - 0.5f * (4 + 0.25f * 6)}, 0);
    }
}

static void test_rmsprop_by_hand(void **state)
{
    const contexts *all = *state;
    const gn__rmsprop step = {0.5f, 0.25f, 0.5f, 0.5f, 1, 0.25f};
    gn_context *tested[] = {all->reference, all->fast[0]};
    for (int i = 0; i < 2; i++) {
        /* g' = 0.5 4 + 0.25 8 = 4; v = 0.5 2 + 0.5 16 = 9; u = 4 / (3 + 1) = 1; b = 0.25 8 + 1 = 3 */
        float p = 8, g = 4, v = 2, b = 8;
        tested[i]->kernels->rmsprop(tested[i], &step, 1, &p, &g, &v, NULL);
        assert_near("v", 1, &v, &(float){9}, 0);
        assert_near("p without momentum", 1, &p, &(float){8 - 0.5f * 1}, 0);
        p = 8;
        v = 2;
        tested[i]->kernels->rmsprop(tested[i], &step, 1, &p, &g, &v, &b);
        assert_near("b", 1, &b, &(float){3}, 0);
        assert_near("p", 1, &p, &(float){8 - 0.5f * 3}, 0);
    }
}

enum { COUNT = 70001 };

/* p alone is looked at, wherever it stands, after the move. */
static void test_what_is_not_finite_is_told(void **state)
{
    const contexts *all = *state;
    const gn__adam adam = {.gradient_scale = 1, .corrected_rate = 1, .root_correction = 1, .epsilon = 1};
    const gn__sgd sgd = {.gradient_scale = 1, .rate = 1};
    const gn__rmsprop rmsprop = {.gradient_scale = 1, .rate = 1, .epsilon = 1};
    const float strays[] = {NAN, INFINITY, -INFINITY};
    gn_context *tested[] = {all->reference, all->fast[0], all->fast[THREAD_COUNTS - 1]};
    for (int i = 0; i < 3; i++) {
        const gn__kernels *kernels = tested[i]->kernels;
        float *p = new_output(COUNT), *g = new_output(COUNT), *m = new_output(COUNT), *v = new_output(COUNT);
        assert_true(kernels->adam(tested[i], &adam, COUNT, p, g, m, v));
        assert_true(kernels->sgd(tested[i], &sgd, COUNT, p, g, m));
        assert_true(kernels->rmsprop(tested[i], &rmsprop, COUNT, p, g, m, v));
        for (int at = 0; at < COUNT; at += COUNT / 6) {
            p[at] = strays[at % 3];
            assert_false(kernels->adam(tested[i], &adam, COUNT, p, g, m, v));
            assert_false(kernels->sgd(tested[i], &sgd, COUNT, p, g, NULL));
            assert_false(kernels->sgd(tested[i], &sgd, COUNT, p, g, m));
            assert_false(kernels->rmsprop(tested[i], &rmsprop, COUNT, p, g, v, NULL));
            assert_false(kernels->rmsprop(tested[i], &rmsprop, COUNT, p, g, v, m));
            p[at] = m[at] = v[at] = 0;
        }
        p[COUNT - 1] = 3e38f; /* finite before the move */
        g[COUNT - 1] = -3e38f;
        assert_false(kernels->sgd(tested[i], &sgd, COUNT, p, g, NULL));
        free(p);
        free(g);
        free(m);
        free(v);
    }
}

/* Parameters and two moments, of which the second is not negative, moved in place. */
typedef void move(gn_context *context, const float *g, float *numbers);

static void adam(gn_context *context, const float *g, float *numbers)
{
    const gn__adam step = {0.9f, 0.01f, 0.5f, 0.999f, 2e-4f, 1.5f, 1e-8f};
    context->kernels->adam(context, &step, COUNT, numbers, g, numbers + COUNT, numbers + 2 * COUNT);
}

static void sgd(gn_context *context, const float *g, float *numbers)
{
    const gn__sgd step = {0.9f, 0.01f, 0.1f, 0.9f, false};
    context->kernels->sgd(context, &step, COUNT, numbers, g, NULL);
}

static void sgd_momentum(gn_context *context, const float *g, float *numbers)
{
    const gn__sgd step = {0.9f, 0.01f, 0.1f, 0.9f, false};
    context->kernels->sgd(context, &step, COUNT, numbers, g, numbers + COUNT);
}

static void sgd_nesterov(gn_context *context, const float *g, float *numbers)
{
    const gn__sgd step = {0.9f, 0.01f, 0.1f, 0.9f, true};
    context->kernels->sgd(context, &step, COUNT, numbers, g, numbers + COUNT);
}

static void rmsprop(gn_context *context, const float *g, float *numbers)
{
    const gn__rmsprop step = {0.9f, 0.01f, 0.1f, 0.99f, 1e-8f, 0};
    context->kernels->rmsprop(context, &step, COUNT, numbers, g, numbers + 2 * COUNT, NULL);
}

static void rmsprop_momentum(gn_context *context, const float *g, float *numbers)
{
    const gn__rmsprop step = {0.9f, 0.01f, 0.1f, 0.99f, 1e-8f, 0.9f};
    context->kernels->rmsprop(context, &step, COUNT, numbers, g, numbers + 2 * COUNT, numbers + COUNT);
}

static void check_equals_reference(const contexts *all, const char *what, move *moved)
{
    uint64_t random = 1;
    float *g = new_values(&random, COUNT, REALS), *start = new_values(&random, 3 * COUNT, REALS);
    float *expected = new_output(3 * COUNT), *got = new_output(3 * COUNT);
    for (int i = 2 * COUNT; i < 3 * COUNT; i++)
        start[i] = fabsf(start[i]);
    memcpy(expected, start, 3 * COUNT * sizeof *start);
    moved(all->reference, g, expected);
    for (int i = 0; i < THREAD_COUNTS; i++) {
        memcpy(got, start, 3 * COUNT * sizeof *start);
        moved(all->fast[i], g, got);
        assert_same_bits(what, 3 * COUNT, got, expected);
    }
    free(g);
    free(start);
    free(expected);
    free(got);
}

static void test_equals_reference(void **state)
{
    check_equals_reference(*state, "adam", adam);
    check_equals_reference(*state, "sgd", sgd);
    check_equals_reference(*state, "sgd with momentum", sgd_momentum);
    check_equals_reference(*state, "sgd of Nesterov", sgd_nesterov);
    check_equals_reference(*state, "rmsprop", rmsprop);
    check_equals_reference(*state, "rmsprop with momentum", rmsprop_momentum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adam_by_hand), cmocka_unit_test(test_sgd_by_hand), cmocka_unit_test(test_rmsprop_by_hand),
        cmocka_unit_test(test_what_is_not_finite_is_told), cmocka_unit_test(test_equals_reference)};
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
