/* SPDX-License-Identifier: MIT */
/* examples/common/study.h - what all studies have in common: a command line, data, a classifier, a folder and a
 * report. */
#ifndef EXAMPLES_STUDY_H
#define EXAMPLES_STUDY_H

#include "common/digit_classifier.h"
#include "common/estimate.h"
#include "common/options.h"
#include "common/report.h"

#include <gannet/gannet.h>

enum { STUDY_PATH = 4096, STUDY_CLASSES = 10, STUDY_BATCH = 64, STUDY_MAX_SEEDS = 100 };

typedef struct study study;

/* What a study is. */
typedef struct study_plan {
    const char *name;     /* of the program; results go into <name>-out */
    const char *title;    /* of the report */
    const char *question; /* one sentence */
    const char *minutes;  /* how long the full study takes on two cores, such as "12" */
    int64_t seeds;        /* how many runs of each kind; 0: one, and no --seeds */
    gn_status (*run)(study *s);
} study_plan;

struct study {
    const study_plan *plan;
    command_line program;
    bool quick, quiet, json;
    const char *data, *out;
    int64_t seed, seeds, threads;
    gn_context *context;
    gn_dataset *training_set, *test_set;
    digit_classifier classifier;
    report *page;
    double begin;
};

/* The whole program: reads the command line, opens everything, runs the study, writes out/report.html. Returns what
 * main is to return. */
int study_main(int argc, char **argv, const study_plan *plan);

/* full, or a small number when the study is to be quick. */
int64_t study_size(const study *s, int64_t full, int64_t quick);

/* A line on what is done now: for people unless it is to be quiet, or for machines. */
void study_say(const study *s, const char *format, ...) GN_PRINTF(2, 3);

/* The name of a file in the folder; `path` is returned. */
const char *study_path(const study *s, const char *file, char path[STUDY_PATH]);

/* What estimate_text writes for so many runs, in a sentence for captions. */
const char *study_cells(const study *s);

/* Are there numbers to be shown? Also after an interruption, but what they say is then not concluded. */
bool study_has_numbers(gn_status status);

/* A chart's line of means, with a band of their standard errors, for which y and error have room. */
chart_line study_line(const char *name, const double *x, const estimate *e, size_t count, double *y, double *error);

/* Prints a table and takes it into the report. */
void study_table(study *s, const table *t, const char *caption);

/* Writes pictures as a PNG file and takes them into the report. */
gn_status study_pictures(study *s, const gn_tensor *pictures, int64_t columns, const char *file, const char *caption);

/* per_class pictures of each class, always from the same noise, as study_pictures. */
gn_status study_samples(study *s, gn_gan *gan, int64_t per_class, const char *file, const char *caption);

#endif
