/* SPDX-License-Identifier: MIT */
/* examples/study_variants.c - dcgan's two variants side by side: the same networks, batch norm with momentum 0.99 and
 * with 0.8. */
#include "common/dcgan_network.h"
#include "common/dcgan_report.h"
#include "common/trial.h"

#include <math.h>
#include <string.h>

enum { STEPS = 600, QUICK_STEPS = 4, POINTS = 12, QUICK_POINTS = 2, SHOWN = 10, FRAME_HUNDREDTHS = 25 };

/* By point, in what the charts show. */
enum { ACCURACY, FRECHET, GAP, D_LOSS, G_LOSS, FIGURES };

typedef struct outcome {
    double steps[POINTS + 1], figures[FIGURES][POINTS + 1];
    judgement last;
} outcome;

/* --- a game ------------------------------------------------------------------------------------------------------- */

static gn_module *generator(gn_context *context, const small_gan *networks)
{
    return dcgan_generator(context, &dcgan_digits, networks->momentum);
}

static gn_module *simple_discriminator(gn_context *context, const small_gan *networks)
{
    (void)networks;
    return dcgan_discriminator(context, &dcgan_digits, DCGAN_SIMPLE);
}

static gn_module *momentum_discriminator(gn_context *context, const small_gan *networks)
{
    (void)networks;
    return dcgan_discriminator(context, &dcgan_digits, DCGAN_MOMENTUM);
}

static const struct {
    const char *name;
    dcgan_variant variant;
    network_maker discriminator;
} kinds[] = {
    {"simple", DCGAN_SIMPLE, simple_discriminator},
    {"momentum", DCGAN_MOMENTUM, momentum_discriminator},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static gn_status open_game(trial *t, study *s, int kind)
{
    const dcgan_variant variant = kinds[kind].variant;
    const trial_plan plan = {
        .networks = {.latent = DCGAN_LATENT, .classes = DCGAN_CLASSES, .momentum = dcgan_momentum(variant)},
        .generator = generator,
        .discriminator = kinds[kind].discriminator,
        .game = dcgan_options(variant, DCGAN_CLASSES, NULL, NULL, 0)};
    return trial_open(t, s, &plan, 0);
}

static int points_of(const study *s)
{
    return (int)study_size(s, POINTS, QUICK_POINTS);
}

static gn_status look(trial *t, gn_animation *film, judgement *result)
{
    gn_tensor *frame = gn_gan_sample(t->gan, &(gn_sample_options){.seed = 42, .per_class = SHOWN});
    gn_status status = frame == NULL ? gn_context_status(t->context) : gn_animation_add(film, frame);
    gn_tensor_free(frame);
    status = trial_check(t, status);
    return status == GN_OK ? trial_judge(t, result) : status;
}

static gn_status follow(trial *t, gn_animation *film, outcome *o)
{
    const int points = points_of(t->study);
    gn_status status = GN_OK;
    for (int point = 0; point <= points && status == GN_OK; point++) {
        status = trial_run(t, study_size(t->study, STEPS, QUICK_STEPS) * point / points);
        if (status == GN_OK)
            status = look(t, film, &o->last);
        const gn_gan_report *now = &t->report; /* says nothing before the first step */
        const double figures[FIGURES] = {100 * o->last.accuracy, o->last.frechet,
                                         point == 0 ? NAN : now->g_batch_norm_gap, point == 0 ? NAN : now->d_loss,
                                         point == 0 ? NAN : now->g_loss};
        o->steps[point] = (double)gn_gan_steps(t->gan);
        for (int i = 0; i < FIGURES; i++)
            o->figures[i][point] = figures[i];
    }
    return status;
}

static gn_status show(trial *t, const gn_animation *film, const char *name)
{
    char file[64], path[STUDY_PATH], caption[128];
    snprintf(file, sizeof file, "%s.gif", name);
    snprintf(caption, sizeof caption, "The %s variant, from the first step to the last", name);
    const gn_status status = gn_animation_write(film, study_path(t->study, file, path), FRAME_HUNDREDTHS);
    if (status == GN_OK)
        report_picture(t->study->page, path, caption, caption, 1);
    return trial_check(t, status);
}

static gn_status play(study *s, int kind, outcome *o)
{
    trial t;
    gn_status status = open_game(&t, s, kind);
    gn_animation *film = status == GN_OK ? gn_animation_new(t.context, SHOWN, 1) : NULL;
    if (status == GN_OK)
        status = film == NULL ? trial_check(&t, gn_context_status(t.context)) : follow(&t, film, o);
    if (status == GN_OK)
        status = show(&t, film, kinds[kind].name);
    gn_animation_free(film);
    trial_close(&t);
    return status;
}

/* --- how the networks are built ----------------------------------------------------------------------------------- */

static gn_status draw_part(trial *t, const char *name, const gn_diagram_part *part, const char *which)
{
    char file[64], path[STUDY_PATH], caption[128];
    snprintf(file, sizeof file, "%s-%s.svg", name, which);
    snprintf(caption, sizeof caption, "%s of the %s variant", which, name);
    gn_status status = gn_diagram_write(t->context, study_path(t->study, file, path), part, 1);
    char *summary = status == GN_OK ? gn_summary(part->module, part->inputs, part->count) : NULL;
    if (status == GN_OK && summary == NULL)
        status = gn_context_status(t->context);
    if (status == GN_OK) {
        report_picture(t->study->page, path, caption, caption, 1);
        report_listing(t->study->page, summary);
    }
    gn_text_free(t->context, summary);
    return trial_check(t, status);
}

static gn_status draw_parts(trial *t, const char *name)
{
    const gn_shape noise[] = {GN_SHAPE(1, DCGAN_LATENT), GN_SHAPE(1, DCGAN_CLASSES)};
    const gn_shape picture[] = {GN_SHAPE(1, 28, 28, 1), GN_SHAPE(1, DCGAN_CLASSES)};
    const char *const to_generator[] = {"noise", "label"}, *const to_discriminator[] = {"picture", "label"};
    const gn_status status = draw_part(t, name, &(gn_diagram_part){t->generator, noise, to_generator, 2, "picture"},
                                       "generator");
    if (status != GN_OK)
        return status;
    return draw_part(t, name, &(gn_diagram_part){t->discriminator, picture, to_discriminator, 2, "logit"},
                     "discriminator");
}

static gn_status draw_whole(trial *t)
{
    char path[STUDY_PATH];
    const gn_status status = dcgan_diagram_write(t->context, study_path(t->study, "whole.svg", path), &dcgan_digits,
                                                 t->generator, t->discriminator);
    report_heading(t->study->page, "The whole");
    if (status == GN_OK)
        report_picture(t->study->page, path, "both networks of a game",
                       "D judges what G draws, and real pictures; both are told the label.", 1);
    return trial_check(t, status);
}

/* Each of the four networks alone, and the two of a game together. */
static gn_status draw_networks(study *s)
{
    gn_status status = GN_OK;
    report_heading(s->page, "The four networks");
    for (int kind = 0; kind < KINDS && status == GN_OK; kind++) {
        trial t;
        status = open_game(&t, s, kind);
        if (status == GN_OK)
            status = draw_parts(&t, kinds[kind].name);
        if (status == GN_OK && kind == KINDS - 1)
            status = draw_whole(&t);
        trial_close(&t);
    }
    return status;
}

/* --- the report --------------------------------------------------------------------------------------------------- */

static void write_chart(study *s, const outcome outcomes[KINDS], int figure, chart c, const char *caption)
{
    c.x_label = "steps";
    for (int i = 0; i < KINDS; i++)
        c.lines[i] = (chart_line){kinds[i].name, outcomes[i].steps, outcomes[i].figures[figure], NULL,
                                  (size_t)points_of(s) + 1};
    report_chart(s->page, &c, caption);
}

static void write_numbers(study *s, const outcome outcomes[KINDS])
{
    const int last = points_of(s);
    table t = table_begin("variant|label accuracy %|Frechet distance|diversity|D's loss|G's loss|batch norm gap");
    for (int i = 0; i < KINDS; i++) {
        const outcome *o = &outcomes[i];
        table_cell(&t, "%s", kinds[i].name);
        table_cell(&t, "%.1f", o->figures[ACCURACY][last]);
        table_cell(&t, "%.1f", o->figures[FRECHET][last]);
        table_cell(&t, "%.2f", o->last.diversity);
        table_cell(&t, "%.3f", o->figures[D_LOSS][last]);
        table_cell(&t, "%.3f", o->figures[G_LOSS][last]);
        table_cell(&t, "%.3f", o->figures[GAP][last]);
    }
    char caption[96];
    snprintf(caption, sizeof caption, "After %d steps of %d, one seed.", (int)outcomes[0].steps[last], STUDY_BATCH);
    study_table(s, &t, caption);
    table_free(&t);
}

static void write_charts(study *s, const outcome outcomes[KINDS])
{
    write_chart(s, outcomes, ACCURACY, (chart){.title = "Label accuracy", .y_label = "%", .high = 100},
                "Of samples drawn with running averages.");
    write_chart(s, outcomes, FRECHET, (chart){.title = "Frechet distance", .y_label = "Frechet distance"},
                "Lower is better.");
    write_chart(s, outcomes, GAP, (chart){.title = "Gap of the batch norms", .y_label = "gap"},
                "How far running averages are from the batch's statistics.");
    write_chart(s, outcomes, D_LOSS, (chart){.title = "D's loss", .y_label = "loss"},
                "Of the step that was the last before each look.");
    write_chart(s, outcomes, G_LOSS, (chart){.title = "G's loss", .y_label = "loss"},
                "Of the step that was the last before each look.");
}

/* All of it: what was computed from equal bits is equal to the last bit. */
static bool same_losses(const study *s, const outcome *a, const outcome *b)
{
    const size_t size = (size_t)points_of(s) * sizeof a->figures[0][0];
    return memcmp(a->figures[D_LOSS] + 1, b->figures[D_LOSS] + 1, size) == 0 &&
           memcmp(a->figures[G_LOSS] + 1, b->figures[G_LOSS] + 1, size) == 0;
}

static void conclude(study *s, const outcome outcomes[KINDS])
{
    report_finding(s->page,
                   "The losses of the two variants are %s at all %d looks: they are trained by fakes in training mode, "
                   "where no running average is read. What differs is how samples look early on, while the averages of "
                   "momentum 0.99 lag behind. study_momentum asks where else it matters.",
                   same_losses(s, &outcomes[0], &outcomes[1]) ? "the same bits" : "not the same", points_of(s));
}

static gn_status run(study *s)
{
    outcome outcomes[KINDS] = {0};
    gn_status status = GN_OK;
    report_heading(s->page, "Samples, always from the same noise");
    report_row_begin(s->page);
    for (int kind = 0; kind < KINDS && status == GN_OK; kind++) {
        status = play(s, kind, &outcomes[kind]);
        if (status == GN_OK)
            study_say(s, "%s: label accuracy %.1f %%", kinds[kind].name, 100 * outcomes[kind].last.accuracy);
    }
    report_row_end(s->page);
    if (status != GN_OK)
        return status;
    report_heading(s->page, "Numbers");
    write_numbers(s, outcomes);
    write_charts(s, outcomes);
    conclude(s, outcomes);
    return draw_networks(s);
}

int main(int argc, char **argv)
{
    return study_main(
        argc, argv,
        &(study_plan){
            .name = "study_variants",
            .title = "The two DC-GANs side by side",
            .question = "What do the simple and the momentum-BN variant of dcgan draw, and how are they built?",
            .minutes = "8",
            .run = run});
}
