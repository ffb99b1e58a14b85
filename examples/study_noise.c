/* SPDX-License-Identifier: MIT */
/* examples/study_noise.c - what the noise of a conditional GAN is for: none, several distributions, several scales. */
#include "common/trial.h"

#include <math.h>

enum { STEPS = 1000, QUICK_STEPS = 20, SHOWN = 8 };

/* Noise of this scale changes no pixel by more than rounding does. */
#define NO_NOISE 1e-12f

typedef struct noise {
    const char *name, *file;
    gn_latent latent;
} noise;

static const noise kinds[] = {
    {"none", "none", {0, GN_LATENT_NORMAL, NO_NOISE}},
    {"normal, scale 0.1", "normal-0.1", {0, GN_LATENT_NORMAL, 0.1f}},
    {"normal, scale 1", "normal-1", {0, GN_LATENT_NORMAL, 1}},
    {"normal, scale 5", "normal-5", {0, GN_LATENT_NORMAL, 5}},
    {"uniform, scale 0.1", "uniform-0.1", {0, GN_LATENT_UNIFORM, 0.1f}},
    {"uniform, scale 1", "uniform-1", {0, GN_LATENT_UNIFORM, 1}},
    {"uniform, scale 5", "uniform-5", {0, GN_LATENT_UNIFORM, 5}},
    {"spherical, scale 1", "spherical-1", {0, GN_LATENT_SPHERICAL, 1}},
    {"truncated normal, scale 1", "truncated-1", {0, GN_LATENT_TRUNCATED, 1}},
};

enum { KINDS = sizeof kinds / sizeof *kinds, NONE = 0, SMALL = 1, MIDDLE = 2, LARGE = 3 };

typedef struct outcome {
    estimate accuracy, frechet, diversity;
} outcome;

static gn_status measure(study *s, const noise *kind, bool plain, int64_t seed, outcome *o)
{
    const trial_plan plan = {.networks = {.classes = STUDY_CLASSES, .plain_generator = plain},
                             .game = {.latent = kind->latent}};
    char file[64], caption[128];
    trial t;
    judgement result;
    gn_status status = trial_make(&t, s, &plan, seed, study_size(s, STEPS, QUICK_STEPS), &result);
    if (status == GN_OK) {
        estimate_add(&o->accuracy, 100 * result.accuracy);
        estimate_add(&o->frechet, result.frechet);
        estimate_add(&o->diversity, result.diversity);
    }
    snprintf(file, sizeof file, "%s%s.png", kind->file, plain ? "-plain" : "");
    snprintf(caption, sizeof caption, "%s, %s batch norm in the generator", kind->name, plain ? "without" : "with");
    if (status == GN_OK && seed == 0)
        status = study_samples(s, t.gan, SHOWN, file, caption);
    trial_close(&t);
    return status;
}

static gn_status measure_all(study *s, bool plain, outcome outcomes[KINDS])
{
    gn_status status = GN_OK;
    report_heading(s->page, plain ? "Samples without batch norm" : "Samples with batch norm");
    report_row_begin(s->page);
    for (int i = 0; i < KINDS && status == GN_OK; i++) {
        for (int64_t seed = 0; seed < s->seeds && status == GN_OK; seed++)
            status = measure(s, &kinds[i], plain, seed, &outcomes[i]);
        if (status == GN_OK)
            study_say(s, "%s, %s batch norm: label accuracy %.1f %%, diversity %.2f", kinds[i].name,
                      plain ? "without" : "with", estimate_mean(&outcomes[i].accuracy),
                      estimate_mean(&outcomes[i].diversity));
    }
    report_row_end(s->page);
    return status;
}

static void write_table(study *s, outcome outcomes[2][KINDS], double real_diversity)
{
    table t = table_begin("noise|generator|label accuracy %|Frechet distance|diversity");
    char text[ESTIMATE_TEXT];
    for (int i = 0; i < 2 * KINDS; i++) {
        const outcome *o = &outcomes[i / KINDS][i % KINDS];
        table_cell(&t, "%s", kinds[i % KINDS].name);
        table_cell(&t, "%s", i < KINDS ? "batch norm" : "plain");
        table_cell(&t, "%s", estimate_text(&o->accuracy, 1, text));
        table_cell(&t, "%s", estimate_text(&o->frechet, 1, text));
        table_cell(&t, "%s", estimate_text(&o->diversity, 2, text));
    }
    table_cell(&t, "real test pictures");
    table_cell(&t, "-");
    table_cell(&t, "%.1f", 100 * s->classifier.test_accuracy);
    table_number(&t, s->classifier.floor, 1);
    table_cell(&t, "%.2f", real_diversity);
    report_heading(s->page, "Numbers");
    char caption[192];
    snprintf(caption, sizeof caption, "After training. %s Diversity: mean distance of two pictures of a class.",
             study_cells(s));
    study_table(s, &t, caption);
    table_free(&t);
}

static double spread(const outcome *outcomes)
{
    const double small = estimate_mean(&outcomes[SMALL].accuracy), large = estimate_mean(&outcomes[LARGE].accuracy);
    return small > large ? small - large : large - small;
}

static void conclude(study *s, outcome outcomes[2][KINDS], double real_diversity)
{
    const outcome *with = outcomes[0], *without = outcomes[1];
    report_finding(
        s->page,
        "Without noise a class is one picture: two of them differ by %.3f, real ones by %.2f, with noise of scale 1 by "
        "%.2f. What noise gives is variety. Label accuracy is %.0f %% without noise and %.0f %% with it.",
        estimate_mean(&with[NONE].diversity), real_diversity, estimate_mean(&with[MIDDLE].diversity),
        estimate_mean(&with[NONE].accuracy), estimate_mean(&with[MIDDLE].accuracy));
    report_finding(
        s->page,
        "Scale 0.1 against scale 5: label accuracy differs by %.1f points where the generator has batch norm and by "
        "%.1f where it has none; diversity is %.2f and %.2f with it, %.2f and %.2f without.",
        spread(with), spread(without), estimate_mean(&with[SMALL].diversity), estimate_mean(&with[LARGE].diversity),
        estimate_mean(&without[SMALL].diversity), estimate_mean(&without[LARGE].diversity));
    double least = INFINITY, most = 0;
    for (int i = 0; i < KINDS; i++) {
        if (kinds[i].latent.scale < 1 || kinds[i].latent.scale > 1)
            continue;
        least = fmin(least, estimate_mean(&with[i].frechet));
        most = fmax(most, estimate_mean(&with[i].frechet));
    }
    report_finding(s->page, "Among the four distributions of scale 1, Frechet distances lie between %.1f and %.1f.",
                   least, most);
}

static gn_status run(study *s)
{
    outcome outcomes[2][KINDS] = {0};
    double real_diversity;
    gn_status status = gn_diversity(s->classifier.test.pixels, s->classifier.test.labels, &real_diversity);
    for (int plain = 0; plain < 2 && status == GN_OK; plain++)
        status = measure_all(s, plain, outcomes[plain]);
    if (study_has_numbers(status))
        write_table(s, outcomes, real_diversity);
    if (status == GN_OK)
        conclude(s, outcomes, real_diversity);
    return status;
}

int main(int argc, char **argv)
{
    return study_main(argc, argv,
                      &(study_plan){.name = "study_noise",
                                    .title = "What is the noise for?",
                                    .question = "What does a conditional generator need noise for, and does it matter "
                                                "how the noise is distributed and scaled?",
                                    .minutes = "25",
                                    .seeds = 2,
                                    .run = run});
}
