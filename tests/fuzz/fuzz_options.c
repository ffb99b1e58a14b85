/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_options.c - the examples' reader of command lines: an argument ends with a line. */
#include "common/options.h"
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

static struct values {
    bool flag;
    int64_t number, large;
    double real;
    const char *text;
    int choice;
} values;

static option rows[] = {
    {"flag", OPTION_FLAG, &values.flag, .help = "a flag", .group = "Kinds"},
    {"number", OPTION_NUMBER, &values.number, "N", "4", 0, 100, .help = "a number", .of_run = true},
    {"large", OPTION_NUMBER, &values.large, "N", .low = INT64_MIN, .high = INT64_MAX, .help = "any number"},
    {"real", OPTION_REAL, &values.real, "X", "0.5", -1, 1, .help = "a real number"},
    {"text", OPTION_TEXT, &values.text, "DIR", .help = "a text"},
    {"choice", OPTION_CHOICE, &values.choice, "one|two|three", "two", .help = "a word"},
};
static const command_line program = {"fuzz", "reads options.", "  fuzz --flag\n", rows, sizeof rows / sizeof *rows};

static void check_values(void)
{
    char text[64];
    fuzz_require(values.number >= 0 && values.number <= 100, "a number out of range");
    fuzz_require(values.real >= -1 && values.real <= 1, "a real number out of range");
    fuzz_require(values.choice >= 0 && values.choice <= 2, "a choice out of range");
    for (size_t i = 0; i < program.count; i++)
        (void)option_text(&rows[i], text, sizeof text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[] = "fuzz", *arguments[MOST + 1] = {name};
    int count = 1;
    char *text = malloc(size + 1), *rest = text;
    fuzz_require(text != NULL, "no memory");
    memcpy(text, data, size);
    text[size] = '\0';
    values = (struct values){0};
    for (char *word; count < MOST && (word = strtok_r(rest, "\n", &rest)) != NULL;)
        arguments[count++] = word;
    gn_context *context = fuzz_begin(size, 0, 1 << 13); /* stdio has a buffer */
    if (options_parse(&program, count, arguments) == OPTIONS_GO_ON)
        check_values();
    fuzz_end(context, true);
    free(text);
    return 0;
}
