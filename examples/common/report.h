/* SPDX-License-Identifier: MIT */
/* examples/common/report.h - what a program found out, as one HTML page that needs no other file and no network. */
#ifndef EXAMPLES_REPORT_H
#define EXAMPLES_REPORT_H

#include "common/chart.h"
#include "common/table.h"

#include <gannet/context.h>

/* Parts are added from top to bottom, but for what was found, which comes first. What goes wrong on the way is told by
 * report_write. */
typedef struct report report;

/* NULL with the context's message. summary is the first paragraph: what the page shows, in a sentence or two. */
report *report_new(gn_context *context, const char *title, const char *summary);
void report_free(report *page); /* NULL is fine */

void report_heading(report *page, const char *text);
void report_text(report *page, const char *format, ...) GN_PRINTF(2, 3); /* a paragraph */
void report_listing(report *page, const char *text); /* lines whose columns stand below each other */

/* What was found: below the summary, however late it is said. */
void report_finding(report *page, const char *format, ...) GN_PRINTF(2, 3);

void report_table(report *page, const table *t, const char *caption);
void report_chart(report *page, const chart *c, const char *caption);

/* A PNG, GIF or SVG file, which becomes part of the page. alternative is for who cannot see it. scale 1: as many pixels
 * as it has. */
void report_picture(report *page, const char *path, const char *alternative, const char *caption, int scale);

/* Pictures from here to report_row_end stand side by side where there is room. */
void report_row_begin(report *page);
void report_row_end(report *page);

/* Writes the page, by way of a temporary file that is renamed. */
gn_status report_write(report *page, const char *path);

#endif
