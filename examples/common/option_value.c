/* SPDX-License-Identifier: MIT */
/* examples/common/option_value.c - the values of options as texts. */
#include "common/options.h"
#include "common/terminal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void describe_range(const option *row, const char *kind, char *text, size_t size)
{
    char multiple[48] = "";
    if (row->multiple != 0)
        snprintf(multiple, sizeof multiple, "a multiple of %" PRId64 " from ", row->multiple);
    snprintf(text, size, "%s%s%" PRId64 " to %s%" PRId64, kind, multiple, row->low, row->below_high ? "less than " : "",
             row->high);
}

const char *option_range(const option *row, char *text, size_t size)
{
    const bool number = row->kind == OPTION_NUMBER || row->kind == OPTION_REAL;
    if (!number || row->high == INT64_MAX)
        return NULL;
    describe_range(row, "", text, size);
    return text;
}

static bool set_number(const option *row, const char *text, char *problem, size_t size)
{
    char *end = NULL;
    errno = 0;
    const bool begins_well = isdigit((unsigned char)text[text[0] == '-']) != 0;
    const int64_t number = begins_well ? strtoll(text, &end, 10) : 0;
    const bool whole = begins_well && *end == '\0' && errno == 0;
    if (whole && number >= row->low && number <= row->high && (row->multiple == 0 || number % row->multiple == 0)) {
        *(int64_t *)row->where = number;
        return true;
    }
    describe_range(row, row->multiple == 0 ? "a whole number from " : "", problem, size);
    return false;
}

/* The library's numbers are floats: what rounds to an end that does not belong to the range is that end. */
static bool is_below_end(const option *row, double number)
{
    return row->below_high ? (float)number < (float)row->high : number <= (double)row->high;
}

static bool set_real(const option *row, const char *text, char *problem, size_t size)
{
    char *end = NULL;
    const bool begins_well = isdigit((unsigned char)text[text[0] == '-']) != 0;
    const double number = begins_well ? strtod(text, &end) : 0;
    if (begins_well && *end == '\0' && number >= (double)row->low && is_below_end(row, number)) {
        *(double *)row->where = number;
        return true;
    }
    describe_range(row, "a number from ", problem, size);
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
    snprintf(problem, size, text[0] == '\0' ? "at least one character" : "UTF-8 without control characters");
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

/* As few digits as tell it from every other number. */
const char *option_real_text(double value, char *text, size_t size)
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return text;
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
        return option_real_text(*(const double *)row->where, text, size);
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
