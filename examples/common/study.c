/* SPDX-License-Identifier: MIT */
/* examples/common/study.c - what all studies have in common: a command line, data, a classifier, a folder and a
 * report. */
#include "common/study.h"

#include "common/event.h"
#include "common/interrupt.h"
#include "common/option_rows.h"
#include "common/output.h"
#include "common/pictures.h"
#include "common/plural.h"
#include "common/progress.h"
#include "common/run_folder.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLE_SEED = 42,
    CLASSIFIER_STEPS = 1500,
    CLASSIFIER_PICTURES = 2000,
    FLOOR_PICTURES = 1000,
    QUICK_STEPS = 60,
    QUICK_PICTURES = 300,
    FLOOR_TEXT = 32
};

int64_t study_size(const study *s, int64_t full, int64_t quick)
{
    return s->quick ? quick : full;
}

void study_say(const study *s, const char *format, ...)
{
    char text[512];
    const double seconds = seconds_now() - s->begin;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (s->json)
        event_print("note", json_pack("{s:f, s:s}", "seconds", seconds, "text", text));
    else if (!s->quiet)
        printf("%5.0f s  %s\n", seconds, text);
    output_flush();
}

const char *study_path(const study *s, const char *file, char path[STUDY_PATH])
{
    snprintf(path, STUDY_PATH, "%s/%s", s->out, file);
    return path;
}

const char *study_cells(const study *s)
{
    if (s->seeds == 1)
        return "One run of each kind.";
    return s->seeds == 2 ? "Of two runs both numbers, the smaller first." : "Mean ± 95 % interval over the runs.";
}

bool study_has_numbers(gn_status status)
{
    return status == GN_OK || (status == GN_ERROR_STATE && interrupt_exit_code() != 0);
}

chart_line study_line(const char *name, const double *x, const estimate *e, size_t count, double *y, double *error)
{
    for (size_t i = 0; i < count; i++) {
        y[i] = estimate_mean(&e[i]);
        error[i] = estimate_error(&e[i]);
    }
    return (chart_line){name, x, y, error, count};
}

void study_table(study *s, const table *t, const char *caption)
{
    if (s->json) {
        event_print("table", json_pack("{s:s, s:o}", "caption", caption, "rows", table_json(t)));
    } else if (!s->quiet) {
        printf("\n%s\n\n", caption);
        table_print(t, stdout);
        putchar('\n');
        output_flush();
    }
    report_table(s->page, t, caption);
}

gn_status study_pictures(study *s, const gn_tensor *pictures, int64_t columns, const char *file, const char *caption)
{
    char path[STUDY_PATH];
    if (pictures == NULL)
        return gn_context_status(s->context);
    const gn_status status = gn_image_grid_write(study_path(s, file, path), pictures, columns, 1);
    if (status == GN_OK)
        report_picture(s->page, path, caption, caption, 1);
    return status;
}

gn_status study_samples(study *s, gn_gan *gan, int64_t per_class, const char *file, const char *caption)
{
    gn_tensor *pictures = gn_gan_sample(gan, &(gn_sample_options){.seed = SAMPLE_SEED, .per_class = per_class});
    const gn_status status = study_pictures(s, pictures, per_class, file, caption);
    gn_tensor_free(pictures);
    return status;
}

/* --- from command line to report ---------------------------------------------------------------------------------- */

static gn_status open_data(study *s)
{
    s->training_set = pictures_open(s->context, s->data, GN_SPLIT_TRAIN, (uint64_t)s->seed);
    if (s->training_set != NULL)
        s->test_set = pictures_open(s->context, s->data, GN_SPLIT_TEST, (uint64_t)s->seed);
    return s->test_set == NULL ? gn_context_status(s->context) : GN_OK;
}

/* The distance of real pictures to real ones. */
static const char *floor_text(const study *s, char text[FLOOR_TEXT])
{
    snprintf(text, FLOOR_TEXT, "no distance, for want of LAPACK");
    if (isfinite(s->classifier.floor))
        snprintf(text, FLOOR_TEXT, "%.2f", s->classifier.floor);
    return text;
}

static gn_status open_classifier(study *s)
{
    char floor[FLOOR_TEXT];
    study_say(s, "training the classifier, a LeNet");
    const gn_status status = digit_classifier_open(
        &s->classifier, s->context, s->training_set, s->test_set, study_size(s, CLASSIFIER_STEPS, QUICK_STEPS),
        study_size(s, CLASSIFIER_PICTURES, QUICK_PICTURES), study_size(s, FLOOR_PICTURES, QUICK_PICTURES));
    if (status == GN_OK)
        study_say(s, "it is right on %.1f %% of test pictures; Frechet distance of real to real: %s",
                  100 * s->classifier.test_accuracy, floor_text(s, floor));
    return status;
}

static gn_status open_study(study *s)
{
    s->begin = seconds_now();
    s->context = gn_context_new(&(gn_context_options){.seed = (uint64_t)s->seed, .threads = (int)s->threads});
    if (s->context == NULL)
        return GN_ERROR_MEMORY;
    s->page = report_new(s->context, s->plan->title, s->plan->question);
    gn_status status = s->page == NULL ? GN_ERROR_MEMORY : open_data(s);
    if (status == GN_OK)
        status = run_folder_take(s->context, s->out);
    return status == GN_OK ? open_classifier(s) : status;
}

static void write_command(study *s)
{
    report_heading(s->page, "How this was made");
    char seeds[48] = "", floor[FLOOR_TEXT];
    if (s->plan->seeds > 0)
        snprintf(seeds, sizeof seeds, " --seeds %" PRId64, s->seeds);
    const int threads = gn_context_threads(s->context);
    const double seconds = seconds_now() - s->begin;
    report_text(s->page, "%s --data %s --seed %" PRId64 "%s%s, %.0f second%s on %d thread%s; %s", s->plan->name,
                s->data, s->seed, seeds, s->quick ? " --quick" : "", seconds, plural_rounded(seconds), threads,
                plural(threads), gn_build_info());
    report_text(s->page,
                "Label accuracy is the share of generated pictures that a LeNet, trained on real ones, takes for what "
                "their label says; on real test pictures it is right %.1f %% of the time. The Frechet distance is "
                "taken on this classifier's features to %d real test pictures, and compares with no other; as many "
                "further test pictures as most studies draw (%d) are at %s.",
                100 * s->classifier.test_accuracy, (int)study_size(s, CLASSIFIER_PICTURES, QUICK_PICTURES),
                (int)study_size(s, FLOOR_PICTURES, QUICK_PICTURES), floor_text(s, floor));
}

/* Gives the path, too. */
static gn_status write_report(study *s, char path[STUDY_PATH])
{
    write_command(s);
    return report_write(s->page, study_path(s, "report.html", path));
}

static gn_status finish(study *s)
{
    char path[STUDY_PATH];
    const gn_status status = write_report(s, path);
    if (status == GN_OK && s->json)
        event_print("done", json_pack("{s:f, s:s}", "seconds", seconds_now() - s->begin, "report", path));
    else if (status == GN_OK)
        study_say(s, "done; look at %s", path);
    return status;
}

/* A study that the user has ended shows what it has found until then. */
static int finish_early(study *s, bool begun)
{
    char path[STUDY_PATH];
    if (!begun)
        return program_fail(&s->program, interrupt_exit_code(), "%s before the study began: there is no report",
                            interrupt_cause());
    report_text(s->page, "Interrupted before its end: what stands here is what was found until then.");
    if (write_report(s, path) != GN_OK)
        return program_fail_by(&s->program, s->context);
    return program_fail(&s->program, interrupt_exit_code(), "%s; what was found until then is in %s", interrupt_cause(),
                        path);
}

static void close_study(study *s)
{
    report_free(s->page);
    digit_classifier_close(&s->classifier);
    gn_dataset_free(s->test_set);
    gn_dataset_free(s->training_set);
    gn_context_free(s->context);
}

static int execute(study *s)
{
    interrupt_watch();
    gn_status status = open_study(s);
    const bool begun = status == GN_OK;
    if (begun)
        status = s->plan->run(s);
    if (status == GN_OK)
        status = finish(s);
    int code = EXIT_SUCCESS;
    if (status == GN_ERROR_STATE && interrupt_exit_code() != 0)
        code = finish_early(s, begun);
    else if (status != GN_OK)
        code = program_fail_by(&s->program, s->context);
    close_study(s);
    return code;
}

int study_main(int argc, char **argv, const study_plan *plan)
{
    study s = {.plan = plan};
    char out[64], seeds[24], summary[512], examples[256];
    snprintf(out, sizeof out, "%s-out", plan->name);
    snprintf(seeds, sizeof seeds, "%" PRId64, plan->seeds == 0 ? 1 : plan->seeds);
    snprintf(summary, sizeof summary, "asks: %s About %s minutes on two cores.", plan->question, plan->minutes);
    snprintf(examples, sizeof examples, "  %s --quick\n  %s --data digits --out %s\n", plan->name, plan->name, out);
    /* clang-format off */
    option options[] = {
        {.name = "quick", .kind = OPTION_FLAG, .where = &s.quick, .group = "How much", .help = "everything once and small: under a minute, shows only that it works"},
        {.name = "seed", .kind = OPTION_NUMBER, .where = &s.seed, .value = "N", .preset = "7", .high = INT64_MAX / 2,
         .help = plan->seeds == 0 ? "seed of all random numbers"
                                  : "seed of all random numbers; further runs count up from it"},
        option_threads(&s.threads),
        {.name = "out", .kind = OPTION_TEXT, .where = &s.out, .value = "DIR", .preset = out, .group = "Files",
         .help = "where report.html and its pictures are written"},
        option_lines_of_json(&s.json, NULL),
        option_quiet(&s.quiet),
        option_digits(&s.data, NULL),
        {.name = "seeds", .kind = OPTION_NUMBER, .where = &s.seeds, .value = "N", .preset = seeds, .low = 1,
         .high = STUDY_MAX_SEEDS, .group = "Runs", .help = "runs of each kind"},
    };
    /* clang-format on */
    const size_t count = sizeof options / sizeof *options;
    s.program = (command_line){.name = plan->name,
                               .summary = summary,
                               .examples = examples,
                               .options = options,
                               .count = plan->seeds == 0 ? count - 1 : count};
    const int code = options_parse(&s.program, argc, argv);
    if (code != OPTIONS_GO_ON)
        return code;
    const option *runs = options_find(&s.program, "seeds");
    if (runs == NULL || (s.quick && !runs->given))
        s.seeds = 1;
    return execute(&s);
}
