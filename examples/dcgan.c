/* SPDX-License-Identifier: MIT */
/* examples/dcgan.c - trains a conditional DC-GAN: a generator learns to draw digits from a discriminator that learns to
 * judge them.
 *
 * The networks are in common/dcgan_network.c; how a run is set up, saved and resumed is in common/dcgan_run.c. */
#include "common/board.h"
#include "common/dcgan_network.h"
#include "common/dcgan_report.h"
#include "common/event.h"
#include "common/gan_figures.h"
#include "common/interrupt.h"
#include "common/option_rows.h"
#include "common/output.h"
#include "common/plural.h"
#include "common/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static long long parameter_count(gn_module *network)
{
    const gn_parameter_list parameters = gn_parameters(network);
    long long count = 0;
    for (size_t i = 0; i < parameters.count; i++)
        count += gn_tensor_count(gn_parameter_value(parameters.items[i]));
    return count;
}

static void introduce(const dcgan_run *run)
{
    const dcgan_settings *settings = run->settings;
    const int threads = gn_context_threads(run->context);
    const int64_t pictures = gn_dataset_count(run->pictures);
    printf("%s, %d thread%s running\n", gn_build_info(), threads, plural(threads));
    printf("generator %lld parameters, discriminator %lld, batch norm momentum %g\n", parameter_count(run->generator),
           parameter_count(run->discriminator), (double)dcgan_momentum((dcgan_variant)settings->variant));
    printf("%" PRId64 " picture%s (%s), batch %" PRId64 ", seed %" PRId64 ", steps %" PRId64 " to %" PRId64
           ", into %s%s\n",
           pictures, plural(pictures), settings->data, settings->batch, settings->seed, gn_gan_steps(run->gan),
           settings->steps, settings->out,
           run->replaced ? ", in place of the run there (its checkpoint: " RUN_FOLDER_BEFORE ")" : "");
    output_flush();
}

static void introduce_to_machine(const dcgan_run *run)
{
    const dcgan_settings *settings = run->settings;
    event_print("begin",
                json_pack("{s:s, s:i, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:b}", "build", gn_build_info(),
                          "threads", gn_context_threads(run->context), "generator_parameters",
                          parameter_count(run->generator), "discriminator_parameters",
                          parameter_count(run->discriminator), "data", settings->data, "pictures",
                          (json_int_t)gn_dataset_count(run->pictures), "batch", (json_int_t)settings->batch, "seed",
                          (json_int_t)settings->seed, "from", (json_int_t)gn_gan_steps(run->gan), "steps",
                          (json_int_t)settings->steps, "out", settings->out, "replaces", (int)run->replaced));
}

static gn_status after_step(dcgan_run *run, progress_bar *progress, const gn_gan_report *report)
{
    char figures[128], g_loss[32] = "-";
    const int64_t step = gn_gan_steps(run->gan);
    if (report->g_gradient_norm > 0) /* it has moved: a critic may make several steps before it */
        snprintf(g_loss, sizeof g_loss, "%.2f", report->g_loss);
    snprintf(figures, sizeof figures, "d %.2f g %s real %.2f fake %.2f", report->d_loss, g_loss, report->d_real,
             report->d_fake);
    progress_step(progress, step, figures);
    gn_status status = dcgan_run_go_on_without(run, run_folder_log(run->context, &run->folder, step, report));
    if (run->settings->json)
        event_print("step", gan_figures_json(report, step, run->folder.seconds));
    if (status == GN_OK && run->board != NULL)
        status = dcgan_run_go_on_without(run, board_report(run->board, step, report));
    if (run->settings->preview)
        progress_clear(progress);
    if (status == GN_OK)
        status = dcgan_run_add_frame(run);
    if (status == GN_OK && step % DCGAN_STEPS_BETWEEN_SAVES == 0)
        status = dcgan_run_go_on_without(run, dcgan_run_save(run));
    return status;
}

/* An output that cannot be written is one of the files without which --keep-going goes on. */
static bool is_interrupted(const dcgan_settings *settings)
{
    const int code = interrupt_exit_code();
    return code != 0 && !(code == EXIT_FAILURE && settings->keep_going);
}

/* The loop: a batch of real pictures, a step of both players, and again, until all steps are made or somebody asks to
 * stop. */
static gn_status train(dcgan_run *run)
{
    const dcgan_settings *settings = run->settings;
    progress_bar progress = progress_begin(settings->steps, settings->batch, settings->quiet || settings->json);
    const double begin = seconds_now() - run->folder.seconds;
    gn_gan_report report;
    gn_status status = dcgan_run_add_frame(run);
    while (status == GN_OK && gn_gan_steps(run->gan) < settings->steps && !is_interrupted(settings)) {
        status = gn_gan_step(run->gan, gn_batches_next(run->batches), &report);
        run->folder.seconds = seconds_now() - begin;
        if (status == GN_OK)
            status = after_step(run, &progress, &report);
    }
    if (status == GN_OK)
        status = dcgan_run_save(run);
    if (status == GN_OK)
        status = board_close(&run->board);
    progress_clear(&progress);
    return status == GN_OK ? dcgan_report_write(run) : status;
}

static void say_goodbye(const dcgan_run *run)
{
    const dcgan_settings *settings = run->settings;
    const int64_t steps = gn_gan_steps(run->gan);
    const double seconds = run->folder.seconds;
    const bool moving = gn_animation_frames(run->animation) > 0;
    char longer[32];
    snprintf(longer, sizeof longer, "%" PRId64, 2 * settings->steps);
    printf("done: %" PRId64 " step%s, %.0f second%s of training; look at %s%s%s and %s\n", steps, plural(steps),
           seconds, plural_rounded(seconds), run->folder.samples, moving ? ", " : "",
           moving ? run->folder.animation : "", run->folder.report);
    printf("  more pictures  ");
    program_print_call("sample",
                       (const char *const[]){"--checkpoint", run->folder.checkpoint, "--out", "more.png", NULL});
    printf("  train longer   ");
    program_print_call(NULL, (const char *const[]){"--resume", settings->out, "--steps", longer, NULL});
}

static void say_goodbye_to_machine(const dcgan_run *run)
{
    event_print("done", json_pack("{s:I, s:f, s:s, s:s, s:s, s:s, s:s}", "steps", (json_int_t)gn_gan_steps(run->gan),
                                  "seconds", run->folder.seconds, "checkpoint", run->folder.checkpoint, "samples",
                                  run->folder.samples, "animation", run->folder.animation, "log", run->folder.log_path,
                                  "report", run->folder.report));
}

/* Says what went wrong and, after a number that is not finite or for want of memory, what is left. In a step that fails
 * D may have moved already; a number that is not finite is not saved. */
static int say_failure(dcgan_run *run, gn_status status)
{
    char message[1024];
    snprintf(message, sizeof message, "%s", gn_context_message(run->context));
    const bool in_training = run->gan != NULL && (status == GN_ERROR_NUMBER || status == GN_ERROR_MEMORY);
    if (in_training)
        dcgan_run_keep(run);
    if (in_training && run->saved >= 0)
        return program_fail(run->program, EXIT_FAILURE,
                            "%s; the state of step %" PRId64 " is kept: go on from there with --resume %s", message,
                            run->saved, run->settings->out);
    return program_fail(run->program, status == GN_ERROR_ARGUMENT ? EXIT_USAGE : EXIT_FAILURE, "%s", message);
}

static int execute(dcgan_run *run, const command_line *program, dcgan_settings *settings)
{
    gn_status status = dcgan_run_open(run, program, settings);
    if (status == GN_OK && settings->json)
        introduce_to_machine(run);
    else if (status == GN_OK && !settings->quiet)
        introduce(run);
    if (status == GN_OK) {
        interrupt_watch();
        status = train(run);
    }
    if (status != GN_OK)
        return say_failure(run, status);
    if (is_interrupted(settings) && gn_gan_steps(run->gan) < settings->steps)
        return program_fail(program, interrupt_exit_code(), "%s after step %" PRId64 ", saved; go on with --resume %s",
                            interrupt_cause(), gn_gan_steps(run->gan), settings->out);
    if (settings->json)
        say_goodbye_to_machine(run);
    else if (!settings->quiet)
        say_goodbye(run);
    return EXIT_SUCCESS;
}

/* What cannot be meant together is refused. */
static int check_options(const command_line *program, const dcgan_settings *s)
{
    if (options_find(program, "steps")->given && options_find(program, "epochs")->given)
        return program_fail(program, EXIT_USAGE, "options '--steps' and '--epochs' were both given, expected one");
    if (s->variant == DCGAN_WGAN_GP && options_find(program, "loss")->given)
        return program_fail(program, EXIT_USAGE,
                            "options '--variant wgan-gp' and '--loss' were both given, expected one");
    if (s->preview && s->quiet)
        return program_fail(program, EXIT_USAGE, "options '--preview' and '--quiet' were both given, expected one");
    return OPTIONS_GO_ON;
}

int main(int argc, char **argv)
{
    dcgan_settings s = {0};
    /* clang-format off */
    option options[] = {
        {.name = "variant", .kind = OPTION_CHOICE, .where = &s.variant, .value = "simple|momentum|wgan-gp", .preset = "momentum",
         .of_run = true, .group = "What is trained", .help = "batch norm momentum 0.99 or 0.8, or a critic with gradient penalty"},
        {.name = "data", .kind = OPTION_TEXT, .where = &s.data, .value = "digits|DIR", .preset = "digits",
         .help = "built-in digits, or a folder: MNIST's IDX files, CIFAR-10's, NumPy's {train,test}-{images,labels}.npy, or a folder of pictures for each class"},
        {.name = "size", .kind = OPTION_CHOICE, .where = &s.size, .value = "32|64", .preset = "32",
         .help = "width and height of pictures from folders, which are cut square"},
        option_seed_of_run(&s.seed),
        {.name = "loss", .kind = OPTION_CHOICE, .where = &s.loss,
         .value = "non_saturating|saturating|least_squares|hinge|wasserstein|relativistic", .preset = "non_saturating",
         .of_run = true, .group = "How it is played", .help = "loss of both players; wgan-gp has its own"},
        {.name = "real-target", .kind = OPTION_REAL, .where = &s.real_target, .value = "T", .preset = "0", .high = 2,
         .of_run = true, .help = "what D should answer to real pictures; 0: 0.9, or 1 if another loss is given"},
        {.name = "average", .kind = OPTION_REAL, .where = &s.average_decay, .value = "D", .preset = "0", .high = 1,
         .below_high = true, .of_run = true, .help = "samples are drawn from a running average of G with this decay, such as 0.999"},
        {.name = "instance-noise", .kind = OPTION_REAL, .where = &s.instance_noise, .value = "S", .preset = "0", .high = 100,
         .of_run = true, .help = "standard deviation of noise added to all that D sees"},
        {.name = "augment", .kind = OPTION_FLAG, .where = &s.augment, .of_run = true,
         .help = "D sees pictures moved, cut out and with other contrast"},
        {.name = "wrong-labels", .kind = OPTION_FLAG, .where = &s.wrong_labels, .of_run = true,
         .help = "D is also shown real pictures with a wrong label"},
        {.name = "watch", .kind = OPTION_NUMBER, .where = &s.watch, .value = "N", .preset = "0", .high = 1000000,
         .help = "look every N steps whether samples grow alike, and warn if they do; 0: never"},
        {.name = "steps", .kind = OPTION_NUMBER, .where = &s.steps, .value = "N", .preset = "2000", .low = 1,
         .high = 1000000000, .group = "How long", .help = "steps in all"},
        {.name = "epochs", .kind = OPTION_NUMBER, .where = &s.epochs, .value = "N", .low = 1, .high = 10000,
         .help = "or: passes through the data"},
        {.name = "batch", .kind = OPTION_NUMBER, .where = &s.batch, .value = "N", .preset = "64", .low = 1, .high = 4096,
         .of_run = true, .help = "pictures in a step"},
        option_threads(&s.threads),
        {.name = "out", .kind = OPTION_TEXT, .where = &s.out, .value = "DIR", .preset = "dcgan-out", .group = "Files",
         .help = "where the run is written"},
        {.name = "resume", .kind = OPTION_TEXT, .where = &s.resume, .value = "DIR", .help = "go on with the run in the folder DIR; without --out in that folder"},
        {.name = "keep-going", .kind = OPTION_FLAG, .where = &s.keep_going,
         .help = "train on when a file cannot be written (a full disk), and try again at the next save"},
        {.name = "tensorboard", .kind = OPTION_TEXT, .where = &s.tensorboard, .value = "DIR",
         .help = "also write figures, samples and histograms there, for TensorBoard"},
        {.name = "preview", .kind = OPTION_FLAG, .where = &s.preview,
         .help = "show a sample of each class in the terminal, whenever progress.gif gets a picture; not with --quiet"},
        option_lines_of_json(&s.json, NULL),
        option_quiet(&s.quiet),
    };
    /* clang-format on */
    const command_line dcgan = {
        .name = "dcgan",
        .summary = "trains a conditional DC-GAN to draw pictures of a given class.",
        .examples = "  dcgan                                  2,000 steps on the built-in digits\n"
                    "  dcgan --data ~/mnist --epochs 5        on MNIST\n"
                    "  dcgan --resume dcgan-out --steps 4000  go on with a run\n",
        .options = options,
        .count = sizeof options / sizeof *options,
    };
    int code = options_parse(&dcgan, argc, argv);
    if (code == OPTIONS_GO_ON)
        code = check_options(&dcgan, &s);
    if (code != OPTIONS_GO_ON)
        return code;
    dcgan_run run;
    const int result = execute(&run, &dcgan, &s);
    dcgan_run_close(&run);
    return result;
}
