/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_table.c - both tables are complete, and the build describes itself. */
#include "kernels/fixture.h"

#include <gannet/version.h>
#include <stdio.h>

/* Behind the name a table is nothing but function pointers, none of which may be missing. */
static void check_complete(const gn__kernels *kernels)
{
    enum { FUNCTIONS = (sizeof(gn__kernels) - offsetof(gn__kernels, gemm)) / sizeof(void (*)(void)) };
    void (*functions[FUNCTIONS])(void);
    memcpy(functions, &kernels->gemm, sizeof functions);
    for (int i = 0; i < (int)FUNCTIONS; i++)
        if (functions[i] == NULL)
            fail_msg("the table '%s' lacks function %d", kernels->name, i);
}

static void test_complete(void **state)
{
    (void)state;
    check_complete(&gn__kernels_reference);
    check_complete(&gn__kernels_fast);
    assert_string_equal(gn__kernels_reference.name, "reference");
    assert_string_equal(gn__kernels_fast.name, "fast");
}

static void test_build_info(void **state)
{
    char version[64];
    (void)state;
    snprintf(version, sizeof version, "gannet %d.%d.%d, ", GN_VERSION_MAJOR, GN_VERSION_MINOR, GN_VERSION_PATCH);
    assert_ptr_equal(strstr(gn_build_info(), version), gn_build_info());
    assert_non_null(strstr(gn_build_info(), "thread"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_complete), cmocka_unit_test(test_build_info)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
