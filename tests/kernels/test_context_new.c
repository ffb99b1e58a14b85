/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_context_new.c - a context has the kernels that were asked for, or is not made and the log says
 * why. */
#include "core/context.h"
#include "kernels/kernels.h"
#include "test.h"

#include <string.h>

static void keep(void *user, gn_log_level level, const char *message)
{
    assert_int_equal(level, GN_LOG_ERROR);
    strncpy(user, message, 127);
}

static void test_the_table_that_was_asked_for(void **state)
{
    (void)state;
    gn_context *fast = gn_context_new(NULL);
    gn_context *reference = gn_context_new(&(gn_context_options){.kernels = GN_KERNELS_REFERENCE});
    assert_ptr_equal(fast->kernels, &gn__kernels_fast);
    assert_ptr_equal(reference->kernels, &gn__kernels_reference);
    gn_context_free(fast);
    gn_context_free(reference);
    gn_context_free(NULL);
}

static void test_an_unknown_table_is_refused(void **state)
{
    (void)state;
    char message[128] = "";
    assert_null(gn_context_new(&(gn_context_options){.kernels = (gn_kernels)9, .log = keep, .log_user = message}));
    assert_string_equal(message, "gn_context_new: kernels is not one of gn_kernels");
}

static void test_threads_out_of_range_are_refused(void **state)
{
    (void)state;
    char message[128] = "";
    assert_null(gn_context_new(&(gn_context_options){.threads = 65, .log = keep, .log_user = message}));
    assert_string_equal(message, "gn_context_new: threads is outside 0 to 64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_that_was_asked_for),
        cmocka_unit_test(test_an_unknown_table_is_refused),
        cmocka_unit_test(test_threads_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
