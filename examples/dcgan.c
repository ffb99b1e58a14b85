/* SPDX-License-Identifier: MIT */
/* examples/dcgan.c - trains a conditional DC-GAN: a generator learns to draw digits from a discriminator that learns to judge them. */
#include "common/config.h"
#include "common/dcgan_network.h"
#include "common/interrupt.h"
#include "common/options.h"
#include "common/pictures.h"
#include "common/progress.h"
#include "common/run_folder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_SEED = 42, SAMPLES_PER_CLASS = 10, STEPS_BETWEEN_SAVES = 200, FRAME_HUNDREDTHS = 15 };

/* What the variants differ in: the weight of the old value in the running averages of batch norm. */
static const float momentum_of_variant[] = {0.99f, 0.8f};

typedef struct dcgan_settings {
    int variant;
    const char *data, *out, *resume;
    int64_t steps, epochs, batch, seed, threads;
    bool quiet;
} dcgan_settings;

typedef struct training {
    const command_line *program;
    dcgan_settings *settings;
    gn_context *context;
    gn_dataset *pictures;
    gn_batches *batches;
    gn_module *generator, *discriminator;
    gn_gan *gan;
    gn_animation *animation;
    run_folder folder, earlier; /* where it writes, and where it goes on from */
    json_t *earlier_settings;   /* config.json of the run that is resumed */
    json_t *config;             /* what makes the run what it is: nothing that differs between equal runs */
    int64_t saved;              /* the step of the checkpoint in the folder; -1: none */
    progress_bar progress;
} training;

/* --- from settings to networks ---------------------------------------------------------------------------------------------- */

static bool given(const training *run, const char *name)
{
    return options_find(run->program, name)->given;
}

/* A checkpoint says of its pictures only whether they were the built-in ones; config.json knows the folder. */
static gn_status adopt_data(training *run, const json_t *config)
{
    dcgan_settings *settings = run->settings;
    const char *kind = json_string_value(json_object_get(config, "data"));
    const bool built_in = kind != NULL && pictures_built_in(kind);
    if (given(run, "data") && pictures_built_in(settings->data) != built_in)
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT, "option '--data' is '%s', but the run in %s was trained on %s",
                               settings->data, settings->resume, built_in ? "the built-in digits" : "IDX files");
    if (!given(run, "data") && !built_in)
        settings->data = json_string_value(json_object_get(run->earlier_settings, "data"));
    if (settings->data == NULL || (!built_in && pictures_built_in(settings->data)))
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT, "%s does not say where its pictures are; add --data DIR",
                               run->earlier.config);
    return GN_OK;
}

/* Takes over what the command line leaves open from the run that is to go on. */
static gn_status adopt_run(training *run)
{
    dcgan_settings *settings = run->settings;
    gn_status status = run_folder_name(run->context, settings->resume, &run->earlier);
    if (status != GN_OK)
        return status;
    json_t *config = config_read(run->context, run->earlier.checkpoint, run->program->name);
    if (config == NULL)
        return gn_context_status(run->context);
    run->earlier_settings = json_load_file(run->earlier.config, 0, NULL);
    status = config_adopt(run->context, run->program, config, settings->resume);
    if (status == GN_OK)
        status = adopt_data(run, config);
    const json_int_t steps = json_integer_value(json_object_get(run->earlier_settings, "steps"));
    if (!given(run, "steps") && steps > 0)
        settings->steps = steps;
    if (!given(run, "out"))
        settings->out = settings->resume;
    json_decref(config);
    return status;
}

static gn_status open_pictures(training *run)
{
    const dcgan_settings *settings = run->settings;
    const uint64_t seed = (uint64_t)settings->seed;
    run->pictures = pictures_open(run->context, settings->data, GN_SPLIT_TRAIN, seed);
    if (run->pictures == NULL)
        return gn_context_status(run->context);
    run->batches = gn_batches_new(run->pictures, &(gn_batches_options){.size = settings->batch, .seed = seed});
    return run->batches == NULL ? gn_context_status(run->context) : GN_OK;
}

static gn_status build_networks(training *run)
{
    const float momentum = momentum_of_variant[run->settings->variant];
    run->generator = dcgan_generator(run->context, momentum);
    run->discriminator = dcgan_discriminator(run->context, momentum);
    const gn_gan_options options = dcgan_options(run->generator, run->discriminator, (uint64_t)run->settings->seed);
    run->gan = gn_gan_new(run->context, &options);
    run->animation = gn_animation_new(run->context, SAMPLES_PER_CLASS, 1);
    return run->gan == NULL || run->animation == NULL ? gn_context_status(run->context) : GN_OK;
}

/* The configuration that goes into the checkpoint: the options of the run, and what its pictures are. */
static gn_status describe(training *run)
{
    run->config = config_new(run->context, run->program, true);
    const char *data = pictures_built_in(run->settings->data) ? "digits" : "idx";
    json_t *pictures = json_pack("{s:s, s:I, s:[iii], s:i}", "data", data, "images",
                                 (json_int_t)gn_dataset_count(run->pictures), "image", 28, 28, 1, "classes", DCGAN_CLASSES);
    const int failed = json_object_update_new(run->config, pictures);
    return failed ? gn_context_fail(run->context, GN_ERROR_MEMORY, "the configuration cannot be written as JSON") : GN_OK;
}

/* --- output ----------------------------------------------------------------------------------------------------------------- */

static gn_tensor *draw_samples(const training *run)
{
    return gn_gan_sample(run->gan, &(gn_sample_options){.seed = SAMPLE_SEED, .per_class = SAMPLES_PER_CLASS});
}

/* How many frames the animation has after a step: many at first, when the pictures change fast. It does not depend on how long the
 * run is to be, so that a run made in parts has the frames of one made at once. */
static int64_t frames_until(int64_t step)
{
    static const struct {
        int64_t end, every;
    } stretches[] = {{50, 5}, {300, 25}, {5000, 100}, {INT64_MAX, 1000}};
    int64_t frames = 1, begin = 0;
    for (int i = 0; step > begin; begin = stretches[i++].end)
        frames += ((step < stretches[i].end ? step : stretches[i].end) - begin) / stretches[i].every;
    return frames;
}

/* Adds a frame if there should be one more by now; a run that goes on has those until its checkpoint already. */
static gn_status add_frame(training *run)
{
    const int64_t step = gn_gan_steps(run->gan), frames = frames_until(step);
    const bool due = step == 0 || frames > frames_until(step - 1);
    if (!due || (int64_t)gn_animation_frames(run->animation) >= frames)
        return GN_OK;
    gn_tensor *samples = draw_samples(run);
    const gn_status status = samples == NULL ? gn_context_status(run->context) : gn_animation_add(run->animation, samples);
    gn_tensor_free(samples);
    return status;
}

/* The checkpoint comes last: whatever happens before, the run can go on from the one that was there. */
static gn_status save(training *run)
{
    gn_tensor *samples = draw_samples(run);
    char *config = json_dumps(run->config, JSON_COMPACT);
    gn_status status = samples == NULL || config == NULL ? GN_ERROR_MEMORY : GN_OK;
    if (status == GN_OK)
        status = gn_image_grid_write(run->folder.samples, samples, SAMPLES_PER_CLASS, 2);
    if (status == GN_OK)
        status = gn_animation_write(run->animation, run->folder.animation, FRAME_HUNDREDTHS);
    if (status == GN_OK)
        status = gn_gan_save(run->gan, run->folder.checkpoint, config);
    if (status == GN_OK)
        run->saved = gn_gan_steps(run->gan);
    free(config);
    gn_tensor_free(samples);
    return status;
}

static long long parameter_count(gn_module *network)
{
    const gn_parameter_list parameters = gn_parameters(network);
    long long count = 0;
    for (size_t i = 0; i < parameters.count; i++)
        count += gn_tensor_count(gn_parameter_value(parameters.items[i]));
    return count;
}

static void introduce(const training *run)
{
    const dcgan_settings *settings = run->settings;
    printf("%s, %d threads running\n", gn_build_info(), gn_context_threads(run->context));
    printf("generator %lld parameters, discriminator %lld; variant %s, batch norm momentum %g\n",
           parameter_count(run->generator), parameter_count(run->discriminator), settings->variant == 0 ? "simple" : "momentum",
           (double)momentum_of_variant[settings->variant]);
    printf("%" PRId64 " pictures (%s), batch %" PRId64 ", seed %" PRId64 ", steps %" PRId64 " to %" PRId64 ", into %s\n",
           gn_dataset_count(run->pictures), settings->data, settings->batch, settings->seed, gn_gan_steps(run->gan),
           settings->steps, settings->out);
    fflush(stdout);
}

static void say_goodbye(const training *run)
{
    const dcgan_settings *settings = run->settings;
    printf("done: %" PRId64 " steps, %.0f seconds of training; look at %s and %s\n", gn_gan_steps(run->gan), run->folder.seconds,
           run->folder.samples, run->folder.animation);
    printf("  more pictures  sample --checkpoint %s --out more.png\n", run->folder.checkpoint);
    printf("  train longer   dcgan --resume %s --steps %" PRId64 "\n", settings->out, 2 * settings->steps);
}

/* --- the run ---------------------------------------------------------------------------------------------------------------- */

/* Puts everything back to where the checkpoint left it. A missing animation is no reason not to train; one that was saved when the
 * program was killed before it could save the checkpoint has frames of later steps. */
static gn_status restore(training *run)
{
    const gn_status status = gn_gan_load(run->gan, run->earlier.checkpoint);
    if (status != GN_OK)
        return status;
    gn_batches_set_position(run->batches, gn_gan_steps(run->gan));
    if (gn_animation_load(run->animation, run->earlier.animation) != GN_OK && !run->settings->quiet)
        printf("the animation begins anew: %s\n", gn_context_message(run->context));
    gn_animation_keep(run->animation, (size_t)frames_until(gn_gan_steps(run->gan)));
    if (strcmp(run->settings->out, run->settings->resume) == 0)
        run->saved = gn_gan_steps(run->gan);
    if (run->settings->steps < gn_gan_steps(run->gan))
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT, "%" PRId64 " steps in all, but the run in %s has made %" PRId64,
                               run->settings->steps, run->settings->resume, gn_gan_steps(run->gan));
    return GN_OK;
}

/* Everything that can be wrong is found here, before the folder is touched. */
static gn_status prepare(training *run)
{
    const bool resumed = run->settings->resume != NULL;
    gn_status status = resumed ? adopt_run(run) : GN_OK;
    if (status == GN_OK)
        status = run_folder_name(run->context, run->settings->out, &run->folder);
    if (status == GN_OK)
        status = open_pictures(run);
    if (status == GN_OK)
        status = build_networks(run);
    if (status == GN_OK && run->settings->epochs > 0)
        run->settings->steps = run->settings->epochs * gn_batches_per_epoch(run->batches);
    if (status == GN_OK && resumed)
        status = restore(run);
    return status == GN_OK ? describe(run) : status;
}

/* config.json: all that was set, the folder of the pictures such that it is found from anywhere. */
static gn_status write_settings(const training *run)
{
    json_t *settings = config_new(run->context, run->program, false);
    char *folder = pictures_folder(run->settings->data);
    if (folder != NULL)
        json_object_set_new(settings, "data", json_string(folder));
    const gn_status status =
        settings == NULL ? GN_ERROR_MEMORY : run_folder_write_config(run->context, &run->folder, settings);
    free(folder);
    json_decref(settings);
    return status;
}

static gn_status open_folder(training *run)
{
    const run_folder *earlier = run->settings->resume == NULL ? NULL : &run->earlier;
    gn_status status = run_folder_make(run->context, run->settings->out);
    if (status == GN_OK)
        status = run_folder_begin_log(run->context, &run->folder, earlier, gn_gan_steps(run->gan));
    return status == GN_OK ? write_settings(run) : status;
}

static gn_status after_step(training *run, const gn_gan_report *report)
{
    char figures[128];
    const int64_t step = gn_gan_steps(run->gan);
    snprintf(figures, sizeof figures, "d %.2f g %.2f real %.2f fake %.2f", report->d_loss, report->g_loss,
             report->d_real, report->d_fake);
    progress_step(&run->progress, step, figures);
    gn_status status = run_folder_log(run->context, &run->folder, step, report, run->folder.seconds);
    if (status == GN_OK)
        status = add_frame(run);
    return status == GN_OK && step % STEPS_BETWEEN_SAVES == 0 ? save(run) : status;
}

static gn_status train(training *run)
{
    const dcgan_settings *settings = run->settings;
    gn_gan_report report;
    interrupt_watch();
    run->progress = progress_begin(settings->steps, settings->batch, settings->quiet);
    const double begin = seconds_now() - run->folder.seconds;
    gn_status status = add_frame(run);
    while (status == GN_OK && gn_gan_steps(run->gan) < settings->steps && interrupt_exit_code() == 0) {
        status = gn_gan_step(run->gan, gn_batches_next(run->batches), &report);
        run->folder.seconds = seconds_now() - begin;
        if (status == GN_OK)
            status = after_step(run, &report);
    }
    if (status == GN_OK && run->saved != gn_gan_steps(run->gan))
        status = save(run);
    progress_clear(&run->progress);
    return status;
}

static int execute(training *run)
{
    gn_status status = prepare(run);
    if (status == GN_OK)
        status = open_folder(run);
    if (status == GN_OK && !run->settings->quiet)
        introduce(run);
    if (status == GN_OK)
        status = train(run);
    if (status != GN_OK)
        return program_fail(run->program, status == GN_ERROR_ARGUMENT ? EXIT_USAGE : EXIT_FAILURE, "%s",
                            gn_context_message(run->context));
    if (interrupt_exit_code() != 0 && gn_gan_steps(run->gan) < run->settings->steps)
        return program_fail(run->program, interrupt_exit_code(), "interrupted after step %" PRId64 ", saved; go on with --resume %s",
                            gn_gan_steps(run->gan), run->settings->out);
    if (!run->settings->quiet)
        say_goodbye(run);
    return EXIT_SUCCESS;
}

static void release(training *run)
{
    run_folder_close(&run->folder);
    json_decref(run->config);
    json_decref(run->earlier_settings);
    gn_animation_free(run->animation);
    gn_gan_free(run->gan);
    gn_module_free(run->discriminator);
    gn_module_free(run->generator);
    gn_batches_free(run->batches);
    gn_dataset_free(run->pictures);
    gn_context_free(run->context);
}

int main(int argc, char **argv)
{
    dcgan_settings s = {0};
    option options[] = {
        {.name = "variant", .kind = OPTION_CHOICE, .where = &s.variant, .value = "simple|momentum", .preset = "momentum",
         .of_run = true, .group = "What is trained", .help = "batch norm momentum 0.99 or 0.8"},
        {.name = "data", .kind = OPTION_TEXT, .where = &s.data, .value = "digits|DIR", .preset = "digits",
         .help = "built-in digits, or a folder with MNIST's IDX files"},
        {.name = "seed", .kind = OPTION_NUMBER, .where = &s.seed, .value = "N", .preset = "7", .high = INT64_MAX,
         .of_run = true, .help = "of all random numbers"},
        {.name = "steps", .kind = OPTION_NUMBER, .where = &s.steps, .value = "N", .preset = "2000", .low = 1,
         .high = 1000000000, .group = "How long", .help = "steps in all"},
        {.name = "epochs", .kind = OPTION_NUMBER, .where = &s.epochs, .value = "N", .low = 1, .high = 10000,
         .help = "or: passes through the data"},
        {.name = "batch", .kind = OPTION_NUMBER, .where = &s.batch, .value = "N", .preset = "64", .low = 1, .high = 4096,
         .of_run = true, .help = "pictures in a step"},
        {.name = "threads", .kind = OPTION_NUMBER, .where = &s.threads, .value = "N", .preset = "0", .high = 64,
         .help = "0: one per processor; the results are the same"},
        {.name = "out", .kind = OPTION_TEXT, .where = &s.out, .value = "DIR", .preset = "dcgan-out", .group = "Files",
         .help = "where the run is written"},
        {.name = "resume", .kind = OPTION_TEXT, .where = &s.resume, .value = "DIR", .help = "go on with the run in DIR, and there"},
        {.name = "quiet", .kind = OPTION_FLAG, .where = &s.quiet, .help = "print nothing but errors"},
    };
    const command_line dcgan = {
        .name = "dcgan",
        .summary = "trains a conditional DC-GAN to draw digits of a given class.",
        .examples = "  dcgan                                  2,000 steps on the built-in digits\n"
                    "  dcgan --data ~/mnist --epochs 5        on MNIST\n"
                    "  dcgan --resume dcgan-out --steps 4000  go on with a run\n",
        .options = options,
        .count = sizeof options / sizeof *options,
    };
    const int code = options_parse(&dcgan, argc, argv);
    if (code != OPTIONS_GO_ON)
        return code;
    if (options_find(&dcgan, "steps")->given && options_find(&dcgan, "epochs")->given)
        return program_fail(&dcgan, EXIT_USAGE, "options '--steps' and '--epochs' were both given, expected one");
    training run = {.program = &dcgan, .settings = &s, .saved = -1};
    run.context = gn_context_new(&(gn_context_options){.seed = (uint64_t)s.seed, .threads = (int)s.threads});
    if (run.context == NULL)
        return program_fail(&dcgan, EXIT_FAILURE, "there is no memory, or there are no threads, to begin with");
    const int result = execute(&run);
    release(&run);
    return result;
}
