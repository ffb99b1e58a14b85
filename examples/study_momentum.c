/* SPDX-License-Identifier: MIT */
/* examples/study_momentum.c - does batch norm with momentum 0.8 converge faster than with the default 0.99?
 *
 * A momentum says how fast the running averages follow; where they are not read, it cannot matter. So every game is
 * played in four ways, which differ in where they are read, and its samples are drawn with three kinds of
 * statistics. */
#include "common/trial.h"

#include <math.h>
#include <string.h>

enum { POINTS = 8, POINTS_QUICK = 2, PER_CLASS = 50, PER_CLASS_QUICK = 10, PORTION = 100, SAMPLE_SEED = 3, SHOWN = 8 };

/* Steps after which samples are drawn. */
static const int64_t steps_at[POINTS] = {10, 25, 50, 100, 200, 400, 800, 1600};

typedef struct setting {
    const char *name, *file;
    float momentum;
    bool bias_correction;
} setting;

static const setting settings[] = {
    {"0.99", "0.99", 0.99f, false},
    {"0.9", "0.9", 0.9f, false},
    {"0.8", "0.8", 0.8f, false},
    {"0.99, bias-corrected", "corrected", 0.99f, true},
};

typedef struct loop {
    const char *name;
    gn_gan_fakes fakes;
    bool frozen_norms;
    int points; /* at which samples are drawn; the last ends the training */
} loop;

/* D that judges by its running averages has not let G draw one digit in 1,600 steps; 400 show that as well. */
enum { LONG = POINTS, SHORT = 6 };

static const loop loops[] = {
    {"fakes in training mode, D by the batch", GN_GAN_FAKES_TRAINING, false, LONG},
    {"fakes in inference mode, D by the batch", GN_GAN_FAKES_INFERENCE, false, LONG},
    {"fakes in training mode, D by running averages", GN_GAN_FAKES_TRAINING, true, SHORT},
    {"fakes in inference mode, D by running averages", GN_GAN_FAKES_INFERENCE, true, SHORT},
};

enum { SETTINGS = sizeof settings / sizeof *settings, SLOW = 0, FAST = 2, CORRECTED = 3 };
enum { LOOPS = sizeof loops / sizeof *loops, INVARIANT = 0 };
enum { RUNNING, BATCH, ESTIMATED, READINGS };
static const char *const reading_names[READINGS] = {"running", "batch", "re-estimated"};

enum { GOALS = 2, SEEDS = STUDY_MAX_SEEDS };
static const double goals[GOALS] = {0.8, 0.9};

typedef struct outcome {
    estimate accuracy[READINGS][POINTS], frechet[READINGS][POINTS], gap[POINTS];
    double reached[READINGS][GOALS][SEEDS]; /* steps to a goal, NaN where it was not reached */
    uint64_t weights[SEEDS];                /* a hash of all parameters at the end */
} outcome;

/* --- samples with three kinds of statistics ----------------------------------------------------------------------- */

typedef struct reader {
    trial *trial;
    gn_tensor *labels, *noise;
    gn_module *spare; /* holds G's averages while they are estimated anew */
    gn_tape *tape;
} reader;

static gn_tensor *sample_running(const reader *r)
{
    return gn_gan_sample(r->trial->gan, &(gn_sample_options){.labels = r->labels, .noise = r->noise});
}

static gn_tensor *sample_estimated(const reader *r)
{
    gn_tensor *pictures = NULL;
    gn_status status = gn_module_copy(r->spare, r->trial->generator);
    if (status == GN_OK)
        status = gn_gan_standing_statistics(
            r->trial->gan,
            &(gn_standing_options){.batches = (int)study_size(r->trial->study, 10, 1), .size = 256, .seed = 1});
    if (status == GN_OK)
        pictures = sample_running(r);
    if (gn_module_copy(r->trial->generator, r->spare) == GN_OK)
        return pictures;
    gn_tensor_free(pictures);
    return NULL;
}

/* One portion, normalised by itself. */
static gn_status generate(const reader *r, int64_t begin, int64_t count, gn_real *out)
{
    gn_tape_reset(r->tape);
    gn_var *z = gn_values(r->tape, GN_SHAPE(count, 100), gn_tensor_values(r->noise) + begin * 100);
    gn_var *labels = gn_values(r->tape, GN_SHAPE(count), gn_tensor_values(r->labels) + begin);
    gn_var *inputs[] = {z, gn_one_hot(labels, STUDY_CLASSES)};
    gn_module_set_statistics(r->trial->generator, GN_STATISTICS_BATCH);
    const gn_real *pixels = gn_var_data(gn_apply_all(r->trial->generator, inputs, 2));
    if (pixels == NULL)
        return gn_tape_status(r->tape);
    memcpy(out, pixels, (size_t)count * 28 * 28 * sizeof *out);
    return GN_OK;
}

static gn_tensor *sample_batch(const reader *r)
{
    const int64_t count = gn_tensor_count(r->labels);
    gn_tensor *pictures = gn_tensor_new(r->trial->context, GN_SHAPE(count, 28, 28, 1));
    gn_status status = pictures == NULL ? GN_ERROR_MEMORY : GN_OK;
    for (int64_t begin = 0; begin < count && status == GN_OK; begin += PORTION)
        status = generate(r, begin, PORTION, gn_tensor_data(pictures) + begin * 28 * 28);
    if (status == GN_OK)
        return pictures;
    gn_tensor_free(pictures);
    return NULL;
}

static gn_status reader_open(reader *r, trial *t, const small_gan *networks)
{
    const int64_t per_class = study_size(t->study, PER_CLASS, PER_CLASS_QUICK);
    *r = (reader){
        .trial = t,
        .labels = digit_classifier_labels(t->context, per_class),
        .noise = gn_latent_draw(t->context, &(gn_latent){.size = 100}, per_class * STUDY_CLASSES, SAMPLE_SEED, 0),
        .spare = small_generator(t->context, networks),
        .tape = gn_tape_new(t->context)};
    const bool complete = r->labels != NULL && r->noise != NULL && r->spare != NULL && r->tape != NULL;
    if (complete)
        gn_tape_set_recording(r->tape, false);
    return complete ? GN_OK : trial_check(t, GN_ERROR_MEMORY);
}

static void reader_close(reader *r)
{
    gn_tape_free(r->tape);
    gn_module_free(r->spare);
    gn_tensor_free(r->noise);
    gn_tensor_free(r->labels);
}

/* --- one game ----------------------------------------------------------------------------------------------------- */

typedef gn_tensor *sampler(const reader *r);
static sampler *const samplers[READINGS] = {sample_running, sample_batch, sample_estimated};

static gn_status read_out(const reader *r, judgement result[READINGS])
{
    gn_status status = GN_OK;
    for (int i = 0; i < READINGS && status == GN_OK; i++) {
        gn_tensor *pictures = samplers[i](r);
        status = pictures == NULL
                     ? trial_check(r->trial, gn_context_status(r->trial->context))
                     : digit_classifier_judge(&r->trial->study->classifier, pictures, r->labels, &result[i]);
        gn_tensor_free(pictures);
    }
    return status;
}

/* FNV-1a over the bytes of all parameters. */
static uint64_t hash_weights(uint64_t hash, gn_parameter_list parameters)
{
    for (size_t i = 0; i < parameters.count; i++) {
        const gn_tensor *value = gn_parameter_value(parameters.items[i]);
        const unsigned char *bytes = (const unsigned char *)gn_tensor_values(value);
        for (size_t j = 0; j < (size_t)gn_tensor_count(value) * sizeof(gn_real); j++)
            hash = (hash ^ bytes[j]) * UINT64_C(1099511628211);
    }
    return hash;
}

static int points_of(const study *s, const loop *l)
{
    return (int)study_size(s, l->points, POINTS_QUICK);
}

/* The step at which accuracy passes a goal, on a straight line over the logarithm of the steps. */
static double steps_to(double goal, const double *accuracy, int points)
{
    for (int i = 0; i < points; i++) {
        if (accuracy[i] < goal)
            continue;
        if (i == 0)
            return (double)steps_at[0];
        const double share = (goal - accuracy[i - 1]) / (accuracy[i] - accuracy[i - 1]);
        return (double)steps_at[i - 1] * pow((double)steps_at[i] / (double)steps_at[i - 1], share);
    }
    return NAN;
}

static gn_status follow(trial *t, const reader *r, int points, int64_t seed, outcome *o)
{
    double accuracy[READINGS][POINTS];
    for (int point = 0; point < points; point++) {
        judgement result[READINGS] = {0};
        gn_status status = trial_run(t, steps_at[point]);
        if (status == GN_OK)
            status = read_out(r, result);
        if (status != GN_OK)
            return status;
        estimate_add(&o->gap[point], t->report.g_batch_norm_gap);
        for (int i = 0; i < READINGS; i++) {
            accuracy[i][point] = result[i].accuracy;
            estimate_add(&o->accuracy[i][point], 100 * result[i].accuracy);
            estimate_add(&o->frechet[i][point], result[i].frechet);
        }
    }
    for (int i = 0; i < READINGS; i++)
        for (int goal = 0; goal < GOALS; goal++)
            o->reached[i][goal][seed] = steps_to(goals[goal], accuracy[i], points);
    return GN_OK;
}

static gn_status play(study *s, const loop *l, const setting *with, int64_t seed, outcome *o)
{
    const trial_plan plan = {
        .networks = {.classes = STUDY_CLASSES, .momentum = with->momentum, .bias_correction = with->bias_correction},
        .game = {.fakes = l->fakes, .frozen_norms = l->frozen_norms}};
    trial t;
    reader r = {0};
    gn_status status = trial_open(&t, s, &plan, seed);
    if (status == GN_OK)
        status = reader_open(&r, &t, &plan.networks);
    if (status == GN_OK)
        status = follow(&t, &r, points_of(s, l), seed, o);
    if (status == GN_OK)
        o->weights[seed] = hash_weights(hash_weights(UINT64_C(14695981039346656037), gn_parameters(t.generator)),
                                        gn_parameters(t.discriminator));
    char file[96], caption[160];
    snprintf(file, sizeof file, "loop%d-%s.png", (int)(l - loops) + 1, with->file);
    snprintf(caption, sizeof caption, "momentum %s; %s", with->name, l->name);
    if (status == GN_OK && seed == 0)
        status = study_samples(s, t.gan, SHOWN, file, caption);
    reader_close(&r);
    trial_close(&t);
    return status;
}

/* --- the report --------------------------------------------------------------------------------------------------- */

/* The mean of the steps to a goal, or how many runs reached it; the mean of the fastest is none of all. */
static void put_steps(table *t, const study *s, const double *reached)
{
    estimate e = {0};
    for (int64_t seed = 0; seed < s->seeds; seed++)
        if (isnan(reached[seed]) || reached[seed] > 0) /* 0: not run before an interruption */
            estimate_add(&e, reached[seed]);
    if (e.count == 0)
        table_cell(t, "%s", e.left_out == 0 ? "-" : "never");
    else if (e.left_out > 0)
        table_cell(t, "%d of %d", (int)e.count, (int)(e.count + e.left_out));
    else
        table_cell(t, "%.0f", e.mean);
}

static void write_table(study *s, const loop *l, const outcome outcomes[SETTINGS])
{
    const int last = points_of(s, l) - 1, early = last < 3 ? last : 3;
    char early_name[160], text[ESTIMATE_TEXT];
    snprintf(early_name, sizeof early_name,
             "momentum|samples by|steps to 80 %%|steps to 90 %%|accuracy %% at %d|accuracy %% at %d|Frechet at %d",
             (int)steps_at[early], (int)steps_at[last], (int)steps_at[last]);
    table t = table_begin(early_name);
    for (int i = 0; i < SETTINGS * READINGS; i++) {
        const outcome *o = &outcomes[i / READINGS];
        const int reading = i % READINGS;
        table_cell(&t, "%s", settings[i / READINGS].name);
        table_cell(&t, "%s", reading_names[reading]);
        put_steps(&t, s, o->reached[reading][0]);
        put_steps(&t, s, o->reached[reading][1]);
        table_cell(&t, "%s", estimate_text(&o->accuracy[reading][early], 1, text));
        table_cell(&t, "%s", estimate_text(&o->accuracy[reading][last], 1, text));
        table_cell(&t, "%s", estimate_text(&o->frechet[reading][last], 1, text));
    }
    char caption[256];
    snprintf(caption, sizeof caption,
             "%s. %s Steps to a goal: their mean, or how many runs reached it (between two looks: a straight line over "
             "the logarithm of the steps).",
             l->name, study_cells(s));
    study_table(s, &t, caption);
    table_free(&t);
}

typedef const estimate *(*curve)(const outcome *o, int reading);

static const estimate *accuracy_of(const outcome *o, int reading)
{
    return o->accuracy[reading];
}

static const estimate *frechet_of(const outcome *o, int reading)
{
    return o->frechet[reading];
}

static const estimate *gap_of(const outcome *o, int reading)
{
    (void)reading;
    return o->gap;
}

/* The curves of all momenta, drawn with one kind of statistics. */
static void write_chart(study *s, const outcome outcomes[SETTINGS], int points, curve of, int reading, chart c)
{
    double x[POINTS], y[SETTINGS][POINTS], error[SETTINGS][POINTS];
    c.x_label = "steps";
    c.logarithmic_x = true;
    for (int point = 0; point < points; point++)
        x[point] = (double)steps_at[point];
    for (int i = 0; i < SETTINGS; i++)
        c.lines[i] = study_line(settings[i].name, x, of(&outcomes[i], reading), (size_t)points, y[i], error[i]);
    report_chart(s->page, &c, "One line a momentum, mean over the seeds; the band is the standard error.");
}

static void write_loop(study *s, const loop *l, const outcome outcomes[SETTINGS])
{
    const int points = points_of(s, l);
    report_heading(s->page, l->name);
    write_chart(s, outcomes, points, accuracy_of, RUNNING,
                (chart){.title = "Label accuracy, samples by running averages", .y_label = "%", .high = 100});
    write_chart(s, outcomes, points, accuracy_of, BATCH,
                (chart){.title = "Label accuracy, samples by the batch's statistics", .y_label = "%", .high = 100});
    write_chart(s, outcomes, points, frechet_of, RUNNING,
                (chart){.title = "Frechet distance, samples by running averages", .y_label = "Frechet distance"});
    write_chart(s, outcomes, points, gap_of, RUNNING,
                (chart){.title = "Gap between running averages and the batch", .y_label = "gap"});
    write_table(s, l, outcomes);
}

/* How many times the steps of momentum 0.99 are needed with 0.8, seed by seed: the mean of its binary logarithm. */
static estimate compare(const study *s, const outcome outcomes[SETTINGS], int reading, int goal)
{
    estimate e = {0};
    for (int64_t seed = 0; seed < s->seeds; seed++)
        estimate_add(&e,
                     log2(outcomes[FAST].reached[reading][goal][seed] / outcomes[SLOW].reached[reading][goal][seed]));
    return e;
}

static void conclude_loop(study *s, const loop *l, const outcome outcomes[SETTINGS], int reading)
{
    const estimate e = compare(s, outcomes, reading, 0);
    const double middle = estimate_mean(&e), half = estimate_interval(&e);
    if (e.count == 0)
        report_finding(s->page, "%s, samples by %s statistics: no pair of runs reached 80 %%.", l->name,
                       reading_names[reading]);
    else if (e.count == 1)
        report_finding(s->page,
                       "%s, samples by %s statistics: 0.8 needs %.2f times the steps of 0.99 to 80 %% (one pair).",
                       l->name, reading_names[reading], exp2(middle));
    else
        report_finding(s->page,
                       "%s, samples by %s statistics: 0.8 needs %.2f times the steps of 0.99 to 80 %% (95 %% interval "
                       "%.2f to %.2f, "
                       "%d pairs): %s.",
                       l->name, reading_names[reading], exp2(middle), exp2(middle - half), exp2(middle + half),
                       (int)e.count,
                       middle + half < 0   ? "faster"
                       : middle - half > 0 ? "slower"
                                           : "no difference that this many seeds can show");
}

/* With training-mode fakes and D judging by the batch, no running average is read while training. */
static bool invariant(const study *s, const outcome outcomes[SETTINGS])
{
    for (int64_t seed = 0; seed < s->seeds; seed++)
        for (int i = 1; i < SETTINGS; i++)
            if (outcomes[i].weights[seed] != outcomes[0].weights[seed])
                return false;
    return true;
}

static void conclude(study *s, outcome outcomes[LOOPS][SETTINGS])
{
    const int last = points_of(s, &loops[INVARIANT]) - 1, early = last < 2 ? 0 : 2;
    report_finding(s->page, "With fakes in training mode and D judging by the batch's statistics, the weights after "
                            "training are the same bits for "
                            "every momentum (checked in every run). In that loop a momentum cannot make training "
                            "converge faster; it changes "
                            "only what samples by running averages look like.");
    for (int i = 0; i < LOOPS; i++)
        for (int reading = 0; reading < READINGS; reading++)
            if (reading != BATCH || i != INVARIANT)
                conclude_loop(s, &loops[i], outcomes[i], reading);
    report_finding(s->page,
                   "Late in training (%d steps) samples by running averages have Frechet distance %.1f with 0.99, %.1f "
                   "with 0.8 and %.1f "
                   "with bias-corrected 0.99; early (%d steps) %.1f, %.1f and %.1f.",
                   (int)steps_at[last], estimate_mean(&outcomes[INVARIANT][SLOW].frechet[RUNNING][last]),
                   estimate_mean(&outcomes[INVARIANT][FAST].frechet[RUNNING][last]),
                   estimate_mean(&outcomes[INVARIANT][CORRECTED].frechet[RUNNING][last]), (int)steps_at[early],
                   estimate_mean(&outcomes[INVARIANT][SLOW].frechet[RUNNING][early]),
                   estimate_mean(&outcomes[INVARIANT][FAST].frechet[RUNNING][early]),
                   estimate_mean(&outcomes[INVARIANT][CORRECTED].frechet[RUNNING][early]));
}

static gn_status play_all(study *s, outcome outcomes[LOOPS][SETTINGS])
{
    gn_status status = GN_OK;
    report_heading(s->page, "Samples at the end, by running averages");
    report_row_begin(s->page);
    for (int i = 0; i < LOOPS * SETTINGS && status == GN_OK; i++) {
        const loop *l = &loops[i / SETTINGS];
        outcome *o = &outcomes[i / SETTINGS][i % SETTINGS];
        for (int64_t seed = 0; seed < s->seeds && status == GN_OK; seed++)
            status = play(s, l, &settings[i % SETTINGS], seed, o);
        if (status == GN_OK)
            study_say(s, "%s, momentum %s: label accuracy %.1f %%", l->name, settings[i % SETTINGS].name,
                      estimate_mean(&o->accuracy[RUNNING][points_of(s, l) - 1]));
    }
    report_row_end(s->page);
    return status;
}

static gn_status run(study *s)
{
    static outcome outcomes[LOOPS][SETTINGS];
    const gn_status status = play_all(s, outcomes);
    if (!study_has_numbers(status))
        return status;
    if (status == GN_OK && !invariant(s, outcomes[INVARIANT]))
        return gn_context_fail(
            s->context, GN_ERROR_STATE,
            "the weights depend on the momentum although no running average was read while training");
    for (int i = 0; i < LOOPS; i++)
        write_loop(s, &loops[i], outcomes[i]);
    if (status == GN_OK)
        conclude(s, outcomes);
    return status;
}

int main(int argc, char **argv)
{
    return study_main(
        argc, argv,
        &(study_plan){.name = "study_momentum",
                      .title = "Batch norm's momentum: 0.8 against 0.99",
                      .question = "Does a conditional DC-GAN converge faster with batch-norm momentum 0.8 than "
                                  "with the default 0.99?",
                      .minutes = "25",
                      .seeds = 2,
                      .run = run});
}
