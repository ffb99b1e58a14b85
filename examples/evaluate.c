/* SPDX-License-Identifier: MIT */
/* examples/evaluate.c - every metric of a trained generator, beside what real pictures get.
 *
 * The floor is what real training pictures get in the place of the generated ones: no generator can be expected to do
 * better. None of the numbers can be compared with FID, KID or inception scores, whose features are those of an
 * ImageNet network. */
#include "common/event.h"
#include "common/examined.h"
#include "common/option_rows.h"
#include "common/pictures.h"
#include "common/trained.h"

#include <gannet/metrics.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NEIGHBOURS = 5, SPLITS = 10, PROJECTIONS = 128, VALIDATION = 1000, HELD_OUT = 10000 };

typedef struct evaluate_settings {
    const char *checkpoint, *classifier, *data;
    int64_t count, seed, threads;
    bool json;
} evaluate_settings;

typedef struct evaluation {
    examiner by;
    gn_module *generator;
    gn_dataset *training_set, *test_set;
    examined generated, training, test, validation;
} evaluation;

/* --- metrics ------------------------------------------------------------------------------------------------------ */

/* A metric of a set of pictures, held against the test pictures. */
typedef gn_status (*metric)(const evaluation *e, const examined *set, double *value);

static gn_status label_accuracy(const evaluation *e, const examined *set, double *value)
{
    (void)e;
    const gn_status status = gn_label_accuracy(set->logits, set->labels, value, NULL);
    *value *= 100;
    return status;
}

/* Of the class that is drawn worst: one of ten may be lost while the mean looks well. */
static gn_status worst_class(const evaluation *e, const examined *set, double *value)
{
    (void)e;
    double all, per_class[DCGAN_CLASSES];
    const gn_status status = gn_label_accuracy(set->logits, set->labels, &all, per_class);
    *value = NAN;
    for (int i = 0; i < DCGAN_CLASSES && status == GN_OK; i++)
        *value = fmin(*value, 100 * per_class[i]);
    return status;
}

static gn_status classifier_score(const evaluation *e, const examined *set, double *value)
{
    (void)e;
    const int64_t rows = gn_tensor_shape(set->logits).size[0];
    return gn_classifier_score(set->logits, rows < SPLITS ? 1 : SPLITS, value, NULL);
}

static gn_status frechet(const evaluation *e, const examined *set, double *value)
{
    return gn_frechet_distance(set->features, e->test.features, value);
}

static gn_status kernel(const evaluation *e, const examined *set, double *value)
{
    return gn_kernel_distance(set->features, e->test.features, value);
}

static gn_status sliced(const evaluation *e, const examined *set, double *value)
{
    return gn_sliced_wasserstein(set->pixels, e->test.pixels, PROJECTIONS, 1, value);
}

static gn_status neighbourhood(const evaluation *e, const examined *set, gn_neighbourhood_report *report)
{
    return gn_neighbourhood_metrics(e->test.features, set->features, NEIGHBOURS, report);
}

static gn_status nearest_neighbour(const evaluation *e, const examined *set, double *value)
{
    const gn_status status = gn_nearest_neighbour_error(set->pixels, set->labels, e->test.pixels, e->test.labels,
                                                        value);
    *value *= 100;
    return status;
}

static gn_status diversity(const evaluation *e, const examined *set, double *value)
{
    (void)e;
    return gn_diversity(set->pixels, set->labels, value);
}

static gn_status parzen(const evaluation *e, const examined *set, double *value)
{
    gn_parzen_report report;
    const gn_status status = gn_parzen_log_likelihood(set->pixels, e->validation.pixels, e->test.pixels, &report);
    *value = report.log_likelihood;
    return status;
}

/* --- the table ---------------------------------------------------------------------------------------------------- */

enum { NEIGHBOURHOOD_ROWS = 4, MAX_ROWS = 16 };

typedef struct row {
    const char *name, *key;
    bool higher_is_better;
    double generated, floor;
} row;

static const struct {
    const char *name, *key;
    bool higher_is_better;
    metric measure;
} metrics[] = {
    {"label accuracy %", "label_accuracy", true, label_accuracy},
    {"label accuracy %, worst class", "worst_class_accuracy", true, worst_class},
    {"classifier score (1 to 10)", "classifier_score", true, classifier_score},
    {"Frechet distance, classifier features", "frechet_classifier", false, frechet},
    {"kernel distance, classifier features", "kernel_classifier", false, kernel},
    {"sliced Wasserstein distance, pixels", "sliced_wasserstein", false, sliced},
    {"1-NN error % on test pictures", "nearest_neighbour_error", false, nearest_neighbour},
    {"diversity within a class, pixels", "diversity", true, diversity},
    {"Parzen log-likelihood, nats", "parzen_log_likelihood", true, parzen},
};

static gn_status fill_neighbourhood(const evaluation *e, row *rows)
{
    gn_neighbourhood_report of_generated, of_floor;
    gn_status status = neighbourhood(e, &e->generated, &of_generated);
    if (status == GN_OK)
        status = neighbourhood(e, &e->training, &of_floor);
    if (status != GN_OK)
        return status;
    rows[0] = (row){"precision", "precision", true, of_generated.precision, of_floor.precision};
    rows[1] = (row){"recall", "recall", true, of_generated.recall, of_floor.recall};
    rows[2] = (row){"density", "density", true, of_generated.density, of_floor.density};
    rows[3] = (row){"coverage", "coverage", true, of_generated.coverage, of_floor.coverage};
    return GN_OK;
}

static gn_status measure(const evaluation *e, row *rows, int *count)
{
    gn_status status = GN_OK;
    *count = 0;
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0] && status == GN_OK; i++) {
        row *r = &rows[(*count)++];
        *r = (row){metrics[i].name, metrics[i].key, metrics[i].higher_is_better, NAN, NAN};
        status = metrics[i].measure(e, &e->generated, &r->generated);
        if (status == GN_OK)
            status = metrics[i].measure(e, &e->training, &r->floor);
        if (status == GN_ERROR_UNSUPPORTED) /* a build without LAPACK: the cell says so */
            status = GN_OK;
    }
    if (status == GN_OK)
        status = fill_neighbourhood(e, rows + *count);
    *count += NEIGHBOURHOOD_ROWS;
    return status;
}

static int64_t pictures_in(const examined *set)
{
    return gn_tensor_shape(set->pixels).size[0];
}

static void print_table(const evaluation *e, const evaluate_settings *settings, const row *rows, int count)
{
    printf("%" PRId64 " pictures of %s against %" PRId64 " test pictures of %s; floor: %" PRId64
           " real training pictures\n\n",
           settings->count, settings->checkpoint, pictures_in(&e->test), settings->data, pictures_in(&e->training));
    printf("%-38s %12s %12s   better\n", "metric", "generated", "floor");
    for (int i = 0; i < count; i++)
        printf("%-38s %12.4f %12.4f   %s\n", rows[i].name, rows[i].generated, rows[i].floor,
               rows[i].higher_is_better ? "higher" : "lower");
}

static gn_status print_json(const evaluation *e, const evaluate_settings *settings, const row *rows, int count)
{
    json_t *metrics_object = json_object();
    for (int i = 0; i < count; i++)
        json_object_set_new(metrics_object, rows[i].key,
                            json_pack("{s:o, s:o, s:b}", "generated", event_number(rows[i].generated), "floor",
                                      event_number(rows[i].floor), "higher_is_better", (int)rows[i].higher_is_better));
    json_t *all = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "checkpoint", settings->checkpoint,
                            "classifier", settings->classifier, "data", settings->data, "count",
                            (json_int_t)settings->count, "test_count", (json_int_t)pictures_in(&e->test), "floor_count",
                            (json_int_t)pictures_in(&e->training), "seed", (json_int_t)settings->seed, "metrics",
                            metrics_object);
    char *text = all == NULL ? NULL : json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    const gn_status status = text == NULL
                                 ? gn_context_fail(e->by.context, GN_ERROR_MEMORY, "the metrics do not fit in memory")
                                 : GN_OK;
    if (text != NULL)
        puts(text);
    free(text);
    json_decref(all);
    return status;
}

/* --- the program -------------------------------------------------------------------------------------------------- */

static gn_status open_all(evaluation *e, const evaluate_settings *settings)
{
    gn_context *context = e->by.context;
    e->by.tape = gn_tape_new(context);
    e->generator = trained_digits_generator(context, settings->checkpoint);
    if (e->generator != NULL)
        e->by.lenet = trained_classifier(context, settings->classifier);
    if (e->by.tape == NULL || e->by.lenet == NULL)
        return gn_context_status(context);
    e->training_set = pictures_open(context, settings->data, GN_SPLIT_TRAIN, (uint64_t)settings->seed);
    if (e->training_set != NULL)
        e->test_set = pictures_open(context, settings->data, GN_SPLIT_TEST, (uint64_t)settings->seed);
    return e->test_set == NULL ? gn_context_status(context) : GN_OK;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The first training pictures stand in for generated ones; the window of Parzen is chosen on the first of the last
 * 10,000, as Goodfellow did, which never stand in. */
static gn_status examine_all(evaluation *e, const evaluate_settings *settings)
{
    const int64_t train = gn_dataset_count(e->training_set), tests = gn_dataset_count(e->test_set);
    const int64_t held_out = train > 2 * HELD_OUT ? train - HELD_OUT : train / 2;
    const int64_t validation = least(VALIDATION, train - held_out);
    gn_status status = examine_generator(&e->generated, &e->by, e->generator, (uint64_t)settings->seed,
                                         settings->count);
    if (status == GN_OK)
        status = examine_data(&e->training, &e->by, e->training_set, 0, least(settings->count, held_out));
    if (status == GN_OK)
        status = examine_data(&e->test, &e->by, e->test_set, 0, least(settings->count, tests));
    return status == GN_OK ? examine_data(&e->validation, &e->by, e->training_set, held_out, validation) : status;
}

static void close_all(evaluation *e)
{
    examined_close(&e->validation);
    examined_close(&e->test);
    examined_close(&e->training);
    examined_close(&e->generated);
    gn_dataset_free(e->test_set);
    gn_dataset_free(e->training_set);
    gn_tape_free(e->by.tape);
    gn_module_free(e->by.lenet);
    gn_module_free(e->generator);
    gn_context_free(e->by.context);
}

static int execute(evaluation *e, const command_line *program, const evaluate_settings *settings)
{
    row rows[MAX_ROWS];
    int count;
    gn_status status = open_all(e, settings);
    if (status == GN_OK)
        status = examine_all(e, settings);
    if (status == GN_OK)
        status = measure(e, rows, &count);
    if (status == GN_OK && settings->json)
        status = print_json(e, settings, rows, count);
    else if (status == GN_OK)
        print_table(e, settings, rows, count);
    if (status != GN_OK)
        return program_fail_by(program, e->by.context);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    evaluate_settings s = {0};
    /* clang-format off */
    option options[] = {
        option_checkpoint(&s.checkpoint),
        option_classifier(&s.classifier),
        option_digits(&s.data, NULL),
        {.name = "count", .kind = OPTION_NUMBER, .where = &s.count, .value = "N", .preset = "10000", .low = 20,
         .high = 100000, .multiple = DCGAN_CLASSES, .group = "What is measured", .help = "pictures, the same number of each class; compared with as many real ones, or all there are"},
        option_seed_of_noise(&s.seed),
        option_threads(&s.threads),
        {.name = "json", .kind = OPTION_FLAG, .where = &s.json, .group = "Output", .help = "print JSON instead of a table"},
    };
    /* clang-format on */
    const command_line evaluate = {
        .name = "evaluate",
        .summary = "measures how good, how varied and how true to their labels the pictures of a generator are.",
        .examples = "  classify --data digits --out classifier.safetensors\n"
                    "  evaluate --checkpoint dcgan-out/checkpoint.safetensors --classifier classifier.safetensors\n",
        .options = options,
        .count = sizeof options / sizeof *options,
    };
    const int code = options_parse(&evaluate, argc, argv);
    if (code != OPTIONS_GO_ON)
        return code;
    evaluation e = {.by.context = program_context(&evaluate, &(gn_context_options){.threads = (int)s.threads})};
    if (e.by.context == NULL)
        return EXIT_FAILURE;
    const int result = execute(&e, &evaluate, &s);
    close_all(&e);
    return result;
}
