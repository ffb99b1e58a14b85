/* SPDX-License-Identifier: MIT */
/* examples/common/training_log.h - the log.csv of a run, read back for curves. */
#ifndef EXAMPLES_TRAINING_LOG_H
#define EXAMPLES_TRAINING_LOG_H

#include <gannet/context.h>
#include <stddef.h>

enum { LOG_COLUMNS = 24, LOG_ROWS = 400, LOG_STEP = 0, LOG_NAME = 32 };

/* At most LOG_ROWS rows: of a longer log, each is the mean of several. An empty field is NaN. */
typedef struct training_log {
    char names[LOG_COLUMNS][LOG_NAME];
    size_t column_count, rows;
    double *columns[LOG_COLUMNS];
} training_log;

gn_status training_log_read(gn_context *context, const char *path, training_log *log);
void training_log_free(training_log *log);

/* The values of a column; NULL when there is none of that name. */
const double *training_log_column(const training_log *log, const char *name);

#endif
