/* SPDX-License-Identifier: MIT */
/* tests/faults/test_every_allocation.c - what the library does when memory is out, at every request for memory that it
 * makes.
 *
 * Each scenario is played again and again: the first request for memory is refused, then the second, and so on until
 * one play needs no more; once each alone, and once with all that follow. A play that fails must say that memory is
 * out, and the same objects must then do the same work when memory is back. At the end every block must have been
 * returned. */
#include "encode.h"
#include "files.h"
#include "gan/game.h"
#include "memory.h"

#include <gannet/gannet.h>
#include <zlib.h>

/* What the scenarios work with; whatever is there at the end is freed. */
typedef struct stage {
    memory memory;
    gn_context *context;
    gn_tape *tape;
    gn_module *module;
    gn_tensor *tensor;
    gn_animation *animation;
    gn_gan_options options;
    gn_gan *gan;
    tiny_data data;
} stage;

typedef struct scenario {
    const char *name;
    void (*prepare)(stage *s, int number); /* makes the objects while there is memory; NULL: there are none */
    bool (*play)(stage *s);                /* while memory is refused; true when it did what it should */
    bool (*unharmed)(stage *s);            /* after a play that failed: is all as it was before? NULL: nothing to see */
    int number;
} scenario;

static void stage_close(stage *s)
{
    tiny_data_free(&s->data);
    gn_gan_free(s->gan);
    gn_module_free(s->options.generator);
    gn_module_free(s->options.discriminator);
    gn_animation_free(s->animation);
    gn_tensor_free(s->tensor);
    gn_tape_free(s->tape);
    gn_module_free(s->module);
    gn_context_free(s->context);
}

/* --- the harness -------------------------------------------------------------------------------------------------- */

static bool is(bool fits, const char *what, const scenario *played, size_t n)
{
    if (!fits)
        print_error("%s, request %zu: %s\n", played->name, n, what);
    return fits;
}

static bool failed_well(const scenario *played, stage *s, size_t n)
{
    const gn_status status = gn_context_status(s->context);
    const char *message = gn_context_message(s->context);
    bool well = is(status == GN_ERROR_MEMORY && strstr(message, "out of memory") != NULL, message, played, n);
    if (played->unharmed != NULL)
        well &= is(played->unharmed(s), "the failure left a trace", played, n);
    return well & is(played->play(s), "cannot be done again", played, n);
}

/* Plays once with request n refused. well: it failed as it should; nothing is done without memory that it asks for.
 * Returns whether there was such a request at all. */
static bool play_with(const scenario *played, size_t n, bool from_then_on, bool *well)
{
    stage s = {.memory = {.from_then_on = from_then_on}};
    s.context = memory_context(&s.memory, 1);
    if (played->prepare != NULL)
        played->prepare(&s, played->number);
    gn_context_clear(s.context);
    s.memory.failures = 0;
    s.memory.fail_at = s.memory.calls + n;
    const bool done = played->play(&s);
    const size_t refused = s.memory.failures;
    s.memory.fail_at = 0;
    *well = is(done == (refused == 0), done ? "nobody saw the failure" : "failed without a reason", played, n);
    if (!done)
        *well &= failed_well(played, &s, n);
    stage_close(&s);
    *well &= is(s.memory.blocks == 0 && s.memory.wrong_sizes == 0, "not all memory was returned", played, n);
    return refused > 0;
}

/* Stops at the first request that could not be refused without harm; *requests and *well count. */
static void refuse_each(const scenario *played, bool from_then_on, size_t *requests, size_t *well)
{
    bool this_well = true;
    for (size_t n = 1; this_well && play_with(played, n, from_then_on, &this_well); n++) {
        ++*requests;
        *well += this_well;
    }
    *requests += !this_well && *requests == *well; /* the play with all the memory it wants failed */
}

static bool report(const char *name, size_t requests, size_t well)
{
    print_message("    %-46s%5zu of %zu\n", name, well, requests);
    return well == requests && requests > 0;
}

/* --- contexts, networks, gradients -------------------------------------------------------------------------------- */

static void keep_log(void *user, gn_log_level level, const char *message)
{
    (void)level;
    const stage *s = user;
    gn_context_fail(s->context, GN_ERROR_MEMORY, "%s", message);
}

static bool play_context(stage *s)
{
    gn_context *context = gn_context_new(&(gn_context_options){
        .threads = 2, .allocate = memory_allocate, .allocate_user = &s->memory, .log = keep_log, .log_user = s});
    gn_context_free(context);
    return context != NULL;
}

static gn_module *many_layers(gn_context *context)
{
    return gn_sequential(
        context, "net", gn_conv2d_layer(context, &(gn_conv2d_options){.in = 2, .out = 4, .kernel = 3, .padding = 1}),
        gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 4}), gn_leaky_relu_layer(context, 0.2f),
        gn_residual_layer(context, "block",
                          gn_conv2d_layer(context, &(gn_conv2d_options){.in = 4, .out = 4, .kernel = 1}),
                          gn_identity_layer(context)),
        gn_max_pool2d_layer(context, 2, 0), gn_upsample_layer(context, 2), gn_flatten_layer(context),
        gn_dropout_layer(context, 0.5f),
        gn_maxout_layer(context, &(gn_maxout_options){.in = 64, .units = 5, .pieces = 2}),
        gn_minibatch_discrimination_layer(
            context, &(gn_minibatch_discrimination_options){.in = 5, .kernels = 2, .dimensions = 2}),
        gn_minibatch_stddev_layer(context, 0),
        gn_spectral_norm_layer(context, gn_dense_layer(context, &(gn_dense_options){.in = 8, .out = 1}), 1));
}

static void prepare_layers(stage *s, int batch)
{
    s->module = many_layers(s->context);
    s->tensor = gn_tensor_new(s->context, GN_SHAPE(batch, 4, 4, 2));
    gn_random_fill_normal(&(gn_random){.seed = 1}, gn_tensor_data(s->tensor), gn_tensor_count(s->tensor), 0, 1);
}

static bool play_construction(stage *s)
{
    gn_module *generator = tiny_generator(s->context, 0.9f), *layers = many_layers(s->context);
    const bool done = generator != NULL && layers != NULL;
    gn_module_free(generator);
    gn_module_free(layers);
    return done;
}

static bool play_backward(stage *s)
{
    gn_tape *tape = gn_tape_new(s->context);
    const bool done = tape != NULL && gn_backward(gn_mean(gn_square(gn_apply(s->module, gn_input(tape, s->tensor))),
                                                          GN_ALL_AXES, false),
                                                  gn_parameters(s->module)) == GN_OK;
    gn_tape_free(tape);
    return done;
}

static bool play_emit_c(stage *s)
{
    const gn_shape shape = gn_tensor_shape(s->tensor);
    return gn_module_emit_c(s->module, path_of("network.c"), &shape, 1, NULL) == GN_OK;
}

static void prepare_critic(stage *s, int batch)
{
    s->module = gn_sequential(
        s->context, "critic",
        gn_conv2d_layer(s->context, &(gn_conv2d_options){.in = 2, .out = 3, .kernel = 3, .padding = 1}),
        gn_leaky_relu_layer(s->context, 0.2f), gn_flatten_layer(s->context), gn_tanh_layer(s->context),
        gn_dense_layer(s->context, &(gn_dense_options){.in = 48, .out = 1}));
    s->tensor = gn_tensor_new(s->context, GN_SHAPE(batch, 4, 4, 2));
}

/* A gradient penalty. */
static bool second_order(stage *s)
{
    gn_var *x = gn_input(s->tape, s->tensor), *gradient = NULL;
    if (gn_gradients(gn_apply(s->module, x), &x, 1, true, &gradient) != GN_OK)
        return false;
    return gn_backward(gn_sum(gn_square(gradient), GN_ALL_AXES, false), gn_parameters(s->module)) == GN_OK;
}

/* The tape stays, so that a failed recording is followed by another one on the same memory. */
static bool play_second_order(stage *s)
{
    if (s->tape == NULL)
        s->tape = gn_tape_new(s->context);
    if (s->tape == NULL)
        return false;
    gn_tape_reset(s->tape);
    return second_order(s);
}

/* Inputs that the first chunk of memory for values holds. */
static int inputs_in_a_chunk(stage *s)
{
    gn_tape *tape = gn_tape_new(s->context);
    gn_input(tape, s->tensor);
    const uint64_t before_second_chunk = gn_context_memory(s->context).allocations;
    int count = 1;
    for (; gn_context_memory(s->context).allocations == before_second_chunk; count++)
        gn_input(tape, s->tensor);
    gn_tape_free(tape);
    return count - 1;
}

/* A tape that has memory for this many values more, and this many blocks of data: a little of it serves the smallest of
 * needs. */
static void prepare_full_tape(stage *s, int room)
{
    enum { CHUNK = 1 << 18, BLOCK = 16 }; /* elements */
    prepare_critic(s, 2);
    const int inputs = inputs_in_a_chunk(s);
    s->tape = gn_tape_new(s->context);
    gn_tape_set_recording(s->tape, false);
    assert_non_null(gn_var_data(gn_full(s->tape, GN_SHAPE(CHUNK - BLOCK * (8 + room)), 1)));
    for (int i = 0; i + 1 < inputs - room; i++)
        gn_input(s->tape, s->tensor);
    gn_tape_set_recording(s->tape, true);
}

static bool batch_norm_gradient(stage *s)
{
    gn_var *x = gn_input(s->tape, s->tensor), *ones = gn_full(s->tape, GN_SHAPE(2), 1), *gradient = NULL;
    gn_var *y = gn_batch_norm(x, ones, ones, 1e-3f, 0.2f, NULL, NULL);
    return gn_gradients(gn_sum(gn_square(y), GN_ALL_AXES, false), &x, 1, false, &gradient) == GN_OK;
}

static bool play_full_tape(stage *s)
{
    if (gn_tape_status(s->tape) != GN_OK)
        gn_tape_reset(s->tape);
    gn_add(gn_full(s->tape, GN_SHAPE(2, 1), 1), gn_full(s->tape, GN_SHAPE(1, 3), 1));
    return batch_norm_gradient(s) && second_order(s);
}

static bool play_gradcheck(stage *s)
{
    gn_module_set_training(s->module, false);
    return gn_gradcheck_module(s->module, &s->tensor, 1, &(gn_gradcheck_options){.max_elements = 2, .tolerance = 10},
                               NULL) == GN_OK;
}

static const gn_optimizer_options optimizers[] = {
    {.kind = GN_ADAM},
    {.kind = GN_ADAM_KERAS, .clip_norm = 1},
    {.kind = GN_SGD, .momentum = 0.9f, .nesterov = true},
    {.kind = GN_RMSPROP, .momentum = 0.9f},
};

static void prepare_optimizer(stage *s, int kind)
{
    prepare_layers(s, 2);
    assert_true(play_backward(s));
    s->options.generator_optimizer = optimizers[kind];
}

static bool play_optimizer(stage *s)
{
    gn_optimizer *optimizer = gn_optimizer_new(s->module, &s->options.generator_optimizer);
    const bool done = optimizer != NULL && gn_optimizer_step(optimizer) == GN_OK;
    gn_optimizer_free(optimizer);
    return done;
}

/* --- games -------------------------------------------------------------------------------------------------------- */

enum { PLAIN, RICH };

/* RICH has nearly all there is. */
static void prepare_networks(stage *s, int kind)
{
    s->options = tiny_options(s->context, 0.8f);
    s->data = tiny_data_new(s->context, 4, 1);
    s->options.average_decay = 0.9f;
    if (kind == PLAIN)
        return;
    use_plain_discriminator(&s->options);
    s->options.penalties[0] = (gn_gan_penalty){.kind = GN_GAN_GRADIENT_PENALTY};
    s->options.penalties[1] = (gn_gan_penalty){.kind = GN_GAN_CONSISTENCY, .augment = {.brightness = 0.1f}};
    s->options.augment = (gn_augment_options){.translation = 0.25f};
    s->options.instance_noise = 0.1f;
    s->options.pairs = (gn_gan_pairs){1, 0.5f, 0.5f};
    s->options.replay = 8;
    s->options.accumulation = 2;
    s->options.unrolled_steps = 1;
    s->options.watch_interval = 1;
}

static bool play_game(stage *s)
{
    gn_gan *gan = gn_gan_new(s->context, &s->options);
    const bool done = gan != NULL && gn_gan_step(gan, &s->data.batch, NULL) == GN_OK;
    gn_gan_free(gan);
    return done;
}

static void prepare_game(stage *s, int kind)
{
    prepare_networks(s, kind);
    s->gan = gn_gan_new(s->context, &s->options);
    if (s->gan == NULL)
        fail_msg("%s", gn_context_message(s->context));
}

static bool play_step(stage *s)
{
    return gn_gan_step(s->gan, &s->data.batch, NULL) == GN_OK;
}

static bool counted_no_step(stage *s)
{
    return gn_gan_steps(s->gan) == 0;
}

static bool play_sample(stage *s)
{
    gn_tensor *images = gn_gan_sample(s->gan, &(gn_sample_options){.per_class = 2, .average = true});
    gn_tensor *others = gn_generator_sample(s->options.generator, TINY_CLASSES, &s->options.latent,
                                            &(gn_sample_options){.per_class = 1});
    const bool done = images != NULL && others != NULL;
    gn_tensor_free(images);
    gn_tensor_free(others);
    return done;
}

static bool play_standing(stage *s)
{
    return gn_gan_standing_statistics(s->gan, &(gn_standing_options){.batches = 2, .size = 4}) == GN_OK;
}

static bool play_copied_average(stage *s)
{
    gn_gan_options other = tiny_options(s->context, 0.8f);
    const bool done = other.generator != NULL && other.discriminator != NULL &&
                      gn_gan_copy_average(s->gan, other.generator) == GN_OK;
    gn_module_free(other.generator);
    gn_module_free(other.discriminator);
    return done;
}

static bool play_best(stage *s)
{
    bool saved = false;
    return gn_gan_save_best(s->gan, path_of("saved"), "{}", 1, true, &saved) == GN_OK && saved;
}

/* 64 pictures need more than what a tape has at first. */
static void prepare_many_pictures(stage *s, int number)
{
    (void)number;
    s->tape = gn_tape_new(s->context);
    s->tensor = gn_tensor_new(s->context, GN_SHAPE(64, 28, 28, 1));
}

static bool play_augment(stage *s)
{
    gn_tape_reset(s->tape);
    gn_augment(gn_input(s->tape, s->tensor), &(gn_augment_options){.translation = 0.1f, .rotation = 10},
               (gn_random){.seed = 1});
    return gn_tape_status(s->tape) == GN_OK;
}

/* --- metrics ------------------------------------------------------------------------------------------------------ */

static void prepare_features(stage *s, int count)
{
    s->tensor = gn_tensor_new(s->context, GN_SHAPE(count, 4));
    s->data.labels = gn_tensor_new(s->context, GN_SHAPE(count));
    gn_random_fill_normal(&(gn_random){.seed = 1}, gn_tensor_data(s->tensor), 4 * count, 0, 1);
    for (int i = 0; i < count; i++)
        gn_tensor_data(s->data.labels)[i] = (gn_real)(i % 3);
}

static bool play_metrics(stage *s)
{
    const gn_tensor *x = s->tensor, *labels = s->data.labels;
    double number, other, by_class[4];
    gn_neighbourhood_report neighbourhood;
    gn_mode_report modes;
    gn_parzen_report parzen;
    return gn_label_accuracy(x, labels, &number, by_class) == GN_OK &&
           gn_classifier_score(x, 2, &number, &other) == GN_OK && gn_kernel_distance(x, x, &number) == GN_OK &&
           gn_sliced_wasserstein(x, x, 3, 1, &number) == GN_OK &&
           gn_neighbourhood_metrics(x, x, 2, &neighbourhood) == GN_OK &&
           gn_nearest_neighbour_error(x, labels, x, labels, &number) == GN_OK &&
           gn_diversity(x, labels, &number) == GN_OK && gn_mixture_modes(x, x, 0.1, &modes) == GN_OK &&
           gn_mode_histogram(labels, 3, &modes) == GN_OK && gn_parzen_log_likelihood(x, x, x, &parzen) == GN_OK;
}

static bool play_frechet(stage *s)
{
    double distance;
    const gn_status status = gn_frechet_distance(s->tensor, s->tensor, &distance);
    return status == GN_OK || status == GN_ERROR_UNSUPPORTED; /* without LAPACK */
}

/* --- files of a run ----------------------------------------------------------------------------------------------- */

static const char before[] = "what was there before";

static void prepare_save(stage *s, int kind)
{
    prepare_game(s, kind);
    assert_true(play_step(s));
    put_file(path_of("saved"), before, sizeof before);
}

static bool play_save(stage *s)
{
    return gn_gan_save(s->gan, path_of("saved"), "{}") == GN_OK;
}

/* The file of before is whole, and there is no unfinished one beside it (those of setup have dots in their names). */
static bool kept_the_file(stage *s)
{
    (void)s;
    size_t files = 0;
    DIR *directory = opendir(test_directory);
    for (const struct dirent *entry = NULL; directory != NULL && (entry = readdir(directory)) != NULL;)
        files += strncmp(entry->d_name, "saved", 5) == 0;
    closedir(directory);
    return files == 1 && file_holds(path_of("saved"), before, sizeof before);
}

static bool play_load(stage *s)
{
    return gn_gan_load(s->gan, path_of("run")) == GN_OK;
}

/* Weights are those that the seed gives, and no step has been made. */
static bool loaded_nothing(stage *s)
{
    stage fresh = {0};
    fresh.context = gn_context_new(&(gn_context_options){.threads = 1});
    fresh.options = tiny_options(fresh.context, 0.8f);
    const bool equal = bits_of(s->options.generator, NULL) == bits_of(fresh.options.generator, NULL) &&
                       bits_of(s->options.discriminator, NULL) == bits_of(fresh.options.discriminator, NULL);
    stage_close(&fresh);
    return equal && gn_gan_steps(s->gan) == 0;
}

static bool play_archive(stage *s)
{
    gn_archive *archive = gn_archive_load(s->context, path_of("run"));
    const bool done = archive != NULL;
    gn_archive_free(archive);
    return done;
}

static bool play_module_file(stage *s)
{
    char *config = gn_config_read(s->context, path_of("run"));
    const bool done = config != NULL && gn_module_load(s->options.generator, path_of("run")) == GN_OK &&
                      gn_module_save(s->options.generator, path_of("saved"), "{}") == GN_OK;
    gn_text_free(s->context, config);
    return done;
}

/* Both of NumPy's files, written, read, and taken for a data set. */
static bool play_numpy(stage *s)
{
    gn_archive *archive = gn_archive_new(s->context);
    bool done = archive != NULL && gn_archive_add(archive, "x", s->tensor) == GN_OK &&
                gn_npz_save(archive, path_of("numbers.npz")) == GN_OK &&
                gn_npy_save(s->tensor, path_of("numbers.npy")) == GN_OK;
    gn_archive_free(archive);
    archive = done ? gn_npz_load(s->context, path_of("numbers.npz")) : NULL;
    gn_tensor *numbers = archive != NULL ? gn_npy_load(s->context, path_of("numbers.npy")) : NULL;
    gn_dataset *pictures = numbers != NULL ? gn_arrays_load(s->context, path_of("numbers.npy"), NULL) : NULL;
    done = pictures != NULL;
    gn_dataset_free(pictures);
    gn_tensor_free(numbers);
    gn_archive_free(archive);
    return done;
}

static bool play_board(stage *s)
{
    gn_tensorboard *board = gn_tensorboard_open(s->context, test_directory, 0);
    const bool done = board != NULL && gn_tensorboard_scalar(board, "a", 1, 2) == GN_OK &&
                      gn_tensorboard_images(board, "b", 1, s->tensor, 2) == GN_OK &&
                      gn_tensorboard_histogram(board, "c", 1, s->tensor) == GN_OK;
    return (gn_tensorboard_close(board) == GN_OK) & done;
}

static bool play_diagram(stage *s)
{
    const gn_shape inputs[] = {GN_SHAPE(1, TINY_LATENT), GN_SHAPE(1, TINY_CLASSES)};
    const char *const names[] = {"noise", "label"};
    const gn_diagram_part part = {s->options.generator, inputs, names, 2, "picture"};
    return gn_diagram_write(s->context, path_of("saved"), &part, 1) == GN_OK;
}

/* --- data --------------------------------------------------------------------------------------------------------- */

static bool play_batches(gn_dataset *dataset)
{
    gn_batches *batches = dataset == NULL ? NULL : gn_batches_new(dataset, &(gn_batches_options){.size = 2});
    const bool done = batches != NULL && gn_batches_next(batches) != NULL;
    gn_batches_free(batches);
    gn_dataset_free(dataset);
    return done;
}

static bool play_idx(stage *s)
{
    return play_batches(gn_idx_load(s->context, path_of("images.gz"), path_of("labels")));
}

static bool play_mnist(stage *s)
{
    return play_batches(gn_mnist_load(s->context, test_directory, GN_SPLIT_TEST));
}

static bool play_cifar10(stage *s)
{
    return play_batches(gn_cifar10_load(s->context, test_directory, GN_SPLIT_TEST));
}

/* A class of a PNG and one of a JPEG. */
static bool play_folder(stage *s)
{
    return play_batches(gn_folder_load(s->context, path_of("pictures"), &(gn_folder_options){.size = 3}));
}

static bool play_prefetch(stage *s)
{
    gn_dataset *dataset = gn_digits_new(s->context, &(gn_digits_options){.count = 20});
    gn_batches *batches = dataset == NULL ? NULL
                                          : gn_batches_new(dataset, &(gn_batches_options){.size = 2, .prefetch = true});
    const bool done = batches != NULL && gn_batches_next(batches) != NULL && gn_batches_next(batches) != NULL;
    gn_batches_free(batches);
    gn_dataset_free(dataset);
    return done;
}

static bool play_digits(stage *s)
{
    return play_batches(gn_digits_new(s->context, &(gn_digits_options){.count = 20}));
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

static void prepare_pictures(stage *s, int channels)
{
    s->tensor = gn_tensor_new(s->context, GN_SHAPE(3, 5, 4, channels));
    s->animation = gn_animation_new(s->context, 2, 1);
    assert_int_equal(gn_animation_add(s->animation, s->tensor), GN_OK);
    put_file(path_of("saved"), before, sizeof before);
}

static bool play_grid(stage *s)
{
    return gn_image_grid_write(path_of("saved"), s->tensor, 2, 2) == GN_OK;
}

static bool play_frame(stage *s)
{
    return gn_animation_add(s->animation, s->tensor) == GN_OK;
}

static bool has_one_frame(stage *s)
{
    return gn_animation_frames(s->animation) == 1;
}

static bool play_animation(stage *s)
{
    return gn_animation_write(s->animation, path_of("saved"), 5) == GN_OK;
}

static bool play_old_animation(stage *s)
{
    gn_animation *animation = gn_animation_new(s->context, 2, 1);
    const bool done = animation != NULL && gn_animation_load(animation, path_of("old.gif")) == GN_OK &&
                      gn_animation_add(animation, s->tensor) == GN_OK;
    gn_animation_free(animation);
    return done;
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

static const scenario scenarios[] = {
    {"a context of two threads", NULL, play_context, NULL, 0},
    {"networks made", NULL, play_construction, NULL, 0},
    {"forward and backward", prepare_layers, play_backward, NULL, 3},
    {"a network as C source", prepare_layers, play_emit_c, NULL, 3},
    {"second-order gradients", prepare_critic, play_second_order, NULL, 3},
    {"gradient check of a network", prepare_layers, play_gradcheck, NULL, 2},
    {"Adam", prepare_optimizer, play_optimizer, NULL, 0},
    {"Adam in Keras's form, clipped", prepare_optimizer, play_optimizer, NULL, 1},
    {"SGD with momentum", prepare_optimizer, play_optimizer, NULL, 2},
    {"RMSprop with momentum", prepare_optimizer, play_optimizer, NULL, 3},
    {"a game made and played", prepare_networks, play_game, NULL, PLAIN},
    {"a rich game made and played", prepare_networks, play_game, NULL, RICH},
    {"a step", prepare_game, play_step, counted_no_step, PLAIN},
    {"a step of a rich game", prepare_game, play_step, NULL, RICH},
    {"samples", prepare_game, play_sample, NULL, PLAIN},
    {"standing statistics", prepare_game, play_standing, NULL, PLAIN},
    {"the average copied", prepare_game, play_copied_average, NULL, PLAIN},
    {"the best run saved", prepare_save, play_best, kept_the_file, PLAIN},
    {"many pictures augmented", prepare_many_pictures, play_augment, NULL, 0},
    {"metrics", prepare_features, play_metrics, NULL, 12},
    {"Frechet distance", prepare_features, play_frechet, NULL, 12},
    {"a run saved", prepare_save, play_save, kept_the_file, PLAIN},
    {"a rich run saved", prepare_save, play_save, kept_the_file, RICH},
    {"a run loaded", prepare_game, play_load, loaded_nothing, PLAIN},
    {"an archive loaded", NULL, play_archive, NULL, 0},
    {"a module loaded and saved", prepare_networks, play_module_file, NULL, PLAIN},
    {"IDX files and batches", NULL, play_idx, NULL, 0},
    {"MNIST's directory", NULL, play_mnist, NULL, 0},
    {"CIFAR-10's directory", NULL, play_cifar10, NULL, 0},
    {"a folder of pictures", NULL, play_folder, NULL, 0},
    {"digits and batches", NULL, play_digits, NULL, 0},
    {"a PNG", prepare_pictures, play_grid, kept_the_file, 1},
    {"a coloured PNG", prepare_pictures, play_grid, kept_the_file, 3},
    {"a frame", prepare_pictures, play_frame, has_one_frame, 1},
    {"a GIF written", prepare_pictures, play_animation, kept_the_file, 1},
    {"a coloured GIF written", prepare_pictures, play_animation, kept_the_file, 3},
    {"a GIF loaded", prepare_pictures, play_old_animation, NULL, 1},
    {"NumPy's files", prepare_pictures, play_numpy, NULL, 1},
    {"events for TensorBoard", prepare_pictures, play_board, NULL, 1},
    {"a diagram", prepare_save, play_diagram, kept_the_file, PLAIN},
    {"batches fetched ahead", NULL, play_prefetch, NULL, 0},
};

static void test_every_allocation(void **state)
{
    (void)state;
    bool all_well = true;
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        size_t requests = 0, well = 0;
        refuse_each(&scenarios[i], false, &requests, &well);
        refuse_each(&scenarios[i], true, &requests, &well);
        all_well &= report(scenarios[i].name, requests, well);
    }
    assert_true(all_well);
}

/* A tape takes memory in large chunks, so each of its small needs is the one that wants a new chunk once. */
static void test_every_need_of_a_tape(void **state)
{
    (void)state;
    size_t requests = 0, well = 0;
    for (int room = 0; room < 192; room++)
        refuse_each(&(scenario){"a tape that is nearly full", prepare_full_tape, play_full_tape, NULL, room}, false,
                    &requests, &well);
    assert_true(report("a tape that is nearly full", requests, well));
}

/* --- the files that are read -------------------------------------------------------------------------------------- */

static void put_gzip(const char *path, const unsigned char *bytes, unsigned size)
{
    gzFile file = gzopen(path, "wb");
    assert_int_equal(gzwrite(file, bytes, size), size);
    assert_int_equal(gzclose(file), Z_OK);
}

static void put_idx(void)
{
    const unsigned char images[16 + 3 * 4] = {0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2, 9, 8, 7};
    const unsigned char labels[8 + 3] = {0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 2};
    put_gzip(path_of("images.gz"), images, sizeof images);
    put_file(path_of("labels"), labels, sizeof labels);
    put_file(path_of("t10k-images-idx3-ubyte"), images, sizeof images);
    put_gzip(path_of("t10k-labels-idx1-ubyte.gz"), labels, sizeof labels);
}

static void put_cifar10(void)
{
    static const unsigned char records[2 * 3073];
    put_file(path_of("test_batch.bin"), records, sizeof records);
}

static void put_folder(void)
{
    const unsigned char pixels[4 * 4 * 3] = {0};
    mkdir(path_of("pictures"), 0777);
    mkdir(path_of("pictures/a"), 0777);
    mkdir(path_of("pictures/b"), 0777);
    put_png(path_of("pictures/a/1.png"), 4, 4, PNG_FORMAT_RGB, pixels);
    put_jpeg(path_of("pictures/b/1.jpg"), 4, 4, 3, pixels);
}

/* The folders of pictures are not empty. */
static int remove_files(void **state)
{
    static const char *const names[] = {"pictures/a/1.png", "pictures/b/1.jpg", "pictures/a", "pictures/b"};
    for (int i = 0; i < 4; i++)
        remove(path_of(names[i]));
    return close_directory(state);
}

static int put_files(void **state)
{
    if (open_directory(state) != 0)
        return 1;
    stage s = {0};
    s.context = gn_context_new(&(gn_context_options){.threads = 1});
    prepare_game(&s, PLAIN);
    assert_true(play_step(&s));
    assert_int_equal(gn_gan_save(s.gan, path_of("run"), "{}"), GN_OK);
    prepare_pictures(&s, 1);
    assert_int_equal(gn_animation_write(s.animation, path_of("old.gif"), 5), GN_OK);
    put_idx();
    put_cifar10();
    put_folder();
    stage_close(&s);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation),
                                       cmocka_unit_test(test_every_need_of_a_tape)};
    return cmocka_run_group_tests(tests, put_files, remove_files);
}
