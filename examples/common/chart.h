/* SPDX-License-Identifier: MIT */
/* examples/common/chart.h - curves as SVG that reads in light and in dark surroundings. */
#ifndef EXAMPLES_CHART_H
#define EXAMPLES_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CHART_LINES = 8 };

/* Points from left to right; those that are not finite break the line. */
typedef struct chart_line {
    const char *name;
    const double *x, *y;
    const double *error; /* half the height of a band around the line; NULL: none */
    size_t count;
} chart_line;

typedef struct chart {
    const char *title, *x_label, *y_label;
    chart_line lines[CHART_LINES]; /* up to the first without a name */
    bool logarithmic;              /* y, decades; what is not above 0 breaks the line */
    bool logarithmic_x;
    double low, high; /* the range of y; equal: what the lines need */
} chart;

/* An <svg> element with a legend, drawn with the style sheet of chart_style. */
void chart_write(FILE *file, const chart *c);

/* The rules that a page with charts needs in its style sheet. */
void chart_style(FILE *file);

/* Text as HTML and SVG want it, with & < > " escaped. */
void write_escaped(FILE *file, const char *text);

#endif
