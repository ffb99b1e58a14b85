/* SPDX-License-Identifier: MIT */
/* examples/study_variants.c - dcgan's two variants side by side: the same networks, batch norm with momentum 0.99 and with 0.8. */
#include "common/dcgan_network.h"
#include "common/dcgan_report.h"
#include "common/play.h"
#include "common/study.h"

#include <math.h>

enum {
    STEPS = 600,
    QUICK_STEPS = 4,
    POINTS = 12,
    QUICK_POINTS = 2,
    SHOWN = 10,
    FRAME_HUNDREDTHS = 25,
    JUDGED = 100,
    JUDGED_QUICK = 10
};

static const struct {
    const char *name;
    dcgan_variant variant;
} kinds[] = {{"simple", DCGAN_SIMPLE}, {"momentum", DCGAN_MOMENTUM}};

enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct outcome {
    double steps[POINTS + 1], accuracy[POINTS + 1], frechet[POINTS + 1], gap[POINTS + 1];
    double d_loss[POINTS + 1], g_loss[POINTS + 1];
    judgement last;
} outcome;

typedef struct contest {
    study *study;
    gn_context *context;
    gn_batches *batches;
    gn_module *generator, *discriminator;
    gn_gan *gan;
    gn_animation *film;
    gn_gan_report latest;
} contest;

static gn_status pass_on(const contest *c, gn_status status)
{
    return status == GN_OK ? GN_OK : gn_context_fail(c->study->context, status, "%s", gn_context_message(c->context));
}

static gn_status contest_open(contest *c, study *s, dcgan_variant variant)
{
    const uint64_t seed = (uint64_t)s->seed;
    *c = (contest){
        .study = s,
        .context = gn_context_new(&(gn_context_options){.seed = seed, .threads = (int)s->threads}),
        .batches = gn_batches_new(s->training_set, &(gn_batches_options){.size = STUDY_BATCH, .seed = seed})};
    c->generator = dcgan_generator(c->context, &dcgan_digits, dcgan_momentum(variant));
    c->discriminator = dcgan_discriminator(c->context, &dcgan_digits, variant);
    const gn_gan_options options = dcgan_options(variant, DCGAN_CLASSES, c->generator, c->discriminator, seed);
    c->gan = gn_gan_new(c->context, &options);
    c->film = gn_animation_new(c->context, SHOWN, 1);
    if (c->batches == NULL)
        return gn_context_status(s->context);
    return c->gan == NULL || c->film == NULL ? pass_on(c, gn_context_status(c->context)) : GN_OK;
}

static void contest_close(contest *c)
{
    gn_animation_free(c->film);
    gn_gan_free(c->gan);
    gn_module_free(c->discriminator);
    gn_module_free(c->generator);
    gn_batches_free(c->batches);
    gn_context_free(c->context);
}

static gn_status train(contest *c, int64_t steps)
{
    return pass_on(c, play_until(c->context, c->gan, c->batches, steps, &c->latest));
}

static gn_status look(contest *c, judgement *result)
{
    gn_context *context = c->study->context;
    gn_tensor *labels = judge_labels(context, study_size(c->study, JUDGED, JUDGED_QUICK));
    gn_tensor *frame = gn_gan_sample(c->gan, &(gn_sample_options){.seed = 42, .per_class = SHOWN});
    gn_tensor *pictures = labels == NULL ? NULL
                                         : gn_gan_sample(c->gan, &(gn_sample_options){.seed = 1, .labels = labels});
    gn_status status = frame == NULL || pictures == NULL ? pass_on(c, GN_ERROR_MEMORY)
                                                         : pass_on(c, gn_animation_add(c->film, frame));
    if (status == GN_OK)
        status = judge_pictures(&c->study->judge, pictures, labels, result);
    gn_tensor_free(pictures);
    gn_tensor_free(frame);
    gn_tensor_free(labels);
    return status;
}

static int points_of(const study *s)
{
    return (int)study_size(s, POINTS, QUICK_POINTS);
}

static gn_status follow(contest *c, outcome *o)
{
    gn_status status = GN_OK;
    for (int point = 0; point <= points_of(c->study) && status == GN_OK; point++) {
        status = train(c, study_size(c->study, STEPS, QUICK_STEPS) * point / points_of(c->study));
        if (status == GN_OK)
            status = look(c, &o->last);
        o->steps[point] = (double)gn_gan_steps(c->gan);
        o->accuracy[point] = 100 * o->last.accuracy;
        o->frechet[point] = o->last.frechet;
        o->gap[point] = point == 0 ? NAN : c->latest.g_batch_norm_gap;
        o->d_loss[point] = point == 0 ? NAN : c->latest.d_loss;
        o->g_loss[point] = point == 0 ? NAN : c->latest.g_loss;
    }
    return status;
}

static gn_status show(contest *c, const char *name)
{
    char file[64], path[STUDY_PATH], caption[128];
    snprintf(file, sizeof file, "%s.gif", name);
    snprintf(caption, sizeof caption, "The %s variant, from the first step to the last", name);
    gn_status status = pass_on(c, gn_animation_write(c->film, study_path(c->study, file, path), FRAME_HUNDREDTHS));
    if (status == GN_OK)
        report_picture(c->study->page, path, caption, caption, 1);
    return status;
}

static gn_status draw_part(contest *c, const char *name, const gn_diagram_part *part, const char *which)
{
    char file[64], path[STUDY_PATH], caption[128];
    snprintf(file, sizeof file, "%s-%s.svg", name, which);
    snprintf(caption, sizeof caption, "%s of the %s variant", which, name);
    const gn_status status = gn_diagram_write(c->context, study_path(c->study, file, path), part, 1);
    if (status == GN_OK)
        report_picture(c->study->page, path, caption, caption, 1);
    return pass_on(c, status);
}

static gn_status draw(contest *c, const char *name)
{
    const gn_shape noise[] = {GN_SHAPE(1, DCGAN_LATENT), GN_SHAPE(1, DCGAN_CLASSES)};
    const gn_shape picture[] = {GN_SHAPE(1, 28, 28, 1), GN_SHAPE(1, DCGAN_CLASSES)};
    const char *const to_generator[] = {"noise", "label"}, *const to_discriminator[] = {"picture", "label"};
    gn_status status = draw_part(c, name, &(gn_diagram_part){c->generator, noise, to_generator, 2, "picture"},
                                 "generator");
    if (status == GN_OK)
        status = draw_part(c, name, &(gn_diagram_part){c->discriminator, picture, to_discriminator, 2, "logit"},
                           "discriminator");
    return status;
}

static gn_status draw_whole(contest *c)
{
    char path[STUDY_PATH];
    const gn_status status = dcgan_diagram_write(c->context, study_path(c->study, "whole.svg", path), &dcgan_digits,
                                                 c->generator, c->discriminator);
    report_heading(c->study->page, "The whole");
    if (status == GN_OK)
        report_picture(c->study->page, path, "both networks of a game",
                       "D judges what G draws, and real pictures; both are told the label.", 1);
    return pass_on(c, status);
}

/* --- the report -------------------------------------------------------------------------------------------------------------------- */

static void add_chart(study *s, const outcome outcomes[KINDS], size_t place, chart c, const char *caption)
{
    c.x_label = "steps";
    for (int i = 0; i < KINDS; i++) {
        const double *y = (const double *)(const void *)((const char *)&outcomes[i] + place);
        c.lines[i] = (chart_line){kinds[i].name, outcomes[i].steps, y, NULL, (size_t)points_of(s) + 1};
    }
    report_chart(s->page, &c, caption);
}

static void write_numbers(study *s, const outcome outcomes[KINDS])
{
    const int last = points_of(s);
    table t = table_begin("variant|label accuracy %|Frechet distance|diversity|D's loss|G's loss|batch norm gap");
    for (int i = 0; i < KINDS; i++) {
        table_cell(&t, "%s", kinds[i].name);
        table_cell(&t, "%.1f", 100 * outcomes[i].last.accuracy);
        table_cell(&t, "%.1f", outcomes[i].last.frechet);
        table_cell(&t, "%.2f", outcomes[i].last.diversity);
        table_cell(&t, "%.3f", outcomes[i].d_loss[last]);
        table_cell(&t, "%.3f", outcomes[i].g_loss[last]);
        table_cell(&t, "%.3f", outcomes[i].gap[last]);
    }
    report_heading(s->page, "Numbers");
    add_chart(s, outcomes, offsetof(outcome, accuracy), (chart){.title = "Label accuracy", .y_label = "%", .high = 100},
              "Of samples drawn with running averages.");
    add_chart(s, outcomes, offsetof(outcome, frechet),
              (chart){.title = "Frechet distance", .y_label = "Frechet distance"}, "Lower is better.");
    add_chart(s, outcomes, offsetof(outcome, gap), (chart){.title = "Gap of the batch norms", .y_label = "gap"},
              "How far running averages are from the batch's statistics.");
    char caption[96];
    snprintf(caption, sizeof caption, "After %d steps of %d, one seed.", (int)outcomes[0].steps[last], STUDY_BATCH);
    study_table(s, &t, caption);
    table_free(&t);
}

static gn_status play(study *s, int kind, outcome *o)
{
    contest c;
    gn_status status = contest_open(&c, s, kinds[kind].variant);
    if (status == GN_OK)
        status = follow(&c, o);
    if (status == GN_OK)
        status = show(&c, kinds[kind].name);
    contest_close(&c);
    return status;
}

/* Each of the four alone, or the two of a game together. */
static gn_status draw_networks(study *s, int kind, bool whole)
{
    contest c;
    gn_status status = contest_open(&c, s, kinds[kind].variant);
    if (status == GN_OK)
        status = whole ? draw_whole(&c) : draw(&c, kinds[kind].name);
    contest_close(&c);
    return status;
}

static gn_status draw_all(study *s)
{
    gn_status status = GN_OK;
    report_heading(s->page, "The four networks");
    for (int kind = 0; kind < KINDS && status == GN_OK; kind++)
        status = draw_networks(s, kind, false);
    return status == GN_OK ? draw_networks(s, 0, true) : status;
}

static gn_status run(study *s)
{
    outcome outcomes[KINDS] = {0};
    gn_status status = GN_OK;
    report_heading(s->page, "Samples, always from the same noise");
    report_row_begin(s->page);
    for (int kind = 0; kind < KINDS && status == GN_OK; kind++) {
        status = play(s, kind, &outcomes[kind]);
        study_say(s, "%s: label accuracy %.1f %%", kinds[kind].name, 100 * outcomes[kind].last.accuracy);
    }
    report_row_end(s->page);
    if (status != GN_OK)
        return status;
    write_numbers(s, outcomes);
    const bool same = outcomes[0].d_loss[points_of(s)] <= outcomes[1].d_loss[points_of(s)] &&
                      outcomes[0].d_loss[points_of(s)] >= outcomes[1].d_loss[points_of(s)];
    report_finding(s->page,
                   "The losses of the two variants are %s: they are trained by fakes in training mode, where no "
                   "running average is "
                   "read. What differs is how samples look early on, while the averages of momentum 0.99 lag behind. "
                   "study_momentum "
                   "asks where else it matters.",
                   same ? "the same bits" : "not the same");
    return draw_all(s);
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
            .seeds = 1,
            .run = run});
}
