/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_gemm_builtin.c - our own matrix product, whichever BLAS the build has, against the reference. */
#include "kernels/gemm_builtin.h"
#include "kernels/gemm_cases.h"

static void test_builtin(void **state)
{
    check_gemm(*state, gn__gemm_builtin);
}

static void test_beta_zero_ignores_c(void **state)
{
    const contexts *all = *state;
    const float a[] = {1, 2}, b[] = {3, 4};
    float c = NAN;
    assert_int_equal(gn__gemm_builtin(all->fast[0], false, false, 1, 1, 2, 1, a, 2, b, 1, 0, &c, 1), GN_OK);
    assert_true(c == 11);
}

/* Refuses once it is told to. */
static void *no_memory(void *user, void *pointer, size_t old_size, size_t new_size)
{
    (void)old_size;
    if (new_size == 0) {
        free(pointer);
        return NULL;
    }
    return *(bool *)user ? NULL : realloc(pointer, new_size);
}

static void test_out_of_memory(void **state)
{
    bool refuse = false;
    const float one = 1;
    float c = 0;
    (void)state;
    gn_context *context = gn_context_new(
        &(gn_context_options){.threads = 1, .allocate = no_memory, .allocate_user = &refuse});
    assert_non_null(context);
    refuse = true;
    assert_int_equal(gn__gemm_builtin(context, false, false, 1, 1, 1, 1, &one, 1, &one, 1, 0, &c, 1), GN_ERROR_MEMORY);
    assert_int_equal(gn_context_status(context), GN_ERROR_MEMORY);
    assert_true(strlen(gn_context_message(context)) > 0);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_beta_zero_ignores_c),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
