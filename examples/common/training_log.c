/* SPDX-License-Identifier: MIT */
/* examples/common/training_log.c - the log.csv of a run, read back for curves. */
#include "common/training_log.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_SIZE = 1024 };

static void read_names(training_log *log, char *row)
{
    row[strcspn(row, "\r\n")] = '\0';
    for (char *name = row; name != NULL && log->column_count < LOG_COLUMNS;) {
        char *end = strchr(name, ',');
        if (end != NULL)
            *end++ = '\0';
        snprintf(log->names[log->column_count++], LOG_NAME, "%.*s", LOG_NAME - 1, name);
        name = end;
    }
}

/* Adds a row's fields to the sums of a block of rows. */
static void add_row(const training_log *log, const char *row, double sums[LOG_COLUMNS])
{
    for (size_t i = 0; i < log->column_count && row != NULL; i++) {
        char *end;
        const double value = strtod(row, &end);
        sums[i] += end == row ? NAN : value;
        row = strchr(row, ',');
        row = row == NULL ? NULL : row + 1;
    }
}

static size_t count_rows(FILE *file)
{
    char row[ROW_SIZE];
    size_t count = 0;
    while (fgets(row, sizeof row, file) != NULL)
        count++;
    rewind(file);
    return count;
}

static void read_blocks(training_log *log, FILE *file, size_t block)
{
    char row[ROW_SIZE];
    double sums[LOG_COLUMNS] = {0};
    size_t filled = 0;
    while (log->rows < LOG_ROWS && fgets(row, sizeof row, file) != NULL) {
        add_row(log, row, sums);
        if (++filled < block)
            continue;
        for (size_t i = 0; i < log->column_count; i++)
            log->columns[i][log->rows] = sums[i] / (double)block;
        memset(sums, 0, sizeof sums);
        filled = 0;
        log->rows++;
    }
}

static gn_status read_file(gn_context *context, FILE *file, training_log *log)
{
    char row[ROW_SIZE];
    const size_t rows = count_rows(file);
    if (fgets(row, sizeof row, file) == NULL)
        return GN_OK; /* an empty log: no curves */
    read_names(log, row);
    for (size_t i = 0; i < log->column_count; i++)
        if ((log->columns[i] = calloc(LOG_ROWS, sizeof(double))) == NULL)
            return gn_context_fail(context, GN_ERROR_MEMORY, "no memory for the curves");
    read_blocks(log, file, (rows - 1 + LOG_ROWS - 1) / LOG_ROWS + (rows == 1));
    return GN_OK;
}

gn_status training_log_read(gn_context *context, const char *path, training_log *log)
{
    *log = (training_log){.rows = 0};
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return gn_context_fail(context, GN_ERROR_IO, "%s: cannot read: %s", path, strerror(errno));
    const gn_status status = read_file(context, file, log);
    fclose(file);
    if (status != GN_OK)
        training_log_free(log);
    return status;
}

void training_log_free(training_log *log)
{
    for (size_t i = 0; i < LOG_COLUMNS; i++)
        free(log->columns[i]);
    *log = (training_log){.rows = 0};
}

const double *training_log_column(const training_log *log, const char *name)
{
    for (size_t i = 0; i < log->column_count; i++)
        if (strcmp(log->names[i], name) == 0)
            return log->columns[i];
    return NULL;
}
