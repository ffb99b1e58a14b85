/* SPDX-License-Identifier: MIT */
/* examples/gan_mlp.c - the plain GAN of dense layers (Goodfellow et al. 2014), beside what convolutions and labels add
 * to it. */
#include "common/dense_gan.h"
#include "common/trial.h"

#include <math.h>

enum { STEPS = 3000, QUICK_STEPS = 20, POINTS = 10, SHOWN = 10, FRAME_HUNDREDTHS = 30 };

static const gn_optimizer_options adam = {.rate = 2e-4f, .beta1 = 0.5f};

static const struct {
    const char *name, *file;
    network_maker generator, discriminator;
    int64_t classes;
} kinds[] = {
    {"dense layers, no labels", "dense", dense_generator, dense_discriminator, 0},
    {"convolutions, no labels", "convolutions", NULL, NULL, 0},
    {"convolutions and labels", "conditional", NULL, NULL, STUDY_CLASSES},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct outcome {
    estimate frechet[POINTS + 1], diversity[POINTS + 1];
    estimate modes, divergence; /* digits that it draws, and how unevenly */
} outcome;

static gn_status count_digits(trial *t, outcome *o)
{
    const int64_t count = study_size(t->study, 1000, 100);
    gn_context *context = t->study->context;
    gn_tensor *labels = t->conditional ? digit_classifier_labels(context, count / STUDY_CLASSES) : NULL;
    gn_tensor *pictures = trial_sample(t, labels, count), *numbers = gn_tensor_new(context, GN_SHAPE(count));
    gn_mode_report modes;
    gn_status status = pictures == NULL || numbers == NULL
                           ? gn_context_status(context)
                           : digit_classifier_read(&t->study->classifier, pictures, numbers);
    if (status == GN_OK)
        status = gn_mode_histogram(numbers, STUDY_CLASSES, &modes);
    if (status == GN_OK) {
        estimate_add(&o->modes, (double)modes.modes);
        estimate_add(&o->divergence, modes.reverse_divergence);
    }
    gn_tensor_free(numbers);
    gn_tensor_free(pictures);
    gn_tensor_free(labels);
    return status;
}

static int64_t step_of(const study *s, int point)
{
    return study_size(s, STEPS, QUICK_STEPS) * point / POINTS;
}

/* The same ten rows of pictures at every point. */
static gn_status add_frame(trial *t, gn_animation *animation)
{
    const int64_t count = SHOWN * (t->conditional ? 1 : STUDY_CLASSES);
    gn_tensor *pictures = gn_gan_sample(t->gan, &(gn_sample_options){.seed = 42, .per_class = count});
    const gn_status status = pictures == NULL ? gn_context_status(t->context) : gn_animation_add(animation, pictures);
    gn_tensor_free(pictures);
    return trial_check(t, status);
}

static gn_status follow(trial *t, gn_animation *animation, outcome *o)
{
    gn_status status = GN_OK;
    for (int point = 0; point <= POINTS && status == GN_OK; point++) {
        judgement result;
        status = trial_run(t, step_of(t->study, point));
        if (status == GN_OK)
            status = trial_judge(t, &result);
        if (status != GN_OK)
            return status;
        estimate_add(&o->frechet[point], result.frechet);
        estimate_add(&o->diversity[point], result.diversity);
        status = add_frame(t, animation);
    }
    return status == GN_OK ? count_digits(t, o) : status;
}

static gn_status show(study *s, const gn_animation *animation, int kind)
{
    char file[64], path[STUDY_PATH];
    snprintf(file, sizeof file, "%s.gif", kinds[kind].file);
    const gn_status status = gn_animation_write(animation, study_path(s, file, path), FRAME_HUNDREDTHS);
    if (status == GN_OK)
        report_picture(s->page, path, kinds[kind].name, kinds[kind].name, 1);
    return status;
}

static gn_status play(study *s, int kind, int64_t seed, outcome *o)
{
    const trial_plan plan = {.networks = {.classes = kinds[kind].classes},
                             .generator = kinds[kind].generator,
                             .discriminator = kinds[kind].discriminator,
                             .game = {.generator_optimizer = adam, .discriminator_optimizer = adam}};
    trial t;
    gn_status status = trial_open(&t, s, &plan, seed);
    gn_animation *animation = gn_animation_new(s->context, SHOWN, 1);
    if (status == GN_OK)
        status = animation == NULL ? gn_context_status(s->context) : follow(&t, animation, o);
    if (status == GN_OK && seed == 0)
        status = show(s, animation, kind);
    gn_animation_free(animation);
    trial_close(&t);
    return status;
}

/* --- the report --------------------------------------------------------------------------------------------------- */

static void write_chart(study *s, const outcome outcomes[KINDS])
{
    double x[POINTS + 1], y[KINDS][POINTS + 1], error[KINDS][POINTS + 1];
    chart c = {.title = "Frechet distance", .x_label = "steps", .y_label = "Frechet distance", .logarithmic = true};
    for (int point = 0; point <= POINTS; point++)
        x[point] = (double)step_of(s, point);
    for (int i = 0; i < KINDS; i++)
        c.lines[i] = study_line(kinds[i].name, x, outcomes[i].frechet, POINTS + 1, y[i], error[i]);
    report_chart(s->page, &c, "Mean over the seeds; the band is the standard error. Lower is better.");
}

static void write_table(study *s, const outcome outcomes[KINDS], double real_diversity)
{
    table t = table_begin("networks|Frechet distance|digits drawn|KL to even|mean distance of two pictures");
    char text[ESTIMATE_TEXT];
    for (int i = 0; i < KINDS; i++) {
        const outcome *o = &outcomes[i];
        table_cell(&t, "%s", kinds[i].name);
        table_cell(&t, "%s", estimate_text(&o->frechet[POINTS], 1, text));
        table_cell(&t, "%s", estimate_text(&o->modes, 1, text));
        table_cell(&t, "%s", estimate_text(&o->divergence, 3, text));
        table_cell(&t, "%s", estimate_text(&o->diversity[POINTS], 2, text));
    }
    table_cell(&t, "real pictures");
    table_number(&t, s->classifier.floor, 1);
    table_cell(&t, "10");
    table_cell(&t, "-");
    table_cell(&t, "%.2f", real_diversity);
    char caption[320];
    snprintf(caption, sizeof caption,
             "At the end. %s Digits drawn: how many of the ten occur. KL to even: how unevenly, in nats. With labels, "
             "and for real pictures, the distance is that of two of one class.",
             study_cells(s));
    study_table(s, &t, caption);
    table_free(&t);
}

static void conclude(study *s, const outcome outcomes[KINDS])
{
    report_finding(
        s->page,
        "After %d steps the plain GAN of dense layers has Frechet distance %.1f; convolutions make it %.1f, labels as "
        "well %.1f.",
        (int)step_of(s, POINTS), estimate_mean(&outcomes[0].frechet[POINTS]),
        estimate_mean(&outcomes[1].frechet[POINTS]), estimate_mean(&outcomes[2].frechet[POINTS]));
}

static gn_status run(study *s)
{
    outcome outcomes[KINDS] = {0};
    double real_diversity;
    gn_status status = gn_diversity(s->classifier.test.pixels, s->classifier.test.labels, &real_diversity);
    report_heading(s->page, "Samples from the first step to the last");
    report_row_begin(s->page);
    for (int kind = 0; kind < KINDS && status == GN_OK; kind++) {
        for (int64_t seed = 0; seed < s->seeds && status == GN_OK; seed++)
            status = play(s, kind, seed, &outcomes[kind]);
        if (status == GN_OK)
            study_say(s, "%s: Frechet distance %.1f", kinds[kind].name, estimate_mean(&outcomes[kind].frechet[POINTS]));
    }
    report_row_end(s->page);
    if (!study_has_numbers(status))
        return status;
    report_heading(s->page, "Numbers");
    write_chart(s, outcomes);
    write_table(s, outcomes, real_diversity);
    if (status == GN_OK)
        conclude(s, outcomes);
    return status;
}

int main(int argc, char **argv)
{
    return study_main(argc, argv,
                      &(study_plan){.name = "gan_mlp",
                                    .title = "The plain GAN",
                                    .question = "How far does a GAN of dense layers without labels come, and what do "
                                                "convolutions and labels add?",
                                    .minutes = "10",
                                    .seeds = 2,
                                    .run = run});
}
