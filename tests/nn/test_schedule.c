/* SPDX-License-Identifier: MIT */
/* tests/nn/test_schedule.c - schedules of rates. */
#include "layers.h"
#include "nn/schedule.h"

static const double pi = 3.14159265358979323846;

static double factor(gn_schedule schedule, int64_t t)
{
    return (double)gn_schedule_factor(&schedule, t);
}

static void test_power(void **state)
{
    (void)state;
    assert_true(gn__power(0.5, 0) == 1);
    assert_true(gn__power(0, 0) == 1 && gn__power(0, 3) == 0);
    for (int64_t n = 1; n < 3000; n = 2 * n + 1)
        assert_near(gn__power(0.999, n), pow(0.999, (double)n), 1e-13);
    assert_true(gn__power(0.9, INT64_MAX) == 0);
}

static void test_factors(void **state)
{
    (void)state;
    assert_true(gn_schedule_factor(NULL, 7) == 1);
    assert_true(factor((gn_schedule){0}, 1000) == 1);
    const gn_schedule linear = {.kind = GN_SCHEDULE_LINEAR, .steps = 10, .last = 0.2f};
    for (int t = 0; t <= 10; t++)
        assert_near(factor(linear, t), 1 - 0.08 * t, 1e-6);
    assert_near(factor(linear, 1000000), 0.2, 1e-7);
    const gn_schedule exponential = {.kind = GN_SCHEDULE_EXPONENTIAL, .decay = 0.9f, .last = 0.5f};
    for (int t = 0; t < 10; t++)
        assert_near(factor(exponential, t), fmax(pow(0.9, t), 0.5), 1e-6);
    const gn_schedule step = {.kind = GN_SCHEDULE_STEP, .steps = 3, .decay = 0.5f};
    assert_near(factor(step, 2), 1, 0);
    assert_near(factor(step, 3), 0.5, 0);
    assert_near(factor(step, 8), 0.25, 0);
    const gn_schedule cosine = {.kind = GN_SCHEDULE_COSINE, .steps = 100, .last = 0.1f};
    for (int t = 0; t <= 100; t++)
        assert_near(factor(cosine, t), 0.1 + 0.9 * (1 + cos(pi * t / 100)) / 2, 1e-7);
    assert_near(factor(cosine, 101), 0.1, 1e-7);
    assert_true(factor((gn_schedule){.kind = GN_SCHEDULE_COSINE, .steps = 100}, 100) == 0); /* not -4e-16 */
    assert_near(factor(cosine, -5), 1, 0);
}

static void test_warmup(void **state)
{
    (void)state;
    const gn_schedule constant = {.warmup = 4};
    for (int t = 0; t < 10; t++)
        assert_near(factor(constant, t), fmin(1, (t + 1) / 4.0), 0);
    const gn_schedule linear = {.kind = GN_SCHEDULE_LINEAR, .steps = 10, .warmup = 5};
    for (int t = 0; t < 10; t++)
        assert_near(factor(linear, t), (1 - t / 10.0) * fmin(1, (t + 1) / 5.0), 1e-6);
    assert_near(factor(linear, -1), 0.2, 1e-6);
}

static void check_error(const fixture *f, gn_schedule schedule, const char *message)
{
    assert_int_equal(gn__schedule_check(f->context, &schedule), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, message);
}

static void test_check(void **state)
{
    const fixture *f = *state;
    check_error(f, (gn_schedule){.kind = (gn_schedule_kind)9}, "schedule: kind is 9, expected one of gn_schedule_kind");
    check_error(f, (gn_schedule){.steps = 5}, "schedule: steps is 5, expected 0, since this kind has none");
    check_error(f, (gn_schedule){.kind = GN_SCHEDULE_LINEAR}, "schedule: steps is 0, expected at least 1");
    check_error(f, (gn_schedule){.kind = GN_SCHEDULE_COSINE, .steps = 1, .decay = 0.5f},
                "schedule: decay is 0.5, expected 0, since this kind has none");
    check_error(f, (gn_schedule){.kind = GN_SCHEDULE_EXPONENTIAL}, "schedule: decay is 0, expected 0 < decay <= 1");
    check_error(f, (gn_schedule){.kind = GN_SCHEDULE_EXPONENTIAL, .decay = NAN},
                "schedule: decay is nan, expected 0 < decay <= 1");
    check_error(f, (gn_schedule){.kind = GN_SCHEDULE_LINEAR, .steps = 1, .last = 2},
                "schedule: last is 2, expected 0 <= last <= 1");
    check_error(f, (gn_schedule){.kind = GN_SCHEDULE_STEP, .steps = 1, .decay = 0.5f, .last = 0.5f},
                "schedule: last is 0.5, expected 0, since this kind has none");
    check_error(f, (gn_schedule){.warmup = -3}, "schedule: warmup is -3, expected at least 0 steps");
    const gn_schedule good = {.kind = GN_SCHEDULE_STEP, .steps = 1, .decay = 1};
    assert_int_equal(gn__schedule_check(f->context, &good), GN_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_power), cmocka_unit_test(test_factors),
                                       cmocka_unit_test(test_warmup), WITH_FIXTURE(test_check)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
