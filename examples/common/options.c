/* SPDX-License-Identifier: MIT */
/* examples/common/options.c - a program's command line as one table. */
#include "common/manual.h"
#include "common/option_json.h"
#include "common/output.h"
#include "common/plain_file.h"
#include "common/spelling.h"
#include "common/terminal.h"

#include <gannet/version.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TEXT_SIZE = 256, MESSAGE_SIZE = 4096, PATH_SIZE = 4096, COLUMN = 27 };

const option options_of_all[] = {
    {.name = "config",
     .kind = OPTION_TEXT,
     .value = "FILE.json",
     .help = "options from a file; options on the command line win (also --FLAG=false); an option that has its default "
             "value in the file is treated as absent"},
    {.name = "print-config", .kind = OPTION_FLAG, .help = "print all options as such a file, and exit"},
    {.name = "help", .kind = OPTION_FLAG, .help = "this text"},
    {.name = "manual", .kind = OPTION_FLAG, .help = "the same as a page for man"},
    {.name = "version", .kind = OPTION_FLAG, .help = "the version, and how the library was built"},
};
const size_t options_of_all_count = sizeof options_of_all / sizeof *options_of_all;

const char options_exit_codes[] = "0 done, 2 wrong usage, 1 any other failure; 128 and the signal's number when "
                                  "interrupted: 130 by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP.\n";

/* --- the name ----------------------------------------------------------------------------------------------------- */

/* How it was called, what of that is before its own name, and its name without the folder, in which the programs of an
 * installation are not. */
static char called_as[PATH_SIZE], before_name[PATH_SIZE], shown_name[PATH_SIZE];

static const char *prefix(void)
{
    const char *slash = strrchr(before_name, '/');
    return slash == NULL ? before_name : slash + 1;
}

static void remember_call(const command_line *program, const char *call)
{
    const size_t length = call == NULL ? 0 : strlen(call), end = strlen(program->name);
    if (length >= end && length < sizeof before_name && strcmp(call + length - end, program->name) == 0)
        snprintf(before_name, sizeof before_name, "%.*s", (int)(length - end), call);
    snprintf(called_as, sizeof called_as, "%s", length == 0 || length >= sizeof called_as ? program->name : call);
    snprintf(shown_name, sizeof shown_name, "%s%s", prefix(), program->name);
}

static void print_word(const char *word)
{
    if (word[0] != '\0' && strpbrk(word, " \t\n\"'`\\$&|;<>()[]{}*?!#~") == NULL) {
        printf("%s", word);
        return;
    }
    putchar('\'');
    for (; *word != '\0'; word++)
        if (*word == '\'')
            printf("'\\''");
        else
            putchar(*word);
    putchar('\'');
}

void program_print_call(const char *name, const char *const *arguments)
{
    char other[PATH_SIZE + TEXT_SIZE];
    snprintf(other, sizeof other, "%s%s", before_name, name == NULL ? "" : name);
    print_word(name == NULL ? called_as : other);
    for (; *arguments != NULL; arguments++) {
        putchar(' ');
        print_word(*arguments);
    }
    putchar('\n');
}

/* --- what it says ------------------------------------------------------------------------------------------------- */

GN_PRINTF(2, 0)
static void say(const command_line *program, const char *format, va_list arguments)
{
    char message[MESSAGE_SIZE];
    vsnprintf(message, sizeof message, format, arguments);
    fprintf(stderr, "%s: %s\n", shown_name[0] == '\0' ? program->name : shown_name, terminal_make_harmless(message));
}

void program_warn(const command_line *program, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(program, format, arguments);
    va_end(arguments);
}

int program_fail(const command_line *program, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(program, format, arguments);
    va_end(arguments);
    output_failure_told();
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
    char text[TEXT_SIZE];
    const char *range = option_range(row, text, sizeof text);
    if (row->group != NULL)
        printf("\n%s:\n", row->group);
    print_row(row->name, row->value, row->help);
    if (range != NULL)
        printf("; %s", range);
    if (row->preset != NULL)
        printf("; default %s", row->preset);
    printf("%s\n", row->required ? "; required" : "");
}

/* Every line is a command, up to an empty one. */
static void print_examples(const char *line)
{
    while (strncmp(line, "  ", 2) == 0) {
        const int length = (int)strcspn(line, "\n");
        printf("  %s%.*s\n", prefix(), length - 2, line + 2);
        line += length + 1;
    }
    printf("%s", line);
}

static int help(const command_line *program)
{
    printf("%s: %s\n\nExamples:\n", shown_name, program->summary);
    print_examples(program->examples);
    for (size_t i = 0; i < program->count; i++)
        print_option(&program->options[i]);
    printf("\nEvery program:\n");
    for (size_t i = 0; i < options_of_all_count; i++)
        print_option(&options_of_all[i]);
    printf("\nExit codes: %s", options_exit_codes);
    return EXIT_SUCCESS;
}

/* --- unknown names ------------------------------------------------------------------------------------------------ */

/* How far a typed name is from a candidate; what is only half typed is near. */
static size_t distance_to(const char *typed, const char *candidate)
{
    const size_t length = strlen(typed);
    return length >= 2 && strncmp(candidate, typed, length) == 0 ? 0 : spelling_distance(typed, candidate);
}

/* NULL when no option is spelt nearly so. A file has only those of the program. */
static const char *nearest_option(const command_line *program, const char *typed, bool in_file)
{
    const char *nearest = NULL;
    const size_t count = program->count + (in_file ? 0 : options_of_all_count);
    size_t distance = 3;
    for (size_t i = 0; i < count; i++) {
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
    const char *nearest = nearest_option(program, name, file != NULL), *dashes = file == NULL ? "--" : "";
    char place[TEXT_SIZE] = "";
    if (file != NULL)
        snprintf(place, sizeof place, "%s: ", file);
    if (nearest != NULL)
        return program_fail(program, EXIT_USAGE, "%sunknown option '%s%s', did you mean '%s%s'?", place, dashes, name,
                            dashes, nearest);
    return program_fail(program, EXIT_USAGE, "%sunknown option '%s%s' (see %s --help)", place, dashes, name,
                        shown_name);
}

/* --- parsing ------------------------------------------------------------------------------------------------------ */

option *options_find(const command_line *program, const char *name)
{
    for (size_t i = 0; i < program->count; i++)
        if (strcmp(program->options[i].name, name) == 0)
            return &program->options[i];
    return NULL;
}

static const option *find_of_all(const char *name)
{
    for (size_t i = 0; i < options_of_all_count; i++)
        if (strcmp(options_of_all[i].name, name) == 0)
            return &options_of_all[i];
    return NULL;
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

static int set(const command_line *program, const option *row, const char *value)
{
    char problem[TEXT_SIZE];
    if (option_set(row, value, problem, sizeof problem))
        return OPTIONS_GO_ON;
    return program_fail(program, EXIT_USAGE, "option '--%s' is '%s', expected %s", row->name, value, problem);
}

static int version(void)
{
    printf("%s %s\n%s\n", shown_name, gn_version(), gn_build_info());
    return EXIT_SUCCESS;
}

/* A flag that every program has. print receives whether --print-config was given, which comes after all others. */
static int obey(const command_line *program, const option *row, const char *value, bool *print)
{
    bool asked;
    option flag = *row;
    flag.where = &asked;
    const int code = set(program, &flag, value);
    if (code == OPTIONS_GO_ON && strcmp(row->name, "print-config") == 0)
        *print = asked;
    else if (code == OPTIONS_GO_ON && asked && strcmp(row->name, "help") == 0)
        return help(program);
    else if (code == OPTIONS_GO_ON && asked && strcmp(row->name, "manual") == 0)
        return manual_print(program);
    else if (code == OPTIONS_GO_ON && asked)
        return version();
    return code;
}

static int parse_option(const command_line *program, char **argv, int *i, bool *print)
{
    char name[TEXT_SIZE];
    const char *equals = strchr(argv[*i], '='), *value = equals == NULL ? NULL : equals + 1;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argv[*i] + 2, "="), argv[*i] + 2);
    const option *of_all = find_of_all(name);
    if (of_all != NULL)
        return obey(program, of_all, value, print);
    option *row = options_find(program, name);
    if (row == NULL)
        return options_unknown(program, NULL, name);
    if (row->kind != OPTION_FLAG && value == NULL && (value = value_after(argv, i)) == NULL)
        return program_fail(program, EXIT_USAGE, "option '--%s' needs a value: --%s %s", row->name, row->name,
                            row->value);
    row->given = true;
    return set(program, row, value);
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

static int parse_argument(const command_line *program, char **argv, int *i, bool *print)
{
    const char *argument = argv[*i];
    if (strcmp(argument, "-h") == 0)
        return help(program);
    if (config_file(argv, i) != NULL)
        return OPTIONS_GO_ON; /* it came before all others */
    if (strncmp(argument, "--", 2) != 0)
        return program_fail(program, EXIT_USAGE, "unexpected argument '%s' (see %s --help)", argument, shown_name);
    return parse_option(program, argv, i, print);
}

/* file receives the name of the file, NULL if there is none. */
static int read_config(const command_line *program, int argc, char **argv, const char **file)
{
    *file = NULL;
    for (int i = 1; i < argc; i++) {
        const char *found = config_file(argv, &i);
        if (found == NULL)
            continue;
        if (found[0] == '\0')
            return program_fail(program, EXIT_USAGE, "option '--config' needs a value: --config FILE.json");
        if (*file != NULL)
            return program_fail(program, EXIT_USAGE, "option '--config' was given twice, expected once");
        *file = found;
    }
    return *file == NULL ? OPTIONS_GO_ON : options_read(program, *file);
}

static int check_required(const command_line *program)
{
    for (size_t i = 0; i < program->count; i++) {
        const option *row = &program->options[i];
        if (row->required && !row->given)
            return program_fail(program, EXIT_USAGE, "option '--%s %s' is required (see %s --help)", row->name,
                                row->value, shown_name);
    }
    return OPTIONS_GO_ON;
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static const char *file_of(const option *row)
{
    return row->file == FILE_NONE ? NULL : *(const char *const *)row->where;
}

static int check_pair(const command_line *program, const option *a, const option *b)
{
    const char *path = file_of(a), *other_path = file_of(b);
    const bool written = a->file == FILE_WRITTEN || b->file == FILE_WRITTEN;
    if (!written || path == NULL || other_path == NULL || !plain_file_same(path, other_path))
        return OPTIONS_GO_ON;
    return program_fail(program, EXIT_USAGE, "options '--%s' and '--%s' both name the file '%s', expected two files",
                        a->name, b->name, path);
}

/* What is written must not take the place of what is read, or of what was written just before. */
static int check_files(const command_line *program, const char *config)
{
    const option read = {.name = "config", .where = &config, .file = FILE_READ};
    int code = OPTIONS_GO_ON;
    for (size_t i = 0; i < program->count && code == OPTIONS_GO_ON; i++) {
        code = check_pair(program, &read, &program->options[i]);
        for (size_t j = i + 1; j < program->count && code == OPTIONS_GO_ON; j++)
            code = check_pair(program, &program->options[i], &program->options[j]);
    }
    return code;
}

int options_check_png(const command_line *program, const char *name, const char *file)
{
    const char *dot = file == NULL ? NULL : strrchr(file, '.');
    if (file == NULL || (dot != NULL && strcasecmp(dot, ".png") == 0))
        return OPTIONS_GO_ON;
    return program_fail(program, EXIT_USAGE, "option '--%s' is '%s', expected a name that ends in .png", name, file);
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static void set_presets(const command_line *program)
{
    char problem[TEXT_SIZE];
    for (size_t i = 0; i < program->count; i++)
        if (program->options[i].preset != NULL)
            option_set(&program->options[i], program->options[i].preset, problem, sizeof problem);
}

int options_parse(const command_line *program, int argc, char **argv)
{
    const char *config;
    bool print = false;
    remember_call(program, argc > 0 ? argv[0] : NULL);
    output_begin(shown_name);
    set_presets(program);
    int code = read_config(program, argc, argv, &config);
    for (int i = 1; i < argc && code == OPTIONS_GO_ON; i++)
        code = parse_argument(program, argv, &i, &print);
    if (code == OPTIONS_GO_ON && print)
        return options_print(program);
    if (code == OPTIONS_GO_ON)
        code = check_required(program);
    return code == OPTIONS_GO_ON ? check_files(program, config) : code;
}
