/* SPDX-License-Identifier: MIT */
/* examples/common/option_rows.c - rows that several programs' tables of options share. */
#include "common/option_rows.h"

option option_threads(int64_t *where)
{
    return (option){.name = "threads",
                    .kind = OPTION_NUMBER,
                    .where = where,
                    .value = "N",
                    .preset = "0",
                    .high = 64,
                    .help = "0: one per processor; results do not depend on it"};
}

static option seed(int64_t *where, const char *preset, const char *help)
{
    return (option){.name = "seed",
                    .kind = OPTION_NUMBER,
                    .where = where,
                    .value = "N",
                    .preset = preset,
                    .high = INT64_MAX,
                    .help = help};
}

option option_seed_of_run(int64_t *where)
{
    option row = seed(where, "7", "seed of all random numbers");
    row.of_run = true;
    return row;
}

option option_seed_of_noise(int64_t *where)
{
    return seed(where, "1", "seed of the noise");
}

option option_quiet(bool *where)
{
    return (option){.name = "quiet", .kind = OPTION_FLAG, .where = where, .help = "print nothing but errors"};
}

static option file_of(const char *name, const char **where, const char *help)
{
    return (option){.name = name,
                    .kind = OPTION_TEXT,
                    .where = where,
                    .value = "FILE",
                    .required = true,
                    .file = FILE_READ,
                    .help = help};
}

option option_checkpoint(const char **where)
{
    option row = file_of("checkpoint", where, "what dcgan has saved");
    row.group = "Files";
    return row;
}

option option_classifier(const char **where)
{
    return file_of("classifier", where, "what classify has saved");
}

option option_lines_of_json(bool *where, const char *group)
{
    return (option){.name = "json",
                    .kind = OPTION_FLAG,
                    .where = where,
                    .group = group,
                    .help = "print lines of JSON, for machines"};
}

option option_digits(const char **where, const char *group)
{
    return (option){.name = "data",
                    .kind = OPTION_TEXT,
                    .where = where,
                    .value = "digits|DIR",
                    .preset = "digits",
                    .group = group,
                    .help = "built-in digits, or a folder with MNIST's IDX files"};
}
