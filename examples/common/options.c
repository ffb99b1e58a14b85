/* SPDX-License-Identifier: MIT */
/* examples/common/options.c - a program's command line as one table. */
#include "common/manual.h"
#include "common/option_json.h"
#include "common/spelling.h"
#include "common/terminal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <gannet/version.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_SIZE = 256, MESSAGE_SIZE = 4096, COLUMN = 27 };

const option options_of_all[] = {
    {.name = "config",
     .kind = OPTION_TEXT,
     .value = "FILE.json",
     .help = "options from a file; those given here count, --FLAG=false too, and what has its default there counts as "
             "not given"},
    {.name = "print-config", .kind = OPTION_FLAG, .help = "print what the options are, as such a file, and end"},
    {.name = "help", .kind = OPTION_FLAG, .help = "this text"},
    {.name = "manual", .kind = OPTION_FLAG, .help = "the same as a page for man"},
    {.name = "version", .kind = OPTION_FLAG, .help = "the version, and how the library was built"},
};
const size_t options_of_all_count = sizeof options_of_all / sizeof *options_of_all;

int program_fail(const command_line *program, int code, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s: %s\n", program->name, terminal_make_harmless(message));
    return code;
}

gn_context *program_context(const command_line *program, const gn_context_options *options)
{
    gn_context *context = gn_context_new(options);
    if (context == NULL)
        program_fail(program, EXIT_FAILURE, "there is no memory, or there are no threads, to begin with");
    return context;
}

int program_fail_by(const command_line *program, const gn_context *context)
{
    const bool usage = gn_context_status(context) == GN_ERROR_ARGUMENT;
    return program_fail(program, usage ? EXIT_USAGE : EXIT_FAILURE, "%s", gn_context_message(context));
}

/* --- values ------------------------------------------------------------------------------------------------------- */

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

/* Texts become JSON, in checkpoints and in what --json prints, and appear in terminals. */
static bool set_text(const option *row, const char *text, char *problem, size_t size)
{
    json_t *string = json_string(text); /* NULL unless it is UTF-8 */
    json_decref(string);
    *(const char **)row->where = text;
    snprintf(problem, size, "a name in UTF-8 without control characters");
    return string != NULL && text[0] != '\0' && terminal_is_harmless(text);
}

bool option_set(const option *row, const char *text, char *problem, size_t size)
{
    switch (row->kind) {
    case OPTION_FLAG: /* a text from a file, or from --name=false, which overrides one */
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
    return set_text(row, text, problem, size);
}

const char *option_text(const option *row, char *text, size_t size)
{
    size_t length;
    const char *string;
    switch (row->kind) {
    case OPTION_FLAG:
        return *(const bool *)row->where ? "true" : "false";
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
        break;
    }
    string = *(const char *const *)row->where;
    return string == NULL ? "" : string;
}

/* --- help --------------------------------------------------------------------------------------------------------- */

static void print_row(const char *name, const char *value, const char *help)
{
    char left[TEXT_SIZE];
    snprintf(left, sizeof left, "--%s%s%s", name, value == NULL ? "" : " ", value == NULL ? "" : value);
    if (strlen(left) > COLUMN)
        printf("  %s\n  %-*s %s", left, COLUMN, "", help);
    else
        printf("  %-*s %s", COLUMN, left, help);
}

static void print_option(const option *row)
{
    if (row->group != NULL)
        printf("\n%s:\n", row->group);
    print_row(row->name, row->value, row->help);
    if ((row->kind == OPTION_NUMBER || row->kind == OPTION_REAL) && row->high < INT64_MAX)
        printf("; %" PRId64 " to %" PRId64, row->low, row->high);
    if (row->preset != NULL)
        printf("; default %s", row->preset);
    printf("%s\n", row->required ? "; required" : "");
}

static int help(const command_line *program)
{
    printf("%s: %s\n\nExamples:\n%s", program->name, program->summary, program->examples);
    for (size_t i = 0; i < program->count; i++)
        print_option(&program->options[i]);
    printf("\nEvery program:\n");
    for (size_t i = 0; i < options_of_all_count; i++)
        print_option(&options_of_all[i]);
    printf("\nExit codes: 0 done, 2 wrong usage, 130 and 143 ended by Ctrl-C and SIGTERM, 1 any other failure.\n");
    return EXIT_SUCCESS;
}

/* --- unknown names ------------------------------------------------------------------------------------------------ */

/* How far a typed name is from a candidate; what is only half typed is near. */
static size_t distance_to(const char *typed, const char *candidate)
{
    const size_t length = strlen(typed);
    return length >= 2 && strncmp(candidate, typed, length) == 0 ? 0 : spelling_distance(typed, candidate);
}

/* NULL when no option is spelt nearly so. */
static const char *nearest_option(const command_line *program, const char *typed)
{
    const char *nearest = NULL;
    size_t distance = 3;
    for (size_t i = 0; i < program->count + options_of_all_count; i++) {
        const char *candidate = i < program->count ? program->options[i].name : options_of_all[i - program->count].name;
        const size_t edits = distance_to(typed, candidate);
        if (edits < distance && edits < strlen(typed)) {
            distance = edits;
            nearest = candidate;
        }
    }
    return nearest;
}

int options_unknown(const command_line *program, const char *file, const char *name)
{
    const char *nearest = nearest_option(program, name), *dashes = file == NULL ? "--" : "";
    char place[TEXT_SIZE] = "";
    if (file != NULL)
        snprintf(place, sizeof place, "%s: ", file);
    if (nearest != NULL)
        return program_fail(program, EXIT_USAGE, "%sunknown option '%s%s', did you mean '%s%s'?", place, dashes, name,
                            dashes, nearest);
    return program_fail(program, EXIT_USAGE, "%sunknown option '%s%s' (see %s --help)", place, dashes, name,
                        program->name);
}

/* --- parsing ------------------------------------------------------------------------------------------------------ */

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
    if (row == NULL) {
        char typed[TEXT_SIZE];
        snprintf(typed, sizeof typed, "%.*s", (int)length, name);
        return options_unknown(program, NULL, typed);
    }
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (row->kind != OPTION_FLAG && value == NULL && (value = value_after(argv, i)) == NULL)
        return program_fail(program, EXIT_USAGE, "option '--%s' needs a value: --%s %s", row->name, row->name,
                            row->value);
    char problem[TEXT_SIZE];
    if (!option_set(row, value, problem, sizeof problem))
        return program_fail(program, EXIT_USAGE, "option '--%s' is '%s', expected %s", row->name, value, problem);
    row->given = true;
    return OPTIONS_GO_ON;
}

/* The file of an argument --config; NULL for any other argument. *i goes on to the file when it stands by itself. */
static const char *config_file(char **argv, int *i)
{
    const char *argument = argv[*i];
    if (strncmp(argument, "--config=", 9) == 0)
        return argument + 9;
    if (strcmp(argument, "--config") != 0)
        return NULL;
    const char *file = value_after(argv, i);
    return file == NULL ? "" : file;
}

static int parse_argument(const command_line *program, char **argv, int *i)
{
    const char *argument = argv[*i];
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
        return help(program);
    if (strcmp(argument, "--manual") == 0)
        return manual_print(program);
    if (strcmp(argument, "--print-config") == 0 || config_file(argv, i) != NULL)
        return OPTIONS_GO_ON; /* the one comes after all others, the other came before them */
    if (strcmp(argument, "--version") == 0) {
        printf("%s %s\n%s\n", program->name, gn_version(), gn_build_info());
        return EXIT_SUCCESS;
    }
    if (strncmp(argument, "--", 2) != 0)
        return program_fail(program, EXIT_USAGE, "unexpected argument '%s' (see %s --help)", argument, program->name);
    return parse_option(program, argv, i);
}

static int read_config(const command_line *program, int argc, char **argv)
{
    int code = OPTIONS_GO_ON, files = 0;
    for (int i = 1; i < argc && code == OPTIONS_GO_ON; i++) {
        const char *file = config_file(argv, &i);
        if (file == NULL)
            continue;
        if (file[0] == '\0')
            code = program_fail(program, EXIT_USAGE, "option '--config' needs a value: --config FILE.json");
        else if (files++ > 0)
            code = program_fail(program, EXIT_USAGE, "option '--config' was given twice, expected once");
        else
            code = options_read(program, file);
    }
    return code;
}

static int check_required(const command_line *program)
{
    for (size_t i = 0; i < program->count; i++) {
        const option *row = &program->options[i];
        if (row->required && !row->given)
            return program_fail(program, EXIT_USAGE, "option '--%s %s' is required (see %s --help)", row->name,
                                row->value, program->name);
    }
    return OPTIONS_GO_ON;
}

static const char *name_of_program;

/* What was printed and has not arrived (a full disk, a pipe that nobody reads any more) is a failure, unless there was
 * nowhere to print to. */
static void check_output(void)
{
    const bool now = fflush(stdout) != 0;
    const char *cause = now ? strerror(errno) : "";
    if ((!now && ferror(stdout) == 0) || fcntl(STDOUT_FILENO, F_GETFD) == -1)
        return;
    fprintf(stderr, "%s: the standard output cannot be written%s%s\n", name_of_program, now ? ": " : "", cause);
    _exit(EXIT_FAILURE);
}

int options_parse(const command_line *program, int argc, char **argv)
{
    char problem[TEXT_SIZE];
    if (name_of_program == NULL)
        atexit(check_output);
    name_of_program = program->name;
    bool print = false;
    for (size_t i = 0; i < program->count; i++)
        if (program->options[i].preset != NULL)
            option_set(&program->options[i], program->options[i].preset, problem, sizeof problem);
    int code = read_config(program, argc, argv);
    for (int i = 1; i < argc && code == OPTIONS_GO_ON; i++) {
        print = print || strcmp(argv[i], "--print-config") == 0;
        code = parse_argument(program, argv, &i);
    }
    if (code == OPTIONS_GO_ON && print)
        code = options_print(program);
    return code == OPTIONS_GO_ON ? check_required(program) : code;
}
