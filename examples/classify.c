/* SPDX-License-Identifier: MIT */
/* examples/classify.c - trains a classifier of digits and tells how many it gets right of pictures it has not seen. */
#include "common/board.h"
#include "common/config.h"
#include "common/event.h"
#include "common/interrupt.h"
#include "common/lenet_network.h"
#include "common/option_rows.h"
#include "common/output.h"
#include "common/pictures.h"
#include "common/plural.h"
#include "common/progress.h"

#include <gannet/gannet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct classify_settings {
    const char *data, *out, *tensorboard;
    int64_t epochs, batch, seed, threads;
    bool quiet, json;
} classify_settings;

typedef struct training {
    const command_line *program;
    const classify_settings *settings;
    gn_context *context;
    gn_dataset *training_set, *test_set;
    gn_batches *batches, *test_batches;
    gn_module *lenet;
    gn_optimizer *optimizer;
    gn_tape *tape;
    gn_tensorboard *board; /* NULL: none was asked for */
    int *guesses;          /* one for each picture of a test batch */
} training;

enum { TEST_BATCH = 250 };

static gn_status open_pictures(training *run)
{
    const classify_settings *settings = run->settings;
    const uint64_t seed = (uint64_t)settings->seed;
    run->training_set = pictures_open(run->context, settings->data, GN_SPLIT_TRAIN, seed);
    if (run->training_set != NULL)
        run->test_set = pictures_open(run->context, settings->data, GN_SPLIT_TEST, seed);
    if (run->test_set == NULL)
        return gn_context_status(run->context);
    if (pictures_fill_batch(run->training_set, settings->data, settings->batch) != GN_OK)
        return gn_context_status(run->context);
    const int64_t tests = gn_dataset_count(run->test_set);
    run->batches = gn_batches_new(run->training_set, &(gn_batches_options){.size = settings->batch, .seed = seed});
    run->test_batches = gn_batches_new(
        run->test_set,
        &(gn_batches_options){.size = tests < TEST_BATCH ? tests : TEST_BATCH, .keep_last = true, .in_order = true});
    return run->batches == NULL || run->test_batches == NULL ? gn_context_status(run->context) : GN_OK;
}

/* Adam, its rate falling to zero in a straight line: most of the last tenths of a per cent come from the small steps at
 * the end. */
static gn_status build_network(training *run)
{
    const int64_t steps = run->settings->epochs * gn_batches_per_epoch(run->batches);
    run->lenet = lenet_new(run->context);
    run->tape = gn_tape_new(run->context);
    run->guesses = calloc(TEST_BATCH, sizeof *run->guesses);
    if (run->guesses == NULL)
        return gn_context_fail(run->context, GN_ERROR_MEMORY, "out of memory");
    if (run->lenet == NULL || run->tape == NULL)
        return gn_context_status(run->context);
    run->optimizer = gn_optimizer_new(
        run->lenet, &(gn_optimizer_options){.rate = 1e-3f, .schedule = {.kind = GN_SCHEDULE_LINEAR, .steps = steps}});
    return run->optimizer == NULL ? gn_context_status(run->context) : GN_OK;
}

static gn_status step(training *run, double *loss_value)
{
    const gn_batch *batch = gn_batches_next(run->batches);
    if (batch == NULL)
        return gn_context_status(run->context);
    gn_tape_reset(run->tape);
    gn_module_set_training(run->lenet, true);
    gn_var *logits = gn_apply(run->lenet, gn_input(run->tape, batch->images));
    gn_var *loss = gn_cross_entropy_with_logits(logits, gn_input(run->tape, batch->labels));
    const gn_status status = gn_backward(loss, gn_parameters(run->lenet));
    *loss_value = (double)gn_var_number(loss);
    return status == GN_OK ? gn_optimizer_step(run->optimizer) : status;
}

static gn_status tell_step(const training *run, progress_bar *progress, double loss)
{
    char figures[64];
    const int64_t steps = gn_optimizer_steps(run->optimizer);
    snprintf(figures, sizeof figures, "loss %.4f", loss);
    progress_step(progress, steps, figures);
    if (run->settings->json)
        event_print("step", json_pack("{s:I, s:o}", "step", (json_int_t)steps, "loss", event_number(loss)));
    return board_scalar(run->board, "loss", steps, loss);
}

static gn_status train_epoch(training *run, progress_bar *progress)
{
    gn_status status = GN_OK;
    const int64_t steps = gn_batches_per_epoch(run->batches);
    for (int64_t i = 0; i < steps && status == GN_OK; i++) {
        double loss = 0;
        status = step(run, &loss);
        if (status == GN_OK)
            status = tell_step(run, progress, loss);
        if (status == GN_OK)
            status = interrupt_check(run->context);
    }
    return status;
}

/* The share of the test pictures whose class the network guesses. */
static gn_status measure(training *run, double *accuracy)
{
    int64_t right = 0;
    gn_status status = GN_OK;
    for (int64_t i = 0; i < gn_batches_per_epoch(run->test_batches) && status == GN_OK; i++) {
        const gn_batch *batch = gn_batches_next(run->test_batches);
        status = batch == NULL ? gn_context_status(run->context)
                               : lenet_classify(run->lenet, run->tape, batch->images, run->guesses);
        for (int64_t j = 0; status == GN_OK && j < batch->size; j++)
            right += run->guesses[j] == (int)gn_tensor_values(batch->labels)[j];
    }
    *accuracy = (double)right / (double)gn_dataset_count(run->test_set);
    return status;
}

static gn_status tell_epoch(const training *run, int64_t epoch, double accuracy)
{
    const int64_t steps = gn_optimizer_steps(run->optimizer);
    if (run->settings->json)
        event_print("epoch", json_pack("{s:I, s:I, s:f}", "epoch", (json_int_t)epoch, "step", (json_int_t)steps,
                                       "test_accuracy", accuracy));
    else if (!run->settings->quiet)
        printf("epoch %" PRId64 ": test accuracy %.2f %%\n", epoch, 100 * accuracy);
    output_flush();
    const gn_status status = board_scalar(run->board, "test accuracy", steps, accuracy);
    return status == GN_OK ? board_parameters(run->board, steps, run->lenet) : status;
}

static gn_status train(training *run)
{
    const classify_settings *settings = run->settings;
    gn_status status = GN_OK;
    progress_bar progress = progress_begin(settings->epochs * gn_batches_per_epoch(run->batches), settings->batch,
                                           settings->quiet || settings->json);
    for (int64_t epoch = 1; epoch <= settings->epochs && status == GN_OK; epoch++) {
        double accuracy = 0;
        status = train_epoch(run, &progress);
        if (status == GN_OK)
            status = measure(run, &accuracy);
        progress_clear(&progress);
        if (status == GN_OK)
            status = tell_epoch(run, epoch, accuracy);
    }
    return status;
}

static gn_status save(const training *run, const char *path)
{
    json_t *config = config_new(run->context, run->program, true);
    char *text = json_dumps(config, JSON_COMPACT);
    const gn_status status = gn_module_save(run->lenet, path, text);
    free(text);
    json_decref(config);
    return status;
}

/* Finds out before the training, not after it, whether its result can be written; what is there now stays until
 * then. */
static gn_status can_save(const training *run)
{
    char path[4096];
    struct stat about;
    const char *out = run->settings->out;
    if (stat(out, &about) == 0 && !S_ISREG(about.st_mode))
        return gn_context_fail(run->context, GN_ERROR_IO, "%s: cannot write: %s", out,
                               S_ISDIR(about.st_mode) ? "a folder, expected the name of a file" : "not a regular file");
    if (pictures_are_in(run->settings->data, out))
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT,
                               "option '--out' is '%s', which holds pictures of '--data', expected another", out);
    if (snprintf(path, sizeof path, "%s.trial-%ld", out, (long)getpid()) >= (int)sizeof path)
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT, "the name of the file has more than %zu characters",
                               sizeof path);
    const gn_status status = save(run, path);
    remove(path);
    return status;
}

static void introduce(const training *run)
{
    const classify_settings *settings = run->settings;
    const int64_t pictures = gn_dataset_count(run->training_set);
    if (settings->json)
        event_print("begin",
                    json_pack("{s:s, s:I, s:s, s:I}", "build", gn_build_info(), "pictures", (json_int_t)pictures,
                              "data", settings->data, "seed", (json_int_t)settings->seed));
    else if (!settings->quiet)
        printf("%s\n%" PRId64 " picture%s (%s), seed %" PRId64 "\n", gn_build_info(), pictures, plural(pictures),
               settings->data, settings->seed);
}

static int execute(training *run)
{
    gn_status status = open_pictures(run);
    if (status == GN_OK)
        status = build_network(run);
    if (status == GN_OK)
        status = can_save(run);
    if (status == GN_OK)
        introduce(run);
    if (status == GN_OK)
        status = board_open(run->context, run->settings->tensorboard, 0, &run->board);
    interrupt_watch();
    if (status == GN_OK)
        status = train(run);
    const bool interrupted = status == GN_ERROR_STATE && interrupt_exit_code() != 0;
    if (status == GN_OK || interrupted)
        status = board_close(&run->board);
    if (status == GN_OK)
        status = save(run, run->settings->out);
    if (status != GN_OK)
        return program_fail_by(run->program, run->context);
    if (interrupted)
        return program_fail(run->program, interrupt_exit_code(),
                            "%s after step %" PRId64 "; %s is what was learned until then", interrupt_cause(),
                            gn_optimizer_steps(run->optimizer), run->settings->out);
    if (run->settings->json)
        event_print("done", json_pack("{s:s}", "classifier", run->settings->out));
    else if (!run->settings->quiet)
        printf("wrote %s\n", run->settings->out);
    return EXIT_SUCCESS;
}

static void release(training *run)
{
    board_close(&run->board);
    free(run->guesses);
    gn_tape_free(run->tape);
    gn_optimizer_free(run->optimizer);
    gn_module_free(run->lenet);
    gn_batches_free(run->test_batches);
    gn_batches_free(run->batches);
    gn_dataset_free(run->test_set);
    gn_dataset_free(run->training_set);
    gn_context_free(run->context);
}

int main(int argc, char **argv)
{
    classify_settings s = {0};
    /* clang-format off */
    option options[] = {
        option_digits(&s.data, "What is trained"),
        {.name = "epochs", .kind = OPTION_NUMBER, .where = &s.epochs, .value = "N", .preset = "3", .low = 1, .high = 10000,
         .of_run = true, .help = "passes through the data"},
        {.name = "batch", .kind = OPTION_NUMBER, .where = &s.batch, .value = "N", .preset = "64", .low = 1, .high = 4096,
         .of_run = true, .help = "pictures in a step"},
        option_seed_of_run(&s.seed),
        option_threads(&s.threads),
        {.name = "out", .kind = OPTION_TEXT, .where = &s.out, .value = "FILE", .preset = "classifier.safetensors",
         .file = FILE_WRITTEN, .group = "Files", .help = "the trained network"},
        {.name = "tensorboard", .kind = OPTION_TEXT, .where = &s.tensorboard, .value = "DIR",
         .help = "also write figures and histograms there, for TensorBoard"},
        option_lines_of_json(&s.json, NULL),
        option_quiet(&s.quiet),
    };
    /* clang-format on */
    const command_line classify = {
        .name = "classify",
        .summary = "trains a classifier of digits, tells how good it is, and saves it.",
        .examples = "  classify                            on the built-in digits\n"
                    "  classify --data ~/mnist --epochs 3  on MNIST\n",
        .options = options,
        .count = sizeof options / sizeof *options,
    };
    const int code = options_parse(&classify, argc, argv);
    if (code != OPTIONS_GO_ON)
        return code;
    training run = {.program = &classify, .settings = &s};
    run.context = program_context(&classify,
                                  &(gn_context_options){.seed = (uint64_t)s.seed, .threads = (int)s.threads});
    if (run.context == NULL)
        return EXIT_FAILURE;
    const int result = execute(&run);
    release(&run);
    return result;
}
