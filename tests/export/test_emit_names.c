/* SPDX-License-Identifier: MIT */
/* tests/export/test_emit_names.c - what an emitted file may call itself, its function and the arguments. */
#include "export/emit_names.h"
#include "nn/layers.h"

static void test_defaults(void **state)
{
    const fixture *f = *state;
    gn_emit_c_options names = {.verb = "draw"};
    assert_int_equal(gn__emit_names_complete(f->context, &names, 2), GN_OK);
    assert_string_equal(names.name, "network");
    assert_string_equal(names.verb, "draw");
    assert_string_equal(names.input_names[0], "input0");
    assert_string_equal(names.input_names[1], "input1");
    assert_string_equal(names.output_name, "output");
}

static void refused(const fixture *f, gn_emit_c_options names, const char *text)
{
    assert_int_equal(gn__emit_names_complete(f->context, &names, 1), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, text);
}

static void test_what_is_no_identifier(void **state)
{
    const fixture *f = *state;
    refused(f, (gn_emit_c_options){.name = "2d"},
            "emit_c: name is '2d', expected a C identifier of at most 47 letters that is not taken");
    refused(f, (gn_emit_c_options){.verb = "a-b"},
            "emit_c: verb is 'a-b', expected a C identifier of at most 47 letters that is not taken");
    refused(f, (gn_emit_c_options){.output_name = ""},
            "emit_c: output_name is '', expected a C identifier of at most 47 letters that is not taken");
    refused(f, (gn_emit_c_options){.output_name = "a123456789b123456789c123456789d123456789e1234567"},
            "emit_c: output_name is 'a123456789b123456789c123456789d123456789e1234567', expected a C identifier of at "
            "most 47 letters that is not taken");
    refused(f, (gn_emit_c_options){.input_names = (const char *const[]){NULL}}, "emit_c: the name of input 0 is NULL");
}

static void test_what_the_file_or_c_has_taken(void **state)
{
    const fixture *f = *state;
    refused(f, (gn_emit_c_options){.verb = "upsample"},
            "emit_c: verb is 'upsample', expected a C identifier of at most 47 letters that is not taken");
    refused(f, (gn_emit_c_options){.verb = "weights"},
            "emit_c: verb is 'weights', expected a C identifier of at most 47 letters that is not taken");
    refused(f, (gn_emit_c_options){.output_name = "network_sum"},
            "emit_c: output_name is 'network_sum', expected a C identifier of at most 47 letters that is not taken");
    refused(f, (gn_emit_c_options){.output_name = "_Bool"},
            "emit_c: output_name is '_Bool', expected a C identifier of at most 47 letters that is not taken");
    refused(f, (gn_emit_c_options){.output_name = "scratch"},
            "emit_c: output_name is 'scratch', expected a C identifier of at most 47 letters that is not taken");
    refused(f, (gn_emit_c_options){.input_names = (const char *const[]){"float"}},
            "emit_c: the name of an input is 'float', expected a C identifier of at most 47 letters that is not taken");
}

static void test_two_arguments_of_one_name(void **state)
{
    const fixture *f = *state;
    gn_emit_c_options names = {.input_names = (const char *const[]){"x"}, .output_name = "y"};
    assert_int_equal(gn__emit_names_complete(f->context, &names, 1), GN_OK);
    names.output_name = "X";
    refused(f, names, "emit_c: two arguments are called 'X'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_defaults),
        WITH_FIXTURE(test_what_is_no_identifier),
        WITH_FIXTURE(test_what_the_file_or_c_has_taken),
        WITH_FIXTURE(test_two_arguments_of_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
