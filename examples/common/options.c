/* SPDX-License-Identifier: MIT */
/* examples/common/options.c - a program's command line as one table. */
#include "common/options.h"

#include "common/spelling.h"

#include <ctype.h>
#include <errno.h>
#include <gannet/version.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 256, COLUMN = 27 };

int program_fail(const command_line *program, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program->name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return code;
}

/* --- values --------------------------------------------------------------------------------------------------------------- */

static bool set_number(const option *row, const char *text, char *problem, size_t size)
{
    char *end = NULL;
    errno = 0;
    const bool begins_well = isdigit((unsigned char)text[text[0] == '-']) != 0;
    const int64_t number = begins_well ? strtoll(text, &end, 10) : 0;
    if (begins_well && *end == '\0' && errno == 0 && number >= row->low && number <= row->high) {
        *(int64_t *)row->where = number;
        return true;
    }
    snprintf(problem, size, "a whole number from %" PRId64 " to %" PRId64, row->low, row->high);
    return false;
}

static bool set_real(const option *row, const char *text, char *problem, size_t size)
{
    char *end = NULL;
    const bool begins_well = isdigit((unsigned char)text[text[0] == '-']) != 0;
    const double number = begins_well ? strtod(text, &end) : 0;
    if (begins_well && *end == '\0' && number >= (double)row->low && number <= (double)row->high) {
        *(double *)row->where = number;
        return true;
    }
    snprintf(problem, size, "a number from %" PRId64 " to %" PRId64, row->low, row->high);
    return false;
}

/* Finds word `index` of "one|two|three"; NULL when there are fewer. */
static const char *word_of(const char *words, int index, size_t *length)
{
    for (; index > 0 && words != NULL; index--) {
        words = strchr(words, '|');
        words = words == NULL ? NULL : words + 1;
    }
    *length = words == NULL ? 0 : strcspn(words, "|");
    return words;
}

static bool set_choice(const option *row, const char *text, char *problem, size_t size)
{
    size_t length;
    const char *word;
    for (int i = 0; (word = word_of(row->value, i, &length)) != NULL; i++)
        if (strlen(text) == length && strncmp(text, word, length) == 0) {
            *(int *)row->where = i;
            return true;
        }
    snprintf(problem, size, "one of %s", row->value);
    return false;
}

bool option_set(const option *row, const char *text, char *problem, size_t size)
{
    switch (row->kind) {
    case OPTION_FLAG: /* a text only when it comes from a file */
        *(bool *)row->where = text == NULL || strcmp(text, "true") == 0;
        snprintf(problem, size, "true or false");
        return text == NULL || strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    case OPTION_NUMBER:
        return set_number(row, text, problem, size);
    case OPTION_REAL:
        return set_real(row, text, problem, size);
    case OPTION_CHOICE:
        return set_choice(row, text, problem, size);
    case OPTION_TEXT:
        break;
    }
    *(const char **)row->where = text;
    snprintf(problem, size, "a name");
    return text[0] != '\0';
}

const char *option_text(const option *row, char *text, size_t size)
{
    size_t length;
    const char *string = "";
    switch (row->kind) {
    case OPTION_FLAG:
        string = *(const bool *)row->where ? "true" : "false";
        break;
    case OPTION_NUMBER:
        snprintf(text, size, "%" PRId64, *(const int64_t *)row->where);
        return text;
    case OPTION_REAL:
        snprintf(text, size, "%.9g", *(const double *)row->where);
        return text;
    case OPTION_CHOICE:
        string = word_of(row->value, *(const int *)row->where, &length);
        snprintf(text, size, "%.*s", (int)length, string);
        return text;
    case OPTION_TEXT:
        string = *(const char *const *)row->where;
        break;
    }
    snprintf(text, size, "%s", string == NULL ? "" : string);
    return text;
}

/* --- help ----------------------------------------------------------------------------------------------------------------- */

static void print_row(const char *name, const char *value, const char *help)
{
    char left[TEXT_SIZE];
    snprintf(left, sizeof left, "--%s%s%s", name, value == NULL ? "" : " ", value == NULL ? "" : value);
    if (strlen(left) > COLUMN)
        printf("  %s\n  %-*s %s", left, COLUMN, "", help);
    else
        printf("  %-*s %s", COLUMN, left, help);
}

static int help(const command_line *program)
{
    printf("%s: %s\n\nExamples:\n%s", program->name, program->summary, program->examples);
    for (size_t i = 0; i < program->count; i++) {
        const option *row = &program->options[i];
        if (row->group != NULL)
            printf("\n%s:\n", row->group);
        print_row(row->name, row->value, row->help);
        if ((row->kind == OPTION_NUMBER || row->kind == OPTION_REAL) && row->high < INT64_MAX)
            printf("; %" PRId64 " to %" PRId64, row->low, row->high);
        if (row->preset != NULL)
            printf("; default %s", row->preset);
        printf("%s\n", row->required ? "; required" : "");
    }
    printf("\nHelp:\n");
    print_row("help", NULL, "this text\n");
    print_row("version", NULL, "the version, and how the library was built\n");
    printf("\nExit codes: 0 done, 2 wrong usage, 1 any other failure.\n");
    return EXIT_SUCCESS;
}

static int unknown_option(const command_line *program, const char *name, size_t length)
{
    char typed[TEXT_SIZE];
    const char *nearest = "help";
    snprintf(typed, sizeof typed, "%.*s", (int)length, name);
    size_t distance = spelling_distance(typed, nearest);
    for (size_t i = 0; i <= program->count; i++) {
        const char *candidate = i < program->count ? program->options[i].name : "version";
        const bool begun = length >= 2 && strncmp(candidate, typed, length) == 0;
        const size_t edits = begun ? 0 : spelling_distance(typed, candidate);
        if (edits < distance) {
            distance = edits;
            nearest = candidate;
        }
    }
    if (distance <= 2 && distance < length)
        return program_fail(program, EXIT_USAGE, "unknown option '--%s', did you mean '--%s'?", typed, nearest);
    return program_fail(program, EXIT_USAGE, "unknown option '--%s' (see %s --help)", typed, program->name);
}

/* --- parsing -------------------------------------------------------------------------------------------------------------- */

static option *find(const command_line *program, const char *name, size_t length)
{
    for (size_t i = 0; i < program->count; i++)
        if (strlen(program->options[i].name) == length && strncmp(program->options[i].name, name, length) == 0)
            return &program->options[i];
    return NULL;
}

option *options_find(const command_line *program, const char *name)
{
    return find(program, name, strlen(name));
}

/* The argument after an option is its value, unless that looks like an option: `--out --quiet` lacks a folder. */
static const char *value_after(char **argv, int *i)
{
    const char *next = argv[*i + 1];
    if (next == NULL || strncmp(next, "--", 2) == 0)
        return NULL;
    (*i)++;
    return next;
}

static int parse_option(const command_line *program, char **argv, int *i)
{
    const char *name = argv[*i] + 2;
    const size_t length = strcspn(name, "=");
    option *row = find(program, name, length);
    if (row == NULL)
        return unknown_option(program, name, length);
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (row->kind == OPTION_FLAG && value != NULL)
        return program_fail(program, EXIT_USAGE, "option '--%s' takes no value", row->name);
    if (row->kind != OPTION_FLAG && value == NULL && (value = value_after(argv, i)) == NULL)
        return program_fail(program, EXIT_USAGE, "option '--%s' needs a value: --%s %s", row->name, row->name,
                            row->value);
    char problem[TEXT_SIZE];
    if (!option_set(row, value, problem, sizeof problem))
        return program_fail(program, EXIT_USAGE, "option '--%s' is '%s', expected %s", row->name, value, problem);
    row->given = true;
    return OPTIONS_GO_ON;
}

static int parse_argument(const command_line *program, char **argv, int *i)
{
    const char *argument = argv[*i];
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
        return help(program);
    if (strcmp(argument, "--version") == 0) {
        printf("%s %s\n%s\n", program->name, gn_version(), gn_build_info());
        return EXIT_SUCCESS;
    }
    if (strncmp(argument, "--", 2) != 0)
        return program_fail(program, EXIT_USAGE, "unexpected argument '%s' (see %s --help)", argument, program->name);
    return parse_option(program, argv, i);
}

int options_parse(const command_line *program, int argc, char **argv)
{
    char problem[TEXT_SIZE];
    for (size_t i = 0; i < program->count; i++)
        if (program->options[i].preset != NULL)
            option_set(&program->options[i], program->options[i].preset, problem, sizeof problem);
    for (int i = 1; i < argc; i++) {
        const int code = parse_argument(program, argv, &i);
        if (code != OPTIONS_GO_ON)
            return code;
    }
    for (size_t i = 0; i < program->count; i++) {
        const option *row = &program->options[i];
        if (row->required && !row->given)
            return program_fail(program, EXIT_USAGE, "option '--%s %s' is required (see %s --help)", row->name,
                                row->value, program->name);
    }
    return OPTIONS_GO_ON;
}
