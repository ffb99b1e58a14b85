/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_finite.c - the first value of a recording that is not finite is found. */
#include "autodiff/finite.h"
#include "autodiff/tape.h"
#include "test.h"

#include <math.h>

static void test_finds_the_oldest(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tape *tape = gn_tape_new(context);
    gn_var *x = gn_values(tape, GN_SHAPE(3), (const gn_real[]){1, 0, 4});
    assert_null(gn__tape_first_not_finite(tape));
    gn_var *inverse = gn_power(x, -1); /* 1, infinity, 1/4 */
    gn_mul(inverse, gn_full(tape, GN_SHAPE(3), 0));
    gn_log(gn_neg(x)); /* NaN, but later */
    assert_ptr_equal(gn__tape_first_not_finite(tape), inverse);
    gn_tape_reset(tape);
    assert_null(gn__tape_first_not_finite(tape));
    gn_tape_free(tape);
    gn_context_free(context);
}

/* In a tensor that threads share, with more than one. */
static void test_finds_the_first(void **state)
{
    (void)state;
    const int64_t count = 200000;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 2});
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(count));
    assert_int_equal(gn__first_not_finite(tensor), -1);
    assert_int_equal(gn__check_finite(context, tensor, "test", "the tensor"), GN_OK);
    gn_tensor_data(tensor)[count - 1] = NAN;
    assert_int_equal(gn__first_not_finite(tensor), count - 1);
    gn_tensor_data(tensor)[99999] = -INFINITY;
    assert_int_equal(gn__first_not_finite(tensor), 99999);
    assert_int_equal(gn__check_finite(context, tensor, "test", "the tensor"), GN_ERROR_NUMBER);
    assert_string_equal(gn_context_message(context), "test: element 99999 of the tensor is -inf");
    gn_tensor_free(tensor);
    gn_context_free(context);
}

/* Of all lengths around the width of vectors, at every place. */
static void test_all_are_finite(void **state)
{
    (void)state;
    gn_real x[40] = {0};
    const gn_real bad[] = {NAN, INFINITY, -INFINITY};
    for (int count = 0; count <= 40; count++) {
        assert_true(gn__all_finite(x, count));
        for (int i = 0; i < count; i++) {
            x[i] = bad[i % 3];
            assert_false(gn__all_finite(x, count));
            x[i] = (gn_real)1e30;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_finds_the_oldest), cmocka_unit_test(test_finds_the_first),
                                       cmocka_unit_test(test_all_are_finite)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
