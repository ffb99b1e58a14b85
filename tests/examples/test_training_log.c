/* SPDX-License-Identifier: MIT */
/* tests/examples/test_training_log.c - a log read back for curves. */
#include "common/training_log.h"
#include "files.h"

#include <math.h>
#include <string.h>

static void test_short_and_with_gaps(void **state)
{
    (void)state;
    static const char text[] = "step,loss,norm\n1,2.5,\n2,3.5,4\n";
    put_file(path_of("log.csv"), text, sizeof text - 1);
    gn_context *context = gn_context_new(NULL);
    training_log log;
    assert_int_equal(training_log_read(context, path_of("log.csv"), &log), GN_OK);
    assert_int_equal(log.rows, 2);
    assert_true(log.columns[LOG_STEP][1] == 2);
    assert_true(training_log_column(&log, "loss")[0] == 2.5);
    assert_true(isnan(training_log_column(&log, "norm")[0]));
    assert_true(training_log_column(&log, "norm")[1] == 4);
    assert_null(training_log_column(&log, "other"));
    training_log_free(&log);
    assert_int_equal(training_log_read(context, path_of("none.csv"), &log), GN_ERROR_IO);
    assert_non_null(strstr(gn_context_message(context), "none.csv: cannot read"));
    gn_context_free(context);
}

static void test_a_long_one_is_averaged(void **state)
{
    (void)state;
    FILE *file = fopen(path_of("long.csv"), "w");
    assert_non_null(file);
    fputs("step,x\n", file);
    for (int i = 1; i <= 1000; i++)
        fprintf(file, "%d,%d\n", i, i % 3);
    fclose(file);
    gn_context *context = gn_context_new(NULL);
    training_log log;
    assert_int_equal(training_log_read(context, path_of("long.csv"), &log), GN_OK);
    assert_int_equal(log.rows, 333); /* three to a row */
    assert_true(log.columns[LOG_STEP][0] == 2);
    assert_true(log.columns[1][100] == 1);
    training_log_free(&log);
    put_file(path_of("empty.csv"), "step,x\n", 7);
    assert_int_equal(training_log_read(context, path_of("empty.csv"), &log), GN_OK);
    assert_int_equal(log.rows, 0);
    training_log_free(&log);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_and_with_gaps),
        cmocka_unit_test(test_a_long_one_is_averaged),
    };
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
