/* SPDX-License-Identifier: MIT */
/* examples/text2image.c - draws what a caption says: a text encoder and a GAN that is conditioned on it (after Reed et
 * al. 2016). */
#include "common/board.h"
#include "common/event.h"
#include "common/interrupt.h"
#include "common/option_rows.h"
#include "common/output.h"
#include "common/plain_file.h"
#include "common/report.h"
#include "common/run_folder.h"
#include "common/text_training.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    MATCHING_STEPS = 1500,
    JUDGING_STEPS = 1500,
    QUICK_STEPS = 12,
    QUICK_SCORED = 64,
    SCORED = 2560,
    SHOWN = 8,
    STRIP = 8,
    SAMPLE_SEED = 3
};

typedef struct text2image_settings {
    const char *caption, *to, *model, *out, *tensorboard;
    int64_t steps, count, seed, threads;
    double interpolation;
    bool quick, quiet, json;
} text2image_settings;

/* --- drawing ------------------------------------------------------------------------------------------------------ */

/* Row i: on the straight way from the first caption's vector to the last one's. */
static gn_tensor *blend(gn_context *context, const gn_tensor *ends, int64_t count)
{
    gn_tensor *rows = gn_tensor_new(context, GN_SHAPE(count, TEXT_SIZE));
    const int64_t last = gn_tensor_shape(ends).size[0] - 1;
    for (int64_t i = 0; rows != NULL && i < count; i++)
        gn_latent_linear(gn_tensor_values(ends), gn_tensor_values(ends) + last * TEXT_SIZE, TEXT_SIZE,
                         count < 2 ? 0 : (gn_real)i / (gn_real)(count - 1), gn_tensor_data(rows) + i * TEXT_SIZE);
    return rows;
}

/* The same noise in every row, so that only the text changes. */
static gn_tensor *same_noise(gn_context *context, int64_t count, uint64_t seed)
{
    gn_tensor *noise = gn_latent_draw(context, &(gn_latent){.size = TEXT_LATENT}, count, seed, 0);
    for (int64_t i = 1; noise != NULL && i < count; i++)
        memcpy(gn_tensor_data(noise) + i * TEXT_LATENT, gn_tensor_values(noise), TEXT_LATENT * sizeof(gn_real));
    return noise;
}

static gn_status write_pictures(gn_context *context, gn_module *generator, const gn_tensor *rows,
                                const gn_tensor *noise, uint64_t seed, int64_t columns, const char *path)
{
    gn_tensor *pictures = gn_generator_sample(generator, TEXT_SIZE, &(gn_latent){.size = TEXT_LATENT},
                                              &(gn_sample_options){.seed = seed, .labels = rows, .noise = noise});
    const gn_status status = pictures == NULL ? gn_context_status(context)
                                              : gn_image_grid_write(path, pictures, columns, 2);
    gn_tensor_free(pictures);
    return status;
}

/* A row of pictures of a caption, or, with a second one, on the way to it. */
static gn_status draw_captions(gn_context *context, gn_module *encoder, gn_module *generator, const char *caption,
                               const char *to, int64_t count, uint64_t seed, const char *path)
{
    const char *const captions[] = {caption, to};
    gn_tensor *ends = text_vectors(context, encoder, captions, to == NULL ? 1 : 2);
    gn_tensor *rows = ends == NULL ? NULL : blend(context, ends, count);
    gn_tensor *noise = to == NULL ? NULL : same_noise(context, count, seed);
    const gn_status status = rows == NULL || (to != NULL && noise == NULL)
                                 ? gn_context_status(context)
                                 : write_pictures(context, generator, rows, noise, seed, count, path);
    gn_tensor_free(noise);
    gn_tensor_free(rows);
    gn_tensor_free(ends);
    return status;
}

static gn_status name_file(gn_context *context, char path[PATH_SIZE], const char *folder, const char *file)
{
    if (snprintf(path, PATH_SIZE, "%s/%s", folder, file) < PATH_SIZE)
        return GN_OK;
    return gn_context_fail(context, GN_ERROR_ARGUMENT, "the name of the folder is too long");
}

static gn_status load(gn_context *context, gn_module *module, const char *folder, const char *file)
{
    char path[PATH_SIZE];
    const gn_status status = module == NULL ? gn_context_status(context) : name_file(context, path, folder, file);
    return status == GN_OK ? gn_module_load(module, path) : status;
}

static gn_status draw(gn_context *context, const text2image_settings *settings)
{
    gn_module *encoder = text_encoder(context), *generator = text_generator(context);
    gn_status status = load(context, encoder, settings->model, "encoder.safetensors");
    if (status == GN_OK)
        status = load(context, generator, settings->model, "generator.safetensors");
    if (status == GN_OK)
        status = draw_captions(context, encoder, generator, settings->caption, settings->to, settings->count,
                               (uint64_t)settings->seed, settings->out);
    if (status == GN_OK && settings->json)
        event_print("wrote", json_pack("{s:s}", "file", settings->out));
    else if (status == GN_OK && !settings->quiet)
        printf("wrote %s\n", settings->out);
    gn_module_free(generator);
    gn_module_free(encoder);
    return status;
}

/* --- training ----------------------------------------------------------------------------------------------------- */

static const char *const shown[] = {
    "a thin green seven leaning left on a dark background",
    "a big bold red three leaning right on a light background",
    "a small blue zero upright on a dark background",
    "a large yellow eight straight on a black background",
    "draw the big four in purple, leaning left",
    "two digits, a red three above a small blue one",
    "two digits, a green five to the left of a pink two",
    "a tiny orange six upright on a white background",
};

enum { CAPTIONS = sizeof shown / sizeof *shown };

/* A text_saver. */
static gn_status save(const text_training *t, const void *user)
{
    const text2image_settings *settings = user;
    char path[PATH_SIZE];
    gn_status status = name_file(t->context, path, settings->out, "encoder.safetensors");
    if (status == GN_OK)
        status = gn_module_save(t->encoder, path, "{\"program\":\"text2image\"}");
    if (status == GN_OK)
        status = name_file(t->context, path, settings->out, "generator.safetensors");
    return status == GN_OK ? gn_module_save(t->average, path, "{\"program\":\"text2image\"}") : status;
}

/* A row for each of the captions. */
static gn_status show_captions(const text_training *t, const text2image_settings *settings, report *page)
{
    char path[PATH_SIZE];
    gn_tensor *vectors = text_vectors(t->context, t->encoder, shown, CAPTIONS);
    gn_tensor *rows = vectors == NULL ? NULL : gn_tensor_new(t->context, GN_SHAPE(CAPTIONS * SHOWN, TEXT_SIZE));
    for (int64_t i = 0; rows != NULL && i < CAPTIONS * SHOWN; i++)
        memcpy(gn_tensor_data(rows) + i * TEXT_SIZE, gn_tensor_values(vectors) + i / SHOWN * TEXT_SIZE,
               TEXT_SIZE * sizeof(gn_real));
    gn_status status = rows == NULL ? gn_context_status(t->context)
                                    : name_file(t->context, path, settings->out, "captions.png");
    if (status == GN_OK)
        status = write_pictures(t->context, t->average, rows, NULL, SAMPLE_SEED, SHOWN, path);
    gn_tensor_free(rows);
    gn_tensor_free(vectors);
    if (status != GN_OK)
        return status;
    report_heading(page, "Captions");
    for (int i = 0; i < CAPTIONS; i++)
        report_text(page, "Row %d: %s", i + 1, shown[i]);
    report_picture(page, path, "eight pictures for each caption", "Eight pictures for each, from eight noises.", 1);
    return GN_OK;
}

static gn_status show_ways(const text_training *t, const text2image_settings *settings, report *page)
{
    static const struct {
        const char *from, *to, *file;
    } ways[] = {{"a big red three upright on a dark background", "a big blue three upright on a dark background",
                 "way-colour.png"},
                {"a big green one upright on a dark background", "a big green seven upright on a dark background",
                 "way-digit.png"},
                {"a big pink five leaning left on a dark background",
                 "a big pink five leaning right on a light background", "way-slant.png"}};
    gn_status status = GN_OK;
    report_heading(page, "From one caption to another");
    for (size_t i = 0; i < sizeof ways / sizeof *ways && status == GN_OK; i++) {
        char path[PATH_SIZE], caption[512];
        status = name_file(t->context, path, settings->out, ways[i].file);
        if (status == GN_OK)
            status = draw_captions(t->context, t->encoder, t->average, ways[i].from, ways[i].to, STRIP, SAMPLE_SEED,
                                   path);
        snprintf(caption, sizeof caption, "From \"%s\" to \"%s\", one noise.", ways[i].from, ways[i].to);
        if (status == GN_OK)
            report_picture(page, path, caption, caption, 1);
    }
    return status;
}

enum { KINDS = 4 };

static gn_status measure(text_training *t, int64_t count, text_score scores[KINDS])
{
    gn_status status = GN_OK;
    for (int i = 0; i < KINDS && status == GN_OK; i++)
        status = text_training_score(t, count, i % 2 == 1, i >= 2, &scores[i]);
    return status;
}

static void tell_table(const text2image_settings *settings, const table *t, const char *caption)
{
    if (settings->json) {
        event_print("table", json_pack("{s:s, s:o}", "caption", caption, "rows", table_json(t)));
    } else if (!settings->quiet) {
        printf("\n%s\n\n", caption);
        table_print(t, stdout);
        putchar('\n');
    }
}

static void write_table(report *page, const text_score scores[KINDS], double matched, int64_t count,
                        const text2image_settings *settings)
{
    static const double chances[SCENE_HEADS + 1] = {1.0 / SCENE_DIGITS, 1.0 / SCENE_COLOURS, 1.0 / SCENE_SIZES,
                                                    1.0 / SCENE_SLANTS,
                                                    1.0 / (SCENE_DIGITS * SCENE_COLOURS * SCENE_SIZES * SCENE_SLANTS)};
    table t = table_begin("right %|real, seen|real, held out|drawn, seen|drawn, held out|by chance");
    for (int head = 0; head <= SCENE_HEADS; head++) {
        table_cell(&t, "%s", head == SCENE_HEADS ? "all four" : scene_head_name(head));
        for (int i = 0; i < KINDS; i++)
            table_cell(&t, "%.1f", 100 * scores[i].right[head]);
        table_cell(&t, "%.1f", 100 * chances[head]);
    }
    char caption[512];
    snprintf(caption, sizeof caption,
             "What a judge sees against what the caption asked for, in %d pictures each. The judge has learned from "
             "real scenes of all combinations; what it makes of new ones is the ceiling. Encoder: of 64 pictures the "
             "caption's own is nearest in %.1f %%.",
             (int)count, 100 * matched);
    report_heading(page, "Numbers");
    report_table(page, &t, caption);
    tell_table(settings, &t, caption);
    table_free(&t);
}

static void conclude(report *page, const text_score scores[KINDS])
{
    report_finding(
        page,
        "Of what captions ask for, drawings show the digit in %.0f %%, the colour in %.0f %%, the size in %.0f %% and "
        "the slant in %.0f %% of the cases; for pairs of digit and colour that were never shown, %.0f, %.0f, %.0f and "
        "%.0f %%.",
        100 * scores[2].right[0], 100 * scores[2].right[1], 100 * scores[2].right[2], 100 * scores[2].right[3],
        100 * scores[3].right[0], 100 * scores[3].right[1], 100 * scores[3].right[2], 100 * scores[3].right[3]);
}

static void say(const text2image_settings *settings, const char *text)
{
    if (settings->json)
        event_print("stage", json_pack("{s:s}", "text", text));
    else if (!settings->quiet)
        printf("%s\n", text);
    output_flush();
}

static int64_t steps_of_game(const text2image_settings *settings)
{
    return settings->quick ? QUICK_STEPS : settings->steps;
}

static bool was_cut_short(const text2image_settings *settings, int64_t steps)
{
    return interrupt_exit_code() != 0 && steps < steps_of_game(settings);
}

static gn_status write_report(text_training *t, const text2image_settings *settings, report *page, double matched)
{
    char path[PATH_SIZE];
    text_score scores[KINDS];
    const int64_t count = settings->quick ? QUICK_SCORED : SCORED;
    gn_status status = measure(t, count, scores);
    if (status == GN_OK)
        status = show_captions(t, settings, page);
    if (status == GN_OK)
        status = show_ways(t, settings, page);
    if (status != GN_OK)
        return status;
    write_table(page, scores, matched, count, settings);
    conclude(page, scores);
    char steps[32] = "--quick";
    if (!settings->quick)
        snprintf(steps, sizeof steps, "--steps %" PRId64, settings->steps);
    if (was_cut_short(settings, gn_gan_steps(t->gan)))
        report_text(page,
                    "Interrupted after %" PRId64 " of %" PRId64
                    " steps: what stands here is what was learned until then.",
                    gn_gan_steps(t->gan), steps_of_game(settings));
    report_text(page, "text2image --seed %" PRId64 " %s --interpolation %g; %s", settings->seed, steps,
                settings->interpolation, gn_build_info());
    status = name_file(t->context, path, settings->out, "report.html");
    return status == GN_OK ? report_write(page, path) : status;
}

/* An interruption ends the stage that it falls into; what has been learned is saved and shown, once the game has
 * begun. */
static gn_status train_stages(text_training *t, const text2image_settings *settings, report *page)
{
    double matched = 0;
    say(settings, "captions and pictures that belong together");
    gn_status status = text_training_match(t, settings->quick ? QUICK_STEPS : MATCHING_STEPS, &matched);
    if (status == GN_OK) {
        say(settings, "a judge of scenes");
        status = text_training_judge(t, settings->quick ? QUICK_STEPS : JUDGING_STEPS);
    }
    if (status == GN_OK) {
        say(settings, "the game");
        status = text_training_play(t, steps_of_game(settings), save, settings);
    }
    return status == GN_OK && gn_gan_steps(t->gan) > 0 ? write_report(t, settings, page, matched) : status;
}

/* steps receives how many the game has had. */
static gn_status train(gn_context *context, const text2image_settings *settings, int64_t *steps)
{
    text_training t = {0};
    report *page = report_new(
        context, "Text to image",
        "Does a GAN draw what a caption says, also combinations of words that it has never seen together?");
    gn_status status = page == NULL ? gn_context_status(context) : run_folder_take(context, settings->out);
    interrupt_watch();
    if (status == GN_OK)
        status = text_training_open(&t, context, (uint64_t)settings->seed, (float)settings->interpolation,
                                    settings->quiet);
    t.json = settings->json;
    if (status == GN_OK)
        status = board_open(context, settings->tensorboard, 0, &t.board);
    if (status == GN_OK)
        status = train_stages(&t, settings, page);
    if (status == GN_OK)
        status = board_close(&t.board);
    *steps = t.gan != NULL ? gn_gan_steps(t.gan) : 0;
    const bool done = status == GN_OK && !was_cut_short(settings, *steps);
    if (done && settings->json)
        event_print("done", json_pack("{s:s}", "out", settings->out));
    else if (done && !settings->quiet) {
        printf("done; look at %s/report.html, or draw: ", settings->out);
        program_print_call(
            NULL, (const char *const[]){"--model", settings->out, "--caption", shown[0], "--out", "x.png", NULL});
    }
    if (t.board != NULL) { /* the failure that is told is the one that ended the training */
        char message[512];
        snprintf(message, sizeof message, "%s", gn_context_message(context));
        board_close(&t.board);
        gn_context_fail(context, status, "%s", message);
    }
    text_training_close(&t);
    report_free(page);
    return status;
}

static int execute(const command_line *program, text2image_settings *settings)
{
    gn_context *context = program_context(
        program, &(gn_context_options){.seed = (uint64_t)settings->seed, .threads = (int)settings->threads});
    if (context == NULL)
        return EXIT_FAILURE;
    int64_t steps = 0;
    const gn_status status = settings->caption == NULL ? train(context, settings, &steps) : draw(context, settings);
    int code = EXIT_SUCCESS;
    if (status != GN_OK)
        code = program_fail_by(program, context);
    else if (was_cut_short(settings, steps))
        code = program_fail(program, interrupt_exit_code(),
                            steps > 0 ? "%s; what was learned until then is in %s"
                                      : "%s before the game began; nothing was written into %s",
                            interrupt_cause(), settings->out);
    gn_context_free(context);
    return code;
}

static int check_drawing(const command_line *program, const text2image_settings *s)
{
    static const char *const files[] = {"encoder.safetensors", "generator.safetensors"};
    if (s->to != NULL && s->count < 2)
        return program_fail(program, EXIT_USAGE,
                            "option '--count' is '1', expected at least 2 pictures to a way from one to another");
    for (size_t i = 0; i < sizeof files / sizeof *files && s->out != NULL; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s", s->model, files[i]);
        if (plain_file_same(path, s->out))
            return program_fail(program, EXIT_USAGE,
                                "option '--out' is '%s', a file of the model of '--model', expected another", s->out);
    }
    return options_check_png(program, "out", s->out);
}

/* What would be ignored is refused. */
static int check_options(const command_line *program, const text2image_settings *s)
{
    static const char *const of_training[] = {"steps", "interpolation", "quick", "tensorboard"};
    static const char *const of_drawing[] = {"to", "count", "model"};
    for (size_t i = 0; i < sizeof of_drawing / sizeof *of_drawing; i++)
        if (s->caption == NULL && options_find(program, of_drawing[i])->given)
            return program_fail(program, EXIT_USAGE, "option '--%s' is of drawing, expected '--caption TEXT' beside it",
                                of_drawing[i]);
    if (s->quick && options_find(program, "steps")->given)
        return program_fail(program, EXIT_USAGE, "options '--quick' and '--steps' were both given, expected one");
    for (size_t i = 0; i < sizeof of_training / sizeof *of_training; i++)
        if (s->caption != NULL && options_find(program, of_training[i])->given)
            return program_fail(program, EXIT_USAGE, "option '--%s' is of training, expected no '--caption' beside it",
                                of_training[i]);
    return s->caption == NULL ? OPTIONS_GO_ON : check_drawing(program, s);
}

int main(int argc, char **argv)
{
    text2image_settings s = {0};
    /* clang-format off */
    option options[] = {
        {.name = "steps", .kind = OPTION_NUMBER, .where = &s.steps, .value = "N", .preset = "8000", .low = 1,
         .high = 100000000, .group = "Training", .help = "steps of the game, which follows those of the encoder and of the judge"},
        {.name = "interpolation", .kind = OPTION_REAL, .where = &s.interpolation, .value = "P", .preset = "0", .high = 1,
         .help = "share of drawings for what lies between two captions (Reed et al.'s GAN-INT)"},
        {.name = "quick", .kind = OPTION_FLAG, .where = &s.quick, .help = "everything small: shows only that it works"},
        {.name = "tensorboard", .kind = OPTION_TEXT, .where = &s.tensorboard, .value = "DIR",
         .help = "also write the figures of the game there, for TensorBoard"},
        option_quiet(&s.quiet),
        {.name = "caption", .kind = OPTION_TEXT, .where = &s.caption, .value = "TEXT", .group = "Drawing",
         .help = "draw this with a trained model, instead of training"},
        {.name = "to", .kind = OPTION_TEXT, .where = &s.to, .value = "TEXT", .help = "change little by little to this caption"},
        {.name = "count", .kind = OPTION_NUMBER, .where = &s.count, .value = "N", .preset = "8", .low = 1, .high = 64,
         .help = "pictures in the row"},
        {.name = "model", .kind = OPTION_TEXT, .where = &s.model, .value = "DIR", .preset = "text2image-out",
         .help = "the folder of a training"},
        {.name = "out", .kind = OPTION_TEXT, .where = &s.out, .value = "DIR|FILE.png", .file = FILE_WRITTEN, .group = "Both",
         .help = "folder of the training, default text2image-out; or the picture, default text2image.png"},
        {.name = "seed", .kind = OPTION_NUMBER, .where = &s.seed, .value = "N", .preset = "7", .high = INT64_MAX / 2,
         .help = "seed of all random numbers"},
        option_threads(&s.threads),
        option_lines_of_json(&s.json, NULL),
    };
    /* clang-format on */
    const command_line text2image = {
        .name = "text2image",
        .summary = "trains a GAN to draw what captions say, or draws one. About 25 minutes on two cores.",
        .examples = "  text2image                              train\n"
                    "  text2image --caption \"a thin green seven leaning left on a dark background\" --out x.png\n"
                    "  text2image --caption \"a big red three\" --to \"a big blue eight\" --out way.png\n",
        .options = options,
        .count = sizeof options / sizeof *options,
    };
    int code = options_parse(&text2image, argc, argv);
    if (code == OPTIONS_GO_ON)
        code = check_options(&text2image, &s);
    if (code != OPTIONS_GO_ON)
        return code;
    if (s.out == NULL)
        s.out = s.caption == NULL ? "text2image-out" : "text2image.png";
    return execute(&text2image, &s);
}
