/* SPDX-License-Identifier: MIT */
/* examples/common/table.c - a table of words and numbers, for the terminal as Markdown and for a report. */
#include "common/table.h"

#include "common/event.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

table table_begin(const char *columns)
{
    table t = {0};
    while (t.column_count < TABLE_COLUMNS) {
        const size_t length = strcspn(columns, "|");
        snprintf(t.columns[t.column_count++], TABLE_CELL, "%.*s", (int)length, columns);
        if (columns[length] == '\0')
            break;
        columns += length + 1;
    }
    return t;
}

static bool make_room(table *t)
{
    if (t->count < t->capacity)
        return true;
    const size_t capacity = t->capacity == 0 ? 64 : 2 * t->capacity;
    void *cells = realloc(t->cells, capacity * sizeof *t->cells);
    if (cells == NULL)
        return false;
    t->cells = cells;
    t->capacity = capacity;
    return true;
}

void table_cell(table *t, const char *format, ...)
{
    if (t->failed || !make_room(t)) {
        t->failed = true;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(t->cells[t->count++], TABLE_CELL, format, arguments);
    va_end(arguments);
}

void table_number(table *t, double number, int decimals)
{
    if (isfinite(number))
        table_cell(t, "%.*f", decimals, number);
    else
        table_cell(t, "-");
}

size_t table_rows(const table *t)
{
    return t->column_count == 0 ? 0 : (t->count + t->column_count - 1) / t->column_count;
}

const char *table_text(const table *t, size_t row, size_t column)
{
    const size_t index = row * t->column_count + column;
    return index < t->count ? t->cells[index] : "";
}

/* Characters, not bytes: those that go on a character of UTF-8 do not count. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xC0u) != 0x80u;
    return width;
}

static int column_width(const table *t, size_t column)
{
    int width = width_of(t->columns[column]);
    for (size_t row = 0; row < table_rows(t); row++)
        if (width_of(table_text(t, row, column)) > width)
            width = width_of(table_text(t, row, column));
    return width < 3 ? 3 : width;
}

static void print_cell(FILE *file, const char *text, int width, bool left)
{
    const int space = width - width_of(text);
    fprintf(file, " %*s%s%*s |", left ? 0 : space, "", text, left ? space : 0, "");
}

static void print_rule(FILE *file, int width, bool left)
{
    fputs(left ? " :" : " ", file);
    for (int i = 1; i < width; i++)
        fputc('-', file);
    fputs(left ? " |" : ": |", file);
}

void table_print(const table *t, FILE *file)
{
    int width[TABLE_COLUMNS] = {0};
    for (size_t c = 0; c < t->column_count; c++)
        width[c] = column_width(t, c);
    fputc('|', file);
    for (size_t c = 0; c < t->column_count; c++)
        print_cell(file, t->columns[c], width[c], c == 0);
    fputs("\n|", file);
    for (size_t c = 0; c < t->column_count; c++)
        print_rule(file, width[c], c == 0);
    for (size_t row = 0; row < table_rows(t); row++) {
        fputs("\n|", file);
        for (size_t c = 0; c < t->column_count; c++)
            print_cell(file, table_text(t, row, c), width[c], c == 0);
    }
    fputc('\n', file);
}

static json_t *cell_json(const char *text)
{
    char *end;
    const double number = strtod(text, &end);
    return end == text || *end != '\0' ? json_string(text) : event_number(number);
}

json_t *table_json(const table *t)
{
    json_t *rows = json_array();
    for (size_t row = 0; row < table_rows(t); row++) {
        json_t *cells = json_object();
        for (size_t c = 0; c < t->column_count; c++)
            json_object_set_new(cells, t->columns[c], cell_json(table_text(t, row, c)));
        json_array_append_new(rows, cells);
    }
    return rows;
}

void table_free(table *t)
{
    free(t->cells);
    *t = (table){0};
}
