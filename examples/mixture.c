/* SPDX-License-Identifier: MIT */
/* examples/mixture.c - how many modes of a mixture a generator finds, without and with remedies against their loss.
 *
 * The game is in common/mixture_game.c; a point counts when it lies within 3 deviations of its mode (PacGAN's rule). */
#include "common/mixture_game.h"
#include "common/options.h"
#include "common/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 2500, SAMPLE_SEED = 77, ALL_REMEDIES = MIXTURE_REMEDIES };

typedef struct mixture_settings {
    int shape, remedy;
    int64_t steps, batch, seeds, first_seed, threads;
} mixture_settings;

/* Everything that one run needs. */
typedef struct mixture_run {
    gn_context *context;
    gn_dataset *points;
    gn_batches *batches;
    gn_module *generator, *discriminator;
    gn_gan *gan;
} mixture_run;

static gn_status open_run(mixture_run *run, const mixture_settings *settings, mixture_remedy remedy, uint64_t seed)
{
    *run = (mixture_run){
        .context = gn_context_new(&(gn_context_options){.seed = seed, .threads = (int)settings->threads})};
    run->points = mixture_points(run->context, (mixture_shape)settings->shape, seed);
    run->generator = mixture_generator(run->context);
    run->discriminator = mixture_discriminator(run->context, remedy);
    const gn_gan_options options = mixture_options(run->generator, run->discriminator, remedy, settings->steps);
    const int64_t size = settings->batch * (options.packing > 1 ? options.packing : 1);
    run->batches = gn_batches_new(run->points, &(gn_batches_options){.size = size, .seed = seed});
    run->gan = gn_gan_new(run->context, &options);
    return run->gan == NULL || run->batches == NULL ? gn_context_status(run->context) : GN_OK;
}

static void close_run(mixture_run *run)
{
    gn_gan_free(run->gan);
    gn_module_free(run->discriminator);
    gn_module_free(run->generator);
    gn_batches_free(run->batches);
    gn_dataset_free(run->points);
    gn_context_free(run->context);
}

/* Points of the running average of the generator, scored. */
static gn_status score(mixture_run *run, mixture_shape shape, gn_mode_report *report)
{
    gn_tensor *centres = mixture_centres(run->context, shape);
    gn_tensor *images = gn_gan_sample(run->gan,
                                      &(gn_sample_options){.seed = SAMPLE_SEED, .per_class = SAMPLES, .average = true});
    gn_tensor *points = images == NULL ? NULL
                                       : gn_tensor_from(run->context, GN_SHAPE(SAMPLES, 2), gn_tensor_values(images));
    gn_status status = centres == NULL || points == NULL
                           ? gn_context_status(run->context)
                           : gn_mixture_modes(points, centres, mixture_deviation(shape), report);
    gn_tensor_free(points);
    gn_tensor_free(images);
    gn_tensor_free(centres);
    return status;
}

static gn_status train(mixture_run *run, const mixture_settings *settings, gn_mode_report *report)
{
    gn_status status = GN_OK;
    while (status == GN_OK && gn_gan_steps(run->gan) < settings->steps)
        status = gn_gan_step(run->gan, gn_batches_next(run->batches), NULL);
    return status == GN_OK ? score(run, (mixture_shape)settings->shape, report) : status;
}

/* --- a table ----------------------------------------------------------------------------------------------------------------------- */

/* Sums of a figure and of its square over the seeds. */
typedef struct figure {
    double sum, squares;
} figure;

static void add(figure *f, double value)
{
    f->sum += value;
    f->squares += value * value;
}

/* "mean +- standard error". */
static void print_figure(const figure *f, int64_t count, int decimals)
{
    const double mean = f->sum / (double)count;
    const double variance = count < 2 ? 0 : (f->squares - f->sum * mean) / (double)(count - 1);
    printf(" %5.*f ± %5.*f |", decimals, mean, decimals, sqrt(fmax(variance, 0) / (double)count));
}

/* A line of the table: one remedy over all seeds. */
static int measure(const command_line *program, const mixture_settings *settings, mixture_remedy remedy)
{
    figure modes = {0}, quality = {0}, divergence = {0};
    const double begin = seconds_now();
    for (int64_t i = 0; i < settings->seeds; i++) {
        mixture_run run;
        gn_mode_report report = {0};
        gn_status status = open_run(&run, settings, remedy, (uint64_t)(settings->first_seed + i));
        if (status == GN_OK)
            status = train(&run, settings, &report);
        if (status != GN_OK)
            program_fail(program, EXIT_FAILURE, "%s", gn_context_message(run.context));
        close_run(&run);
        if (status != GN_OK)
            return EXIT_FAILURE;
        add(&modes, (double)report.modes);
        add(&quality, 100 * report.high_quality);
        add(&divergence, report.reverse_divergence);
    }
    printf("| %-14s |", mixture_remedy_name(remedy));
    print_figure(&modes, settings->seeds, 1);
    print_figure(&quality, settings->seeds, 1);
    print_figure(&divergence, settings->seeds, 2);
    printf(" %6.0f |\n", (seconds_now() - begin) / (double)settings->seeds);
    fflush(stdout);
    return EXIT_SUCCESS;
}

static int execute(const command_line *program, const mixture_settings *settings)
{
    printf("%s, %" PRId64 " steps of %" PRId64 " points, %" PRId64 " seeds; mean ± standard error\n\n",
           settings->shape == MIXTURE_RING ? "ring of 8" : "grid of 25", settings->steps, settings->batch,
           settings->seeds);
    printf("| remedy         | modes         | near a mode %% | KL to even    | s/run  |\n"
           "|----------------|---------------|---------------|---------------|--------|\n");
    int code = EXIT_SUCCESS;
    for (int remedy = 0; remedy < MIXTURE_REMEDIES && code == EXIT_SUCCESS; remedy++)
        if (settings->remedy == ALL_REMEDIES || settings->remedy == remedy)
            code = measure(program, settings, (mixture_remedy)remedy);
    return code;
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
         .help = "against the loss of modes"},
        {.name = "steps", .kind = OPTION_NUMBER, .where = &s.steps, .value = "N", .preset = "6000", .low = 1,
         .high = 100000000, .group = "How long", .help = "of both players"},
        {.name = "batch", .kind = OPTION_NUMBER, .where = &s.batch, .value = "N", .preset = "100", .low = 2, .high = 10000,
         .help = "judgements in a step: points, or packs of points"},
        {.name = "seeds", .kind = OPTION_NUMBER, .where = &s.seeds, .value = "N", .preset = "5", .low = 1, .high = 1000,
         .help = "runs of each remedy"},
        {.name = "first-seed", .kind = OPTION_NUMBER, .where = &s.first_seed, .value = "N", .preset = "1", .low = 1,
         .high = INT32_MAX, .help = "of the first of them"},
        {.name = "threads", .kind = OPTION_NUMBER, .where = &s.threads, .value = "N", .preset = "0", .high = 64,
         .help = "one per processor if 0; results are the same"},
    };
    /* clang-format on */
    const command_line mixture = {
        .name = "mixture",
        .summary = "counts the modes of a mixture that a generator finds, without and with remedies.",
        .examples = "  mixture --shape grid --remedy packing2\n"
                    "  mixture --shape ring                    all remedies, 5 seeds each, as a table\n",
        .options = options,
        .count = sizeof options / sizeof *options,
    };
    const int code = options_parse(&mixture, argc, argv);
    return code == OPTIONS_GO_ON ? execute(&mixture, &s) : code;
}
