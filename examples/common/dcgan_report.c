/* SPDX-License-Identifier: MIT */
/* examples/common/dcgan_report.c - a run of dcgan as one page: curves, pictures and what the networks are made of. */
#include "common/dcgan_report.h"

#include "common/dcgan_network.h"
#include "common/plural.h"
#include "common/report.h"
#include "common/training_log.h"

#include <inttypes.h>
#include <stdlib.h>

gn_status dcgan_diagram_write(gn_context *context, const char *path, const dcgan_pictures *pictures,
                              gn_module *generator, gn_module *discriminator)
{
    const int64_t size = pictures->size, classes = pictures->classes;
    const gn_shape noise[] = {GN_SHAPE(1, DCGAN_LATENT), GN_SHAPE(1, classes)};
    const gn_shape picture[] = {GN_SHAPE(1, size, size, pictures->channels), GN_SHAPE(1, classes)};
    const char *const to_generator[] = {"noise", "label"};
    const char *const to_discriminator[] = {"drawn or real picture", "label"};
    const gn_diagram_part parts[] = {{generator, noise, to_generator, 2, "picture"},
                                     {discriminator, picture, to_discriminator, 2, "real? (logit)"}};
    return gn_diagram_write(context, path, parts, 2);
}

static void add_chart(report *page, const training_log *log, chart c, const char *const *columns, const char *caption)
{
    c.x_label = "steps";
    for (int i = 0; i < CHART_LINES && columns[i] != NULL; i++) {
        const double *y = training_log_column(log, columns[i]);
        c.lines[i] = (chart_line){columns[i], log->columns[LOG_STEP], y, NULL, y == NULL ? 0 : log->rows};
    }
    report_chart(page, &c, caption);
}

static void add_curves(report *page, const training_log *log)
{
    static const char *const losses[] = {"d_loss", "g_loss", NULL};
    static const char *const outputs[] = {"d_real", "d_fake", NULL};
    static const char *const rights[] = {"real_right", "fake_right", "real_wrong", NULL};
    static const char *const norms[] = {"d_gradient_norm", "g_gradient_norm", NULL};
    static const char *const gaps[] = {"g_batch_norm_gap", NULL};
    report_heading(page, "Curves");
    add_chart(page, log, (chart){.title = "Losses", .y_label = "loss"}, losses, "What each player pays.");
    add_chart(page, log, (chart){.title = "What D says", .y_label = "probability", .high = 1}, outputs,
              "Mean of sigmoid(logit): 1 for real, 0 for drawn. Where both are near 0.5, D cannot tell.");
    add_chart(page, log, (chart){.title = "How often D is right", .y_label = "share", .high = 1}, rights,
              "Of real and drawn pictures, and of real ones with a wrong label where these are shown.");
    add_chart(page, log, (chart){.title = "Gradients", .y_label = "length", .logarithmic = true}, norms,
              "Over all parameters of a player. A vanishing one means that it no longer learns.");
    add_chart(page, log, (chart){.title = "Batch norm", .y_label = "gap"}, gaps,
              "How far G's running averages are from its batches' statistics: samples are drawn with the former.");
}

/* Every option and its value, as they are in the configuration of the run. */
static void add_settings(report *page, json_t *config)
{
    table t = table_begin("setting|value");
    const char *key;
    json_t *value;
    json_object_foreach(config, key, value)
    {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        table_cell(&t, "%s", key);
        table_cell(&t, "%s", text == NULL ? "" : text);
        free(text);
    }
    report_table(page, &t, "The same settings give the same run, bit for bit.");
    table_free(&t);
}

static void fill(report *page, const dcgan_run *run, const training_log *log)
{
    report_heading(page, "Pictures");
    report_row_begin(page);
    report_picture(page, run->folder.samples, "samples, a row for each class", "Now: a row for each class.", 1);
    if (gn_animation_frames(run->animation) > 0)
        report_picture(page, run->folder.animation, "the same samples from the first step on",
                       "From the first step on, always from the same noise.", 1);
    report_row_end(page);
    add_curves(page, log);
    report_heading(page, "Networks");
    report_picture(page, run->folder.diagram, "the layers of both networks", "Drawn from the modules themselves.", 1);
    report_heading(page, "Settings");
    add_settings(page, run->config);
    const int threads = gn_context_threads(run->context);
    const double seconds = run->folder.seconds;
    report_text(page, "%s; %.0f second%s of training on %d thread%s.", gn_build_info(), seconds,
                plural_rounded(seconds), threads, plural(threads));
}

gn_status dcgan_report_write(dcgan_run *run)
{
    char summary[128];
    snprintf(summary, sizeof summary, "A conditional DC-GAN after %" PRId64 " step%s.", gn_gan_steps(run->gan),
             plural(gn_gan_steps(run->gan)));
    gn_status status = dcgan_diagram_write(run->context, run->folder.diagram, &run->drawn, run->generator,
                                           run->discriminator);
    if (status != GN_OK)
        return status;
    training_log log;
    report *page = report_new(run->context, "dcgan", summary);
    status = page == NULL ? gn_context_status(run->context)
                          : training_log_read(run->context, run->folder.log_path, &log);
    if (status == GN_OK) {
        fill(page, run, &log);
        training_log_free(&log);
        status = report_write(page, run->folder.report);
    }
    report_free(page);
    return status;
}
