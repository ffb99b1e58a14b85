/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_table.c - both tables are complete. */
#include "kernels/fixture.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_complete)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
