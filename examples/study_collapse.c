/* SPDX-License-Identifier: MIT */
/* examples/study_collapse.c - mode collapse, and what helps: on mixtures, on stacked digits, and when pictures are
 * few. */
#include "common/mixture_run.h"
#include "common/stacked_digits.h"
#include "common/trial.h"

#include <math.h>
#include <string.h>

/* --- mixtures, as films ------------------------------------------------------------------------------------------- */

enum {
    MIXTURE_POINTS = 320000, /* that each player sees, in batches of the size that suits the shape */
    MIXTURE_POINTS_QUICK = 1024,
    FRAMES = 20,
    SIDE = 120,
    FRAME_HUNDREDTHS = 20
};

static const char *const shape_names[] = {"ring of 8", "grid of 25"};
static const mixture_remedy filmed[] = {MIXTURE_PLAIN, MIXTURE_PACKING2, MIXTURE_STDDEV};
enum { SHAPES = 2, FILMED = sizeof filmed / sizeof *filmed };

static gn_status add_frame(mixture_run *run, gn_animation *film)
{
    gn_tensor *points = mixture_run_sample(run), *picture = gn_tensor_new(run->context, GN_SHAPE(1, SIDE, SIDE, 1));
    gn_status status = points == NULL || picture == NULL ? gn_context_status(run->context) : GN_OK;
    if (status == GN_OK)
        status = mixture_draw(run, points, picture, 0);
    if (status == GN_OK)
        status = gn_animation_add(film, picture);
    gn_tensor_free(picture);
    gn_tensor_free(points);
    return status;
}

static gn_status play_mixture(study *s, mixture_run *run, int64_t steps, gn_animation *film, gn_mode_report *found)
{
    gn_status status = GN_OK;
    for (int frame = 0; frame <= FRAMES && status == GN_OK; frame++) {
        status = mixture_run_play(run, steps * frame / FRAMES);
        if (status == GN_OK)
            status = add_frame(run, film);
    }
    if (status == GN_OK)
        status = mixture_run_score(run, found);
    return status == GN_OK ? GN_OK : gn_context_fail(s->context, status, "%s", gn_context_message(run->context));
}

static void tell_mixture(study *s, table *t, const char *shape, const char *remedy, const gn_mode_report *found)
{
    table_cell(t, "%s", shape);
    table_cell(t, "%s", remedy);
    table_cell(t, "%d", (int)found->modes);
    table_cell(t, "%.1f", 100 * found->high_quality);
    if (found->modes == 0)
        table_cell(t, "-");
    else
        table_cell(t, "%.2f", found->reverse_divergence);
    study_say(s, "%s, %s: %d modes", shape, remedy, (int)found->modes);
}

static gn_status film_mixture(study *s, int shape, mixture_remedy remedy, table *t)
{
    const int64_t batch = mixture_batch((mixture_shape)shape);
    const int64_t steps = study_size(s, MIXTURE_POINTS, MIXTURE_POINTS_QUICK) / batch;
    const char *name = mixture_remedy_name(remedy);
    char file[64], path[STUDY_PATH], caption[96];
    snprintf(file, sizeof file, "%s-%s.gif", shape == MIXTURE_RING ? "ring" : "grid", name);
    snprintf(caption, sizeof caption, "%s, %s", shape_names[shape], name);
    mixture_run run;
    gn_mode_report found = {0};
    gn_animation *film = gn_animation_new(s->context, 1, 1);
    gn_status status = mixture_run_open(&run, (mixture_shape)shape, remedy, steps, batch, (uint64_t)s->seed,
                                        (int)s->threads);
    if (status != GN_OK)
        gn_context_fail(s->context, status, "%s", gn_context_message(run.context));
    else if (film == NULL)
        status = gn_context_status(s->context);
    if (status == GN_OK)
        status = play_mixture(s, &run, steps, film, &found);
    if (status == GN_OK)
        status = gn_animation_write(film, study_path(s, file, path), FRAME_HUNDREDTHS);
    if (status == GN_OK) {
        report_picture(s->page, path, caption, caption, 2);
        tell_mixture(s, t, shape_names[shape], name, &found);
    }
    gn_animation_free(film);
    mixture_run_close(&run);
    return status;
}

static gn_status film_mixtures(study *s)
{
    table t = table_begin("mixture|remedy|modes|near a mode %|KL to even");
    gn_status status = GN_OK;
    report_heading(s->page, "Mixtures");
    report_row_begin(s->page);
    for (int i = 0; i < SHAPES * FILMED && status == GN_OK; i++)
        status = film_mixture(s, i / FILMED, filmed[i % FILMED], &t);
    report_row_end(s->page);
    char caption[256];
    snprintf(
        caption, sizeof caption,
        "One seed, %d points: films rather than a measurement. docs/gan-guide.md has what five seeds give, made by "
        "the program mixture.",
        (int)study_size(s, MIXTURE_POINTS, MIXTURE_POINTS_QUICK));
    if (study_has_numbers(status))
        study_table(s, &t, caption);
    table_free(&t);
    return status;
}

/* --- stacked digits ----------------------------------------------------------------------------------------------- */

/* The protocol of Metz et al. 2017 has 500,000 steps of 128 with a tenth of these rates, and judges 25,600 pictures. */
enum {
    PROTOCOL_STEPS = 500000,
    PROTOCOL_BATCH = 128,
    STACKED_STEPS = 1200,
    STACKED_STEPS_QUICK = 4,
    STACKED_BATCH = 64,
    STACKED_BATCH_QUICK = 16,
    BASE = 10000,
    BASE_QUICK = 300
};
enum { PORTION = 2560, PORTIONS = 10, PORTION_QUICK = 50, STACKED_SHOWN = 60 };

typedef struct remedy {
    const char *name, *file;
    small_gan networks;
    gn_gan_options game;
} remedy;

static const remedy remedies[] = {
    {.name = "plain", .file = "plain"},
    {.name = "residual generator", .file = "residual", .networks = {.residual = true}},
    {.name = "minibatch discrimination", .file = "discrimination", .networks = {.batch_layer = SMALL_DISCRIMINATION}},
    {.name = "minibatch stddev", .file = "stddev", .networks = {.batch_layer = SMALL_STDDEV}},
    {.name = "packing 2", .file = "packing2", .networks = {.packing = 2}},
    {.name = "unrolled, 1 step", .file = "unrolled", .game = {.unrolled_steps = 1}},
};

enum { REMEDIES = sizeof remedies / sizeof *remedies };

typedef struct stacked_outcome {
    estimate modes, divergence;
} stacked_outcome;

static gn_status add_numbers(trial *t, int64_t portion, gn_tensor *numbers)
{
    const int64_t count = study_size(t->study, PORTION, PORTION_QUICK);
    gn_context *context = t->study->context;
    gn_tensor *pictures = gn_gan_sample(t->gan,
                                        &(gn_sample_options){.seed = (uint64_t)(100 + portion), .per_class = count});
    gn_tensor *part = gn_tensor_new(context, GN_SHAPE(count));
    gn_status status = pictures == NULL ? trial_check(t, gn_context_status(t->context))
                                        : digit_classifier_read(&t->study->classifier, pictures, part);
    if (status == GN_OK)
        memcpy(gn_tensor_data(numbers) + portion * count, gn_tensor_values(part), (size_t)count * sizeof(gn_real));
    gn_tensor_free(part);
    gn_tensor_free(pictures);
    return status;
}

static gn_status count_modes(trial *t, stacked_outcome *o)
{
    const int64_t portions = study_size(t->study, PORTIONS, 1), size = study_size(t->study, PORTION, PORTION_QUICK);
    gn_tensor *numbers = gn_tensor_new(t->study->context, GN_SHAPE(portions * size));
    gn_status status = numbers == NULL ? gn_context_status(t->study->context) : GN_OK;
    for (int64_t i = 0; i < portions && status == GN_OK; i++)
        status = add_numbers(t, i, numbers);
    gn_mode_report found;
    if (status == GN_OK)
        status = gn_mode_histogram(numbers, STACKED_MODES, &found);
    if (status == GN_OK) {
        estimate_add(&o->modes, (double)found.modes);
        estimate_add(&o->divergence, found.reverse_divergence);
    }
    gn_tensor_free(numbers);
    return status;
}

static gn_status show_stacked(trial *t, const remedy *r)
{
    char file[64];
    snprintf(file, sizeof file, "stacked-%s.png", r->file);
    gn_tensor *pictures = gn_gan_sample(t->gan, &(gn_sample_options){.seed = 42, .per_class = STACKED_SHOWN});
    const gn_status status = pictures == NULL ? trial_check(t, gn_context_status(t->context))
                                              : study_pictures(t->study, pictures, 10, file, r->name);
    gn_tensor_free(pictures);
    return status;
}

static gn_status play_stacked(study *s, const remedy *r, gn_dataset *pictures, int64_t seed, stacked_outcome *o)
{
    trial_plan plan = {.networks = r->networks,
                       .generator = stacked_generator,
                       .discriminator = stacked_discriminator,
                       .pictures = pictures,
                       .batches = {.size = study_size(s, STACKED_BATCH, STACKED_BATCH_QUICK)},
                       .game = r->game};
    plan.networks.latent = STACKED_LATENT;
    plan.game.generator_optimizer = (gn_optimizer_options){.rate = 1e-3f, .beta1 = 0.5f, .beta2 = 0.99f};
    plan.game.discriminator_optimizer = (gn_optimizer_options){.rate = 2e-3f, .beta1 = 0.5f, .beta2 = 0.99f};
    trial t;
    gn_status status = trial_open(&t, s, &plan, seed);
    if (status == GN_OK)
        status = trial_run(&t, study_size(s, STACKED_STEPS, STACKED_STEPS_QUICK));
    if (status == GN_OK)
        status = count_modes(&t, o);
    if (status == GN_OK && seed == 0)
        status = show_stacked(&t, r);
    trial_close(&t);
    return status;
}

static void write_stacked(study *s, const stacked_outcome outcomes[REMEDIES])
{
    table t = table_begin("remedy|modes of 1000|KL to even");
    char text[ESTIMATE_TEXT], caption[320];
    for (int i = 0; i < REMEDIES; i++) {
        table_cell(&t, "%s", remedies[i].name);
        table_cell(&t, "%s", estimate_text(&outcomes[i].modes, 0, text));
        table_cell(&t, "%s", estimate_text(&outcomes[i].divergence, 2, text));
    }
    const int64_t steps = study_size(s, STACKED_STEPS, STACKED_STEPS_QUICK);
    const int64_t batch = study_size(s, STACKED_BATCH, STACKED_BATCH_QUICK);
    snprintf(caption, sizeof caption,
             "%d steps of %d: %.2g %% of the pictures of the protocol's %d steps of %d, at ten times its rates; %d "
             "pictures judged. %s",
             (int)steps, (int)batch, 100 * (double)(steps * batch) / PROTOCOL_STEPS / PROTOCOL_BATCH, PROTOCOL_STEPS,
             PROTOCOL_BATCH, (int)(study_size(s, PORTIONS, 1) * study_size(s, PORTION, PORTION_QUICK)), study_cells(s));
    study_table(s, &t, caption);
    table_free(&t);
}

static gn_status play_all_stacked(study *s, stacked_outcome outcomes[REMEDIES])
{
    gn_dataset *pictures = stacked_digits(s->context, s->training_set, study_size(s, BASE, BASE_QUICK),
                                          (uint64_t)s->seed);
    gn_status status = pictures == NULL ? gn_context_status(s->context) : GN_OK;
    report_heading(s->page, "Stacked digits");
    report_row_begin(s->page);
    for (int i = 0; i < REMEDIES && status == GN_OK; i++) {
        for (int64_t seed = 0; seed < s->seeds && status == GN_OK; seed++)
            status = play_stacked(s, &remedies[i], pictures, seed, &outcomes[i]);
        if (status == GN_OK)
            study_say(s, "stacked digits, %s: %.0f modes", remedies[i].name, estimate_mean(&outcomes[i].modes));
    }
    report_row_end(s->page);
    gn_dataset_free(pictures);
    if (study_has_numbers(status))
        write_stacked(s, outcomes);
    return status;
}

/* --- few pictures ------------------------------------------------------------------------------------------------- */

enum { FEW_STEPS = 800, FEW_STEPS_QUICK = 4, SHARES = 3, FEW_SHOWN = 6 };
static const int shares[SHARES] = {1, 10, 100}; /* % of the training pictures */

typedef struct few_outcome {
    estimate accuracy, frechet, diversity;
} few_outcome;

static gn_status play_few(study *s, int share, bool augmented, int64_t seed, few_outcome *o)
{
    const int64_t all = gn_dataset_count(s->training_set), part = all * shares[share] / 100;
    trial_plan plan = {.networks = {.classes = STUDY_CLASSES},
                       .batches = {.count = part < STUDY_BATCH ? STUDY_BATCH : part}};
    if (augmented)
        plan.game.augment = (gn_augment_options){.translation = 0.125f, .cutout = 0.25f, .contrast = 0.25f};
    char file[64], caption[96];
    trial t;
    judgement result;
    gn_status status = trial_make(&t, s, &plan, seed, study_size(s, FEW_STEPS, FEW_STEPS_QUICK), &result);
    if (status == GN_OK) {
        estimate_add(&o->accuracy, 100 * result.accuracy);
        estimate_add(&o->frechet, result.frechet);
        estimate_add(&o->diversity, result.diversity);
    }
    snprintf(file, sizeof file, "few-%d%s.png", shares[share], augmented ? "-augmented" : "");
    snprintf(caption, sizeof caption, "%d %% of the pictures, %s", shares[share], augmented ? "augmented" : "plain");
    if (status == GN_OK && seed == 0)
        status = study_samples(s, t.gan, FEW_SHOWN, file, caption);
    trial_close(&t);
    if (status == GN_OK)
        study_say(s, "%s: Frechet distance %.1f", caption, result.frechet);
    return status;
}

static void write_few(study *s, few_outcome outcomes[SHARES][2])
{
    table t = table_begin("training pictures|shown to D|label accuracy %|Frechet distance|diversity");
    char text[ESTIMATE_TEXT];
    for (int i = 0; i < SHARES * 2; i++) {
        const few_outcome *o = &outcomes[i / 2][i % 2];
        table_cell(&t, "%d %%", shares[i / 2]);
        table_cell(&t, "%s", i % 2 == 1 ? "augmented" : "as they are");
        table_cell(&t, "%s", estimate_text(&o->accuracy, 1, text));
        table_cell(&t, "%s", estimate_text(&o->frechet, 1, text));
        table_cell(&t, "%s", estimate_text(&o->diversity, 2, text));
    }
    char caption[256];
    snprintf(caption, sizeof caption,
             "Translation by up to 1/8, cutout of 1/4 and contrast, the same on real and generated pictures (Zhao et "
             "al. 2020). %s",
             study_cells(s));
    study_table(s, &t, caption);
    table_free(&t);
}

static gn_status play_all_few(study *s, few_outcome outcomes[SHARES][2])
{
    gn_status status = GN_OK;
    report_heading(s->page, "When pictures are few");
    report_row_begin(s->page);
    for (int i = 0; i < SHARES * 2 && status == GN_OK; i++)
        for (int64_t seed = 0; seed < s->seeds && status == GN_OK; seed++)
            status = play_few(s, i / 2, i % 2 == 1, seed, &outcomes[i / 2][i % 2]);
    report_row_end(s->page);
    if (study_has_numbers(status))
        write_few(s, outcomes);
    return status;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static void conclude(study *s, const stacked_outcome stacked[REMEDIES], few_outcome few[SHARES][2])
{
    for (int i = 1; i < REMEDIES; i++)
        report_finding(s->page, "Stacked digits, %s: %.0f modes against %.0f of the plain GAN.", remedies[i].name,
                       estimate_mean(&stacked[i].modes), estimate_mean(&stacked[0].modes));
    for (int i = 0; i < SHARES; i++)
        report_finding(s->page, "With %d %% of the pictures augmentation takes the Frechet distance from %.1f to %.1f.",
                       shares[i], estimate_mean(&few[i][0].frechet), estimate_mean(&few[i][1].frechet));
}

static gn_status run(study *s)
{
    stacked_outcome stacked[REMEDIES] = {0};
    few_outcome few[SHARES][2] = {0};
    gn_status status = film_mixtures(s);
    if (status == GN_OK)
        status = play_all_stacked(s, stacked);
    if (status == GN_OK)
        status = play_all_few(s, few);
    if (status == GN_OK)
        conclude(s, stacked, few);
    return status;
}

int main(int argc, char **argv)
{
    return study_main(argc, argv,
                      &(study_plan){.name = "study_collapse",
                                    .title = "Mode collapse",
                                    .question = "When does a generator lose modes, and which remedies bring them back?",
                                    .minutes = "28",
                                    .seeds = 2,
                                    .run = run});
}
