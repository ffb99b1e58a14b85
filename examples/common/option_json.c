/* SPDX-License-Identifier: MIT */
/* examples/common/option_json.c - options as JSON. */
#include "common/option_json.h"

#include "common/plain_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 256, PROBLEM_SIZE = 4096 };

json_t *option_json(const option *row)
{
    char text[TEXT_SIZE];
    switch (row->kind) {
    case OPTION_NUMBER:
        return json_integer(*(const int64_t *)row->where);
    case OPTION_REAL:
        return json_real(*(const double *)row->where);
    case OPTION_FLAG:
        return json_boolean(*(const bool *)row->where);
    case OPTION_TEXT:
    case OPTION_CHOICE:
        break;
    }
    return json_string(option_text(row, text, sizeof text));
}

const char *option_json_text(const json_t *value, char *text, size_t size)
{
    if (json_is_integer(value))
        snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        return option_real_text(json_real_value(value), text, size);
    else if (json_is_boolean(value))
        snprintf(text, size, "%s", json_is_true(value) ? "true" : "false");
    else
        return json_is_string(value) ? json_string_value(value) : "";
    return text;
}

static int take(const command_line *program, const char *path, const char *name, const json_t *value)
{
    char number[TEXT_SIZE], number_before[TEXT_SIZE], problem[TEXT_SIZE];
    option *row = options_find(program, name);
    if (row == NULL)
        return options_unknown(program, path, name);
    const char *before = option_text(row, number_before, sizeof number_before);
    /* The value of a text stays where it is as long as the program runs: in the file's JSON. */
    const char *text = option_json_text(value, number, sizeof number);
    if (!option_set(row, text, problem, sizeof problem))
        return program_fail(program, EXIT_USAGE, "%s: '%s' is '%s', expected %s", path, name, text, problem);
    row->given = strcmp(before, text) != 0;
    return OPTIONS_GO_ON;
}

int options_read(const command_line *program, const char *path)
{
    static json_t *file; /* options of texts point into it */
    char problem[PROBLEM_SIZE];
    file = plain_file_json(path, problem, sizeof problem);
    if (file == NULL && problem[0] == '\0')
        snprintf(problem, sizeof problem, "%s: cannot read: %s", path, strerror(ENOENT));
    if (file == NULL)
        return program_fail(program, EXIT_USAGE, "%s", problem);
    const char *name;
    json_t *value;
    json_object_foreach(file, name, value)
    {
        const bool of_program = strcmp(name, "program") == 0;
        const char *other = of_program ? json_string_value(value) : NULL;
        if (of_program && (other == NULL || strcmp(other, program->name) != 0))
            return program_fail(program, EXIT_USAGE, "%s: options of '%s', expected '%s'", path,
                                other == NULL ? "?" : other, program->name);
        const int code = of_program ? OPTIONS_GO_ON : take(program, path, name, value);
        if (code != OPTIONS_GO_ON)
            return code;
    }
    return OPTIONS_GO_ON;
}

int options_print(const command_line *program)
{
    json_t *all = json_object();
    int failed = json_object_set_new(all, "program", json_string(program->name));
    for (size_t i = 0; i < program->count; i++) {
        const option *row = &program->options[i];
        if (row->preset != NULL || row->given || row->kind == OPTION_FLAG)
            failed |= json_object_set_new(all, row->name, option_json(row));
    }
    failed |= json_dumpf(all, stdout, JSON_INDENT(2));
    json_decref(all);
    putchar('\n');
    return failed ? program_fail(program, EXIT_FAILURE, "the options cannot be written as JSON") : EXIT_SUCCESS;
}
