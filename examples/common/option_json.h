/* SPDX-License-Identifier: MIT */
/* examples/common/option_json.h - options as JSON: in checkpoints, and in files given with --config. */
#ifndef EXAMPLES_OPTION_JSON_H
#define EXAMPLES_OPTION_JSON_H

#include "common/options.h"

#include <jansson.h>

/* The value of an option: a number, true or false, or a text. NULL when there is no memory. */
json_t *option_json(const option *row);

/* A JSON value as one would write it on the command line, in text or where it stands; "" for what no option can be. */
const char *option_json_text(const json_t *value, char *text, size_t size);

/* Fills in the table from a file {"name": value, ...}, as options_print prints one; "program" must be this one. Returns
 * OPTIONS_GO_ON, or the code to exit with when the file cannot be read, or has an unknown name or a bad value. Call it
 * once: texts stay in memory. */
int options_read(const command_line *program, const char *path);

/* Prints all options that have a value. Returns the code to exit with. */
int options_print(const command_line *program);

#endif
