/* SPDX-License-Identifier: MIT */
/* tests/faults/test_soak.c - a long training needs no more memory, file handles or threads at its end than at its
 * beginning.
 *
 * 2,000 steps; 20,000 with GANNET_LONG_TESTS=1. */
#include "files.h"
#include "gan/game.h"

enum { WARM = 200, EVERY = 100 };

typedef struct use {
    size_t resident; /* bytes */
    int handles, threads;
    gn_memory_use heap;
} use;

static int entries_of(const char *path)
{
    int count = 0;
    DIR *directory = opendir(path);
    while (directory != NULL && readdir(directory) != NULL)
        count++;
    if (directory != NULL)
        closedir(directory);
    return count;
}

static size_t resident(void)
{
    unsigned long total = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    const int read = fscanf(file, "%lu %lu", &total, &pages);
    fclose(file);
    return read == 2 ? pages * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static use look(const game *g)
{
    return (use){resident(), entries_of("/proc/self/fd"), entries_of("/proc/self/task"), gn_context_memory(g->context)};
}

static void with_average(gn_gan_options *options)
{
    options->average_decay = 0.99f;
    options->watch_interval = 50;
}

/* Training as a program does it: now and then a checkpoint and pictures. */
static void train(game *g, gn_batches *batches, int steps)
{
    for (int i = 0; i < steps; i++) {
        if (gn_gan_step(g->gan, gn_batches_next(batches), NULL) != GN_OK)
            fail_msg("%s", gn_context_message(g->context));
        if (i % EVERY != 0)
            continue;
        gn_tensor *samples = gn_gan_sample(g->gan, &(gn_sample_options){.per_class = 2});
        assert_int_equal(gn_image_grid_write(path_of("samples.png"), samples, 2, 1), GN_OK);
        assert_int_equal(gn_gan_save(g->gan, path_of("run"), "{}"), GN_OK);
        assert_int_equal(gn_gan_load(g->gan, path_of("run")), GN_OK);
        gn_tensor_free(samples);
    }
}

static gn_status give_item(const void *user, int64_t index, gn_real *image, int *label)
{
    (void)user;
    for (int i = 0; i < TINY_SIDE * TINY_SIDE; i++)
        image[i] = (gn_real)((index * 7 + i) % 5) / 5;
    *label = (int)(index % TINY_CLASSES);
    return GN_OK;
}

static void a_long_training_needs_no_more_and_more(void **state)
{
    (void)state;
    enum { MAX_GROWTH = 1 << 20 };
    const char *wanted = getenv("GANNET_LONG_TESTS");
    const int steps = wanted != NULL && strcmp(wanted, "1") == 0 ? 20000 : 2000;
    game g = game_new(2, 0.8f, with_average);
    gn_dataset *dataset = gn_dataset_new(g.context, &(gn_dataset_source){.count = 64,
                                                                         .height = TINY_SIDE,
                                                                         .width = TINY_SIDE,
                                                                         .channels = 1,
                                                                         .classes = TINY_CLASSES,
                                                                         .item = give_item});
    gn_batches *batches = gn_batches_new(dataset, &(gn_batches_options){.size = 8, .prefetch = true});
    train(&g, batches, WARM);
    const use before = look(&g);
    train(&g, batches, steps - WARM);
    const use after = look(&g);
    print_message("    %d steps: memory %+ld KiB of %zu KiB, handles %+d, threads %+d, library's heap %+ld bytes\n",
                  steps, ((long)after.resident - (long)before.resident) / 1024, before.resident / 1024,
                  after.handles - before.handles, after.threads - before.threads,
                  (long)after.heap.bytes - (long)before.heap.bytes);
    assert_int_equal(after.handles, before.handles);
    assert_int_equal(after.threads, before.threads);
    assert_int_equal(after.heap.bytes, before.heap.bytes);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed for a while */
    assert_true(after.resident < before.resident + MAX_GROWTH);
#endif
    gn_batches_free(batches);
    gn_dataset_free(dataset);
    game_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_long_training_needs_no_more_and_more)};
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
