/* SPDX-License-Identifier: MIT */
/* tests/io/test_json.c - JSON piece by piece: texts, numbers, items, and what is wrong with others. */
#include "io/json.h"
#include "test.h"

/* A reader of a copy, so that texts can be decoded. */
static gn__json open_bytes(const char *bytes, size_t size)
{
    static unsigned char copy[256];
    assert_true(size <= sizeof copy);
    memcpy(copy, bytes, size);
    return (gn__json){.next = copy, .end = copy + size};
}

static gn__json open_text(const char *text)
{
    return open_bytes(text, strlen(text));
}

static void texts_are_decoded(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"\"\"", ""},
        {" \t\r\n\"a b\" ", "a b"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00z\"", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z"},
        {"\"\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00\\udbff\\udfff\"",
         "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
        {"\"\xC2\x80\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"",
         "\xC2\x80\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        gn__json json = open_text(pairs[i][0]);
        const char *text = gn__json_text(&json);
        assert_non_null(text);
        assert_string_equal(text, pairs[i][1]);
        assert_true(gn__json_ends(&json));
    }
}

static void assert_no_text(const char *bytes, size_t size, const char *wrong)
{
    gn__json json = open_bytes(bytes, size);
    assert_null(gn__json_text(&json));
    assert_string_equal(json.wrong, wrong);
    assert_false(gn__json_ends(&json));
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    static const char *const escapes[] = {"\"\\x\"",
                                          "\"\\u12g4\"",
                                          "\"\\u\"",
                                          "\"\\",
                                          "\"\\u0000\"",
                                          "\"\\ud800\"",
                                          "\"\\ud800\\u0041\"",
                                          "\"\\ud800\\",
                                          "\"\\udc00\\ud800\"",
                                          "\"\\udc00\\udc00\"",
                                          "\"\\u123",
                                          "\"\\ud800\\ud800\"",
                                          "\"\\U0041\""};
    static const char *const bytes[] = {"\"\x01\"",
                                        "\"\n\"",
                                        "\"\x80\"",
                                        "\"\xC1\xBF\"",
                                        "\"\xC2\"",
                                        "\"\xE0\x9F\xBF\"",
                                        "\"\xED\xA0\x80\"",
                                        "\"\xF0\x8F\xBF\xBF\"",
                                        "\"\xF4\x90\x80\x80\"",
                                        "\"\xF5\x80\x80\x80\"",
                                        "\"\xE2\x82\"",
                                        "\"\xFF\""};
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        assert_no_text(escapes[i], strlen(escapes[i]), "an escape in a text is not valid");
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
        assert_no_text(bytes[i], strlen(bytes[i]), "a text is not valid UTF-8, or holds a control character");
    assert_no_text("\"a\0b\"", 5, "a text is not valid UTF-8, or holds a control character");
    assert_no_text("\"\xF0\x9F\x98", 4, "a text is not valid UTF-8, or holds a control character");
    assert_no_text("\"a", 2, "a text does not end");
    assert_no_text("", 0, "expected a text");
    assert_no_text("'a'", 3, "expected a text");
}

static void numbers_are_whole(void **state)
{
    (void)state;
    static const char *const good[] = {"0", "7", " 42 ", "18446744073709551615"};
    static const uint64_t numbers[] = {0, 7, 42, UINT64_MAX};
    for (int i = 0; i < 4; i++) {
        gn__json json = open_text(good[i]);
        assert_true(gn__json_number(&json) == numbers[i]);
        assert_true(gn__json_ends(&json));
    }
    static const char *const bad[] = {"",    "-1",  "-0",   "+1",    "01",  "00", "1.0",
                                      "1e3", "1E3", "true", "\"1\"", "[1]", "."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gn__json json = open_text(bad[i]);
        assert_true(gn__json_number(&json) == 0);
        assert_string_equal(json.wrong, "expected a whole number");
    }
    static const char *const large[] = {"18446744073709551616", "18446744073709551620", "99999999999999999999"};
    for (size_t i = 0; i < 3; i++) {
        gn__json json = open_text(large[i]);
        assert_true(gn__json_number(&json) == 0);
        assert_string_equal(json.wrong, "a number is larger than 2^64-1");
    }
}

static uint64_t sum_of_list(gn__json *json, int *count)
{
    uint64_t sum = 0;
    *count = 0;
    for (; gn__json_item(json, "[]", *count); ++*count)
        sum += gn__json_number(json);
    return sum;
}

static void lists_and_objects_are_walked_over(void **state)
{
    (void)state;
    int count;
    gn__json json = open_text(" [ 1 ,2,3 ] ");
    assert_int_equal(sum_of_list(&json, &count), 6);
    assert_int_equal(count, 3);
    assert_true(gn__json_ends(&json));
    json = open_text("[]");
    assert_int_equal(sum_of_list(&json, &count), 0);
    assert_int_equal(count, 0);
    assert_true(gn__json_ends(&json));
    json = open_text("{\"a\" : [1], \"b\":[2,5]}");
    uint64_t sum = 0;
    for (int i = 0; gn__json_item(&json, "{}", i); i++) {
        assert_string_equal(gn__json_key(&json), i == 0 ? "a" : "b");
        sum += sum_of_list(&json, &count);
    }
    assert_int_equal(sum, 8);
    assert_true(gn__json_ends(&json));
}

static void what_is_no_list_is_refused(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"{}", "expected a list"},
                                           {"", "expected a list"},
                                           {"[1 2]", "expected a comma or a closing bracket"},
                                           {"[1}", "expected a comma or a closing bracket"},
                                           {"[1", "expected a comma or a closing bracket"},
                                           {"[1,]", "expected a whole number"},
                                           {"[,1]", "expected a whole number"},
                                           {"[", "expected a whole number"},
                                           {"[[1]]", "expected a whole number"},
                                           {"[1]]", "something follows its end"},
                                           {"[1] x", "something follows its end"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int count;
        gn__json json = open_text(pairs[i][0]);
        (void)sum_of_list(&json, &count);
        assert_false(gn__json_ends(&json));
        assert_string_equal(json.wrong, pairs[i][1]);
    }
}

static void the_first_error_is_kept_and_nothing_is_found_after_it(void **state)
{
    (void)state;
    gn__json json = open_text("{\"a\" 1, \"b\": 2}");
    assert_true(gn__json_item(&json, "{}", 0));
    assert_null(gn__json_key(&json));
    assert_int_equal(gn__json_number(&json), 0);
    assert_false(gn__json_item(&json, "{}", 1));
    assert_null(gn__json_text(&json));
    assert_null(gn__json_key(&json));
    assert_false(gn__json_item(&json, "[]", 0));
    assert_string_equal(json.wrong, "expected a colon");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_decoded),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(numbers_are_whole),
        cmocka_unit_test(lists_and_objects_are_walked_over),
        cmocka_unit_test(what_is_no_list_is_refused),
        cmocka_unit_test(the_first_error_is_kept_and_nothing_is_found_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
