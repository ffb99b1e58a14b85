/* SPDX-License-Identifier: MIT */
/* examples/common/options.h - a program's command line as one table, from which parsing, checks and --help are made. */
#ifndef EXAMPLES_OPTIONS_H
#define EXAMPLES_OPTIONS_H

#include <gannet/context.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum option_kind {
    OPTION_FLAG,   /* bool; true without a value, or =true, =false */
    OPTION_NUMBER, /* int64_t; whole, from low to high */
    OPTION_REAL,   /* double; from low to high */
    OPTION_TEXT,   /* const char *; points into argv or to preset */
    OPTION_CHOICE, /* int; which of the words that `value` lists */
} option_kind;

/* What a program does with the file that an option names. */
typedef enum option_file {
    FILE_NONE, /* it names no file, or a folder */
    FILE_READ,
    FILE_WRITTEN,
} option_file;

/* One row: `--name value` or `--name=value`. */
typedef struct option {
    const char *name;
    option_kind kind;
    void *where;        /* receives the preset, then what was given */
    const char *value;  /* stands for the value in the help: "N", "DIR"; of a choice all of them: "simple|momentum" */
    const char *preset; /* the default as one would write it; NULL: 0, NULL or false */
    int64_t low, high;
    const char *group; /* a heading of the help that this row begins */
    const char *help;
    bool required;
    bool of_run;      /* makes the run what it is: kept in its checkpoints */
    bool given;       /* on this command line */
    int64_t multiple; /* numbers: of which they must be multiples; 0: any */
    bool below_high;  /* reals: less than high */
    option_file file;
} option;

typedef struct command_line {
    const char *name;
    const char *summary;  /* one sentence */
    const char *examples; /* whole lines */
    option *options;
    size_t count;
} command_line;

enum { EXIT_USAGE = 2, OPTIONS_GO_ON = -1 };

/* What every program understands too; these rows receive nothing. */
extern const option options_of_all[];
extern const size_t options_of_all_count;

/* How every program ends, as a sentence. */
extern const char options_exit_codes[];

/* Fills in the table: presets, then a file given with --config, then the command line. Refuses two options that name
 * one file, if either writes it. Returns OPTIONS_GO_ON, or the code to exit with. Comes before the program opens
 * anything: see output_begin. */
int options_parse(const command_line *program, int argc, char **argv);

/* Says that there is no such option, and which one may have been meant. The file in which the name stands, or NULL for
 * a command line. Returns the code to exit with. */
int options_unknown(const command_line *program, const char *file, const char *name);

/* Prints a command as a line that a shell reads so: the program as it was called itself (NULL), or another by its name,
 * with what was written before this one's, "build/examples/" or "gannet-". arguments ends with NULL. After
 * options_parse. */
void program_print_call(const char *name, const char *const *arguments);

/* Prints "name: message" as one line to stderr: the program goes on. */
void program_warn(const command_line *program, const char *format, ...) GN_PRINTF(2, 3);

/* The row of that name; NULL when there is none. */
option *options_find(const command_line *program, const char *name);

/* Reads text as the option's value. false when it is not one; problem then says what would be. */
bool option_set(const option *row, const char *text, char *problem, size_t size);

/* OPTIONS_GO_ON if the file that an option names, if it does, is called .png, since nothing else is written into it.
 * Else says so and returns the code to exit with. */
int options_check_png(const command_line *program, const char *name, const char *file);

/* The value of an option as one would write it: in text, or where it stands. */
const char *option_text(const option *row, char *text, size_t size);
const char *option_real_text(double value, char *text, size_t size);

/* What an option's number may be, in text; NULL when that needs no saying. */
const char *option_range(const option *row, char *text, size_t size);

/* The same, and returns code, so that it can end main. */
int program_fail(const command_line *program, int code, const char *format, ...) GN_PRINTF(3, 4);

/* The context that a program begins with; NULL after program_fail has said why. */
gn_context *program_context(const command_line *program, const gn_context_options *options);

/* Fails with the context's message: wrong usage if a call was given what it cannot do with (GN_ERROR_ARGUMENT), else
 * failure. */
int program_fail_by(const command_line *program, const gn_context *context);

#endif
