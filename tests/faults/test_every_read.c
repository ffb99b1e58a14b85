/* SPDX-License-Identifier: MIT */
/* tests/faults/test_every_read.c - what everything that reads a whole file does when the disk fails, at every call that
 * it makes.
 *
 * Each of open and read fails once, with each of EIO, EACCES, ENOMEM and ESTALE, or finds the file cut off: the message
 * names file and cause, nothing stays open or allocated, and what was to be filled is as it was. Interrupted calls and
 * short reads are gone on with. (tests/io/faults.h) */
#include "gan/game.h"
#include "io/faults.h"

/* Something that reads a file and keeps nothing but what it loads into. */
typedef gn_status (*loader)(game *g, const char *path);

static gn_status status_of(game *g, bool loaded)
{
    return loaded ? GN_OK : gn_context_status(g->context);
}

static gn_status load_run(game *g, const char *path)
{
    return gn_gan_load(g->gan, path);
}

static gn_status load_module(game *g, const char *path)
{
    return gn_module_load(g->options.generator, path);
}

static gn_status load_archive(game *g, const char *path)
{
    gn_archive *archive = gn_archive_load(g->context, path);
    gn_archive_free(archive);
    return status_of(g, archive != NULL);
}

static gn_status load_npy(game *g, const char *path)
{
    gn_tensor *array = gn_npy_load(g->context, path);
    gn_tensor_free(array);
    return status_of(g, array != NULL);
}

static gn_status load_npz(game *g, const char *path)
{
    gn_archive *archive = gn_npz_load(g->context, path);
    gn_archive_free(archive);
    return status_of(g, archive != NULL);
}

static gn_status load_arrays(game *g, const char *path)
{
    gn_dataset *dataset = gn_arrays_load(g->context, path, NULL);
    gn_dataset_free(dataset);
    return status_of(g, dataset != NULL);
}

static gn_status load_animation(game *g, const char *path)
{
    gn_animation *animation = gn_animation_new(g->context, 4, 1);
    const gn_status status = gn_animation_load(animation, path);
    gn_animation_free(animation);
    return status;
}

/* --- files to read ------------------------------------------------------------------------------------------------ */

static gn_status write_run(game *g, const char *path)
{
    return gn_gan_save(g->gan, path, "{}");
}

static gn_status write_module(game *g, const char *path)
{
    return gn_module_save(g->options.generator, path, "{}");
}

static gn_status write_npy(game *g, const char *path)
{
    return gn_npy_save(g->data.images, path);
}

static gn_status write_pictures(game *g, const char *path)
{
    gn_tensor *grey = gn_tensor_new(g->context, GN_SHAPE(2, 4, 4, 1));
    assert_non_null(grey);
    const gn_status status = gn_npy_save(grey, path);
    gn_tensor_free(grey);
    return status;
}

static gn_status write_npz(game *g, const char *path)
{
    gn_archive *archive = gn_archive_new(g->context);
    assert_int_equal(gn_archive_add(archive, "images", g->data.images), GN_OK);
    const gn_status status = gn_npz_save(archive, path);
    gn_archive_free(archive);
    return status;
}

static gn_status write_animation(game *g, const char *path)
{
    gn_animation *animation = gn_animation_new(g->context, 4, 1);
    assert_int_equal(gn_animation_add(animation, g->data.images), GN_OK);
    const gn_status status = gn_animation_write(animation, path, 5);
    gn_animation_free(animation);
    return status;
}

static const struct reader {
    const char *name;
    loader write, load;
} readers[] = {
    {"a run's checkpoint", write_run, load_run},
    {"a module as safetensors", write_module, load_module},
    {"tensors as safetensors", write_module, load_archive},
    {"an array as .npy", write_npy, load_npy},
    {"arrays as .npz", write_npz, load_npz},
    {"pictures as .npy", write_pictures, load_arrays},
    {"an animation as GIF", write_animation, load_animation},
};

/* --- what fails --------------------------------------------------------------------------------------------------- */

static gn_status load_with(game *g, const char *path, loader load, faults wanted)
{
    gn_context *context = g->context;
    gn_context_clear(context);
    disk = wanted;
    context->files = &faulty_files;
    const gn_status status = load(g, path);
    context->files = NULL;
    assert_int_equal(disk.open_files, 0);
    return status;
}

static uint64_t state_of(const game *g)
{
    return bits_of(g->options.generator, NULL) ^ 3 * bits_of(g->options.discriminator, NULL);
}

static void assert_fault_is_told(game *g, const char *path, loader load, faults wanted)
{
    char message[GN__MESSAGE_SIZE];
    const uint64_t before = state_of(g);
    const size_t bytes = gn_context_memory(g->context).bytes;
    if (wanted.error != 0)
        snprintf(message, sizeof message, "%s: cannot read: %s", path, strerror(wanted.error));
    else
        snprintf(message, sizeof message, "%s: the file became shorter while it was read", path);
    faults_made++;
    assert_int_equal(load_with(g, path, load, wanted), GN_ERROR_IO);
    assert_message(g->context, GN_ERROR_IO, message);
    assert_int_equal(gn_context_memory(g->context).bytes, bytes);
    assert_true(state_of(g) == before);
    faults_stood++;
}

static void assert_load_goes_on(game *g, const char *path, loader load, faults wanted)
{
    faults_made++;
    assert_int_equal(load_with(g, path, load, wanted), GN_OK);
    assert_message(g->context, GN_OK, "");
    faults_stood++;
}

static void fail_every_read(game *g, const char *path, loader load)
{
    static const int errors[] = {EIO, EACCES, ENOMEM, ESTALE};
    assert_int_equal(load_with(g, path, load, (faults){0}), GN_OK);
    const faults whole = disk;
    assert_int_equal(whole.calls[OPEN], 1);
    assert_true(whole.calls[READ] >= 1);
    for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++) {
        assert_fault_is_told(g, path, load, (faults){.call = OPEN, .at = 1, .error = errors[e]});
        for (int at = 1; at < 100; at++) /* in the middle of the file, too */
            assert_fault_is_told(g, path, load, (faults){.call = READ, .at = at, .error = errors[e], .max_at_once = 1});
    }
    for (int at = 1; at < 100; at++) {
        assert_fault_is_told(g, path, load, (faults){.call = READ, .at = at, .max_at_once = 1});
        assert_load_goes_on(g, path, load, (faults){.call = READ, .at = at, .error = EINTR, .max_at_once = 1});
    }
    assert_load_goes_on(g, path, load, (faults){.call = OPEN, .at = 1, .error = EINTR});
    assert_load_goes_on(g, path, load, (faults){.call = CLOSE, .at = 1, .error = EIO}); /* all has been read */
}

static void test_every_read(void **state)
{
    game *g = *state;
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        char name[32];
        snprintf(name, sizeof name, "reader%zu", i);
        faults_made = faults_stood = 0;
        assert_int_equal(readers[i].write(g, path_of(name)), GN_OK);
        play(g, 1, NULL); /* what a file that was read in part would change */
        fail_every_read(g, path_of(name), readers[i].load);
        print_message("    %-46s%5d of %d\n", readers[i].name, faults_stood, faults_made);
    }
}

static int open_all(void **state)
{
    static game of_all;
    of_all = game_new(1, 0.8f, NULL);
    play(&of_all, 1, NULL);
    *state = &of_all;
    return open_directory(state);
}

static int close_all(void **state)
{
    game_free(*state);
    return close_directory(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_read)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
