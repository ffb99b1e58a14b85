/* SPDX-License-Identifier: MIT */
/* examples/study_gradients.c - when does the generator's gradient vanish, and what helps?
 *
 * After Arjovsky & Bottou 2017, figure 2: at set points of a training G stands still while D learns on alone, and the
 * gradient that reaches G is measured on D's way to perfection. */
#include "common/play.h"
#include "common/trial.h"

#include <math.h>

enum { POINTS = 3, ALONE = 9, ALONE_QUICK = 3, SHOWN = 8, FIRST_STEPS = 100, FIRST_STEPS_QUICK = 2 };

/* Steps of D alone after which is measured; and a rate at which no weight of G changes. */
static const int64_t alone[ALONE] = {1, 2, 5, 10, 20, 50, 100, 200, 400};
#define STANDSTILL 1e-30f

typedef struct game {
    const char *name, *file;
    bool plain_judge; /* a gradient penalty wants no batch norm in D */
    gn_gan_options options;
} game;

static const game games[] = {
    {"saturating", "saturating", false, {.loss = GN_GAN_SATURATING}},
    {"non-saturating", "non-saturating", false, {.loss = GN_GAN_NON_SATURATING}},
    {"least squares", "least-squares", false, {.loss = GN_GAN_LEAST_SQUARES}},
    {"hinge", "hinge", false, {.loss = GN_GAN_HINGE}},
    {"Wasserstein + penalty",
     "wasserstein",
     true,
     {.loss = GN_GAN_WASSERSTEIN, .penalties = {{.kind = GN_GAN_GRADIENT_PENALTY}}}},
    {"saturating, target 0.9", "one-sided", false, {.loss = GN_GAN_SATURATING, .real_target = 0.9f}},
    {"saturating, targets 0.9, 0.1",
     "two-sided",
     false,
     {.loss = GN_GAN_SATURATING, .real_target = 0.9f, .fake_target = 0.1f}},
    {"saturating, instance noise 0.5", "noise", false, {.loss = GN_GAN_SATURATING, .instance_noise = 0.5f}},
};

enum { GAMES = sizeof games / sizeof *games };
_Static_assert((int)GAMES <= (int)CHART_LINES, "a line for each game");

typedef struct outcome {
    estimate norm[POINTS][ALONE];    /* of G's gradient over all its parameters */
    estimate remains[POINTS][ALONE]; /* in percent of what it is after the first step */
    estimate right[POINTS][ALONE];   /* share of real and fake pictures that D judges rightly, in percent */
    estimate accuracy, frechet;
} outcome;

/* 100, 300 and 900 steps. */
static int64_t steps_of(const study *s, int point)
{
    int64_t steps = study_size(s, FIRST_STEPS, FIRST_STEPS_QUICK);
    for (int i = 0; i < point; i++)
        steps *= 3;
    return steps;
}

/* --- D alone ------------------------------------------------------------------------------------------------------ */

static gn_status watch_alone(trial *t, gn_gan *gan, int point, outcome *o)
{
    const int measured = (int)study_size(t->study, ALONE, ALONE_QUICK);
    gn_status status = GN_OK;
    double first = 0;
    for (int i = 0; i < measured && status == GN_OK; i++) {
        gn_gan_report now = {0};
        status = play_until(t->context, gan, t->batches, alone[i], &now);
        if (status == GN_OK) {
            first = i == 0 ? now.g_gradient_norm : first;
            estimate_add(&o->norm[point][i], now.g_gradient_norm);
            estimate_add(&o->remains[point][i], 100 * now.g_gradient_norm / first);
            estimate_add(&o->right[point][i], 50 * (now.real_right + now.fake_right));
        }
    }
    return status;
}

/* Both players with a game of their own, in which G does not move; afterwards they are as they were. */
static gn_status leave_alone(trial *t, const trial_plan *plan, int point, outcome *o)
{
    gn_module *generator = small_generator(t->context, &plan->networks);
    gn_module *discriminator = small_discriminator(t->context, &plan->networks);
    gn_gan_options options = plan->game;
    options.generator = generator;
    options.discriminator = discriminator;
    options.classes = STUDY_CLASSES;
    options.latent.size = 100;
    options.generator_optimizer.rate = STANDSTILL;
    options.discriminator_optimizer = (gn_optimizer_options){.rate = 1e-3f, .beta1 = 0.5f};
    gn_status status = generator == NULL ? GN_ERROR_MEMORY : gn_module_copy(generator, t->generator);
    if (status == GN_OK)
        status = gn_module_copy(discriminator, t->discriminator);
    gn_gan *gan = status == GN_OK ? gn_gan_new(t->context, &options) : NULL;
    status = gan == NULL ? gn_context_status(t->context) : watch_alone(t, gan, point, o);
    gn_gan_free(gan);
    gn_module_free(discriminator);
    gn_module_free(generator);
    return trial_check(t, status);
}

static gn_status play(study *s, const game *g, int64_t seed, outcome *o)
{
    const trial_plan plan = {.networks = {.classes = STUDY_CLASSES, .plain_judge = g->plain_judge}, .game = g->options};
    char file[64];
    trial t;
    judgement result = {0};
    gn_status status = trial_open(&t, s, &plan, seed);
    for (int point = 0; point < POINTS && status == GN_OK; point++) {
        status = trial_run(&t, steps_of(s, point));
        if (status == GN_OK)
            status = leave_alone(&t, &plan, point, o);
    }
    if (status == GN_OK)
        status = trial_judge(&t, &result);
    if (status == GN_OK) {
        estimate_add(&o->accuracy, 100 * result.accuracy);
        estimate_add(&o->frechet, result.frechet);
    }
    snprintf(file, sizeof file, "%s.png", g->file);
    if (status == GN_OK && seed == 0)
        status = study_samples(s, t.gan, SHOWN, file, g->name);
    trial_close(&t);
    return status;
}

/* --- the report --------------------------------------------------------------------------------------------------- */

static void write_chart(study *s, const outcome outcomes[GAMES], int point)
{
    const int measured = (int)study_size(s, ALONE, ALONE_QUICK);
    double x[ALONE], y[GAMES][ALONE], error[GAMES][ALONE];
    char title[96];
    snprintf(title, sizeof title, "D alone, after %d steps together", (int)steps_of(s, point));
    chart c = {.title = title,
               .x_label = "steps of D alone",
               .y_label = "|gradient of G|",
               .logarithmic = true,
               .logarithmic_x = true};
    for (int i = 0; i < measured; i++)
        x[i] = (double)alone[i];
    for (int g = 0; g < GAMES; g++)
        c.lines[g] = study_line(games[g].name, x, outcomes[g].norm[point], (size_t)measured, y[g], error[g]);
    report_chart(s->page, &c,
                 "Length of the gradient of G's loss over all of G's parameters, mean over the seeds; the band is the "
                 "standard error.");
}

static const estimate *remaining(const study *s, const outcome *o, int point)
{
    return &o->remains[point][study_size(s, ALONE, ALONE_QUICK) - 1];
}

static void write_table(study *s, const outcome outcomes[GAMES], int point)
{
    const int last = (int)study_size(s, ALONE, ALONE_QUICK) - 1;
    table t = table_begin("game|gradient after 1 step alone|after the last|remains %|D right %");
    char text[ESTIMATE_TEXT], caption[256];
    for (int g = 0; g < GAMES; g++) {
        const outcome *o = &outcomes[g];
        table_cell(&t, "%s", games[g].name);
        table_cell(&t, "%s", estimate_text(&o->norm[point][0], 3, text));
        table_cell(&t, "%s", estimate_text(&o->norm[point][last], 3, text));
        table_cell(&t, "%s", estimate_text(remaining(s, o, point), 1, text));
        table_cell(&t, "%s", estimate_text(&o->right[point][last], 1, text));
    }
    snprintf(caption, sizeof caption,
             "D alone for %d steps after %d together. D right: share of real and fake pictures that it then judges "
             "rightly.",
             (int)alone[last], (int)steps_of(s, point));
    study_table(s, &t, caption);
    table_free(&t);
}

static void write_qualities(study *s, const outcome outcomes[GAMES])
{
    table t = table_begin("game|label accuracy %|Frechet distance");
    char text[ESTIMATE_TEXT], caption[64];
    for (int g = 0; g < GAMES; g++) {
        table_cell(&t, "%s", games[g].name);
        table_cell(&t, "%s", estimate_text(&outcomes[g].accuracy, 1, text));
        table_cell(&t, "%s", estimate_text(&outcomes[g].frechet, 1, text));
    }
    snprintf(caption, sizeof caption, "What G draws after %d steps together.", (int)steps_of(s, POINTS - 1));
    study_table(s, &t, caption);
    table_free(&t);
}

static void conclude(study *s, const outcome outcomes[GAMES])
{
    const int last = (int)study_size(s, ALONE, ALONE_QUICK) - 1, point = POINTS - 1;
    for (int g = 0; g < GAMES; g++) {
        const double share = estimate_mean(remaining(s, &outcomes[g], point));
        report_finding(s->page, "%s: with D right on %.1f %%, G's gradient %s to %.3g %% of what it was.",
                       games[g].name, estimate_mean(&outcomes[g].right[point][last]), share < 100 ? "falls" : "grows",
                       share);
    }
}

static gn_status run(study *s)
{
    outcome outcomes[GAMES] = {0};
    gn_status status = GN_OK;
    report_heading(s->page, "Samples after training together");
    report_row_begin(s->page);
    for (int g = 0; g < GAMES && status == GN_OK; g++) {
        for (int64_t seed = 0; seed < s->seeds && status == GN_OK; seed++)
            status = play(s, &games[g], seed, &outcomes[g]);
        if (status == GN_OK)
            study_say(s, "%s: %.3g %% of the gradient remains, label accuracy %.1f %%", games[g].name,
                      estimate_mean(remaining(s, &outcomes[g], POINTS - 1)), estimate_mean(&outcomes[g].accuracy));
    }
    report_row_end(s->page);
    if (!study_has_numbers(status))
        return status;
    report_heading(s->page, "G's gradient while D learns alone");
    for (int point = 0; point < POINTS; point++) {
        write_chart(s, outcomes, point);
        write_table(s, outcomes, point);
    }
    write_qualities(s, outcomes);
    if (status == GN_OK)
        conclude(s, outcomes);
    return status;
}

int main(int argc, char **argv)
{
    return study_main(
        argc, argv,
        &(study_plan){.name = "study_gradients",
                      .title = "Vanishing gradients",
                      .question = "Does the generator's gradient vanish when the discriminator is too good, and "
                                  "which losses and remedies prevent it?",
                      .minutes = "25",
                      .seeds = 2,
                      .run = run});
}
