/* SPDX-License-Identifier: MIT */
/* examples/common/run_folder.h - the folder that a training writes into. */
#ifndef EXAMPLES_RUN_FOLDER_H
#define EXAMPLES_RUN_FOLDER_H

#include <gannet/gan.h>
#include <jansson.h>
#include <stdio.h>

enum { PATH_SIZE = 4096 };

/* What a new run makes of the checkpoint that it finds in its folder. */
#define RUN_FOLDER_BEFORE "checkpoint.before.safetensors"

typedef struct run_folder {
    char checkpoint[PATH_SIZE], before[PATH_SIZE], samples[PATH_SIZE], animation[PATH_SIZE], log_path[PATH_SIZE];
    char held[PATH_SIZE]; /* what becomes `before` */
    char config[PATH_SIZE], report[PATH_SIZE], diagram[PATH_SIZE];
    FILE *log;
    double seconds; /* of training until now: what the next row of the log says */
} run_folder;

/* Writes the names of the files in a folder; touches nothing. GN_ERROR_ARGUMENT when they are too long. */
gn_status run_folder_name(gn_context *context, const char *directory, run_folder *folder);

/* Makes the folder, and those above it, where they are missing. */
gn_status run_folder_make(gn_context *context, const char *directory);

/* Keeps other runs out of a folder until the process ends; to be called once. GN_ERROR_IO when another has it, or it
 * cannot be opened; one that is not there is left to whoever reads it. */
gn_status run_folder_lock(gn_context *context, const char *directory);

/* run_folder_make, then run_folder_lock. */
gn_status run_folder_take(gn_context *context, const char *directory);

/* Can the log of an earlier run be gone on with from that step? GN_ERROR_FORMAT, with file and line, if rows would be
 * lost that cannot be read; no log at all is fine. */
gn_status run_folder_check_log(gn_context *context, const run_folder *earlier, int64_t step);

/* Begins the log with its header and the rows of `earlier` (NULL: none) up to step. */
gn_status run_folder_begin_log(gn_context *context, run_folder *folder, const run_folder *earlier, int64_t step);

/* Adds a row, which is in the file when this returns. */
gn_status run_folder_log(gn_context *context, run_folder *folder, int64_t step, const gn_gan_report *report);

gn_status run_folder_write_config(gn_context *context, const run_folder *folder, const json_t *config);

void run_folder_close(run_folder *folder);

#endif
