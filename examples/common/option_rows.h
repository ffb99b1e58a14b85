/* SPDX-License-Identifier: MIT */
/* examples/common/option_rows.h - rows that several programs' tables of options share. */
#ifndef EXAMPLES_OPTION_ROWS_H
#define EXAMPLES_OPTION_ROWS_H

#include "common/options.h"

/* Each receives its value in `where`. */
option option_threads(int64_t *where);
option option_seed_of_run(int64_t *where);
option option_seed_of_noise(int64_t *where);
option option_quiet(bool *where);

/* Files of earlier programs, required; the checkpoint begins the group "Files". */
option option_checkpoint(const char **where);
option option_classifier(const char **where);

/* These may begin a group; NULL: they do not. */
option option_lines_of_json(bool *where, const char *group);
option option_digits(const char **where, const char *group);

#endif
