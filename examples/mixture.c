/* SPDX-License-Identifier: MIT */
/* examples/mixture.c - how many modes of a mixture a generator finds, without and with remedies against their loss.
 *
 * The game is in common/mixture_game.c; a point counts when it lies within 3 deviations of its mode (PacGAN's rule). */
#include "common/estimate.h"
#include "common/event.h"
#include "common/mixture_run.h"
#include "common/option_rows.h"
#include "common/output.h"
#include "common/plural.h"
#include "common/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALL_REMEDIES = MIXTURE_REMEDIES, SIDE = 160 };

typedef struct mixture_settings {
    int shape, remedy;
    int64_t steps, batch, seeds, first_seed, threads;
    const char *picture;
    bool json;
} mixture_settings;

/* --- one run ------------------------------------------------------------------------------------------------------ */

static gn_status draw(mixture_run *run, gn_tensor *pictures, int64_t index)
{
    gn_tensor *points = mixture_run_sample(run);
    if (points == NULL)
        return gn_context_status(run->context);
    const gn_status status = mixture_draw(run, points, pictures, index);
    gn_tensor_free(points);
    return status;
}

static int64_t steps_of(const mixture_settings *settings, mixture_remedy remedy)
{
    return settings->steps > 0 ? settings->steps : mixture_steps((mixture_shape)settings->shape, remedy);
}

/* Plays and scores; pictures (NULL: none) gets the points of the first seed. */
static gn_status play(mixture_run *run, const mixture_settings *settings, mixture_remedy remedy, int64_t seed,
                      gn_tensor *pictures, int64_t index, gn_mode_report *report)
{
    const int64_t steps = steps_of(settings, remedy);
    gn_status status = mixture_run_open(run, (mixture_shape)settings->shape, remedy, steps, settings->batch,
                                        (uint64_t)seed, (int)settings->threads);
    if (status == GN_OK)
        status = mixture_run_play(run, steps);
    if (status == GN_OK)
        status = mixture_run_score(run, report);
    if (status == GN_OK && pictures != NULL && seed == settings->first_seed)
        status = draw(run, pictures, index);
    return status;
}

/* --- a table ------------------------------------------------------------------------------------------------------ */

/* "mean ± standard error"; one run has no error. */
static void print_estimate(const estimate *e, int decimals)
{
    if (e->count > 1)
        printf(" %5.*f ± %5.*f |", decimals, estimate_mean(e), decimals, estimate_error(e));
    else
        printf(" %5.*f %7s |", decimals, estimate_mean(e), "");
}

static json_t *estimate_json(const estimate *e)
{
    return json_pack("{s:o, s:o}", "mean", event_number(estimate_mean(e)), "standard_error",
                     event_number(estimate_error(e)));
}

/* What was found with a remedy: how many modes, how many per cent of the points near one, how far the modes are from
 * equally likely. */
static void tell(const mixture_settings *settings, mixture_remedy remedy, const estimate found[3], double seconds)
{
    if (settings->json) {
        event_print("remedy", json_pack("{s:s, s:I, s:o, s:o, s:o, s:f}", "remedy", mixture_remedy_name(remedy),
                                        "steps", (json_int_t)steps_of(settings, remedy), "modes",
                                        estimate_json(&found[0]), "near_a_mode_percent", estimate_json(&found[1]),
                                        "divergence", estimate_json(&found[2]), "seconds_per_run", seconds));
        return;
    }
    printf("| %-14s | %6" PRId64 " |", mixture_remedy_name(remedy), steps_of(settings, remedy));
    print_estimate(&found[0], 1);
    print_estimate(&found[1], 1);
    print_estimate(&found[2], 2);
    printf(" %6.0f |\n", seconds);
    output_flush();
}

/* One remedy over all seeds. */
static int measure(const command_line *program, const mixture_settings *settings, mixture_remedy remedy,
                   gn_tensor *pictures, int64_t index)
{
    estimate found[3] = {{0}};
    const double begin = seconds_now();
    for (int64_t i = 0; i < settings->seeds; i++) {
        mixture_run run;
        gn_mode_report report = {0};
        const gn_status status = play(&run, settings, remedy, settings->first_seed + i, pictures, index, &report);
        const int code = status == GN_OK ? EXIT_SUCCESS : program_fail_by(program, run.context);
        mixture_run_close(&run);
        if (code != EXIT_SUCCESS)
            return code;
        estimate_add(&found[0], (double)report.modes);
        estimate_add(&found[1], 100 * report.high_quality);
        estimate_add(&found[2], report.reverse_divergence);
    }
    tell(settings, remedy, found, (seconds_now() - begin) / (double)settings->seeds);
    return EXIT_SUCCESS;
}

static void introduce(const mixture_settings *settings)
{
    printf("%s, steps of %" PRId64 " points, %" PRId64 " seed%s%s\n\n",
           settings->shape == MIXTURE_RING ? "ring of 8" : "grid of 25", settings->batch, settings->seeds,
           plural(settings->seeds), settings->seeds == 1 ? "" : "; mean ± standard error");
    printf("| remedy         | steps  | modes         | near a mode %% | KL to even    | s/run  |\n"
           "|----------------|--------|---------------|---------------|---------------|--------|\n");
}

static int print_table(const command_line *program, const mixture_settings *settings, gn_tensor *pictures)
{
    const int first = settings->remedy == ALL_REMEDIES ? 0 : settings->remedy;
    const int end = settings->remedy == ALL_REMEDIES ? MIXTURE_REMEDIES : first + 1;
    int code = EXIT_SUCCESS;
    if (!settings->json)
        introduce(settings);
    for (int remedy = first; remedy < end && code == EXIT_SUCCESS; remedy++)
        code = measure(program, settings, (mixture_remedy)remedy, pictures, remedy - first);
    return code;
}

/* Whose points the parts of the picture show. */
static void tell_picture(const mixture_settings *settings)
{
    json_t *parts = json_array();
    const bool all = settings->remedy == ALL_REMEDIES;
    for (int remedy = 0; remedy < MIXTURE_REMEDIES; remedy++)
        if (all || remedy == settings->remedy)
            json_array_append_new(parts, json_string(mixture_remedy_name((mixture_remedy)remedy)));
    if (settings->json) {
        event_print("wrote", json_pack("{s:s, s:O}", "file", settings->picture, "parts", parts));
    } else {
        printf("\nwrote %s%s:", settings->picture, all ? ", from left to right" : "");
        for (size_t i = 0; i < json_array_size(parts); i++)
            printf("%s %s", i == 0 ? "" : ",", json_string_value(json_array_get(parts, i)));
        printf("; circles are where the modes should be\n");
    }
    json_decref(parts);
}

/* The table, and beside each other the points behind its lines. A file that cannot be written is told of before the
 * training. */
static int print_and_draw(const command_line *program, const mixture_settings *settings)
{
    const int64_t lines = settings->remedy == ALL_REMEDIES ? MIXTURE_REMEDIES : 1;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *pictures = gn_tensor_new(context, GN_SHAPE(lines, SIDE, SIDE, 3));
    int code = EXIT_SUCCESS;
    gn_status status = pictures == NULL ? gn_context_status(context)
                                        : gn_image_grid_write(settings->picture, pictures, lines, 1);
    if (status == GN_OK) {
        code = print_table(program, settings, pictures);
        status = gn_image_grid_write(settings->picture, pictures, lines, 1);
    }
    if (status != GN_OK)
        code = program_fail_by(program, context);
    else if (code == EXIT_SUCCESS)
        tell_picture(settings);
    gn_tensor_free(pictures);
    gn_context_free(context);
    return code;
}

static int execute(const command_line *program, mixture_settings *settings)
{
    if (settings->batch == 0)
        settings->batch = mixture_batch((mixture_shape)settings->shape);
    return settings->picture == NULL ? print_table(program, settings, NULL) : print_and_draw(program, settings);
}

int main(int argc, char **argv)
{
    mixture_settings s = {0};
    /* clang-format off */
    option options[] = {
        {.name = "shape", .kind = OPTION_CHOICE, .where = &s.shape, .value = "ring|grid", .preset = "ring",
         .group = "What is played", .help = "8 modes on a circle, or 25 on a grid"},
        {.name = "remedy", .kind = OPTION_CHOICE, .where = &s.remedy,
         .value = "plain|packing2|discrimination|stddev|unrolled|all", .preset = "all",
         .help = "what is done against the loss of modes"},
        {.name = "steps", .kind = OPTION_NUMBER, .where = &s.steps, .value = "N", .preset = "0", .high = 100000000,
         .group = "How long", .help = "steps of both players; 0: as many as take each remedy some minutes"},
        {.name = "batch", .kind = OPTION_NUMBER, .where = &s.batch, .value = "N", .preset = "0", .high = 10000,
         .multiple = 2, .help = "points in a step: packing2 judges pairs; 0: 128 on the ring, 64 on the grid"},
        {.name = "seeds", .kind = OPTION_NUMBER, .where = &s.seeds, .value = "N", .preset = "5", .low = 1, .high = 1000,
         .help = "runs of each remedy"},
        {.name = "first-seed", .kind = OPTION_NUMBER, .where = &s.first_seed, .value = "N", .preset = "1", .low = 1,
         .high = INT32_MAX, .help = "seed of all random numbers; further runs count up from it"},
        option_threads(&s.threads),
        option_lines_of_json(&s.json, "Output"),
        {.name = "picture", .kind = OPTION_TEXT, .where = &s.picture, .value = "FILE.png", .file = FILE_WRITTEN,
         .help = "the points that the first seed of each remedy ends with, and circles around the modes"},
    };
    /* clang-format on */
    const command_line mixture = {
        .name = "mixture",
        .summary = "counts the modes of a mixture that a generator finds, without and with remedies.",
        .examples =
            "  mixture --shape grid --remedy packing2\n"
            "  mixture --shape ring                    all remedies, 5 seeds each, as a table: hours on one core\n",
        .options = options,
        .count = sizeof options / sizeof *options,
    };
    int code = options_parse(&mixture, argc, argv);
    if (code == OPTIONS_GO_ON)
        code = options_check_png(&mixture, "picture", s.picture);
    return code == OPTIONS_GO_ON ? execute(&mixture, &s) : code;
}
