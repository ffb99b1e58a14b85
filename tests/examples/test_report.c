/* SPDX-License-Identifier: MIT */
/* tests/examples/test_report.c - a page that needs no other file, and curves with gaps and on logarithmic axes. */
#include "common/report.h"
#include "files.h"

#include <math.h>
#include <string.h>

static void test_all_that_a_page_can_hold(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(NULL);
    const double x[] = {1, 10, 100, 1000}, y[] = {5, NAN, 50, 500}, none[] = {NAN, NAN, NAN, NAN};
    const chart c = {.title = "A & B",
                     .x_label = "steps",
                     .y_label = "length",
                     .logarithmic = true,
                     .logarithmic_x = true,
                     .lines = {{"one", x, y, y, 4}, {"nothing", x, none, NULL, 4}}};
    table t = table_begin("name|value");
    table_cell(&t, "<b>");
    table_cell(&t, "1");
    put_file(path_of("dot.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>", 41);
    report *page = report_new(context, "Title <1>", "Why?");
    report_heading(page, "Part");
    report_text(page, "%d < %d", 1, 2);
    report_listing(page, "a  <1>\nbc  2\n");
    report_finding(page, "found");
    report_table(page, &t, "a table");
    report_chart(page, &c, "a chart");
    report_picture(page, path_of("dot.svg"), "a dot", "the dot", 2);
    assert_int_equal(report_write(page, path_of("report.html")), GN_OK);
    char *text = read_text(path_of("report.html"));
    assert_non_null(strstr(text, "Title &lt;1&gt;"));
    assert_non_null(strstr(text, "1 &lt; 2"));
    assert_non_null(strstr(text, "&lt;b&gt;"));
    assert_non_null(strstr(text, "A &amp; B"));
    assert_non_null(strstr(text, "<pre>a  &lt;1&gt;\nbc  2\n</pre>"));
    assert_true(strstr(text, "found</p>") < strstr(text, "Part</h2>"));
    assert_non_null(strstr(text, "data:image/svg+xml;base64,PHN2Zy"));
    assert_int_equal(count_of(text, ">one<"), 1);
    assert_int_equal(count_of(text, ">nothing<"), 0);
    assert_int_equal(count_of(text, "src=\"http"), 0);
    assert_int_equal(count_of(text, "nan"), 0);
    free(text);
    report_free(page);
    table_free(&t);
    gn_context_free(context);
}

static void test_a_picture_that_is_not_there(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(NULL);
    report *page = report_new(context, "t", "s");
    report_picture(page, path_of("missing.png"), "", "", 1);
    assert_int_equal(report_write(page, path_of("r.html")), GN_ERROR_IO);
    assert_non_null(strstr(gn_context_message(context), "missing.png"));
    assert_false(is_there(path_of("r.html")));
    report_free(page);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_that_a_page_can_hold),
        cmocka_unit_test(test_a_picture_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
