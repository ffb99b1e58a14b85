/* SPDX-License-Identifier: MIT */
/* tests/misuse/misuse.c - every public function with one argument wrong at a time: an error with a message, never
 * undefined behaviour.
 *
 * The calls are written by calls.awk from the headers. Each runs in a process of its own, so that one that crashes is
 * one failure. */
#include <gannet/gannet.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the desk: right arguments of every type, and some wrong ones ------------------------------------------------- */

enum { MAX_BYTES = 64 << 20, SECONDS = 20, PLENTY = 64 };

typedef struct desk {
    gn_context *context, *other;
    gn_tape *tape, *other_tape;
    gn_var *x, *y, *weight, *bias, *image, *kernel, *transposed_kernel, *out_image, *gamma, *class_numbers, *logits;
    gn_var *number, *label, *values[PLENTY], *gradients[PLENTY];
    gn_var *stale, *poison, *foreign, *scalar, *deep;
    gn_tensor *features, *more_features, *images, *labels, *class_tensor, *tensors[PLENTY];
    gn_tensor *foreign_tensor, *scalar_tensor, *deep_tensor;
    gn_module *module, *twin, *generator, *discriminator, *children[PLENTY], *free_child, *free_dense;
    gn_module *generator_twin, *norm, *foreign_module;
    gn_parameter *parameter, *own_parameter, *no_parameters[1];
    gn_optimizer *optimizer;
    gn_gan *gan;
    gn_gan_view view;
    gn_dataset *dataset;
    gn_batches *batches;
    gn_archive *archive, *read_archive;
    gn_animation *animation, *empty_animation;
    gn_tensorboard *board;
    gn_random random;
    gn_latent latent;
    gn_window window;
    gn_op op;
    gn_module_class module_class;
    gn_batch batch;
    gn_shape input_shape;
    gn_diagram_part part;
    gn_real numbers[PLENTY];
    double doubles[PLENTY];
    bool flag;
    int order[PLENTY];
    uint32_t words[PLENTY];
    uint64_t counters[PLENTY];
    char text[PLENTY], *long_text, folder[PLENTY], path[2 * PLENTY], checkpoint[2 * PLENTY], module_path[2 * PLENTY];
    char animation_path[2 * PLENTY], archive_path[2 * PLENTY], npy_path[2 * PLENTY], npz_path[2 * PLENTY];
    char idx_images[2 * PLENTY], idx_labels[2 * PLENTY], pictures[2 * PLENTY];
    void *nulls[PLENTY];
    gn_gan_report gan_report;
    gn_neighbourhood_report neighbourhood_report;
    gn_mode_report mode_report;
    gn_parzen_report parzen_report;
    gn_gradcheck_report gradcheck_report;
    gn_context_options context_options;
    gn_augment_options augment;
    gn_batches_options batches_options;
    gn_dataset_source source;
    gn_digits_options digits;
    gn_folder_options picture_folder;
    gn_gan_options gan_options;
    gn_sample_options sample;
    gn_standing_options standing;
    gn_onnx_options onnx;
    gn_emit_c_options emit_c;
    gn_gradcheck_options gradcheck;
    gn_dense_options dense;
    gn_conv2d_options conv2d;
    gn_batch_norm_options batch_norm;
    gn_conditional_batch_norm_options conditional_batch_norm;
    gn_maxout_options maxout;
    gn_embedding_options embedding;
    gn_gru_options gru;
    gn_projection_options projection;
    gn_minibatch_discrimination_options minibatch_discrimination;
    gn_optimizer_options optimizer_options;
    gn_schedule schedule;
} desk;

/* Refuses what would fill the machine's memory, as a small machine would. */
static void *allocate(void *user, void *pointer, size_t old_size, size_t new_size)
{
    (void)user, (void)old_size;
    if (new_size > MAX_BYTES)
        return NULL;
    if (new_size > 0)
        return realloc(pointer, new_size);
    free(pointer);
    return NULL;
}

static gn_status give_item(const void *user, int64_t index, gn_real *image, int *label)
{
    (void)user;
    for (int i = 0; i < 16; i++)
        image[i] = (gn_real)(index % 5) / 5;
    *label = (int)(index % 2);
    return GN_OK;
}

static gn_var *check_function(void *user, gn_tape *tape, gn_var *const *inputs, int count)
{
    (void)user, (void)tape, (void)count;
    return gn_tanh(inputs[0]);
}

static gn_status forward(gn_var *out)
{
    gn_op_output(out)[0] = 1;
    return GN_OK;
}

static gn_var *module_forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)count;
    return inputs[0];
}

static gn_tensor *tensor_of(gn_context *context, gn_shape shape)
{
    gn_tensor *tensor = gn_tensor_new(context, shape);
    for (int64_t i = 0; i < gn_tensor_count(tensor); i++)
        gn_tensor_data(tensor)[i] = (gn_real)(i * 7 % 11) / 11;
    return tensor;
}

static void lay_out_tensors(desk *d)
{
    d->features = tensor_of(d->context, GN_SHAPE(4, 3));
    d->more_features = tensor_of(d->context, GN_SHAPE(5, 3));
    d->images = tensor_of(d->context, GN_SHAPE(4, 4, 4, 1));
    d->labels = gn_tensor_from(d->context, GN_SHAPE(4), (gn_real[]){0, 1, 0, 1});
    d->class_tensor = gn_tensor_from(d->context, GN_SHAPE(2), (gn_real[]){0, 1});
    d->foreign_tensor = tensor_of(d->other, GN_SHAPE(4, 3));
    d->scalar_tensor = gn_tensor_new(d->context, (gn_shape){0});
    d->deep_tensor = gn_tensor_new(d->context, GN_SHAPE(1, 2, 1, 2, 1, 2));
    for (int i = 0; i < PLENTY; i++)
        d->tensors[i] = d->features;
}

static void lay_out_values(desk *d)
{
    d->stale = gn_full(d->tape, GN_SHAPE(2, 3), 1);
    gn_tape_reset(d->tape);
    d->x = gn_input(d->tape, d->features);
    d->y = gn_full(d->tape, GN_SHAPE(4, 3), (gn_real)0.5);
    d->weight = gn_full(d->tape, GN_SHAPE(3, 2), (gn_real)0.5);
    d->bias = gn_full(d->tape, GN_SHAPE(2), (gn_real)0.5);
    d->image = gn_input(d->tape, d->images);
    d->kernel = gn_full(d->tape, GN_SHAPE(3, 3, 1, 2), (gn_real)0.5);
    d->transposed_kernel = gn_full(d->tape, GN_SHAPE(3, 3, 2, 1), (gn_real)0.5);
    d->out_image = gn_full(d->tape, GN_SHAPE(4, 2, 2, 2), (gn_real)0.5);
    d->gamma = gn_full(d->tape, GN_SHAPE(3), 1);
    d->class_numbers = gn_input(d->tape, d->labels);
    d->label = gn_one_hot(d->class_numbers, 2);
    d->number = gn_mean(gn_square(gn_apply(d->module, d->x)), GN_ALL_AXES, false);
    d->scalar = gn_constant(d->tape, 1);
    d->deep = gn_full(d->tape, GN_SHAPE(1, 2, 1, 2, 1, 2), 1);
    d->foreign = gn_input(d->other_tape, d->foreign_tensor);
    gn_tape *failed = gn_tape_new(d->context);
    d->poison = gn_input(failed, NULL);
    for (int i = 0; i < PLENTY; i++)
        d->values[i] = d->x;
}

static gn_module *generator_new(gn_context *context)
{
    return gn_sequential(
        context, "generator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), gn_identity_layer(context)),
        gn_dense_layer(context, &(gn_dense_options){.in = 5, .out = 16}), gn_reshape_layer(context, GN_SHAPE(4, 4, 1)),
        gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 1}), gn_tanh_layer(context));
}

static void lay_out_modules(desk *d)
{
    d->module = gn_dense_layer(d->context, &(gn_dense_options){.in = 3, .out = 2, .name = "dense"});
    d->twin = gn_dense_layer(d->context, &(gn_dense_options){.in = 3, .out = 2, .name = "dense"});
    d->foreign_module = gn_dense_layer(d->other, &(gn_dense_options){.in = 3, .out = 2, .name = "foreign"});
    d->free_child = gn_relu_layer(d->context);
    d->free_dense = gn_dense_layer(d->context, &(gn_dense_options){.in = 3, .out = 2, .name = "free"});
    d->norm = gn_batch_norm_layer(d->context, &(gn_batch_norm_options){.size = 3});
    d->parameter = gn_parameters(d->module).items[0];
    d->own_parameter = gn_parameter_new(d->context, "own", GN_SHAPE(2));
    for (int i = 0; i < PLENTY; i++)
        d->children[i] = i == 0 ? gn_tanh_layer(d->context) : NULL;
    d->generator = generator_new(d->context);
    d->generator_twin = generator_new(d->context);
    d->discriminator = gn_sequential(
        d->context, "discriminator",
        gn_join(d->context, "input", GN_JOIN_CONCAT, gn_flatten_layer(d->context), gn_identity_layer(d->context)),
        gn_dense_layer(d->context, &(gn_dense_options){.in = 18, .out = 1}));
}

static void lay_out_options(desk *d)
{
    d->latent = (gn_latent){.size = 3};
    d->window = (gn_window){0};
    d->op = (gn_op){.name = "own", .forward = forward};
    d->module_class = (gn_module_class){.name = "own", .forward = module_forward, .inputs = 1};
    d->batch = (gn_batch){.images = d->images, .labels = d->labels, .size = 4};
    d->input_shape = GN_SHAPE(2, 3);
    static const char *const names[] = {"x"};
    d->part = (gn_diagram_part){d->module, &d->input_shape, names, 1, "y"};
    d->context_options = (gn_context_options){.threads = 1, .allocate = allocate};
    d->augment = (gn_augment_options){.translation = 0.1f};
    d->batches_options = (gn_batches_options){.size = 4};
    d->source = (gn_dataset_source){
        .count = 20, .height = 4, .width = 4, .channels = 1, .classes = 2, .item = give_item};
    d->digits = (gn_digits_options){.count = 10};
    d->picture_folder = (gn_folder_options){.size = 4, .channels = 1};
    d->gan_options = (gn_gan_options){.generator = d->generator,
                                      .discriminator = d->discriminator,
                                      .classes = 2,
                                      .latent = {.size = 3},
                                      .penalties = {{.kind = GN_GAN_CONSISTENCY, .augment = d->augment}},
                                      .replay = 8,
                                      .average_decay = 0.9f,
                                      .watch_interval = 1};
    d->sample = (gn_sample_options){.per_class = 1};
    d->standing = (gn_standing_options){.batches = 1, .size = 2};
    d->onnx = (gn_onnx_options){.inputs = &d->input_shape, .input_names = names, .count = 1};
    d->emit_c = (gn_emit_c_options){.input_names = names};
    d->dense = (gn_dense_options){.in = 3, .out = 2};
    d->conv2d = (gn_conv2d_options){.in = 1, .out = 2, .kernel = 3};
    d->batch_norm = (gn_batch_norm_options){.size = 3};
    d->conditional_batch_norm = (gn_conditional_batch_norm_options){.size = 3, .classes = 2};
    d->maxout = (gn_maxout_options){.in = 3, .units = 2, .pieces = 2};
    d->embedding = (gn_embedding_options){.classes = 2, .size = 3};
    d->gru = (gn_gru_options){.in = 3, .size = 2};
    d->projection = (gn_projection_options){.in = 3, .classes = 2};
    d->minibatch_discrimination = (gn_minibatch_discrimination_options){.in = 3};
}

static void put(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        abort();
}

/* The folder is one of MNIST and of CIFAR-10, too. */
static void lay_out_data(const desk *d)
{
    static const unsigned char images[16 + 2 * 4] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 9, 8, 7};
    static const unsigned char labels[8 + 2] = {0, 0, 8, 1, 0, 0, 0, 2, 1, 0}, record[3073];
    char path[3 * PLENTY];
    put(d->idx_images, images, sizeof images);
    put(d->idx_labels, labels, sizeof labels);
    snprintf(path, sizeof path, "%s/test_batch.bin", d->folder);
    put(path, record, sizeof record);
    snprintf(path, sizeof path, "%s/class", d->pictures);
    mkdir(d->pictures, 0777);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/class/a.png", d->pictures);
    gn_image_grid_write(path, d->images, 1, 1);
}

static void lay_out_paths(desk *d)
{
    snprintf(d->folder, sizeof d->folder, "/tmp/gannet_misuse_XXXXXX");
    if (mkdtemp(d->folder) == NULL)
        abort();
    const struct {
        char *path;
        const char *name;
    } files[] = {{d->path, "new"},
                 {d->checkpoint, "gan"},
                 {d->module_path, "module"},
                 {d->animation_path, "animation"},
                 {d->archive_path, "archive"},
                 {d->npy_path, "npy"},
                 {d->npz_path, "npz"},
                 {d->idx_images, "t10k-images-idx3-ubyte"},
                 {d->idx_labels, "t10k-labels-idx1-ubyte"},
                 {d->pictures, "pictures"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        snprintf(files[i].path, 2 * PLENTY, "%s/%s", d->folder, files[i].name);
}

static void lay_out_files(desk *d)
{
    lay_out_paths(d);
    lay_out_data(d);
    gn_animation_add(d->animation, d->images);
    gn_animation_write(d->animation, d->animation_path, 2);
    gn_archive_add(d->archive, "tensor", d->features);
    gn_archive_add_numbers(d->archive, "numbers", d->counters, 1);
    gn_archive_add_text(d->archive, "key", "text");
    gn_archive_save(d->archive, d->archive_path);
    d->read_archive = gn_archive_load(d->context, d->archive_path);
    d->board = gn_tensorboard_open(d->context, d->folder, 0);
    gn_npy_save(d->images, d->npy_path);
    gn_npz_save(d->archive, d->npz_path);
    gn_gan_save(d->gan, d->checkpoint, "{}");
    gn_module_save(d->module, d->module_path, "{}");
}

static void lay_out_players(desk *d)
{
    d->optimizer = gn_optimizer_new(d->module, NULL);
    d->gan = gn_gan_new(d->context, &d->gan_options);
    gn_gan_step(d->gan, &d->batch, NULL);
    gn_backward(d->number, gn_parameters(d->module));
    d->view = (gn_gan_view){d->gan, d->image, d->image, d->label, d->number, d->number, d->random};
    d->dataset = gn_dataset_new(d->context, &d->source);
    d->batches = gn_batches_new(d->dataset, &d->batches_options);
    d->archive = gn_archive_new(d->context);
    d->animation = gn_animation_new(d->context, 2, 1);
    d->empty_animation = gn_animation_new(d->context, 2, 1);
}

static void lay_out(desk *d)
{
    const gn_context_options options = {.threads = 1, .seed = 1, .allocate = allocate};
    d->context = gn_context_new(&options);
    d->other = gn_context_new(&options);
    d->tape = gn_tape_new(d->context);
    d->other_tape = gn_tape_new(d->other);
    for (int i = 0; i < PLENTY; i++)
        d->doubles[i] = d->numbers[i] = (gn_real)0.5;
    d->order[0] = 1; /* a transposition of two axes */
    d->long_text = malloc(100001);
    if (d->long_text == NULL || d->context == NULL || d->other == NULL)
        abort();
    memset(d->long_text, 'a', 100000);
    d->long_text[100000] = '\0';
    lay_out_tensors(d);
    lay_out_modules(d);
    lay_out_values(d);
    lay_out_options(d);
    lay_out_players(d);
    lay_out_files(d);
    if (gn_context_status(d->context) != GN_ERROR_ARGUMENT || gn_tape_status(d->tape) != GN_OK || d->gan == NULL ||
        d->read_archive == NULL || d->batches == NULL) {
        fprintf(stderr, "misuse: %s\n", gn_context_message(d->context));
        exit(EXIT_FAILURE);
    }
    gn_context_clear(d->context); /* of the poison */
    gn_context_clear(d->other);
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

typedef enum verdict { SUCCEEDED = 100, FAILED_WITH_WORDS, FAILED_IN_SILENCE, NOTHING_TO_JUDGE } verdict;

static verdict failed(const desk *d)
{
    const gn_context *const contexts[] = {d->context, d->other};
    for (int i = 0; i < 2; i++)
        if (gn_context_status(contexts[i]) != GN_OK && gn_context_message(contexts[i])[0] != '\0')
            return FAILED_WITH_WORDS;
    return FAILED_IN_SILENCE;
}

/* That a build lacks LAPACK is nobody's mistake. */
static verdict judge_status(const desk *d, gn_status status)
{
    if (status == GN_ERROR_UNSUPPORTED && strstr(gn_context_message(d->context), "LAPACK") != NULL)
        return NOTHING_TO_JUDGE;
    return status == GN_OK ? SUCCEEDED : failed(d);
}

/* Where the answer tells nothing, a message may. */
static verdict judge_message(const desk *d)
{
    return failed(d) == FAILED_WITH_WORDS ? FAILED_WITH_WORDS : NOTHING_TO_JUDGE;
}

static verdict judge_pointer(const desk *d, const void *pointer)
{
    return pointer != NULL ? SUCCEEDED : failed(d);
}

static verdict judge_value(const desk *d, const gn_var *value)
{
    return value != NULL && gn_var_data(value) != NULL ? SUCCEEDED : failed(d);
}

typedef enum expected { MAY_SUCCEED, MUST_SUCCEED, MUST_FAIL } expected;

typedef struct misuse {
    verdict (*call)(desk *d);
    const char *function, *argument, *wrong;
    expected expected;
    bool leaves_message;
} misuse;

#include "calls.inc"

/* What is wrong with what came of it; NULL when nothing is. */
static const char *judge_end(const misuse *m, int end)
{
    if (WIFSIGNALED(end))
        return WTERMSIG(end) == SIGALRM ? "does not come back" : "crashes";
    switch ((verdict)WEXITSTATUS(end)) {
    case SUCCEEDED:
        return m->expected == MUST_FAIL ? "succeeds" : NULL;
    case FAILED_WITH_WORDS:
        return m->expected == MUST_SUCCEED ? "fails with right arguments" : NULL;
    case FAILED_IN_SILENCE:
        return m->expected == MUST_SUCCEED ? "fails with right arguments"
               : m->leaves_message         ? "fails without a message"
                                           : NULL;
    case NOTHING_TO_JUDGE:
        return NULL;
    }
    return "ends with a sanitizer's report";
}

/* Of the calls that must be refused: those that are, by their answer or a message, and those that answer nothing, or a
 * number or text that has no value for "no", and are only to do no harm. */
static int refused, harmless;

static bool try_call(const misuse *m, desk *d)
{
    int end = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS);
        const verdict found = m->call(d);
        if (getenv("MISUSE_VERBOSE") != NULL)
            fprintf(stderr, "%s: %s | %s\n", m->function, gn_context_message(d->context), gn_context_message(d->other));
        _exit((int)found);
    }
    const bool ran = child > 0 && waitpid(child, &end, 0) == child;
    const char *wrong = ran ? judge_end(m, end) : "could not be tried";
    const int found = ran && WIFEXITED(end) ? WEXITSTATUS(end) : SUCCEEDED;
    refused += m->expected == MUST_FAIL && (found == FAILED_WITH_WORDS || found == FAILED_IN_SILENCE);
    harmless += m->expected == MUST_FAIL && found == NOTHING_TO_JUDGE;
    if (wrong != NULL)
        fprintf(stderr, "%s, %s = %s: %s\n", m->function, m->argument, m->wrong, wrong);
    return wrong == NULL;
}

static void remove_files(const desk *d)
{
    char command[200];
    snprintf(command, sizeof command, "rm -rf '%s'", d->folder);
    if (system(command) != 0)
        fprintf(stderr, "misuse: %s stays\n", d->folder);
}

/* misuse [FUNCTION]: all of them, or one function's. */
int main(int argc, char **argv)
{
    static desk d;
    int tried = 0, wrong = 0;
    lay_out(&d);
    for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
        if (argc > 1 && strcmp(argv[1], misuses[i].function) != 0)
            continue;
        tried++;
        wrong += !try_call(&misuses[i], &d);
    }
    remove_files(&d);
    printf("%d functions, %d arguments, %d options: %d calls, %d went wrong\n", FUNCTIONS, ARGUMENTS, OPTIONS, tried,
           wrong);
    printf("%d that must be refused are, by what they return or say; %d tell nothing, and do no harm\n", refused,
           harmless);
    return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
