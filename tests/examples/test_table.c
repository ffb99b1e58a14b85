/* SPDX-License-Identifier: MIT */
/* tests/examples/test_table.c - cells in rows, printed as Markdown. */
#include "common/table.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static void test_columns_are_as_wide_as_their_longest_cell(void **state)
{
    (void)state;
    table t = table_begin("name|value %");
    table_cell(&t, "a");
    table_cell(&t, "%.1f", 12.34);
    table_cell(&t, "longer ± name");
    table_cell(&t, "%d", 7);
    table_cell(&t, "cut off");
    assert_int_equal(table_rows(&t), 3);
    assert_string_equal(table_text(&t, 1, 0), "longer ± name");
    assert_string_equal(table_text(&t, 2, 1), "");
    assert_string_equal(table_text(&t, 9, 0), "");
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    table_print(&t, file);
    fclose(file);
    assert_string_equal(text, "| name          | value % |\n"
                              "| :------------ | ------: |\n"
                              "| a             |    12.3 |\n"
                              "| longer ± name |       7 |\n"
                              "| cut off       |         |\n");
    free(text);
    table_free(&t);
}

static void test_many_rows_and_long_cells(void **state)
{
    (void)state;
    table t = table_begin("n");
    for (int i = 0; i < 1000; i++)
        table_cell(&t, "%d", i);
    table_cell(&t, "%0*d", 500, 1);
    assert_int_equal(table_rows(&t), 1001);
    assert_string_equal(table_text(&t, 777, 0), "777");
    assert_int_equal(strlen(table_text(&t, 1000, 0)), TABLE_CELL - 1);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_as_wide_as_their_longest_cell),
        cmocka_unit_test(test_many_rows_and_long_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
