/* SPDX-License-Identifier: MIT */
/* examples/common/table.h - a table of words and numbers, for the terminal as Markdown and for a report. */
#ifndef EXAMPLES_TABLE_H
#define EXAMPLES_TABLE_H

#include <gannet/api.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_COLUMNS = 16, TABLE_CELL = 96 };

/* Cells are kept row by row; the last row may be short. */
typedef struct table {
    char columns[TABLE_COLUMNS][TABLE_CELL];
    char (*cells)[TABLE_CELL];
    size_t column_count, count, capacity;
    bool failed; /* a cell could not be added for lack of memory */
} table;

/* The names of the columns are separated by '|'. */
table table_begin(const char *columns);

/* Adds the next cell: of the same row, or of a new one when the row is full. Longer texts are cut. */
void table_cell(table *t, const char *format, ...) GN_PRINTF(2, 3);

/* A number as the next cell; "-" when it is not finite. */
void table_number(table *t, double number, int decimals);

size_t table_rows(const table *t);
const char *table_text(const table *t, size_t row, size_t column); /* "" beyond the end */

/* The first column is set flush left, the others flush right, as wide as their longest cell. */
void table_print(const table *t, FILE *file);

/* [{"column": cell, ...}, ...]: cells that are a number and nothing else are numbers, the others texts. NULL without
 * memory. */
json_t *table_json(const table *t);

void table_free(table *t);

#endif
