/* SPDX-License-Identifier: MIT */
/* examples/study_labels.c - does the discriminator of a conditional GAN check the label? */
#include "common/trial.h"

#include <math.h>

enum { STEPS = 1500, QUICK_STEPS = 20, POINTS = 15, SHOWN = 8, LOOKED_AT = 500, LOOKED_AT_QUICK = 100 };

/* What D says of: */
enum { REAL_RIGHT, REAL_WRONG, FAKE_RIGHT, FAKE_WRONG, PAIRS };
static const char *const pair_names[PAIRS] = {"real, right label", "real, wrong label", "fake, right label",
                                              "fake, wrong label"};

typedef struct game {
    const char *name, *file;
    gn_gan_pairs pairs;
} game;

static const game games[] = {
    {"Mirza: real, fake", "mirza", {1, 1, 0}},
    {"matching-aware: real, fake, real with a wrong label", "matching", {1, 0.5f, 0.5f}},
};

enum { GAMES = sizeof games / sizeof *games };

typedef struct outcome {
    estimate said[PAIRS][POINTS + 1]; /* mean of sigmoid(logit) */
    estimate caught[POINTS + 1];      /* % of real pictures with a wrong label that D takes for fake */
    estimate accuracy[POINTS + 1];    /* label accuracy of samples, % */
    estimate refused[POINTS + 1];     /* % of those with the right one that it takes for fake, too */
    estimate told_apart[POINTS + 1];  /* % of real pictures that D likes less with a wrong label */
    estimate frechet;
} outcome;

/* --- what D says -------------------------------------------------------------------------------------------------- */

/* D's logits, [N], its batch norms by the statistics of this kind of pair alone, as in training: their running averages
 * mix real and drawn pictures and fit neither. NULL on failure. The caller frees them. */
static gn_tensor *judge_pairs(const trial *t, gn_tape *tape, const gn_tensor *pictures, const gn_tensor *labels)
{
    gn_tape_reset(tape);
    gn_module_set_training(t->discriminator, false);
    gn_module_set_statistics(t->discriminator, GN_STATISTICS_BATCH);
    gn_var *inputs[] = {gn_input(tape, pictures), gn_one_hot(gn_input(tape, labels), STUDY_CLASSES)};
    gn_var *logits = gn_apply_all(t->discriminator, inputs, 2);
    const gn_real *values = gn_var_data(logits);
    if (values == NULL)
        return NULL;
    return gn_tensor_from(t->context, GN_SHAPE(gn_var_shape(logits).size[0]), values);
}

/* For each label another one, all others alike. */
static gn_tensor *wrong_labels(gn_context *context, const gn_tensor *labels)
{
    const int64_t count = gn_tensor_shape(labels).size[0];
    gn_tensor *wrong = gn_tensor_new(context, GN_SHAPE(count));
    for (int64_t i = 0; wrong != NULL && i < count; i++)
        gn_tensor_data(wrong)[i] = (gn_real)(((int)gn_tensor_values(labels)[i] + 1 + (int)(i % 9)) % STUDY_CLASSES);
    return wrong;
}

static double mean_probability(const gn_tensor *logits)
{
    const int64_t count = gn_tensor_shape(logits).size[0];
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += 1 / (1 + exp(-(double)gn_tensor_values(logits)[i]));
    return sum / (double)count;
}

/* Share of logits below those beside them, or below 0 when there are none. */
static double share_below(const gn_tensor *logits, const gn_tensor *beside)
{
    const int64_t count = gn_tensor_shape(logits).size[0];
    int64_t below = 0;
    for (int64_t i = 0; i < count; i++)
        below += gn_tensor_values(logits)[i] < (beside == NULL ? 0 : gn_tensor_values(beside)[i]);
    return (double)below / (double)count;
}

/* The pictures whose D-output is looked at, and their labels. */
typedef struct shown {
    gn_tensor *real, *right, *wrong;
    gn_tape *tape;
} shown;

static gn_status look_at(const trial *t, const shown *x, const gn_tensor *fake, int point, outcome *o)
{
    const gn_tensor *const pictures[PAIRS] = {x->real, x->real, fake, fake};
    const gn_tensor *const labels[PAIRS] = {x->right, x->wrong, x->right, x->wrong};
    gn_tensor *logits[PAIRS] = {0};
    bool complete = true;
    for (int i = 0; i < PAIRS && complete; i++) {
        logits[i] = judge_pairs(t, x->tape, pictures[i], labels[i]);
        complete = logits[i] != NULL;
        if (complete)
            estimate_add(&o->said[i][point], mean_probability(logits[i]));
    }
    if (complete) {
        estimate_add(&o->caught[point], 100 * share_below(logits[REAL_WRONG], NULL));
        estimate_add(&o->refused[point], 100 * share_below(logits[REAL_RIGHT], NULL));
        estimate_add(&o->told_apart[point], 100 * share_below(logits[REAL_WRONG], logits[REAL_RIGHT]));
    }
    for (int i = 0; i < PAIRS; i++)
        gn_tensor_free(logits[i]);
    return complete ? GN_OK : trial_check(t, gn_context_status(t->context));
}

static gn_status look(trial *t, const shown *x, int point, outcome *o)
{
    gn_tensor *fake = gn_gan_sample(t->gan, &(gn_sample_options){.seed = 5, .labels = x->right});
    judgement result;
    gn_status status = fake == NULL ? trial_check(t, gn_context_status(t->context)) : look_at(t, x, fake, point, o);
    gn_tensor_free(fake);
    if (status == GN_OK)
        status = trial_judge(t, &result);
    if (status != GN_OK)
        return status;
    estimate_add(&o->accuracy[point], 100 * result.accuracy);
    if (point == POINTS)
        estimate_add(&o->frechet, result.frechet);
    return GN_OK;
}

/* --- trials ------------------------------------------------------------------------------------------------------- */

static int64_t step_of(const study *s, int point)
{
    return study_size(s, STEPS, QUICK_STEPS) * point / POINTS;
}

static gn_status play(study *s, const game *g, int64_t seed, const shown *x, outcome *o)
{
    const trial_plan plan = {.networks = {.classes = STUDY_CLASSES}, .game = {.pairs = g->pairs}};
    char file[64];
    trial t;
    gn_status status = trial_open(&t, s, &plan, seed);
    for (int point = 0; point <= POINTS && status == GN_OK; point++) {
        status = trial_run(&t, step_of(s, point));
        if (status == GN_OK)
            status = look(&t, x, point, o);
    }
    snprintf(file, sizeof file, "%s.png", g->file);
    if (status == GN_OK && seed == 0)
        status = study_samples(s, t.gan, SHOWN, file, g->name);
    trial_close(&t);
    return status;
}

static gn_status open_shown(study *s, shown *x)
{
    const int64_t count = study_size(s, LOOKED_AT, LOOKED_AT_QUICK);
    *x = (shown){.real = gn_tensor_new(s->context, GN_SHAPE(count, 28, 28, 1)),
                 .right = gn_tensor_new(s->context, GN_SHAPE(count)),
                 .tape = gn_tape_new(s->context)};
    if (x->real == NULL || x->right == NULL || x->tape == NULL)
        return gn_context_status(s->context);
    gn_tape_set_recording(x->tape, false);
    const gn_status status = gn_dataset_gather(s->test_set, NULL, 0, x->real, x->right);
    x->wrong = status == GN_OK ? wrong_labels(s->context, x->right) : NULL;
    return status != GN_OK || x->wrong != NULL ? status : gn_context_status(s->context);
}

static void close_shown(shown *x)
{
    gn_tape_free(x->tape);
    gn_tensor_free(x->wrong);
    gn_tensor_free(x->right);
    gn_tensor_free(x->real);
}

/* --- the report --------------------------------------------------------------------------------------------------- */

static void fill_steps(const study *s, double x[POINTS + 1])
{
    for (int point = 0; point <= POINTS; point++)
        x[point] = (double)step_of(s, point);
}

static void write_curves(study *s, const game *g, const outcome *o)
{
    double x[POINTS + 1], y[PAIRS][POINTS + 1], error[PAIRS][POINTS + 1];
    chart c = {.title = g->name, .x_label = "steps", .y_label = "mean of D's output", .low = 0, .high = 1};
    fill_steps(s, x);
    for (int i = 0; i < PAIRS; i++)
        c.lines[i] = study_line(pair_names[i], x, o->said[i], POINTS + 1, y[i], error[i]);
    report_chart(s->page, &c,
                 "Mean of sigmoid(logit) over held-out pictures and over samples; the band is the standard error.");
}

static void write_table(study *s, const outcome outcomes[GAMES])
{
    table t = table_begin("pairs shown to D|D: real, right|D: real, wrong|D: fake, right|D: fake, wrong|wrong labels "
                          "refused %|right ones refused %|"
                          "told apart %|label accuracy %|Frechet distance");
    char text[ESTIMATE_TEXT];
    for (int i = 0; i < GAMES; i++) {
        const outcome *o = &outcomes[i];
        table_cell(&t, "%s", games[i].file);
        for (int pair = 0; pair < PAIRS; pair++)
            table_cell(&t, "%s", estimate_text(&o->said[pair][POINTS], 2, text));
        table_cell(&t, "%s", estimate_text(&o->caught[POINTS], 1, text));
        table_cell(&t, "%s", estimate_text(&o->refused[POINTS], 1, text));
        table_cell(&t, "%s", estimate_text(&o->told_apart[POINTS], 1, text));
        table_cell(&t, "%s", estimate_text(&o->accuracy[POINTS], 1, text));
        table_cell(&t, "%s", estimate_text(&o->frechet, 1, text));
    }
    char caption[320];
    snprintf(caption, sizeof caption,
             "At the end. %s Refused: D takes a real picture with such a label for fake. Told apart: it gives it less "
             "with a wrong label than with the right one (50 %% by chance).",
             study_cells(s));
    study_table(s, &t, caption);
    table_free(&t);
}

static void write_accuracy(study *s, const outcome outcomes[GAMES])
{
    double x[POINTS + 1], y[GAMES][POINTS + 1], error[GAMES][POINTS + 1];
    chart c = {.title = "Label accuracy of samples", .x_label = "steps", .y_label = "%", .low = 0, .high = 100};
    fill_steps(s, x);
    for (int i = 0; i < GAMES; i++)
        c.lines[i] = study_line(games[i].file, x, outcomes[i].accuracy, POINTS + 1, y[i], error[i]);
    report_chart(s->page, &c,
                 "Share of samples that show the digit that was asked for; the band is the standard error.");
}

static void conclude(study *s, const outcome outcomes[GAMES])
{
    for (int i = 0; i < GAMES; i++) {
        const outcome *o = &outcomes[i];
        report_finding(s->page,
                       "%s: D prefers the right label of a real picture in %.0f %% of the cases (50 %% by chance). It "
                       "refuses %.0f %% of "
                       "real pictures with a wrong label, and %.0f %% of those with the right one.",
                       games[i].name, estimate_mean(&o->told_apart[POINTS]), estimate_mean(&o->caught[POINTS]),
                       estimate_mean(&o->refused[POINTS]));
    }
    report_finding(s->page,
                   "Samples show the digit asked for in %.1f %% (Mirza) and %.1f %% (matching-aware) of the cases.",
                   estimate_mean(&outcomes[0].accuracy[POINTS]), estimate_mean(&outcomes[1].accuracy[POINTS]));
}

static gn_status run(study *s)
{
    outcome outcomes[GAMES] = {0};
    shown x;
    gn_status status = open_shown(s, &x);
    report_heading(s->page, "Samples");
    report_row_begin(s->page);
    for (int i = 0; i < GAMES && status == GN_OK; i++) {
        for (int64_t seed = 0; seed < s->seeds && status == GN_OK; seed++)
            status = play(s, &games[i], seed, &x, &outcomes[i]);
        if (status == GN_OK)
            study_say(s, "%s: %.1f %% of wrong labels caught, label accuracy %.1f %%", games[i].file,
                      estimate_mean(&outcomes[i].caught[POINTS]), estimate_mean(&outcomes[i].accuracy[POINTS]));
    }
    report_row_end(s->page);
    close_shown(&x);
    if (!study_has_numbers(status))
        return status;
    report_heading(s->page, "Curves and numbers");
    for (int i = 0; i < GAMES; i++)
        write_curves(s, &games[i], &outcomes[i]);
    write_accuracy(s, outcomes);
    write_table(s, outcomes);
    if (status == GN_OK)
        conclude(s, outcomes);
    return status;
}

int main(int argc, char **argv)
{
    return study_main(
        argc, argv,
        &(study_plan){.name = "study_labels",
                      .title = "Does the discriminator check the label?",
                      .question = "Does the discriminator of a conditional GAN check whether the label fits, "
                                  "and does it help to show it pictures with wrong ones?",
                      .minutes = "6",
                      .seeds = 3,
                      .run = run});
}
