/* SPDX-License-Identifier: MIT */
/* examples/common/manual.c - a program's manual page. */
#include "common/manual.h"

#include <ctype.h>
#include <gannet/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text as troff takes it literally: hyphens are minus signs, and nothing at the beginning of a line is a request. */
static void put(const char *text)
{
    bool begins = true;
    for (; *text != '\0'; text++) {
        if (begins && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        if (*text == '-' || *text == '\\')
            fputs(*text == '-' ? "\\-" : "\\e", stdout);
        else
            putchar(*text);
        begins = *text == '\n';
    }
}

static void put_upper(const char *text)
{
    for (; *text != '\0'; text++)
        putchar(toupper((unsigned char)*text));
}

static void put_option(const option *row)
{
    char text[96];
    const char *range = option_range(row, text, sizeof text);
    printf(".TP\n.B \\-\\-");
    put(row->name);
    if (row->value != NULL) {
        printf(" \\fI");
        put(row->value);
        printf("\\fR");
    }
    putchar('\n');
    put(row->help);
    if (range != NULL)
        printf("; %s", range);
    if (row->preset != NULL) {
        printf("; default ");
        put(row->preset);
    }
    printf("%s\n", row->required ? "; required" : "");
}

int manual_print(const command_line *program)
{
    printf(".TH ");
    put_upper(program->name);
    printf(" 1 \"\" \"gannet %s\" \"gannet\"\n.SH NAME\n%s \\- ", gn_version(), program->name);
    put(program->summary);
    printf("\n.SH SYNOPSIS\n.B %s\n.RI [ options ]\n.SH OPTIONS\n", program->name);
    for (size_t i = 0; i < program->count; i++) {
        if (program->options[i].group != NULL) {
            printf(".SS ");
            put(program->options[i].group);
            putchar('\n');
        }
        put_option(&program->options[i]);
    }
    printf(".SS Every program\n");
    for (size_t i = 0; i < options_of_all_count; i++)
        put_option(&options_of_all[i]);
    printf(".SH EXAMPLES\n.nf\n");
    put(program->examples);
    printf(".fi\n.SH EXIT STATUS\n%s", options_exit_codes);
    return EXIT_SUCCESS;
}
